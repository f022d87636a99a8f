#include "measure/mann_whitney.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

/* Both samples in one order. */
struct pool {
	double u;    /* pairs of which a's value is the greater; half of those that tie */
	double ties; /* the sum of t^3 - t over all groups of t equal values */
};

struct pooled {
	double value;
	bool is_a;
};

/* What u would be spread like if both samples were of one distribution. */
struct null {
	double *at_most; /* P(U <= u) of all u, counted out; NULL: by the normal distribution */
	double greatest, deviation;
};

static int compare_pooled(const void *left, const void *right)
{
	double a = ((const struct pooled *)left)->value, b = ((const struct pooled *)right)->value;

	return (a > b) - (a < b);
}

static int compare_values(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

/* Add a group of equal values, below which lie below_b of b's. Gives how many of b's are in it. */
static size_t add_group(const struct pooled *group, size_t length, size_t below_b,
			struct pool *pool)
{
	double a = 0, b, all = (double)length;

	for (size_t i = 0; i < length; i++)
		a += group[i].is_a;
	b = all - a;
	pool->u += a * ((double)below_b + b / 2);
	pool->ties += all * all * all - all;
	return (size_t)b;
}

static void walk_groups(const struct pooled *values, size_t count, struct pool *ret_pool)
{
	struct pool pool = { 0 };
	size_t below_b = 0, end;

	for (size_t begin = 0; begin < count; begin = end) {
		end = begin + 1;
		while (end < count && !(values[end].value > values[begin].value))
			end++;
		below_b += add_group(&values[begin], end - begin, below_b, &pool);
	}
	*ret_pool = pool;
}

static int pool_make(const double *a, size_t a_count, const double *b, size_t b_count, double shift,
		     struct pool *ret_pool)
{
	size_t count = a_count + b_count;
	struct pooled *values = calloc(count, sizeof(*values));

	if (!values)
		return -ENOMEM;
	for (size_t i = 0; i < a_count; i++)
		values[i] = (struct pooled){ .value = a[i] - shift, .is_a = true };
	for (size_t i = 0; i < b_count; i++)
		values[a_count + i] = (struct pooled){ .value = b[i] };
	qsort(values, count, sizeof(*values), compare_pooled);
	walk_groups(values, count, ret_pool);
	free(values);
	return 0;
}

/* A whole number of 128 bits, which compilers do not have for every machine. */
struct wide {
	uint64_t high, low;
};

static void wide_add(struct wide *sum, const struct wide *other)
{
	sum->high += other->high + __builtin_add_overflow(sum->low, other->low, &sum->low);
}

static void wide_subtract(struct wide *rest, const struct wide *other)
{
	rest->high -= other->high + __builtin_sub_overflow(rest->low, other->low, &rest->low);
}

static double wide_real(const struct wide *number)
{
	return ldexp((double)number->high, 64) + (double)number->low;
}

/*
 * In how many of all orders of the two samples U is u: the coefficients of the Gaussian binomial,
 * the product of (1 - q^(b + i)) / (1 - q^i) over a's values. Whole numbers below 2^97 for samples
 * of 50; what is taken off in between may wrap around, and comes back.
 */
static void count_orders(size_t a_count, size_t b_count, struct wide *ways)
{
	size_t last = a_count * b_count;

	ways[0].low = 1;
	for (size_t i = 1; i <= a_count; i++) {
		for (size_t u = last; u >= b_count + i; u--)
			wide_subtract(&ways[u], &ways[u - b_count - i]);
		for (size_t u = i; u <= last; u++)
			wide_add(&ways[u], &ways[u - i]);
	}
}

static int count_out(size_t a_count, size_t b_count, double **ret_at_most)
{
	size_t count = a_count * b_count + 1;
	struct wide *ways = calloc(count, sizeof(*ways));
	double *at_most = calloc(count, sizeof(*at_most));

	if (!ways || !at_most) {
		free(ways);
		free(at_most);
		return -ENOMEM;
	}
	count_orders(a_count, b_count, ways);
	for (size_t u = 1; u < count; u++)
		wide_add(&ways[u], &ways[u - 1]);
	for (size_t u = 0; u < count; u++)
		at_most[u] = wide_real(&ways[u]) / wide_real(&ways[count - 1]);
	free(ways);
	*ret_at_most = at_most;
	return 0;
}

static int null_init(size_t a_count, size_t b_count, double ties, struct null *ret_null)
{
	double product = (double)a_count * (double)b_count, all = (double)(a_count + b_count);
	double tied = all > 1 ? ties / (all * (all - 1)) : 0;
	struct null null = { .greatest = product,
			     .deviation = sqrt(fmax(0, product / 12 * (all + 1 - tied))) };
	int error = 0;

	if (!(ties > 0) && a_count <= MANN_WHITNEY_EXACT_MAX && b_count <= MANN_WHITNEY_EXACT_MAX)
		error = count_out(a_count, b_count, &null.at_most);
	if (!error)
		*ret_null = null;
	return error;
}

static void null_finish(struct null *null)
{
	free(null->at_most);
}

/* P(U <= u); by the normal distribution with half a step more, because U goes in steps. */
static double null_at_most(const struct null *null, double u)
{
	if (u < 0)
		return 0;
	if (null->at_most)
		return null->at_most[(size_t)u];
	if (!(null->deviation > 0)) /* everything ties */
		return 1;
	return erfc((null->greatest / 2 - u - 0.5) / null->deviation / sqrt(2)) / 2;
}

int mann_whitney_two_sided(const double *a, size_t a_count, const double *b, size_t b_count,
			   double *ret_p)
{
	struct null null;
	struct pool pool;
	int error;

	if (a_count == 0 || b_count == 0) {
		*ret_p = 1;
		return 0;
	}
	error = pool_make(a, a_count, b, b_count, 0, &pool);
	if (!error)
		error = null_init(a_count, b_count, pool.ties, &null);
	if (error)
		return error;
	*ret_p = fmin(1, 2 * null_at_most(&null, fmin(pool.u, null.greatest - pool.u)));
	null_finish(&null);
	return 0;
}

int mann_whitney_above(const double *a, size_t a_count, const double *b, size_t b_count,
		       double shift, double *ret_p)
{
	struct null null;
	struct pool pool;
	int error;

	if (a_count == 0 || b_count == 0) {
		*ret_p = 1;
		return 0;
	}
	error = pool_make(a, a_count, b, b_count, shift, &pool);
	if (!error)
		error = null_init(a_count, b_count, pool.ties, &null);
	if (error)
		return error;
	*ret_p = null_at_most(&null, null.greatest - pool.u);
	null_finish(&null);
	return 0;
}

/* The rank from below of the difference that bounds the interval: U is at most rank - 1 where the
 * true shift lies below it. */
static size_t bound_rank(const struct null *null, double confidence)
{
	size_t rank = 1, last = (size_t)(null->greatest + 1) / 2;

	while (rank < last && 1 - 2 * null_at_most(null, (double)rank) >= confidence)
		rank++;
	return rank;
}

int mann_whitney_shift(const double *a, size_t a_count, const double *b, size_t b_count,
		       double confidence, struct estimate *ret_shift)
{
	size_t count = a_count * b_count, rank;
	double *differences;
	struct null null;
	int error;

	if (count == 0)
		return -EDOM;
	differences = calloc(count, sizeof(*differences));
	if (!differences)
		return -ENOMEM;
	error = null_init(a_count, b_count, 0, &null);
	if (error) {
		free(differences);
		return error;
	}
	for (size_t i = 0; i < count; i++)
		differences[i] = a[i / b_count] - b[i % b_count];
	qsort(differences, count, sizeof(*differences), compare_values);
	rank = bound_rank(&null, confidence);
	*ret_shift = (struct estimate){
		.median = statistics_median(differences, count),
		.low = differences[rank - 1],
		.high = differences[count - rank],
		.coverage = fmax(0, 1 - 2 * null_at_most(&null, (double)(rank - 1))),
	};
	null_finish(&null);
	free(differences);
	return 0;
}
