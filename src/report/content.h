/*
 * What a report says, before it is written as HTML or Markdown: blocks, one after another. Texts
 * are plain, whatever a document holds; who writes them escapes them.
 *
 * Life:	content_init() -> blocks are added -> written -> content_finish()
 */
#ifndef REPORT_CONTENT_H
#define REPORT_CONTENT_H

#include <stdbool.h>
#include <stddef.h>

#include "grid.h"
#include "plot.h"

enum block_kind {
	BLOCK_CHAPTER, /* a heading: that of a document */
	BLOCK_SECTION, /* a heading below it */
	BLOCK_TEXT,    /* a paragraph */
	BLOCK_NOTE,    /* a paragraph that must not be missed */
	BLOCK_CODE,    /* to be typed at a shell */
	BLOCK_TILES,   /* a grid of the figures that matter most: name, figure, remark */
	BLOCK_TABLE,   /* a grid */
	BLOCK_PLOT,
};

struct block {
	enum block_kind kind;
	char *text;
	struct grid *grid;
	struct plot *plot;
};

struct content {
	struct block *blocks;
	size_t count, room;
	int error; /* -ENOMEM: something is missing */
};

void content_init(struct content *content);
void content_finish(struct content *content);

__attribute__((format(printf, 3, 4))) void content_add(struct content *content,
						       enum block_kind kind, const char *format,
						       ...);

/* These take over what they are given. A grid without rows is left out; NULL is an error. */
void content_add_grid(struct content *content, enum block_kind kind, struct grid *grid);
void content_add_plot(struct content *content, struct plot *plot);

size_t content_chapter_count(const struct content *content);

/* Is there one chapter only, called like the page? Then it needs no heading of its own, and its
 * sections are the page's chapters. */
bool content_is_alone(const struct content *content, const char *title);

#endif
