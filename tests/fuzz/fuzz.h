/*
 * What the fuzz targets share. A target is a file with LLVMFuzzerTestOneInput(): it hands an input
 * to a piece of ringside and asserts what must be true of what comes back. libFuzzer calls it in
 * build-fuzz, and replay.c in every other build.
 */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/error.h"

/* The target. Returns 0; what is wrong ends the process. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A target's own way to change an input of size bytes in place, to room at most; it may call
 * LLVMFuzzerMutate(), which knows nothing of what the bytes mean. Returns the new size. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned int seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t room);

/* An input that is taken from its beginning; where nothing is left there are zeroes. */
struct fuzz_input {
	const uint8_t *at;
	size_t left;
};

uint8_t fuzz_byte(struct fuzz_input *input);
uint16_t fuzz_number16(struct fuzz_input *input);
uint64_t fuzz_number64(struct fuzz_input *input);
/* Below limit, which is 1 to 256. */
uint32_t fuzz_below(struct fuzz_input *input, uint32_t limit);
/* Copies as many bytes as there are, length at most. Returns how many. */
size_t fuzz_take(struct fuzz_input *input, uint8_t *ret_bytes, size_t length);

/* A copy of exactly these bytes with a zero behind them, for the caller to free. The sanitizer sees
 * whoever reads beyond it. */
char *fuzz_text(const uint8_t *data, size_t size);
/* The same of what is left up to a newline, which is taken too. */
char *fuzz_line(struct fuzz_input *input);

/* The path of a file that holds these bytes: always the same one. fuzz_file_other(): a second. */
const char *fuzz_file(const uint8_t *data, size_t size);
const char *fuzz_file_other(const uint8_t *data, size_t size);

/* Paths of what cannot be read: a folder, and what is not there. NULL-terminated. */
extern const char *const fuzz_unreadable[];

/* A stream that throws away what is printed to it; flush it to have it printed. */
FILE *fuzz_nowhere(void);

/* A sentence as struct error must have one: not empty, and it ends without a full stop or newline
 * of our own. */
void fuzz_check_sentence(const struct error *error);

/* Values that json_equal() takes for the same; frees both. */
void fuzz_check_equal(json_t *one, json_t *other);

#endif
