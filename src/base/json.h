/*
 * Small helpers over jansson. The json_put functions set a member and return 0 or -ENOMEM, so that
 * a run of them can be checked once:
 *
 *	int error = 0;
 *
 *	error |= json_put_integer(object, "requests", requests);
 *	error |= json_put_real(object, "rate", rate);
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "base/error.h"

int json_put_integer(json_t *object, const char *key, int64_t value);
/* JSON readers stop at 2^63 - 1, and so does the value. */
int json_put_unsigned(json_t *object, const char *key, uint64_t value);
/* What is not finite becomes null. */
int json_put_real(json_t *object, const char *key, double value);
/* As json_text() has it. */
int json_put_string(json_t *object, const char *key, const char *value);
int json_put_boolean(json_t *object, const char *key, bool value);
/* Takes value over, also on failure; NULL (its maker failed) is an error. */
int json_put_value(json_t *object, const char *key, json_t *value);

/* The value stays the caller's too; NULL (there is none) becomes null. */
int json_put_shared(json_t *object, const char *key, const json_t *value);

/* Append to an array. Takes value over, also on failure; NULL is an error. */
int json_append(json_t *array, json_t *value);

/* A string: NULL becomes null; bytes that are not UTF-8 become question marks. NULL: no memory. */
json_t *json_text(const char *text);

/* An array of strings, as json_text() has them: a command line. NULL: no memory. */
json_t *json_texts(int count, char *const *texts);

/* The end of such a run: the value, unless there was an error. */
json_t *json_complete(json_t *value, int error);

/* Read a document, of standard input if path is "-", for the caller to release. Errors: those of
 * open, EINVAL (it cannot be read, or is no JSON), with a sentence that names it. */
int json_read(const char *path, json_t **ret_document, struct error *ret_error);

/* Write a document to path, indented, keys in the order they were set, and give it up: as
 * save_file() does. A document that is NULL had no memory. */
int json_save(json_t *document, const char *path, struct error *ret_error);

/* Could a document be written to path? As save_try() has it. */
int json_try_path(const char *path, struct error *ret_error);

#endif
