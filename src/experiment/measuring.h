/* How an experiment is measured, as far as its user decides: rows of options, and the plan. */
#ifndef EXPERIMENT_MEASURING_H
#define EXPERIMENT_MEASURING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/cpu.h"
#include "base/error.h"
#include "base/option.h"
#include "experiment/experiment.h"

#define ROUNDS_MAX 1000

/* Fields of a command's options. */
struct measuring {
	bool quick;
	uint32_t rounds; /* OPTION_AUTO only until measuring_resolve(), as the next ones */
	uint64_t duration_ns;
	uint64_t omit_ns;
	uint64_t seed;
	uint64_t budget_ns; /* 0: no limit */
	struct cpu_list server_cpus, load_cpus;
	bool netns;
};

/* What "auto" is, for one that is thorough and one that is quick. */
struct measuring_standard {
	uint32_t rounds, quick_rounds;
	uint64_t duration_ns, quick_duration_ns;
	uint64_t omit_ns, quick_omit_ns;
};

/* Rows of option tables; AT(member) gives the place of a field of the command's options, which have
 * a struct measuring called measuring. What a command says in its own words is an argument. */
#define MEASURING_ROW_QUICK(AT, quick_help)                                  \
	{                                                                    \
		.group = "Measuring:", .name = "quick", .type = OPTION_FLAG, \
		.at = AT(measuring.quick), .help = quick_help                \
	}
#define MEASURING_ROW_ROUNDS(AT, rounds_help)                                               \
	{                                                                                   \
		.name = "rounds", .argument = "N", .type = OPTION_COUNT,                    \
		.at = AT(measuring.rounds), .standard = "auto", .word = "auto",             \
		.word_value = OPTION_AUTO, .min = 1, .max = ROUNDS_MAX, .help = rounds_help \
	}
#define MEASURING_ROW_BUDGET(AT, budget_help)                                       \
	{                                                                           \
		.name = "time-budget", .argument = "TIME", .type = OPTION_DURATION, \
		.at = AT(measuring.budget_ns), .standard = "none", .word = "none",  \
		.word_value = 0, .min = NS_PER_S, .help = budget_help               \
	}
#define MEASURING_ROWS_TRIAL(AT)                                                         \
	{ .name = "duration",                                                            \
	  .key = 'd',                                                                    \
	  .argument = "TIME",                                                            \
	  .type = OPTION_DURATION,                                                       \
	  .at = AT(measuring.duration_ns),                                               \
	  .standard = "auto",                                                            \
	  .word = "auto",                                                                \
	  .word_value = OPTION_AUTO,                                                     \
	  .min = NS_PER_MS,                                                              \
	  .max = 3600 * NS_PER_S,                                                        \
	  .help = "of what is measured in each trial" },                                 \
	{                                                                                \
		.name = "omit", .key = 'O', .argument = "TIME", .type = OPTION_DURATION, \
		.at = AT(measuring.omit_ns), .standard = "auto", .word = "auto",         \
		.word_value = MEASURING_OMIT_AUTO, .max = 3600 * NS_PER_S,               \
		.help = "warm up so long before measuring, in each trial"                \
	}
#define MEASURING_ROW_SEED(AT, seed_help)                                                        \
	{                                                                                        \
		.name = "seed", .argument = "N", .type = OPTION_COUNT, .at = AT(measuring.seed), \
		.standard = "auto", .word = "auto", .word_value = OPTION_AUTO, .min = 1,         \
		.max = UINT32_MAX, .help = seed_help                                             \
	}
#define MEASURING_ROWS_WHERE(AT)                                                            \
	{ .group = "Where:",                                                                \
	  .name = "server-cpus",                                                            \
	  .argument = "LIST",                                                               \
	  .type = OPTION_CUSTOM,                                                            \
	  .at = AT(measuring.server_cpus),                                                  \
	  .parse = cpus_parse,                                                              \
	  .to_json = cpus_to_json,                                                          \
	  .help = "where servers run: 1, 2-3; one of our CPUs a thread unless given" },     \
		{ .name = "load-cpus",                                                      \
		  .argument = "LIST",                                                       \
		  .type = OPTION_CUSTOM,                                                    \
		  .at = AT(measuring.load_cpus),                                            \
		  .parse = cpus_parse,                                                      \
		  .to_json = cpus_to_json,                                                  \
		  .help = "where loads run; other CPUs than the servers' unless given" },   \
	{                                                                                   \
		.name = "netns", .type = OPTION_FLAG, .at = AT(measuring.netns),            \
		.help = "in two private network namespaces that a veth pair joins, not on " \
			"loopback"                                                          \
	}

/* Of commands that write a document: their path, a const char * called json. report_group is the
 * title of the group that begins here, or NULL. */
#define MEASURING_ROW_JSON(AT, report_group)                                                      \
	{                                                                                         \
		.group = report_group, .name = "json", .argument = "FILE", .type = OPTION_STRING, \
		.at = AT(json),                                                                   \
		.help = "write every trial as JSON too; - is standard output, and no table "      \
			"goes there"                                                              \
	}

/* The rows of measuring, of commands whose trials come in rounds. */
#define MEASURING_ROWS(AT, quick_help, rounds_help)                                                \
	MEASURING_ROW_QUICK(AT, quick_help), MEASURING_ROW_ROUNDS(AT, rounds_help),                \
		MEASURING_ROW_BUDGET(                                                              \
			AT, "begin no round that would end later; the first is run anyway"),       \
		MEASURING_ROWS_TRIAL(AT),                                                          \
		MEASURING_ROW_SEED(                                                                \
			AT, "of the order of trials; auto: another one each time, which is told"), \
		MEASURING_ROWS_WHERE(AT)

/* Nobody warms up that long. */
#define MEASURING_OMIT_AUTO UINT64_MAX

/* Put what was left open in place of "auto". */
void measuring_resolve(struct measuring *measuring, const struct measuring_standard *standard);

/* Can these points be measured so? Nothing of a UNIX socket goes over a network. Errors: EINVAL,
 * with a sentence. */
int measuring_check(const struct measuring *measuring, const struct point *points, uint32_t count,
		    struct error *ret_error);

/*
 * The plan of an experiment, with a place for servers and loads of so many threads at most; its
 * place is to be ended with place_finish(), also after a failure. Errors: those of place_init().
 */
int measuring_plan(const struct measuring *measuring, uint32_t server_threads,
		   uint32_t load_threads, struct experiment_plan *ret_plan,
		   struct error *ret_error);

#endif
