/* What argp does for us, and what we do for argp: its options from our rows, and errors as one line
 * that says what would be right, which argp and getopt cannot. */
#include "base/option.h"

#include <argp.h>
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/option_value.h"
#include "base/text.h"

/* argp's keys: the short form, or a number beyond all characters. */
enum {
	KEY_HELP = 'h',
	KEY_VERSION = 'V',
	KEY_USAGE = 0x100,
	KEY_ROW = 0x200,
};

/* No option's name is so long; what is longer is none. */
#define NAME_MAX_LETTERS 63

#define OWN_OPTION_COUNT 3 /* help, usage, version */

struct parsing {
	const struct option_table *table;
	void *options;
	struct error *ret_error;
	int fault; /* argv's index of an option that getopt did not like, 0: none */
};

static const struct argp_option own_options[OWN_OPTION_COUNT] = {
	{ .name = "help", .key = KEY_HELP, .doc = "print this help and exit", .group = -1 },
	{ .name = "usage", .key = KEY_USAGE, .doc = "print a short usage and exit", .group = -1 },
	{ .name = "version", .key = KEY_VERSION, .doc = "print the version and exit", .group = -1 },
};

static size_t row_count(const struct option_table *table)
{
	size_t count = 0;

	while (table->rows[count].name)
		count++;
	return count;
}

static int row_key(const struct option_table *table, const struct option_row *row)
{
	return row->key ? row->key : KEY_ROW + (int)(row - table->rows);
}

static const struct option_row *row_of_key(const struct option_table *table, int key)
{
	for (const struct option_row *row = table->rows; row->name; row++)
		if (row_key(table, row) == key)
			return row;
	return NULL;
}

/* argp's table: a heading where a group begins, then its rows. */
static struct argp_option *argp_options(const struct option_table *table)
{
	size_t count = 2 * row_count(table) + OWN_OPTION_COUNT + 1;
	struct argp_option *options = calloc(count, sizeof(*options));
	struct argp_option *next = options;
	int group = 1;

	if (!options)
		return NULL;
	for (const struct option_row *row = table->rows; row->name; row++) {
		if (row->group) {
			group++;
			*next++ = (struct argp_option){ .doc = row->group, .group = group };
		}
		*next++ = (struct argp_option){ .name = row->name,
						.key = row_key(table, row),
						.arg = row->argument,
						.doc = row->help,
						.group = group };
	}
	memcpy(next, own_options, sizeof(own_options));
	return options;
}

/* Text that argp will free: help with its default. */
static char *row_help(const struct option_row *row)
{
	char *help;

	if (!row->standard)
		return strdup(row->help);
	return asprintf(&help, "%s (default: %s)", row->help, row->standard) < 0 ? NULL : help;
}

static char *details_help(const struct option_table *table)
{
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	if (!stream)
		return NULL;
	if (table->details)
		(void)fprintf(stream, "%s\n", table->details);
	if (table->print_details)
		table->print_details(stream);
	(void)fclose(stream);
	return text;
}

static char *help_filter(int key, const char *text, void *input)
{
	const struct parsing *parsing = input;
	const struct option_row *row = row_of_key(parsing->table, key);

	if (row)
		return row_help(row);
	if (key == ARGP_KEY_HELP_POST_DOC)
		return details_help(parsing->table);
	if (key == ARGP_KEY_HELP_DUP_ARGS_NOTE)
		return NULL;
	return (char *)text;
}

static int argument_add(struct parsing *parsing, const char *argument)
{
	const struct option_table *table = parsing->table;
	struct string_list *list;

	if (!table->arguments)
		return error_set(parsing->ret_error, -EINVAL,
				 "'%s' is one argument too many: none is taken", argument);
	list = place_of(parsing->options, table->arguments_at);
	if (table->arguments_max && list->count == table->arguments_max)
		return error_set(parsing->ret_error, -EINVAL, "'%s' is one argument too many (%s)",
				 argument, table->arguments);
	return string_list_add(list, argument);
}

static int arguments_check(struct parsing *parsing)
{
	const struct option_table *table = parsing->table;
	const struct string_list *list;

	if (!table->arguments)
		return 0;
	list = place_of(parsing->options, table->arguments_at);
	if (list->count < table->arguments_min)
		return error_set(parsing->ret_error, -EINVAL, "an argument is missing: %s",
				 table->arguments);
	return 0;
}

/* Help that could not be written (a full disk) has helped nobody. */
static _Noreturn void print_end(FILE *stream)
{
	if (fflush(stream) == EOF || ferror(stream))
		exit(fail(argp_err_exit_status, "cannot write standard output: %m"));
	exit(EXIT_SUCCESS);
}

/* Print and exit. We ask argp not to print errors, which keeps it from printing help as well. */
static _Noreturn void help_print(struct argp_state *state, unsigned int what)
{
	state->flags &= ~(unsigned int)ARGP_NO_ERRS;
	argp_state_help(state, state->out_stream, what & ~(unsigned int)ARGP_HELP_EXIT_OK);
	print_end(state->out_stream);
}

