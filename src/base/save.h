/*
 * Files that a run writes at its end. A reader sees the old file or the whole new one: it is
 * written beside it and renamed; a link stays one. Devices, pipes and what our standard streams go
 * to are written to, and "-" is standard output.
 */
#ifndef BASE_SAVE_H
#define BASE_SAVE_H

#include <stdbool.h>
#include <stdio.h>

#include "base/error.h"

/* Print what is to be saved. Errors: a negative errno; those of the stream are found without it. */
typedef int (*save_print)(const void *what, FILE *file);

/* Errors: those of print, open, write and rename, with a sentence. */
int save_file(const char *path, save_print print, const void *what, struct error *ret_error);

/* Could a file be written to path? What is there stays as it is. NULL and "-" can.
 * Errors: those of open, with the sentence that save_file() would have. */
int save_try(const char *path, struct error *ret_error);

/* What save_file() would open: the file it is to become, links resolved, or the device. *ret_place
 * is the caller's to free; NULL: nothing, it goes to a stream that is open. Errors: ENOMEM. */
int save_place(const char *path, char **ret_place);

/* The sentence of both: returns error. */
int save_failed(const char *path, int error, struct error *ret_error);

/* Is path "-"? */
bool save_is_standard_output(const char *path);

#endif
