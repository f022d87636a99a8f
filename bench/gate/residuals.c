#include "gate/residuals.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/statistics.h"

#define LINE_MAX_BYTES 1024
#define RUNS_MIN 12

/* A file under reading. */
struct table {
	const char *path;
	FILE *file;
	uint32_t line;
	char text[LINE_MAX_BYTES];
};

/* The next line that is no remark; false: there is none. */
static bool next_line(struct table *table)
{
	while (fgets(table->text, sizeof(table->text), table->file)) {
		table->line++;
		if (table->text[0] != '#' && table->text[0] != '\n')
			return true;
	}
	return false;
}

/* The word of this number in the line, which is cut up; NULL: it has fewer. */
static const char *word_at(char *text, int number)
{
	char *rest = text, *word = NULL;

	for (int i = 0; i <= number; i++) {
		word = strtok_r(i == 0 ? text : NULL, " \t\n", &rest);
		if (!word)
			break;
	}
	return word;
}

static int find_column(struct table *table, const char *column, int *ret_number,
		       struct error *ret_error)
{
	char *rest = NULL;
	int number = 0;

	if (next_line(table)) {
		for (char *word = strtok_r(table->text, " \t\n", &rest); word;
		     word = strtok_r(NULL, " \t\n", &rest), number++) {
			if (strcmp(word, column) == 0) {
				*ret_number = number;
				return 0;
			}
		}
	}
	return error_set(ret_error, -EINVAL, "%s has no column \"%s\"", table->path, column);
}

static int read_values(struct table *table, int number, struct residuals *residuals,
		       struct error *ret_error)
{
	while (residuals->count < RESIDUALS_MAX && next_line(table)) {
		const char *word = word_at(table->text, number);
		char *end = NULL;
		double value = word ? strtod(word, &end) : 0;

		if (!word || *end || !(value > 0) || !isfinite(value))
			return error_set(ret_error, -EINVAL,
					 "%s, line %u: a number above 0 is wanted in column %d",
					 table->path, table->line, number + 1);
		residuals->values[residuals->count++] = value;
	}
	if (residuals->count < RUNS_MIN)
		return error_set(ret_error, -EINVAL, "%s: %d runs or more are wanted, it has %u",
				 table->path, RUNS_MIN, residuals->count);
	return 0;
}

static void centre(struct residuals *residuals)
{
	double n = residuals->count, sum = 0, squares = 0, median;
	double sorted[RESIDUALS_MAX];

	for (uint32_t i = 0; i < residuals->count; i++) {
		sum += residuals->values[i];
		squares += residuals->values[i] * residuals->values[i];
		sorted[i] = residuals->values[i] = log(residuals->values[i]);
	}
	median = statistics_median(sorted, residuals->count);
	for (uint32_t i = 0; i < residuals->count; i++)
		residuals->values[i] -= median;
	residuals->deviation = sqrt(fmax(0, (squares - sum * sum / n) / (n - 1))) / (sum / n);
}

int residuals_read(const char *path, const char *column, struct residuals *ret_residuals,
		   struct error *ret_error)
{
	struct table table = { .path = path, .file = fopen(path, "re") };
	struct residuals residuals = { .count = 0 };
	int number = 0, error;

	if (!table.file)
		return error_set(ret_error, -errno, "%s: %s", path, strerror(errno));
	error = find_column(&table, column, &number, ret_error);
	if (!error)
		error = read_values(&table, number, &residuals, ret_error);
	(void)fclose(table.file);
	if (error)
		return error;
	centre(&residuals);
	*ret_residuals = residuals;
	return 0;
}
