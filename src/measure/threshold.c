#include "measure/threshold.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/json.h"
#include "base/unit.h"

/* What a metric is measured in: how its values are read and shown. */
struct unit_row {
	int (*parse)(const char *text, struct threshold *threshold, struct error *ret_error);
	void (*show)(double actual, bool share, char *ret_text, size_t size);
};

static int latency_parse(const char *text, struct threshold *threshold, struct error *ret_error)
{
	uint64_t ns;

	if (duration_parse(text, &ns) || (ns > 0 && isdigit((unsigned char)text[strlen(text) - 1])))
		return error_set(ret_error, -EINVAL,
				 "'%s': '%s' is not a duration with its unit (200us, 1.5ms, 2s)",
				 threshold->text, text);
	threshold->value = (double)ns;
	return 0;
}

static void latency_show(double actual, bool share, char *ret_text, size_t size)
{
	(void)snprintf(ret_text, size, "%s", duration_text(actual).text);
}

static int rate_parse(const char *text, struct threshold *threshold, struct error *ret_error)
{
	uint64_t rate;

	if (count_parse(text, &rate))
		return error_set(ret_error, -EINVAL,
				 "'%s': '%s' is not a number of requests a second (100k, 1.5M)",
				 threshold->text, text);
	threshold->value = (double)rate;
	return 0;
}

static void rate_show(double actual, bool share, char *ret_text, size_t size)
{
	(void)snprintf(ret_text, size, "%s/s", count_text(actual).text);
}

/* 0.7 / 100 is not the number nearest to 0.007, which 7 of 1000 are; a quotient of two whole
 * numbers is. No text has more than 12 decimals. */
static double share_of_percent(double percent)
{
	return round(percent * 1e12) / 1e14;
}

/* text: digits and %. */
static int share_parse(const char *text, struct threshold *threshold, struct error *ret_error)
{
	char number[THRESHOLD_TEXT_MAX] = "";
	double percent;

	memcpy(number, text, strlen(text) - 1);
	if (real_parse(number, &percent) || percent > 100)
		return error_set(ret_error, -EINVAL, "'%s': '%s' is not between 0%% and 100%%",
				 threshold->text, text);
	threshold->share = true;
	threshold->value = share_of_percent(percent);
	return 0;
}

static int amount_parse(const char *text, struct threshold *threshold, struct error *ret_error)
{
	uint64_t count;

	if (text[strlen(text) - 1] == '%')
		return share_parse(text, threshold, ret_error);
	if (count_parse(text, &count))
		return error_set(ret_error, -EINVAL,
				 "'%s': '%s' is not a count (10, 1k) nor a share (0.1%%)",
				 threshold->text, text);
	threshold->value = (double)count;
	return 0;
}

static void amount_show(double actual, bool share, char *ret_text, size_t size)
{
	if (share)
		(void)snprintf(ret_text, size, "%.3g %%", 100 * actual);
	else
		(void)snprintf(ret_text, size, "%s", count_text(actual).text);
}

static const struct unit_row latency_unit = { .parse = latency_parse, .show = latency_show };
static const struct unit_row rate_unit = { .parse = rate_parse, .show = rate_show };
static const struct unit_row amount_unit = { .parse = amount_parse, .show = amount_show };

/* Functions that look a metric up: (double)NAN where it is not known. */

static double or_unknown(const struct result *result, uint64_t latency_ns)
{
	return histogram_count(result->latency) > 0 ? (double)latency_ns : (double)NAN;
}

static double actual_avg(const struct threshold *threshold, const struct result *result)
{
	return or_unknown(result, histogram_mean(result->latency));
}

static double actual_min(const struct threshold *threshold, const struct result *result)
{
	return or_unknown(result, histogram_min(result->latency));
}

static double actual_max(const struct threshold *threshold, const struct result *result)
{
	return or_unknown(result, histogram_max(result->latency));
}

