#include "mutate.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "measure/random.h"

#define LINE_SIZE 1024
#define CHANGES_MAX 4
#define PIECE_MAX 64

/* Where numbers end, and what texts are taken apart by. */
static const uint8_t edges[] = { 0,   1,   0x7f, 0x80, 0xff, 0xfe, ' ', '\n', ',', ':',
				 '=', '-', '.',	 '%',  '"',  '0',  '9', '[',  '@', '/' };

void piece_add(struct piece_list *list, uint8_t *bytes, size_t size)
{
	list->items = reallocarray(list->items, list->count + 1, sizeof(*list->items));
	assert(list->items);
	list->items[list->count++] = (struct piece){ bytes, size };
}

void pieces_free(struct piece_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i].bytes);
	free(list->items);
	*list = (struct piece_list){ 0 };
}

/* The word between the quotes of a line. Returns its size; 0: there is none. */
static size_t word_read(const char *line, uint8_t *ret_word)
{
	const char *at = strchr(line, '"');
	const char *end = strrchr(line, '"');
	unsigned int byte;
	size_t size = 0;

	for (at = at ? at + 1 : end; at < end; at++) {
		if (*at == '\\' && sscanf(at, "\\x%2x", &byte) == 1) {
			ret_word[size++] = (uint8_t)byte;
			at += 3;
		} else {
			at += *at == '\\';
			ret_word[size++] = (uint8_t)*at;
		}
	}
	return size;
}

void dictionary_read(const char *path, struct piece_list *words)
{
	FILE *file = fopen(path, "re");
	char line[LINE_SIZE];

	if (!file)
		return;
	while (fgets(line, sizeof(line), file)) {
		uint8_t *word = malloc(sizeof(line));
		size_t size;

		assert(word);
		size = line[0] == '#' ? 0 : word_read(line, word);
		if (size > 0)
			piece_add(words, word, size);
		else
			free(word);
	}
	(void)fclose(file);
}

static size_t below(struct mutator *mutator, size_t limit)
{
	return limit > 0 ? (size_t)(random_next(&mutator->random) % limit) : 0;
}

/* Put bytes in at a place, as many as there is room for. */
static size_t insert(uint8_t *data, size_t size, size_t room, size_t at, const uint8_t *bytes,
		     size_t length)
{
	if (length > room - size)
		length = room - size;
	if (length == 0)
		return size;
	memmove(data + at + length, data + at, size - at);
	memcpy(data + at, bytes, length);
	return size + length;
}

static size_t change_byte(struct mutator *mutator, uint8_t *data, size_t size, size_t room)
{
	size_t at = below(mutator, size);

	switch (size > 0 ? below(mutator, 3) : 3) {
	case 0:
		data[at] ^= (uint8_t)(1u << below(mutator, 8));
		break;
	case 1:
		data[at] = edges[below(mutator, ARRAY_SIZE(edges))];
		break;
	case 2:
		data[at] = (uint8_t)(data[at] + below(mutator, 7) - 3);
		break;
	}
	return size;
}

static size_t insert_bytes(struct mutator *mutator, uint8_t *data, size_t size, size_t room)
{
	uint8_t bytes[PIECE_MAX];
	size_t length = 1 + below(mutator, below(mutator, 4) > 0 ? 4 : sizeof(bytes));
	uint8_t one = edges[below(mutator, ARRAY_SIZE(edges))];
	size_t same = below(mutator, 2);

	for (size_t i = 0; i < length; i++)
		bytes[i] = same ? one : (uint8_t)random_next(&mutator->random);
	return insert(data, size, room, below(mutator, size + 1), bytes, length);
}

static size_t remove_bytes(struct mutator *mutator, uint8_t *data, size_t size, size_t room)
{
	size_t at = below(mutator, size);
	size_t length = 1 + below(mutator, below(mutator, 4) > 0 ? 4 : size);

	if (length > size - at)
		length = size - at;
	memmove(data + at, data + at + length, size - at - length);
	return size - length;
}

/* A piece of the input once more, elsewhere. */
static size_t repeat_bytes(struct mutator *mutator, uint8_t *data, size_t size, size_t room)
{
	uint8_t bytes[PIECE_MAX];
	size_t at = below(mutator, size);
	size_t length = 1 + below(mutator, sizeof(bytes));

	if (length > size - at)
		length = size - at;
	memcpy(bytes, data + at, length);
	return insert(data, size, room, below(mutator, size + 1), bytes, length);
}

static size_t insert_word(struct mutator *mutator, uint8_t *data, size_t size, size_t room)
{
	const struct piece *word;

	if (mutator->words.count == 0)
		return insert_bytes(mutator, data, size, room);
	word = &mutator->words.items[below(mutator, mutator->words.count)];
	return insert(data, size, room, below(mutator, size + 1), word->bytes, word->size);
}

/* The beginning of this input and the end of another one. */
static size_t splice(struct mutator *mutator, uint8_t *data, size_t size, size_t room)
{
	const struct piece *other;
	size_t keep = below(mutator, size + 1), from, length;

	if (mutator->inputs.count == 0)
		return size;
	other = &mutator->inputs.items[below(mutator, mutator->inputs.count)];
	from = below(mutator, other->size + 1);
	length = other->size - from;
	if (length > room - keep)
		length = room - keep;
	if (length > 0)
		memcpy(data + keep, other->bytes + from, length);
	return keep + length;
}

static size_t (*const changes[])(struct mutator *mutator, uint8_t *data, size_t size,
				 size_t room) = {
	change_byte, insert_bytes, remove_bytes, repeat_bytes, insert_word, splice,
};

size_t mutate(struct mutator *mutator, uint8_t *data, size_t size, size_t room)
{
	size_t count = 1 + below(mutator, CHANGES_MAX);

	for (size_t i = 0; i < count; i++)
		size = changes[below(mutator, ARRAY_SIZE(changes))](mutator, data, size, room);
	return size;
}
