/*
 * Rules of --inject: which faults the server makes on purpose, how often, and where. They are the
 * known answer that a load generator is tested with.
 *
 *	KIND[=[TIME:]SHARE[:TRANSPORT]][,...]	delay=150us:10%,drop=1%:udp,spin=2us
 *
 * The share is 100 % unless given; without a transport a rule is for all that its kind fits.
 */
#ifndef SERVE_INJECT_RULE_H
#define SERVE_INJECT_RULE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <jansson.h>

#include "base/error.h"

/* In the order in which they are applied to an answer. */
enum inject_kind {
	INJECT_SPIN,	  /* burn CPU before the answer */
	INJECT_DROP,	  /* give none */
	INJECT_CLOSE,	  /* hang up instead */
	INJECT_CORRUPT,	  /* flip a byte of it */
	INJECT_DELAY,	  /* let it leave later */
	INJECT_DUPLICATE, /* give it twice */
	INJECT_REORDER,	  /* give it after the next one of its socket */
	INJECT_KIND_COUNT,
};

struct inject_kind_row {
	const char *name;
	uint32_t transports;  /* that it fits: bits (1 << enum transport) */
	uint64_t time_ns_max; /* 0: it takes no time */
	const char *misfit;   /* why it does not fit the others */
	const char *summary;  /* for --help */
};

/* Index: enum inject_kind. */
extern const struct inject_kind_row inject_kinds[INJECT_KIND_COUNT];

struct inject_rule {
	enum inject_kind kind;
	uint64_t time_ns; /* of kinds that take one */
	double share;	  /* of the answers: above 0, up to 1 */
	uint32_t transports;
};

#define INJECT_RULE_MAX 32

/* All zero: none. */
struct inject_rules {
	uint32_t count;
	struct inject_rule items[INJECT_RULE_MAX];
};

/* Add the rules of text to a struct inject_rules: the parse function of an option row.
 * Errors: EINVAL with a sentence that quotes the rule and says what would be right. */
int inject_rules_parse(const char *text, void *ret_rules, struct error *ret_error);

/* An array of objects: kind, time_ns (null: it takes none), share, transports. */
json_t *inject_rules_to_json(const void *rules);

/* Can every rule do something where these transports (bits) are served?
 * Errors: EINVAL with a sentence. */
int inject_rules_check(const struct inject_rules *rules, uint32_t transports_used,
		       struct error *ret_error);

struct inject_text {
	char text[1024];
};

/* The rules as they would be written, with all that was left out. */
struct inject_text inject_rules_format(const struct inject_rules *rules);

/* The kinds, for --help: a line each. */
void inject_print(FILE *stream);

#endif
