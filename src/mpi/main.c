/* ringside-mpi: mpirun -np N ringside-mpi load [OPTION...] URL */
#include <argp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "commands.h"
#include "load.h"
#include "ranks.h"

#define PROGRAM "ringside-mpi"

static int help_print(void)
{
	puts("Usage: mpirun [MPI-OPTION...] " PROGRAM " load [OPTION...] URL\n"
	     "One load by all ranks that mpirun starts, on however many hosts: each has its share\n"
	     "of --rate and --requests and its own --connections; all begin together, and rank 0\n"
	     "prints one result.\n\n"
	     "'" PROGRAM " load --help' lists the options, which are those of 'ringside load'.\n\n"
	     "Exit status: that of 'ringside load', the same for every rank.");
	return EXIT_GOOD;
}

static int version_print(void)
{
	puts(argp_program_version);
	return EXIT_GOOD;
}

/* The name of whoever is not to be heard is none; its --help is dropped too. */
static int load(int argc, char **argv)
{
	struct ranks ranks;
	struct error reason;

	argv[0] = (char *)PROGRAM " load";
	log_name_set(argv[0]);
	if (ranks_open(&ranks, &reason) != 0)
		return fail(EXIT_CANNOT, "%s", reason.text);
	/* --help and --version end the process too. */
	(void)atexit(ranks_close);
	if (ranks.rank > 0) {
		log_name_set(NULL);
		if (!freopen("/dev/null", "w", stdout))
			return EXIT_CANNOT;
	}
	return ranks_load(&ranks, argc, argv);
}

int main(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : "";

	argp_program_version = PROGRAM " " RINGSIDE_VERSION;
	log_name_set(PROGRAM);
	/* A peer or a reader that has gone is an error code, not the end. */
	(void)signal(SIGPIPE, SIG_IGN);
	if (strcmp(word, "load") == 0)
		return load(argc - 1, argv + 1);
	if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
		return help_print();
	if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0)
		return version_print();
	return fail_usage(EXIT_CANNOT,
			  "the only command is load: mpirun -np N " PROGRAM " load URL");
}
