#include "comparison.h"

#include <errno.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "experiment/progress.h"

static int find_server(const struct server_list *servers, const char *name, size_t length,
		       uint32_t *ret_server)
{
	for (uint32_t i = 0; i < servers->count; i++) {
		const char *candidate = servers->items[i].name;

		if (strncmp(candidate, name, length) == 0 && candidate[length] == '\0') {
			*ret_server = i;
			return 0;
		}
	}
	return -ENOENT;
}

static int push_ratio(struct comparison *comparison, struct ratio ratio, struct error *ret_error)
{
	if (comparison->ratio_count == RATIO_MAX)
		return error_set(ret_error, -EINVAL, "--ratio: more than %d are too many",
				 RATIO_MAX);
	comparison->ratios[comparison->ratio_count++] = ratio;
	return 0;
}

static int ratio_unknown(const struct server_list *servers, const char *text,
			 struct error *ret_error)
{
	char names[512] = "";

	for (uint32_t i = 0; i < servers->count; i++)
		text_enumerate(names, sizeof(names), servers->items[i].name,
			       servers->count - i - 1);
	return error_set(ret_error, -EINVAL, "--ratio %s: the servers are %s", text, names);
}

/* The names of ours on io_uring begin with that. Where it is missing they are left out. */
static bool is_left_out(const struct server_list *servers, const char *name)
{
	return servers->no_uring && strncmp(name, "uring", strlen("uring")) == 0;
}

static int add_ratio(struct comparison *comparison, const char *text, struct error *ret_error)
{
	const struct server_list *servers = &comparison->servers;
	size_t length = strcspn(text, "/");
	struct ratio ratio;
	const char *under = text + length + 1;
	bool has_over, has_under;

	if (text[length] == '\0')
		return error_set(ret_error, -EINVAL, "--ratio %s: this is not NAME/NAME", text);
	has_over = find_server(servers, text, length, &ratio.over) == 0;
	has_under = find_server(servers, under, strlen(under), &ratio.under) == 0;
	if (has_over && has_under)
		return push_ratio(comparison, ratio, ret_error);
	/* What was to be compared with one that is left out is so too. */
	if ((has_over || is_left_out(servers, text)) && (has_under || is_left_out(servers, under)))
		return 0;
	return ratio_unknown(servers, text, ret_error);
}

/* uring/epoll is how everybody looks at the two; whoever else is there is told by the first. */
static int add_usual_ratios(struct comparison *comparison, struct error *ret_error)
{
	const struct server_list *servers = &comparison->servers;
	struct ratio usual = { 0 };
	int error = 0;
	bool both = find_server(servers, "uring", strlen("uring"), &usual.over) == 0 &&
		    find_server(servers, "epoll", strlen("epoll"), &usual.under) == 0;

	if (both)
		error = push_ratio(comparison, usual, ret_error);
	for (uint32_t i = 1; i < servers->count && !error; i++)
		if (!both || (i != usual.over && i != usual.under))
			error = push_ratio(comparison, (struct ratio){ i, 0 }, ret_error);
	return error;
}

static int add_ratios(struct comparison *comparison, struct error *ret_error)
{
	const struct string_list *ratios = &comparison->options->ratios;
	int error = 0;

	if (ratios->count == 0)
		return add_usual_ratios(comparison, ret_error);
	for (uint32_t i = 0; i < ratios->count && !error; i++)
		error = add_ratio(comparison, ratios->items[i], ret_error);
	return error;
}

/* A group each point that any server takes. */
static int add_series(struct comparison *comparison, struct error *ret_error)
{
	struct experiment *experiment = &comparison->experiment;
	const struct server_list *servers = &comparison->servers;

	for (uint32_t i = 0; i < comparison->points->count; i++) {
		const struct point *point = &comparison->points->items[i];
		uint32_t group = experiment->group_count;

		for (uint32_t j = 0; j < servers->count; j++)
			if (server_takes(&servers->items[j], point) &&
			    experiment_add(experiment, point, &servers->items[j], group) < 0)
				return error_set(ret_error, -ENOMEM, "out of memory");
	}
	return 0;
}

/* Nothing of a UNIX socket goes over a network. */
static int check_network(const struct comparison *comparison, struct error *ret_error)
{
	if (comparison->options->measuring.netns)
		for (uint32_t i = 0; i < comparison->points->count; i++)
			if (!point_is_internet(&comparison->points->items[i]))
				return error_set(ret_error, -EINVAL,
						 "--netns: %s uses no network; name the workloads "
						 "that do with -w, or --transport tcp,udp",
						 comparison->points->items[i].name);
	return 0;
}

int comparison_init(const struct bench_options *options, const struct point_list *points,
		    struct comparison *ret_comparison, struct error *ret_error)
{
	struct comparison *comparison = ret_comparison;
	int error;

	*comparison = (struct comparison){ .options = options, .points = points };
	experiment_init(&comparison->plan, &comparison->experiment);
	comparison->experiment.progress = progress_print;
	error = matrix_servers(&options->matrix, &comparison->servers, ret_error);
	if (!error)
		error = add_ratios(comparison, ret_error);
	if (!error)
		error = check_network(comparison, ret_error);
	if (!error)
		error = measuring_plan(
			&options->measuring, matrix_server_threads(&comparison->servers),
			matrix_load_threads(comparison->points), &comparison->plan, ret_error);
	return error ? error : add_series(comparison, ret_error);
}

void comparison_finish(struct comparison *comparison)
{
	experiment_finish(&comparison->experiment);
	place_finish(&comparison->plan.place);
}

const struct series *comparison_series(const struct comparison *comparison, uint32_t point,
				       uint32_t server)
{
	const struct experiment *experiment = &comparison->experiment;

	for (uint32_t i = 0; i < experiment->count; i++)
		if (strcmp(experiment->series[i].point.name,
			   comparison->points->items[point].name) == 0 &&
		    strcmp(experiment->series[i].server.name,
			   comparison->servers.items[server].name) == 0)
			return &experiment->series[i];
	return NULL;
}

static json_t *series_name(const struct series *series)
{
	return json_sprintf("%s/%s", series->point.name, series->server.name);
}

static json_t *ratio_to_json(const struct series *over, const struct series *under)
{
	json_t *object = json_object();
	int error = 0;

	error |= json_put_value(object, "over", series_name(over));
	error |= json_put_value(object, "under", series_name(under));
	error |= json_put_value(object, "figures", series_ratios_to_json(over, under));
	return json_complete(object, error);
}

static json_t *ratios_to_json(const struct comparison *comparison)
{
	json_t *array = json_array();
	int error = 0;

	for (uint32_t point = 0; point < comparison->points->count; point++) {
		for (uint32_t i = 0; i < comparison->ratio_count; i++) {
			const struct ratio *ratio = &comparison->ratios[i];
			const struct series *over = comparison_series(comparison, point,
								      ratio->over);
			const struct series *under = comparison_series(comparison, point,
								       ratio->under);

			if (over && under)
				error |= json_append(array, ratio_to_json(over, under));
		}
	}
	return json_complete(array, error);
}

json_t *comparison_to_json(const struct comparison *comparison, int argc, char **argv)
{
	json_t *document = experiment_to_json(&comparison->experiment, "bench", argc, argv);
	int error = 0;

	error |= json_put_value(document, "options",
				options_to_json(&bench_option_table, comparison->options));
	error |= json_put_string(document, "no_uring", comparison->servers.no_uring);
	error |= json_put_value(document, "ratios", ratios_to_json(comparison));
	return json_complete(document, error);
}
