#include "words.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "output/document.h"

/* Beyond these a share is read worse than a factor. */
#define CHANGE_LEAST 0.5
#define CHANGE_MOST 2

struct unit_text words_duration(double ns)
{
	struct unit_text text = duration_text(ns), result = text;
	size_t length = strlen(text.text);

	if (length > 2 && strcmp(text.text + length - 2, "us") == 0)
		(void)snprintf(result.text, sizeof(result.text), "%.*sµs", (int)length - 2,
			       text.text);
	return result;
}

struct unit_text words_rate(double per_s)
{
	struct unit_text text = count_text(per_s);

	if (isfinite(per_s) && strlen(text.text) + 2 < sizeof(text.text))
		memcpy(text.text + strlen(text.text), "/s", 3);
	return text;
}

static bool is_beyond(double ratio)
{
	return ratio < CHANGE_LEAST || ratio > CHANGE_MOST;
}

struct unit_text words_factor(double ratio)
{
	struct unit_text text = { "-" };

	if (isfinite(ratio) && ratio > 0)
		(void)snprintf(text.text, sizeof(text.text), "×%.3g", ratio);
	return text;
}

struct unit_text words_change(double ratio)
{
	struct unit_text text = { "-" };

	if (!isfinite(ratio) || ratio <= 0)
		return text;
	if (is_beyond(ratio))
		return words_factor(ratio);
	(void)snprintf(text.text, sizeof(text.text), "%+.1f %%", 100 * (ratio - 1));
	return text;
}

const char *words_title(const struct figure *figure)
{
	return figure == &figures[FIGURE_RATE] ? "requests a second" : figure->title;
}

struct words_heading words_heading(const struct figure *figure)
{
	struct words_heading heading;

	(void)snprintf(heading.text, sizeof(heading.text), "%s", words_title(figure));
	/* Percentiles are written small. */
	if (heading.text[0] != 'p')
		heading.text[0] = (char)toupper((unsigned char)heading.text[0]);
	return heading;
}

struct unit_text words_figure(const struct figure *figure, double value)
{
	struct unit_text text = { "-" };

	if (!isfinite(value))
		return text;
	if (strcmp(figure->unit, "ns") == 0)
		return words_duration(value);
	if (strcmp(figure->unit, "1/s") == 0)
		return words_rate(value);
	(void)snprintf(text.text, sizeof(text.text), "%.3g%s", value,
		       strcmp(figure->unit, "%") == 0 ? " %" : "");
	return text;
}

struct words_estimate words_estimate(const json_t *estimate, const struct figure *figure)
{
	struct words_estimate words = { "-" };
	double median, low, high;

	if (!member_number(estimate, "median", &median))
		return words;
	if (member_number(estimate, "low", &low) && member_number(estimate, "high", &high) &&
	    low < high)
		(void)snprintf(words.text, sizeof(words.text), "%s\n%s to %s",
			       words_figure(figure, median).text, words_figure(figure, low).text,
			       words_figure(figure, high).text);
	else
		(void)snprintf(words.text, sizeof(words.text), "%s",
			       words_figure(figure, median).text);
	return words;
}

/* All three in one way: as changes, unless one of them is beyond. */
struct words_estimate words_ratio(const json_t *ratio)
{
	struct words_estimate words = { "-" };
	struct unit_text (*text)(double) = words_change;
	double median, low, high;

	if (!member_number(ratio, "median", &median))
		return words;
	if (!member_number(ratio, "low", &low) || !member_number(ratio, "high", &high) ||
	    low >= high) {
		(void)snprintf(words.text, sizeof(words.text), "%s", words_change(median).text);
		return words;
	}
	if (is_beyond(low) || is_beyond(high))
		text = words_factor;
	(void)snprintf(words.text, sizeof(words.text), "%s\n%s to %s", text(median).text,
		       text(low).text, text(high).text);
	return words;
}

struct unit_text words_time(const json_t *unix_ns)
{
	struct unit_text text = { "" };
	time_t seconds = (time_t)(json_integer_value(unix_ns) / (json_int_t)NS_PER_S);
	struct tm parts;

	if (json_is_integer(unix_ns) && gmtime_r(&seconds, &parts))
		(void)strftime(text.text, sizeof(text.text), "%Y-%m-%d %H:%M:%S UTC", &parts);
	return text;
}

/* "1, 2, 4" of scalars; what is nested stays JSON. */
static char *list_text(const json_t *list)
{
	char *text = NULL;
	size_t length, i;
	FILE *stream = open_memstream(&text, &length);
	json_t *item;

	if (!stream)
		return NULL;
	json_array_foreach (list, i, item) {
		char *word = json_is_array(item) ? json_dumps(item, JSON_COMPACT)
						 : words_scalar(item);

		(void)fprintf(stream, "%s%s", i > 0 ? ", " : "", word ? word : "");
		free(word);
	}
	if (fclose(stream) == 0)
		return text;
	free(text);
	return NULL;
}

char *words_scalar(const json_t *value)
{
	char *text = NULL;
	int length = 0;

	if (!value || json_is_null(value))
		return strdup("-");
	if (json_is_string(value))
		return strdup(json_string_value(value));
	if (json_is_boolean(value))
		return strdup(json_is_true(value) ? "yes" : "no");
	if (json_is_integer(value))
		length = asprintf(&text, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	else if (json_is_real(value))
		length = asprintf(&text, "%.6g", json_real_value(value));
	else if (json_is_array(value))
		return list_text(value);
	else
		return json_dumps(value, JSON_COMPACT | JSON_PRESERVE_ORDER);
	return length < 0 ? NULL : text;
}

/* In single quotes, if any character could mean something to a shell. */
static void word_print(const char *word, FILE *stream)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_-+=:,./@%";

	if (*word && word[strspn(word, plain)] == '\0') {
		(void)fputs(word, stream);
		return;
	}
	(void)fputc('\'', stream);
	for (; *word; word++)
		(void)(*word == '\'' ? fputs("'\\''", stream) : fputc(*word, stream));
	(void)fputc('\'', stream);
}

/* "ringside load", as argv[0] of a command is; an older writer may have had "load" alone. */
static void name_print(const char *name, FILE *stream)
{
	static const char program[] = "ringside";

	if (strncmp(name, program, strlen(program)) != 0)
		(void)fprintf(stream, "%s ", program);
	for (size_t length; *name; name += length) {
		char word[64];

		length = strcspn(name, " ");
		(void)snprintf(word, sizeof(word), "%.*s", (int)length, name);
		if (word[0])
			word_print(word, stream);
		if (name[length])
			(void)fputc(' ', stream);
		length += name[length] == ' ';
	}
}

char *words_command(const json_t *arguments)
{
	char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);
	json_t *word;
	size_t i;

	if (!stream)
		return NULL;
	json_array_foreach (arguments, i, word) {
		const char *string = json_is_string(word) ? json_string_value(word) : "";

		if (i == 0) {
			name_print(string, stream);
			continue;
		}
		(void)fputc(' ', stream);
		word_print(string, stream);
	}
	if (fclose(stream) == 0)
		return text;
	free(text);
	return NULL;
}

const char *text_or(const char *text, const char *otherwise)
{
	return text ? text : otherwise;
}

const char *words_plural(double count)
{
	return count == 1 ? "" : "s";
}
