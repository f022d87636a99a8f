/* The commands, a row each in main.c, and the exit codes they share. */
#ifndef COMMANDS_H
#define COMMANDS_H

enum exit_code {
	EXIT_GOOD = 0,
	EXIT_BAD = 1,	       /* what was tested failed: a threshold, lost or corrupt data */
	EXIT_CANNOT = 2,       /* could not test: usage, connect, I/O */
	EXIT_INCONCLUSIVE = 3, /* tested, but it cannot be told */
	EXIT_SKIPPED = 4,      /* this kernel lacks what was to be tested */
	EXIT_SIGNAL = 128,     /* + the signal's number */
};

/* argv[0] is "ringside serve" and so on; returns an exit code. */
int command_serve(int argc, char **argv);
int command_load(int argc, char **argv);
int command_merge(int argc, char **argv);
int command_report(int argc, char **argv);
int command_convert(int argc, char **argv);
int command_talk(int argc, char **argv);
int command_bench(int argc, char **argv);
int command_sweep(int argc, char **argv);
int command_find(int argc, char **argv);
int command_ablate(int argc, char **argv);
int command_noise(int argc, char **argv);
int command_compare(int argc, char **argv);
int command_probe(int argc, char **argv);

#endif
