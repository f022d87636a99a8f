#include "capacity.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "output/document.h"
#include "output/figure.h"
#include "words.h"

static void parameters_add_text(struct content *content, const json_t *parameters)
{
	json_t *parameter;
	size_t i;

	json_array_foreach (parameters, i, parameter) {
		char *values = words_scalar(json_object_get(parameter, "values"));

		if (values)
			content_add(content, BLOCK_TEXT, "Swept: %s %s.",
				    text_or(member_string(parameter, "name"), "-"), values);
		else
			content->error = -ENOMEM;
		free(values);
	}
}

void sweep_add(struct content *content, const json_t *root)
{
	const json_t *parameters = json_object_get(root, "parameters");
	const char *name = member_string(json_array_get(parameters, 0), "name");
	struct grid *grid = grid_open("Where servers saturate");
	json_t *knee;
	size_t i;

	parameters_add_text(content, parameters);
	grid_column(grid, "server", false);
	grid_column(grid, text_or(name, "value"), true);
	grid_column(grid, "highest rate", true);
	json_array_foreach (json_object_get(root, "knees"), i, knee) {
		grid_cell(grid, MARK_NONE, "%s", text_or(member_string(knee, "server"), "-"));
		grid_cell(grid, MARK_NONE, "%.0f", member_count(knee, "value"));
		grid_cell(grid, MARK_NONE, "%s",
			  words_rate(member_count(knee, "highest_per_s")).text);
	}
	if (grid_row_count(grid) > 0)
		content_add(content, BLOCK_TEXT,
			    "The first value at which the median rate is within 5 %% of the "
			    "highest one; of servers that are not here the rate still rises at "
			    "the last value, or was not measured.");
	content_add_grid(content, BLOCK_TABLE, grid);
}

bool is_search(const json_t *root)
{
	return json_is_object(json_object_get(root, "search"));
}

static void rate_tile(struct grid *grid, const char *name, const json_t *search, const char *key,
		      const char *remark)
{
	double rate;
	bool known = member_number(search, key, &rate);

	grid_cell(grid, MARK_NONE, "%s", name);
	grid_cell(grid, MARK_NONE, "%s", known ? words_rate(rate).text : "none");
	grid_cell(grid, MARK_NONE, "%s", known ? remark : "");
}

void search_add(struct content *content, const json_t *root)
{
	const json_t *search = json_object_get(root, "search");
	const char *text = member_string(search, "text"), *end = member_string(search, "end");
	struct grid *grid = grid_open("Headline");
	char kept[96];

	(void)snprintf(kept, sizeof(kept), "in %.0f of %.0f trials that had no part in finding it",
		       member_count(search, "confirmed_kept"),
		       member_count(search, "confirmations"));
	grid_column(grid, "what", false);
	grid_column(grid, "figure", true);
	grid_column(grid, "remark", false);
	rate_tile(grid, "highest rate kept", search, "rate_per_s", kept);
	rate_tile(grid, "lowest rate not kept", search, "not_kept_per_s",
		  "requests a second, asked for");
	rate_tile(grid, "peak", search, "peak_per_s", "answered a second in a closed loop");
	content_add_grid(content, BLOCK_TILES, grid);
	if (text)
		content_add(content, end && strcmp(end, "found") == 0 ? BLOCK_TEXT : BLOCK_NOTE,
			    "%s.", text);
}

/* A place in an array; one that is not there is none that an array has. */
static size_t place_of(const json_t *step, const char *key)
{
	const json_t *value = json_object_get(step, key);

	return json_is_integer(value) ? (size_t)json_integer_value(value) : SIZE_MAX;
}

static void step_figures(struct grid *grid, const json_t *root, const json_t *step)
{
	static const enum figure_id shown[] = { FIGURE_P50, FIGURE_P99 };
	const json_t *series = json_array_get(json_object_get(root, "series"),
					      place_of(step, "series"));
	const json_t *run = json_array_get(json_object_get(series, "runs"), place_of(step, "run"));

	for (size_t i = 0; i < ARRAY_SIZE(shown); i++) {
		const json_t *value = json_object_get(json_object_get(run, "figures"),
						      figures[shown[i]].key);

		grid_cell(grid, MARK_NONE, "%s",
			  json_is_number(value) ? words_duration(json_number_value(value)).text
						: "-");
	}
}

static void step_row(struct grid *grid, const json_t *root, const json_t *step, size_t number)
{
	const json_t *kept = json_object_get(step, "kept");
	const char *limit = member_string(step, "limit");
	double rate;

	grid_cell(grid, MARK_NONE, "%zu, %s", number, text_or(member_string(step, "phase"), "-"));
	grid_cell(grid, MARK_NONE, "%s",
		  member_number(step, "rate_per_s", &rate) ? words_rate(rate).text : "closed loop");
	grid_cell(grid, MARK_NONE, "%s",
		  member_number(step, "achieved_per_s", &rate) ? words_rate(rate).text : "-");
	step_figures(grid, root, step);
	if (json_is_boolean(kept))
		grid_cell(grid, json_is_true(kept) ? MARK_GOOD : MARK_BAD, "%s",
			  json_is_true(kept) ? "yes" : "no");
	else
		grid_cell(grid, MARK_NONE, "-");
	grid_cell(grid, MARK_NONE, "%s%s%s", text_or(limit, "-"), limit ? ": " : "",
		  limit ? text_or(member_string(step, "reason"), "no reason is told") : "");
}

void steps_add(struct content *content, const json_t *root)
{
	const json_t *steps = member(root, "search/steps");
	struct grid *grid = grid_open("Every trial, in its order");
	json_t *step;
	size_t i;

	if (json_array_size(steps) > 0)
		content_add(content, BLOCK_SECTION, "The search");
	grid_column(grid, "trial", false);
	grid_column(grid, "rate asked for", true);
	grid_column(grid, "answered", true);
	grid_column(grid, "p50 latency", true);
	grid_column(grid, "p99 latency", true);
	grid_column(grid, "kept", false);
	grid_column(grid, "limit", false);
	json_array_foreach (steps, i, step) {
		step_row(grid, root, step, i + 1);
	}
	content_add_grid(content, BLOCK_TABLE, grid);
}
