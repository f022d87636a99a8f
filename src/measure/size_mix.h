/*
 * Sizes of requests: one, several with weights, a range, or a distribution.
 *
 *	64			always
 *	64:70,1k:25,16k:5	each as often as its weight says
 *	64-1500			every size between, equally often
 *	exp:1k[:MAX]		exponential with this mean; MAX is 16 times the mean unless given
 *	pareto:256[:ALPHA[:MAX]] heavy-tailed from this minimum; ALPHA 1.5, MAX 1000 times the
 *				minimum unless given
 *
 * Draws of a distribution are rounded to whole bytes, and cut at 1 and at MAX.
 */
#ifndef MEASURE_SIZE_MIX_H
#define MEASURE_SIZE_MIX_H

#include <stdint.h>

#include "base/error.h"

#define SIZE_MIX_ENTRIES_MAX 32
#define SIZE_MIX_TEXT_MAX 256

enum size_mix_kind { SIZE_MIX_LIST, SIZE_MIX_RANGE, SIZE_MIX_EXPONENTIAL, SIZE_MIX_PARETO };

struct size_mix {
	enum size_mix_kind kind;
	uint32_t count; /* list: of the entries; one entry is a fixed size */
	uint32_t sizes[SIZE_MIX_ENTRIES_MAX];
	double shares[SIZE_MIX_ENTRIES_MAX]; /* list: of draws up to and with this entry; last: 1 */
	uint32_t min, max; /* what a draw lies between */
	double mean;	   /* exponential: of the distribution before it is cut */
	double alpha;
	char text[SIZE_MIX_TEXT_MAX]; /* as it was written */
};

/* Understand a text. Errors: EINVAL with a sentence that quotes the part that is wrong. */
int size_mix_parse(const char *text, struct size_mix *ret_mix, struct error *ret_error);

/* Draw a size; *random is the state of random_next(). A fixed size takes no random number. */
uint32_t size_mix_draw(const struct size_mix *mix, uint64_t *random);

/* The mean of what is drawn (for ranges and lists exact; distributions: as cut at MAX, within 1 %). */
double size_mix_mean(const struct size_mix *mix);

#endif
