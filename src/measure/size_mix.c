#include "measure/size_mix.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "base/array.h"
#include "base/unit.h"
#include "measure/random.h"

#define EXPONENTIAL_MAX_FACTOR 16
#define PARETO_MAX_FACTOR 1000
#define PARETO_ALPHA 1.5
/* A name, and what may follow it. */
#define FIELDS_MAX 4

/* Cut text in place. Returns how many parts it has; no more than max are stored. */
static uint32_t text_split(char *text, const char *separator, char **ret_parts, uint32_t max)
{
	uint32_t count = 0;
	char *part;

	while ((part = strsep(&text, separator))) {
		if (count < max)
			ret_parts[count] = part;
		count++;
	}
	return count;
}

static int one_size_parse(const char *text, uint32_t *ret_size, struct error *ret_error)
{
	uint64_t bytes;
	int error = size_parse(text, &bytes);

	if (error == -EINVAL)
		return error_set(ret_error, -EINVAL,
				 "'%s' is not a size (bytes, or with k, M, Ki, Mi: 64Ki)", text);
	if (error || bytes > SIZE_MIX_SIZE_MAX)
		return error_set(ret_error, -EINVAL, "%s is too large for a size (%u at most)",
				 text, SIZE_MIX_SIZE_MAX);
	*ret_size = (uint32_t)bytes;
	return 0;
}

/* SIZE:WEIGHT, or SIZE if it is alone. */
static int entry_parse(char *entry, bool alone, uint32_t *ret_size, double *ret_weight,
		       struct error *ret_error)
{
	char *weight = strchr(entry, ':');

	if (*entry == '\0')
		return error_set(ret_error, -EINVAL,
				 "a size is missing (one size, 64; or with weights, 64:70,1k:30)");
	if (!weight && !alone)
		return error_set(ret_error, -EINVAL,
				 "'%s' has no weight (several sizes are written 64:70,1k:30)",
				 entry);
	*ret_weight = 1;
	if (weight) {
		*weight++ = '\0';
		if (real_parse(weight, ret_weight) || *ret_weight <= 0)
			return error_set(ret_error, -EINVAL,
					 "'%s' is not the weight of a size (a number above 0)",
					 weight);
	}
	return one_size_parse(entry, ret_size, ret_error);
}

static void list_weigh(struct size_mix *mix, const double *weights)
{
	double total = 0, sum = 0;

	for (uint32_t i = 0; i < mix->count; i++)
		total += weights[i];
	mix->min = mix->max = mix->sizes[0];
	for (uint32_t i = 0; i < mix->count; i++) {
		sum += weights[i];
		mix->shares[i] = sum / total;
		if (mix->sizes[i] < mix->min)
			mix->min = mix->sizes[i];
		if (mix->sizes[i] > mix->max)
			mix->max = mix->sizes[i];
	}
}

static int list_parse(char *text, struct size_mix *mix, struct error *ret_error)
{
	char *entries[SIZE_MIX_ENTRIES_MAX];
	double weights[SIZE_MIX_ENTRIES_MAX] = { 0 };

	mix->kind = SIZE_MIX_LIST;
	mix->count = text_split(text, ",", entries, SIZE_MIX_ENTRIES_MAX);
	if (mix->count > SIZE_MIX_ENTRIES_MAX)
		return error_set(ret_error, -EINVAL, "%u sizes are too many (%d at most)",
				 mix->count, SIZE_MIX_ENTRIES_MAX);
	for (uint32_t i = 0; i < mix->count; i++) {
		int error = entry_parse(entries[i], mix->count == 1, &mix->sizes[i], &weights[i],
					ret_error);

		if (error)
			return error;
	}
	list_weigh(mix, weights);
	return 0;
}

static int range_parse(char *text, struct size_mix *mix, struct error *ret_error)
{
	char *ends[2];
	int error;

	mix->kind = SIZE_MIX_RANGE;
	if (text_split(text, "-", ends, 2) != 2 || !*ends[0] || !*ends[1])
		return error_set(ret_error, -EINVAL,
				 "'%s' is not a range of sizes (MIN-MAX: 64-1500)", mix->text);
	error = one_size_parse(ends[0], &mix->min, ret_error);
	if (!error)
		error = one_size_parse(ends[1], &mix->max, ret_error);
	if (!error && mix->max < mix->min)
		return error_set(ret_error, -EINVAL,
				 "the range '%s' ends below its beginning (MIN-MAX: 64-1500)",
				 mix->text);
	return error;
}

/* text: the MAX that was written; NULL: none was, and the usual one holds. */
static int max_parse(const char *text, uint64_t usual, struct size_mix *mix,
		     struct error *ret_error)
{
	int error;

