/* A comparison for a pull request: the verdict, the table, and in a fold how it was measured. */
#ifndef COMPARE_MARKDOWN_H
#define COMPARE_MARKDOWN_H

#include "base/error.h"
#include "duel.h"

/* Errors: those of save_file(), with a sentence. */
int markdown_save(const struct duel *duel, const char *path, struct error *ret_error);

#endif