static _Noreturn void version_print(const struct argp_state *state)
{
	(void)fprintf(state->out_stream, "%s\n", argp_program_version);
	print_end(state->out_stream);
}

static int option_take(struct parsing *parsing, int key, const char *text)
{
	const struct option_row *row = row_of_key(parsing->table, key);

	return row ? value_set(row, text, parsing->options, parsing->ret_error) : ARGP_ERR_UNKNOWN;
}

static error_t key_parse(int key, char *text, struct argp_state *state)
{
	struct parsing *parsing = state->input;

	switch (key) {
	case KEY_HELP:
		help_print(state, ARGP_HELP_STD_HELP);
	case KEY_USAGE:
		help_print(state, ARGP_HELP_USAGE | ARGP_HELP_EXIT_OK);
	case KEY_VERSION:
		version_print(state);
	case ARGP_KEY_ARG:
		return argument_add(parsing, text);
	case ARGP_KEY_END:
		return arguments_check(parsing);
	case ARGP_KEY_ERROR:
		parsing->fault = state->next;
		return 0;
	default:
		return option_take(parsing, key, text);
	}
}

/* What is wrong with a word that looks like a long option; 0: nothing. */
static int long_fault(const struct argp_option *known, const char *word, struct error *ret_error)
{
	size_t length = strcspn(word + 2, "=");
	const struct argp_option *found = NULL;
	char name[NAME_MAX_LETTERS + 1];
	struct text_guess guess = { .word = name };

	(void)snprintf(name, sizeof(name), "%.*s", (int)length, word + 2);
	for (; known->name || known->doc; known++) {
		if (!known->name)
			continue;
		text_guess_offer(&guess, known->name);
		if (strncmp(known->name, guess.word, length) != 0)
			continue;
		if (found)
			return error_set(ret_error, -EINVAL, "'%s' may be --%s or --%s", word,
					 found->name, known->name);
		found = known;
	}
	if (found && found->arg && !word[2 + length])
		return error_set(ret_error, -EINVAL, "--%s needs a value: --%s %s", found->name,
				 found->name, found->arg);
	if (found && !found->arg && word[2 + length])
		return error_set(ret_error, -EINVAL, "--%s takes no value", found->name);
	if (found)
		return 0;
	if (guess.best)
		return error_set(ret_error, -EINVAL,
				 "there is no option '--%s'; did you mean --%s?", guess.word,
				 guess.best);
	return error_set(ret_error, -EINVAL, "there is no option '--%s'", guess.word);
}

static const struct argp_option *option_of_key(const struct argp_option *known, int key)
{
	for (; known->name || known->doc; known++)
		if (known->key == key)
			return known;
	return NULL;
}

/* The same for a word of short options. */
static int short_fault(const struct argp_option *known, const char *word, struct error *ret_error)
{
	for (const char *at = word + 1; *at; at++) {
		const struct argp_option *option = option_of_key(known, *at);

		if (!option)
			return error_set(ret_error, -EINVAL, "there is no option '-%c'", *at);
		if (option->arg && !at[1])
			return error_set(ret_error, -EINVAL, "-%c needs a value: -%c %s", *at, *at,
					 option->arg);
		if (option->arg)
			return 0;
	}
	return 0;
}

static int word_fault(const struct argp_option *known, const char *word, struct error *ret_error)
{
	if (strncmp(word, "--", 2) == 0)
		return long_fault(known, word, ret_error);
	if (word[0] == '-')
		return short_fault(known, word, ret_error);
	return 0;
}

/* Which option getopt did not like. It stops behind the word, or at it if more letters follow. */
static int fault_explain(const struct parsing *parsing, const struct argp_option *known, int argc,
			 char **argv)
{
	const char *word = argv[parsing->fault - 1];
	int error = word_fault(known, word, parsing->ret_error);

	if (!error && parsing->fault < argc)
		error = word_fault(known, argv[parsing->fault], parsing->ret_error);
	if (!error)
		error = error_set(parsing->ret_error, -EINVAL, "'%s' is not understood", word);
	return error;
}

int options_parse(const struct option_table *table, int argc, char **argv, void *ret_options,
		  struct error *ret_error)
{
	struct parsing parsing = { .table = table, .options = ret_options, .ret_error = ret_error };
	struct argp_option *known = argp_options(table);
	const struct argp argp = { .options = known,
				   .parser = key_parse,
				   .args_doc = table->arguments,
				   .doc = table->summary,
				   .help_filter = help_filter };
	int error = options_init(table, ret_options);

	if (!known || error == -ENOMEM) {
		free(known);
		return error_set(ret_error, -ENOMEM, "out of memory");
	}
	error = argp_parse(&argp, argc, argv, ARGP_NO_HELP | ARGP_NO_ERRS, NULL, &parsing);
	/* argp's own errors are positive, ours are not. */
	if (error == EINVAL)
		error = fault_explain(&parsing, known, argc, argv);
	else if (error > 0 || error == -ENOMEM)
		error = error_set(ret_error, -ENOMEM, "out of memory");
	free(known);
	return error;
}
