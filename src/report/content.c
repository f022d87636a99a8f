#include "content.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROOM_FIRST 32

void content_init(struct content *content)
{
	*content = (struct content){ 0 };
}

static void block_finish(struct block *block)
{
	free(block->text);
	grid_close(block->grid);
	plot_close(block->plot);
}

void content_finish(struct content *content)
{
	for (size_t i = 0; i < content->count; i++)
		block_finish(&content->blocks[i]);
	free(content->blocks);
	content_init(content);
}

static int make_room(struct content *content)
{
	size_t room = content->room > 0 ? 2 * content->room : ROOM_FIRST;
	struct block *blocks;

	if (content->count < content->room)
		return 0;
	blocks = reallocarray(content->blocks, room, sizeof(*blocks));
	if (!blocks)
		return -ENOMEM;
	content->blocks = blocks;
	content->room = room;
	return 0;
}

static void append(struct content *content, struct block *block, int error)
{
	if (!error)
		error = make_room(content);
	if (error) {
		content->error = error;
		block_finish(block);
		return;
	}
	content->blocks[content->count++] = *block;
}

void content_add(struct content *content, enum block_kind kind, const char *format, ...)
{
	struct block block = { .kind = kind };
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vasprintf(&block.text, format, arguments);
	va_end(arguments);
	if (length < 0)
		block.text = NULL;
	append(content, &block, length < 0 ? -ENOMEM : 0);
}

void content_add_grid(struct content *content, enum block_kind kind, struct grid *grid)
{
	struct block block = { .kind = kind, .grid = grid };

	if (grid && !grid->error && grid_row_count(grid) == 0)
		grid_close(grid);
	else
		append(content, &block, grid ? grid->error : -ENOMEM);
}

void content_add_plot(struct content *content, struct plot *plot)
{
	struct block block = { .kind = BLOCK_PLOT, .plot = plot };

	append(content, &block, plot ? 0 : -ENOMEM);
}

size_t content_chapter_count(const struct content *content)
{
	size_t count = 0;

	for (size_t i = 0; i < content->count; i++)
		count += content->blocks[i].kind == BLOCK_CHAPTER ? 1 : 0;
	return count;
}

bool content_is_alone(const struct content *content, const char *title)
{
	return content_chapter_count(content) == 1 && content->blocks[0].kind == BLOCK_CHAPTER &&
	       strcmp(content->blocks[0].text, title) == 0;
}