static double actual_percentile(const struct threshold *threshold, const struct result *result)
{
	return or_unknown(result, histogram_percentile(result->latency, threshold->percent));
}

static double actual_rate(const struct threshold *threshold, const struct result *result)
{
	return result_duration_ns(result) > 0 ? result_requests_per_s(result) : (double)NAN;
}

static double amount(const struct threshold *threshold, const struct result *result, uint64_t count)
{
	if (!threshold->share)
		return (double)count;
	return result->sent > 0 ? (double)count / (double)result->sent : (double)NAN;
}

static double actual_errors(const struct threshold *threshold, const struct result *result)
{
	return amount(threshold, result, result_errors_total(result));
}

static double actual_loss(const struct threshold *threshold, const struct result *result)
{
	return amount(threshold, result, result->lost);
}

struct metric {
	const char *name;
	const struct unit_row *unit;
	double (*actual)(const struct threshold *threshold, const struct result *result);
	double percent;	  /* without its being written */
	bool has_percent; /* (N) follows the name */
	bool of_answers;  /* unknown where nothing is answered */
};

#define METRICS "avg, min, max, med, p(N), rate, errors, loss"

static const struct metric metrics[] = {
	{ .name = "avg", .unit = &latency_unit, .actual = actual_avg, .of_answers = true },
	{ .name = "min", .unit = &latency_unit, .actual = actual_min, .of_answers = true },
	{ .name = "max", .unit = &latency_unit, .actual = actual_max, .of_answers = true },
	{ .name = "med",
	  .unit = &latency_unit,
	  .actual = actual_percentile,
	  .percent = 50,
	  .of_answers = true },
	{ .name = "p",
	  .unit = &latency_unit,
	  .actual = actual_percentile,
	  .has_percent = true,
	  .of_answers = true },
	{ .name = "rate", .unit = &rate_unit, .actual = actual_rate },
	{ .name = "errors", .unit = &amount_unit, .actual = actual_errors },
	{ .name = "loss", .unit = &amount_unit, .actual = actual_loss, .of_answers = true },
};

static bool is_less(double a, double b)
{
	return a < b;
}

static bool is_at_most(double a, double b)
{
	return a <= b;
}

static bool is_more(double a, double b)
{
	return a > b;
}

static bool is_at_least(double a, double b)
{
	return a >= b;
}

static bool is_equal(double a, double b)
{
	return a == b;
}

static bool is_different(double a, double b)
{
	return a != b;
}

#define OPERATORS "<, <=, >, >=, ==, !="

static const struct {
	const char *name;
	bool (*holds)(double actual, double value);
} operators[] = {
	{ .name = "<", .holds = is_less },   { .name = "<=", .holds = is_at_most },
	{ .name = ">", .holds = is_more },   { .name = ">=", .holds = is_at_least },
	{ .name = "==", .holds = is_equal }, { .name = "!=", .holds = is_different },
};

static bool is_word(const char *name, const char *text, size_t length)
{
	return strlen(name) == length && strncmp(name, text, length) == 0;
}

static const char *blanks_skip(const char *text)
{
	while (isspace((unsigned char)*text))
		text++;
	return text;
}

/* (N), behind p. */
static int percent_parse(const char **cursor, struct threshold *threshold, struct error *ret_error)
{
	const char *end = **cursor == '(' ? strchr(*cursor, ')') : NULL;
	char number[THRESHOLD_TEXT_MAX] = "";

	if (end)
		memcpy(number, *cursor + 1, (size_t)(end - *cursor - 1));
	if (!end || real_parse(number, &threshold->percent) || threshold->percent > 100)
		return error_set(ret_error, -EINVAL,
				 "'%s': p has its percentage in parentheses (0 to 100: p(99.9))",
				 threshold->text);
	*cursor = end + 1;
	return 0;
}

