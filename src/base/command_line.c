#include "base/command_line.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

/* What getopt_long() returns for the row of this index, and for what is not ours to do. */
#define VALUE_ROW 0x200
#define VALUE_OTHER '?'
/* What it returns for a positional argument, if it is told to keep the order. */
#define VALUE_ARGUMENT 1

const char *const page_options[PAGE_OPTION_COUNT] = { "help", "usage", "version" };

/* The options as getopt_long() wants them. */
struct getopt_tables {
	struct option *longs;
	char *shorts;
};

static uint32_t row_count(const struct option_table *table)
{
	uint32_t count = 0;

	while (table->rows[count].name)
		count++;
	return count;
}

static const struct option_row *row_of_value(const struct option_table *table, int value)
{
	if (value >= VALUE_ROW)
		return &table->rows[value - VALUE_ROW];
	for (const struct option_row *row = table->rows; row->name; row++)
		if (row->key && row->key == value)
			return row;
	return NULL;
}

static int tables_make(const struct option_table *table, struct getopt_tables *ret_tables)
{
	uint32_t count = row_count(table);
	struct option *longs = calloc(count + PAGE_OPTION_COUNT + 1, sizeof(*longs));
	/* "-", each key with a colon, the end */
	char *shorts = calloc(1 + 2 * (size_t)count + 1, 1);
	char *next = shorts;

	*ret_tables = (struct getopt_tables){ longs, shorts };
	if (!longs || !shorts)
		return -ENOMEM;
	*next++ = '-';
	for (uint32_t i = 0; i < count; i++) {
		const struct option_row *row = &table->rows[i];

		longs[i] = (struct option){ .name = row->name,
					    .has_arg = row->argument ? required_argument
								     : no_argument,
					    .val = VALUE_ROW + (int)i };
		if (row->key)
			*next++ = row->key;
		if (row->key && row->argument)
			*next++ = ':';
	}
	/* Known, so that a name that is begun means as much as it does to options_parse(). */
	for (uint32_t i = 0; i < PAGE_OPTION_COUNT; i++)
		longs[count + i] = (struct option){ .name = page_options[i], .val = VALUE_OTHER };
	return 0;
}

static void tables_finish(struct getopt_tables *tables)
{
	free(tables->longs);
	free(tables->shorts);
}

static int word_take(const struct option_table *table, int value, struct command_line *line)
{
	const struct option_row *row;

	if (value == VALUE_ARGUMENT)
		return string_list_add(&line->arguments, optarg);
	row = row_of_value(table, value);
	return row ? command_line_add(line, row, row->argument ? optarg : NULL) : -EINVAL;
}

int command_line_read(const struct option_table *table, int argc, char **argv,
		      struct command_line *ret_line)
{
	struct getopt_tables tables;
	int value = 0, error = tables_make(table, &tables);

	*ret_line = (struct command_line){ .name = argv[0] };
	optind = 0; /* makes getopt forget what it has read before */
	opterr = 0;
	while (!error && value != -1) {
		value = getopt_long(argc, argv, tables.shorts, tables.longs, NULL);
		if (value != -1)
			error = word_take(table, value, ret_line);
	}
	/* What stands behind "--". */
	while (!error && optind < argc)
		error = string_list_add(&ret_line->arguments, argv[optind++]);
	tables_finish(&tables);
	return error;
}

void command_line_finish(struct command_line *line)
{
	free(line->uses);
	free(line->arguments.items);
	*line = (struct command_line){ .name = line->name };
}

int command_line_add(struct command_line *line, const struct option_row *row, const char *value)
{
	struct option_use *uses = reallocarray(line->uses, line->use_count + 1, sizeof(*uses));

	if (!uses)
		return -ENOMEM;
	uses[line->use_count++] = (struct option_use){ row, value };
	line->uses = uses;
	return 0;
}

void command_line_drop(struct command_line *line, const struct option_row *row)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < line->use_count; i++)
		if (line->uses[i].row != row)
			line->uses[kept++] = line->uses[i];
	line->use_count = kept;
}

static char *use_word(const struct option_use *use)
{
	char *word;
	int length = use->value ? asprintf(&word, "--%s=%s", use->row->name, use->value)
				: asprintf(&word, "--%s", use->row->name);

	return length < 0 ? NULL : word;
}

/* An argument that begins with a dash would be taken for an option. */
static bool has_dash(const struct string_list *arguments)
{
	for (uint32_t i = 0; i < arguments->count; i++)
		if (arguments->items[i][0] == '-')
			return true;
	return false;
}

char **command_line_words(const struct command_line *line, int *ret_argc)
{
	const struct string_list *arguments = &line->arguments;
	/* The name, "--", the NULL. */
	char **words = calloc((size_t)line->use_count + arguments->count + 3, sizeof(*words));
	bool complete = words != NULL;
	int count = 0;

	if (complete)
		complete = (words[count++] = strdup(line->name)) != NULL;
	for (uint32_t i = 0; complete && i < line->use_count; i++)
		complete = (words[count++] = use_word(&line->uses[i])) != NULL;
	if (complete && has_dash(arguments))
		complete = (words[count++] = strdup("--")) != NULL;
	for (uint32_t i = 0; complete && i < arguments->count; i++)
		complete = (words[count++] = strdup(arguments->items[i])) != NULL;
	if (!complete) {
		words_free(words);
		return NULL;
	}
	*ret_argc = count;
	return words;
}

void words_free(char **words)
{
	for (char **word = words; word && *word; word++)
		free(*word);
	free(words);
}

/* How much of the command's struct its table reaches. */
static size_t options_size(const struct option_table *table)
{
	size_t size = table->arguments_at.offset + table->arguments_at.width;

	for (const struct option_row *row = table->rows; row->name; row++)
		if (row->at.offset + row->at.width > size)
			size = row->at.offset + row->at.width;
	return size;
}

int command_line_try(const struct command_line *line, const struct option_table *table,
		     struct error *ret_error)
{
	struct option_table lenient = *table;
	void *options = calloc(1, options_size(table));
	int count, error;
	char **words = command_line_words(line, &count);

	if (!options || !words) {
		free(options);
		words_free(words);
		return error_set(ret_error, -ENOMEM, "out of memory");
	}
	lenient.arguments_min = 0;
	error = options_parse(&lenient, count, words, options, ret_error);
	options_finish(&lenient, options);
	free(options);
	words_free(words);
	return error;
}

/* In single quotes, if any character could mean something to a shell. */
static void word_print(const char *word, FILE *stream)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_@%+=:,./-";

	if (*word && !word[strspn(word, plain)]) {
		(void)fputs(word, stream);
		return;
	}
	(void)fputc('\'', stream);
	for (; *word; word++)
		if (*word == '\'')
			(void)fputs("'\\''", stream);
		else
			(void)fputc(*word, stream);
	(void)fputc('\'', stream);
}

int command_line_print(const struct command_line *line, FILE *stream)
{
	int count;
	char **words = command_line_words(line, &count);

	if (!words)
		return -ENOMEM;
	(void)fputs(words[0], stream);
	for (int i = 1; i < count; i++) {
		(void)fputc(' ', stream);
		word_print(words[i], stream);
	}
	(void)fputc('\n', stream);
	words_free(words);
	return 0;
}
