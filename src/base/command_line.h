/*
 * A command line taken apart: which options it sets, by their rows, and its positional arguments;
 * and put together again, every option by its long name. What it is made of can come from more than
 * one place: a job file, and the line that names it.
 */
#ifndef BASE_COMMAND_LINE_H
#define BASE_COMMAND_LINE_H

#include <stdint.h>
#include <stdio.h>

#include "base/option.h"

/* Options that every command has beside its rows: they print a page. */
#define PAGE_OPTION_COUNT 3
extern const char *const page_options[PAGE_OPTION_COUNT];

/* One time an option is given. */
struct option_use {
	const struct option_row *row;
	const char *value; /* not copied; NULL: a flag */
};

struct command_line {
	const char *name; /* argv[0], not copied */
	struct option_use *uses;
	uint32_t use_count;
	struct string_list arguments;
};

/*
 * Take argv apart as options_parse() would, but leave the values unread. command_line_finish()
 * frees what is returned, also after a failure.
 * Errors: ENOMEM; EINVAL: an option is unknown or lacks its value, or --help, --usage or --version
 * is there: options_parse() has the sentence, or the page.
 */
int command_line_read(const struct option_table *table, int argc, char **argv,
		      struct command_line *ret_line);
void command_line_finish(struct command_line *line);

/* Append a use. Errors: ENOMEM. */
int command_line_add(struct command_line *line, const struct option_row *row, const char *value);

/* Take all uses of a row away. */
void command_line_drop(struct command_line *line, const struct option_row *row);

/* Would options_parse() take it, if no positional argument were missing?
 * Errors: those of options_parse(), with its sentence. */
int command_line_try(const struct command_line *line, const struct option_table *table,
		     struct error *ret_error);

/* What main() would be called with: argc words and a NULL. words_free() frees it. NULL: no memory.
 */
char **command_line_words(const struct command_line *line, int *ret_argc);
void words_free(char **words);

/* Print the line as it would be typed at a shell, with a newline. The words of the command's name
 * ("ringside load") stay words. Errors: ENOMEM. */
int command_line_print(const struct command_line *line, FILE *stream);

#endif
