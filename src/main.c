/* ringside COMMAND: the table of commands. */
#include <argp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/log.h"
#include "base/text.h"
#include "commands.h"

struct command {
	const char *name; /* with the program's, as messages and usage texts begin */
	const char *summary;
	int (*main)(int argc, char **argv);
};

#define PROGRAM "ringside"
#define PROGRAM_LENGTH (sizeof(PROGRAM " ") - 1)

static const struct command commands[] = {
	{ PROGRAM " serve", "answer at one or more addresses: echo, daytime and more",
	  command_serve },
	{ PROGRAM " load", "send messages to a server and measure its answers", command_load },
	{ PROGRAM " merge", "make one result of those of many hosts or runs", command_merge },
	{ PROGRAM " report", "make a page with figures of results", command_report },
	{ PROGRAM " convert", "write results in another format, or as a table", command_convert },
	{ PROGRAM " talk", "send lines to a server and print its answers", command_talk },
	{ PROGRAM " bench", "serve and load on this host, and print a table", command_bench },
	{ PROGRAM " sweep", "measure servers over a range of a parameter or two", command_sweep },
	{ PROGRAM " find", "find the highest rate that keeps objectives", command_find },
	{ PROGRAM " ablate", "say what each kernel feature is worth on this host", command_ablate },
	{ PROGRAM " noise", "say how much figures scatter on this host, and why", command_noise },
	{ PROGRAM " compare", "say whether what is new is faster, slower or the same",
	  command_compare },
	{ PROGRAM " probe", "say what this kernel offers, found by trying", command_probe },
};

/* The word that calls the command. */
static const char *command_word(const struct command *command)
{
	return command->name + PROGRAM_LENGTH;
}

static int help_print(void)
{
	puts("Usage: ringside COMMAND [OPTION...]\n"
	     "A network echo engine and load generator on io_uring and epoll.\n\n"
	     "Commands:");
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		printf("  %-8s %s\n", command_word(&commands[i]), commands[i].summary);
	puts("\nOptions:\n"
	     "  -h, --help       print this help and exit\n"
	     "  -V, --version    print the version and exit\n\n"
	     "'ringside COMMAND --help' says what a command can do.\n\n"
	     "Exit status: 0 good, 1 what was tested failed, 2 could not test (usage, connect,\n"
	     "I/O), 3 tested, but it cannot be told, 4 this kernel lacks what was to be tested,\n"
	     "128+n ended by signal n.");
	return EXIT_GOOD;
}

static int version_print(void)
{
	puts(argp_program_version);
	return EXIT_GOOD;
}

/* "serve, load, ... and probe" */
static const char *command_words(char *text, size_t size)
{
	text[0] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		text_enumerate(text, size, command_word(&commands[i]),
			       ARRAY_SIZE(commands) - i - 1);
	return text;
}

static int command_unknown(const char *word)
{
	struct text_guess guess = { .word = word };
	char words[256];

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		text_guess_offer(&guess, command_word(&commands[i]));
	if (guess.best)
		return fail_usage(EXIT_CANNOT, "there is no command '%s'; did you mean '%s'?", word,
				  guess.best);
	return fail_usage(EXIT_CANNOT, "there is no command '%s'; there are %s", word,
			  command_words(words, sizeof(words)));
}

static int command_run(const struct command *command, int argc, char **argv)
{
	argv[0] = (char *)command->name;
	log_name_set(command->name);
	return command->main(argc, argv);
}

/* What was written but could not be kept (a full disk) is a failure too; a command that has failed
 * has given its reason. */
static int output_finish(int exit_code)
{
	bool kept = fflush(stdout) != EOF && !ferror(stdout);

	if (kept || exit_code != EXIT_GOOD)
		return exit_code;
	return fail(EXIT_CANNOT, "cannot write standard output: %m");
}

static int word_run(int argc, char **argv)
{
	const char *word = argv[1];

	if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0)
		return help_print();
	if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0)
		return version_print();
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (strcmp(word, command_word(&commands[i])) == 0)
			return command_run(&commands[i], argc - 1, argv + 1);
	return command_unknown(word);
}

int main(int argc, char **argv)
{
	char words[256];

	argp_err_exit_status = EXIT_CANNOT;
	argp_program_version = PROGRAM " " RINGSIDE_VERSION;
	/* A peer or a reader that has gone is an error code, not the end. */
	(void)signal(SIGPIPE, SIG_IGN);
	if (argc < 2)
		return fail_usage(EXIT_CANNOT, "a command is missing: %s",
				  command_words(words, sizeof(words)));
	return output_finish(word_run(argc, argv));
}