static int metric_parse(const char **cursor, struct threshold *threshold, struct error *ret_error)
{
	size_t length = 0;

	while (isalpha((unsigned char)(*cursor)[length]))
		length++;
	for (size_t i = 0; i < ARRAY_SIZE(metrics); i++) {
		if (!is_word(metrics[i].name, *cursor, length))
			continue;
		threshold->metric = (int)i;
		threshold->percent = metrics[i].percent;
		*cursor += length;
		return metrics[i].has_percent ? percent_parse(cursor, threshold, ret_error) : 0;
	}
	return error_set(ret_error, -EINVAL, "'%s' does not begin with a metric (" METRICS ")",
			 threshold->text);
}

static int operator_parse(const char **cursor, struct threshold *threshold, struct error *ret_error)
{
	size_t length;

	*cursor = blanks_skip(*cursor);
	length = strspn(*cursor, "<>=!");
	for (size_t i = 0; i < ARRAY_SIZE(operators); i++) {
		if (!is_word(operators[i].name, *cursor, length))
			continue;
		threshold->operator_ = (int)i;
		*cursor += length;
		return 0;
	}
	return error_set(ret_error, -EINVAL,
			 "'%s' has no operator behind its metric (" OPERATORS ")", threshold->text);
}

static int value_parse(const char *text, struct threshold *threshold, struct error *ret_error)
{
	char value[THRESHOLD_TEXT_MAX] = "";
	size_t length;

	text = blanks_skip(text);
	length = strlen(text);
	while (length > 0 && isspace((unsigned char)text[length - 1]))
		length--;
	if (length == 0)
		return error_set(ret_error, -EINVAL,
				 "'%s' has no value behind its operator (p(99)<200us, rate>100k)",
				 threshold->text);
	memcpy(value, text, length);
	return metrics[threshold->metric].unit->parse(value, threshold, ret_error);
}

int threshold_parse(const char *text, struct threshold *ret_threshold, struct error *ret_error)
{
	struct threshold threshold = { 0 };
	size_t length = strlen(text);
	const char *cursor = blanks_skip(text);
	int error;

	if (length >= THRESHOLD_TEXT_MAX)
		return error_set(
			ret_error, -EINVAL,
			"'%.20s...' has %zu characters, too many for a threshold (%d at most)",
			text, length, THRESHOLD_TEXT_MAX - 1);
	memcpy(threshold.text, text, length + 1);
	error = metric_parse(&cursor, &threshold, ret_error);
	if (!error)
		error = operator_parse(&cursor, &threshold, ret_error);
	if (!error)
		error = value_parse(cursor, &threshold, ret_error);
	if (!error)
		*ret_threshold = threshold;
	return error;
}

bool threshold_is_of_answers(const struct threshold *threshold)
{
	return metrics[threshold->metric].of_answers;
}

void threshold_show(const struct threshold *threshold, double actual, char *ret_text, size_t size)
{
	metrics[threshold->metric].unit->show(actual, threshold->share, ret_text, size);
}

void threshold_check(const struct threshold *threshold, const struct result *result,
		     struct threshold_outcome *ret_outcome)
{
	const struct metric *metric = &metrics[threshold->metric];
	double actual = metric->actual(threshold, result);
	struct threshold_outcome outcome = { .actual_text = "unknown" };

	outcome.known = !isnan(actual);
	if (outcome.known) {
		outcome.actual = actual;
		outcome.kept = operators[threshold->operator_].holds(actual, threshold->value);
		threshold_show(threshold, actual, outcome.actual_text, sizeof(outcome.actual_text));
	}
	*ret_outcome = outcome;
}

json_t *threshold_to_json(const struct threshold *threshold,
			  const struct threshold_outcome *outcome)
{
	json_t *object = json_object();
	int error = 0;

	error |= json_put_string(object, "expression", threshold->text);
	error |= json_put_boolean(object, "kept", outcome->kept);
	error |= json_put_real(object, "actual", outcome->known ? outcome->actual : (double)NAN);
	return json_complete(object, error);
}
