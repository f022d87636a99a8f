/* Changes to an input, drawn from a seed: libFuzzer's idea, for builds that have no libFuzzer. */
#ifndef FUZZ_MUTATE_H
#define FUZZ_MUTATE_H

#include <stddef.h>
#include <stdint.h>

/* A piece of bytes: an input of the corpus, or a word of a dictionary. */
struct piece {
	uint8_t *bytes;
	size_t size;
};

struct piece_list {
	struct piece *items;
	size_t count;
};

/* Takes the bytes over. */
void piece_add(struct piece_list *list, uint8_t *bytes, size_t size);
void pieces_free(struct piece_list *list);

/* The words of a dictionary of libFuzzer's, lines of NAME="WORD" with \xAB, \\ and \". */
void dictionary_read(const char *path, struct piece_list *words);

struct mutator {
	uint64_t random; /* the state of random_next() */
	struct piece_list words;
	struct piece_list inputs;
};

/* Change size bytes of data, to room at most, in a few places. Returns the new size. */
size_t mutate(struct mutator *mutator, uint8_t *data, size_t size, size_t room);

#endif
