/*
 * Command lines: one table per command. A row says how an option is written, what it may be, what
 * it is unless given, one line of help, and where the value goes; argp parses and makes --help and
 * --usage from it, and options_to_json() the effective configuration.
 *
 *	static const struct option_row rows[] = {
 *		{ .name = "connections", .key = 'c', .argument = "N", .type = OPTION_COUNT,
 *		  .at = OPTION_AT(struct load_options, connections), .standard = "50", .min = 1,
 *		  .group = "Load:", .help = "connections in all" },
 *		{ .name = "spin", .argument = "TIME", .type = OPTION_DURATION,
 *		  .at = OPTION_AT(struct load_options, spin_ns), .standard = "auto",
 *		  .word = "auto", .word_value = UINT64_MAX, .help = "poll before sleeping" },
 *		{ .name = NULL },
 *	};
 *
 * Rules between options belong in the command's own check.
 */
#ifndef BASE_OPTION_H
#define BASE_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <jansson.h>

#include "base/error.h"

/* Beside each type, that of the field its value goes to. */
enum option_type {
	OPTION_FLAG,	 /* bool */
	OPTION_COUNT,	 /* uint32_t or uint64_t; k, M, G */
	OPTION_SIZE,	 /* uint32_t or uint64_t, bytes */
	OPTION_DURATION, /* uint32_t or uint64_t, nanoseconds */
	OPTION_STRING,	 /* const char *, not copied */
	OPTION_CHOICE,	 /* an enum or int: index into choices */
	OPTION_LIST,	 /* struct string_list: every time it is given adds one */
	OPTION_CUSTOM,	 /* what row.parse makes of it; called once for the default too */
	OPTION_TYPE_COUNT,
};

/* Strings of the command line, which they are not copied from. */
struct string_list {
	const char **items;
	uint32_t count;
};

/* Where a value goes: see OPTION_AT. */
struct option_place {
	size_t offset, width;
};

#define OPTION_AT(type, member)                                                           \
	{                                                                                 \
		.offset = offsetof(type, member), .width = sizeof(((type *)NULL)->member) \
	}

/* What the word "auto" leaves in a number that is 1 or more, until the command knows better. */
#define OPTION_AUTO 0

struct option_row {
	const char *name; /* without the dashes; the last row has none */
	char key;	  /* the short form; 0: none */
	enum option_type type;
	const char *argument;	/* its name in the help; a flag has none */
	struct option_place at; /* OPTION_AT(struct of the command, field) */
	const char *standard;	/* the default as a user would write it; NULL: zero, empty */
	uint64_t min, max;	/* in base units; max 0: what the field holds, of time 24 days */
	const char *word;	/* numbers: a word that is taken too ... */
	uint64_t word_value;	/* ... and what it stands for, whatever the range */
	const char *const *choices; /* OPTION_CHOICE: names, NULL-terminated */
	/* OPTION_CUSTOM: mandatory; 0 or -EINVAL with a sentence. */
	int (*parse)(const char *text, void *ret_value, struct error *ret_error);
	/* OPTION_CUSTOM: a new value for the configuration; NULL: the option is left out. */
	json_t *(*to_json)(const void *value);
	const char *group; /* title of the group that begins here; NULL: the same group */
	const char *help;  /* one line */
};

struct option_table {
	const char *arguments;	   /* as in the usage line: "URL", "SERVICE+URL..."; NULL: none */
	const char *arguments_key; /* their name in files; NULL: "url" */
	struct option_place arguments_at;      /* a struct string_list */
	uint32_t arguments_min, arguments_max; /* max 0: any number */
	const char *summary;		     /* what the command does; stands before the options */
	const char *details;		     /* stands after the options; NULL: none */
	void (*print_details)(FILE *stream); /* the same, for what other tables know; or NULL */
	const struct option_row *rows;
};

/*
 * Fill options with the table's defaults, then with the command line's values. argv[0] is the name
 * for the usage text, such as "ringside serve". --help, --usage and --version print and exit.
 * Errors: EINVAL with a sentence; ENOMEM. Call options_finish() also on failure.
 */
int options_parse(const struct option_table *table, int argc, char **argv, void *ret_options,
		  struct error *ret_error);

/* The defaults alone. */
int options_init(const struct option_table *table, void *ret_options);

/* Append a string, which is not copied. Errors: ENOMEM. */
int string_list_add(struct string_list *list, const char *item);

/* Free the lists. */
void options_finish(const struct option_table *table, void *options);

/* The configuration in effect: an object, names with _ for -, and _ns behind those of durations,
 * values in base units (bytes, ns); the positional arguments as "arguments". NULL: no memory. */
json_t *options_to_json(const struct option_table *table, const void *options);

#endif
