/* A secret that stands in a file, so that it is on no command line. */
#ifndef BASE_KEY_FILE_H
#define BASE_KEY_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/*
 * Read a key of 1 to max bytes: all that the file holds, but for one newline at its end.
 * Errors: EINVAL (empty, too long), those of open() and read(); with a sentence.
 */
int key_file_read(const char *path, size_t max, uint8_t *ret_key, size_t *ret_length,
		  struct error *ret_error);

#endif