	if (!text) {
		mix->max = (uint32_t)(usual < SIZE_MIX_SIZE_MAX ? usual : SIZE_MIX_SIZE_MAX);
		return 0;
	}
	error = one_size_parse(text, &mix->max, ret_error);
	if (!error && mix->max < mix->min)
		return error_set(ret_error, -EINVAL, "the maximum of '%s', %s, is below %u",
				 mix->text, text, mix->min);
	return error;
}

/* fields: name, MEAN, MAX. */
static int exponential_parse(char **fields, uint32_t count, struct size_mix *mix,
			     struct error *ret_error)
{
	uint32_t mean = 0;
	int error = one_size_parse(fields[1], &mean, ret_error);

	if (error)
		return error;
	if (mean == 0)
		return error_set(ret_error, -EINVAL, "the mean of '%s' is not above 0", mix->text);
	mix->mean = mean;
	mix->min = 1;
	return max_parse(count > 2 ? fields[2] : NULL, EXPONENTIAL_MAX_FACTOR * (uint64_t)mean, mix,
			 ret_error);
}

/* fields: name, MIN, ALPHA, MAX. */
static int pareto_parse(char **fields, uint32_t count, struct size_mix *mix,
			struct error *ret_error)
{
	int error = one_size_parse(fields[1], &mix->min, ret_error);

	if (error)
		return error;
	if (mix->min == 0)
		return error_set(ret_error, -EINVAL, "the minimum of '%s' is not above 0",
				 mix->text);
	mix->alpha = PARETO_ALPHA;
	if (count > 2 && (real_parse(fields[2], &mix->alpha) || mix->alpha <= 0))
		return error_set(ret_error, -EINVAL,
				 "the alpha of '%s', '%s', is not a number above 0", mix->text,
				 fields[2]);
	return max_parse(count > 3 ? fields[3] : NULL, PARETO_MAX_FACTOR * (uint64_t)mix->min, mix,
			 ret_error);
}

struct distribution {
	const char *name;
	const char *form;
	enum size_mix_kind kind;
	uint32_t field_count_max;
	int (*parse)(char **fields, uint32_t count, struct size_mix *mix, struct error *ret_error);
};

static const struct distribution distributions[] = {
	{ .name = "exp",
	  .form = "exp:MEAN[:MAX]",
	  .kind = SIZE_MIX_EXPONENTIAL,
	  .field_count_max = 3,
	  .parse = exponential_parse },
	{ .name = "pareto",
	  .form = "pareto:MIN[:ALPHA[:MAX]]",
	  .kind = SIZE_MIX_PARETO,
	  .field_count_max = 4,
	  .parse = pareto_parse },
};

/* The distribution whose name stands before the first colon, or alone. NULL: it is none. */
static const struct distribution *distribution_find(const char *text)
{
	size_t length = strcspn(text, ":");

	for (size_t i = 0; i < ARRAY_SIZE(distributions); i++) {
		const char *name = distributions[i].name;

		if (strlen(name) == length && strncmp(text, name, length) == 0)
			return &distributions[i];
	}
	return NULL;
}

static int distribution_parse(char *text, const struct distribution *distribution,
			      struct size_mix *mix, struct error *ret_error)
{
	char *fields[FIELDS_MAX];
	uint32_t count = text_split(text, ":", fields, FIELDS_MAX);

	mix->kind = distribution->kind;
	if (count < 2 || count > distribution->field_count_max)
		return error_set(ret_error, -EINVAL, "'%s' has too %s parts (%s)", mix->text,
				 count < 2 ? "few" : "many", distribution->form);
	return distribution->parse(fields, count, mix, ret_error);
}

int size_mix_parse(const char *text, struct size_mix *ret_mix, struct error *ret_error)
{
	const struct distribution *distribution = distribution_find(text);
	struct size_mix mix = { 0 };
	char parts[SIZE_MIX_TEXT_MAX];
	size_t length = strlen(text);
	int error;

	if (length >= SIZE_MIX_TEXT_MAX)
		return error_set(ret_error, -EINVAL,
				 "'%.20s...' has %zu characters, too many for sizes (%d at most)",
				 text, length, SIZE_MIX_TEXT_MAX - 1);
	memcpy(mix.text, text, length + 1);
	memcpy(parts, text, length + 1);
	if (distribution)
		error = distribution_parse(parts, distribution, &mix, ret_error);
	else if (strchr(text, '-') && !strpbrk(text, ",:"))
		error = range_parse(parts, &mix, ret_error);
	else
		error = list_parse(parts, &mix, ret_error);
	if (!error)
		*ret_mix = mix;
	return error;
}

