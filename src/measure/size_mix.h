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
 * Draws of a distribution are rounded to whole bytes, and what lies below 1 or above MAX becomes 1
 * or MAX.
 */
#ifndef MEASURE_SIZE_MIX_H
#define MEASURE_SIZE_MIX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

#define SIZE_MIX_ENTRIES_MAX 32
#define SIZE_MIX_TEXT_MAX 256
#define SIZE_MIX_SIZE_MAX (UINT32_MAX / 2) /* bytes */

enum size_mix_kind { SIZE_MIX_LIST, SIZE_MIX_RANGE, SIZE_MIX_EXPONENTIAL, SIZE_MIX_PARETO };

struct size_mix {
	enum size_mix_kind kind;
	uint32_t count; /* list: of the entries; one entry is a fixed size */
	uint32_t sizes[SIZE_MIX_ENTRIES_MAX];
	double shares[SIZE_MIX_ENTRIES_MAX]; /* list: of draws up to and with this entry; last: 1 */
	uint32_t min, max;		     /* what a draw lies between */
	double mean;			     /* exponential: of the distribution before it is cut */
	double alpha;
	char text[SIZE_MIX_TEXT_MAX]; /* as it was written */
};

/* Understand a text. Errors: EINVAL with a sentence that quotes the part that is wrong. */
int size_mix_parse(const char *text, struct size_mix *ret_mix, struct error *ret_error);

/*
 * Understand REQUEST[,ANSWER]: the sizes of requests and, if the last of the parts between commas
 * has no colon, the one size of all answers: "64,1k", "64:70,1k:25,128", "exp:1k,64". Without an
 * answer *ret_answer stays as it is. Errors: as above.
 */
int size_pair_parse(const char *text, struct size_mix *ret_request, uint32_t *ret_answer,
		    bool *ret_answer_given, struct error *ret_error);

/* Draw a size; *random is the state of random_next(). A fixed size takes no random number. */
uint32_t size_mix_draw(const struct size_mix *mix, uint64_t *random);

/* The mean of what is drawn: exact, but for the heavy tail's, which is within 1 %. */
double size_mix_mean(const struct size_mix *mix);

#endif