int size_pair_parse(const char *text, struct size_mix *ret_request, uint32_t *ret_answer,
		    bool *ret_answer_given, struct error *ret_error)
{
	const char *comma = strrchr(text, ',');
	bool given = comma && !strchr(comma, ':');
	size_t length = given ? (size_t)(comma - text) : strlen(text);
	char request[SIZE_MIX_TEXT_MAX];
	uint32_t answer = 0;
	int error;

	if (length >= SIZE_MIX_TEXT_MAX)
		return size_mix_parse(text, ret_request, ret_error);
	memcpy(request, text, length);
	request[length] = '\0';
	if (given && comma[1] == '\0')
		return error_set(ret_error, -EINVAL, "no size follows the last comma of '%s'",
				 text);
	error = given ? one_size_parse(comma + 1, &answer, ret_error) : 0;
	if (!error)
		error = size_mix_parse(request, ret_request, ret_error);
	if (error)
		return error;
	if (given)
		*ret_answer = answer;
	*ret_answer_given = given;
	return 0;
}

/* To whole bytes between min and max; size may be infinite. */
static uint32_t size_round(const struct size_mix *mix, double size)
{
	double whole = floor(size + 0.5);

	return (uint32_t)fmax(mix->min, fmin(mix->max, whole));
}

static uint32_t list_draw(const struct size_mix *mix, uint64_t *random)
{
	uint32_t i = 0;
	double share;

	if (mix->count == 1)
		return mix->sizes[0];
	share = random_unit(random);
	while (share >= mix->shares[i])
		i++;
	return mix->sizes[i];
}

static double list_mean(const struct size_mix *mix)
{
	double mean = 0, before = 0;

	for (uint32_t i = 0; i < mix->count; i++) {
		mean += mix->sizes[i] * (mix->shares[i] - before);
		before = mix->shares[i];
	}
	return mean;
}

static uint32_t range_draw(const struct size_mix *mix, uint64_t *random)
{
	return mix->min + (uint32_t)(random_unit(random) * (mix->max - mix->min + 1.0));
}

static double range_mean(const struct size_mix *mix)
{
	return ((double)mix->min + mix->max) / 2;
}

static uint32_t exponential_draw(const struct size_mix *mix, uint64_t *random)
{
	return size_round(mix, -log1p(-random_unit(random)) * mix->mean);
}

/*
 * A mean is the sum of the probabilities to be above 0, 1, 2, ... A draw is above 0 for certain,
 * and above k if it was k + 1/2 or more before it was rounded: a geometric series from k = 1 to
 * max - 1.
 */
static double exponential_mean(const struct size_mix *mix)
{
	double step = 1 / mix->mean;

	return 1 + exp(-1.5 * step) * expm1(-(mix->max - 1.0) * step) / expm1(-step);
}

static uint32_t pareto_draw(const struct size_mix *mix, uint64_t *random)
{
	return size_round(mix, mix->min * pow(1 - random_unit(random), -1 / mix->alpha));
}

/* The probability to be size or more, before it is cut. */
static double pareto_tail(const struct size_mix *mix, double size)
{
	return pow(mix->min / size, mix->alpha);
}

/* The same sum. Its first terms one by one; then, as steps have become small beside sizes, the
 * integral of the tail, which is of one formula for all alphas with expm1(). */
static double pareto_mean(const struct size_mix *mix)
{
	double mean = mix->min, power = 1 - mix->alpha, from = mix->min, ratio;

	for (int i = 0; i < 64 && from < mix->max; i++, from++)
		mean += pareto_tail(mix, from + 0.5);
	ratio = log(mix->max / from);
	return mean +
	       from * pareto_tail(mix, from) * (power == 0 ? ratio : expm1(power * ratio) / power);
}

static const struct {
	uint32_t (*draw)(const struct size_mix *mix, uint64_t *random);
	double (*mean)(const struct size_mix *mix);
} kinds[] = {
	[SIZE_MIX_LIST] = { .draw = list_draw, .mean = list_mean },
	[SIZE_MIX_RANGE] = { .draw = range_draw, .mean = range_mean },
	[SIZE_MIX_EXPONENTIAL] = { .draw = exponential_draw, .mean = exponential_mean },
	[SIZE_MIX_PARETO] = { .draw = pareto_draw, .mean = pareto_mean },
};

uint32_t size_mix_draw(const struct size_mix *mix, uint64_t *random)
{
	return kinds[mix->kind].draw(mix, random);
}

double size_mix_mean(const struct size_mix *mix)
{
	return kinds[mix->kind].mean(mix);
}
