#include "find/hunt.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "engine/choice.h"
#include "experiment/disturbance.h"
#include "experiment/interrupt.h"
#include "experiment/matrix.h"
#include "find/target.h"
#include "measure/schedule.h"
#include "output/document.h"

#define PEAK "peak"
/* Of fewer requests in a trial nobody can say that they are so and so many a second. */
#define REQUESTS_MIN 20
/* What starting and ending of the processes of a trial takes. */
#define TRIAL_EXTRA_NS (100 * NS_PER_MS)

/* Every load has to answer rightly, also if the objectives do not say so. Loss is counted apart:
 * of datagrams some get lost. */
static const struct {
	const char *metric, *objective;
} usual[] = {
	{ "errors", "errors==0" },
	{ "loss", "loss<=1%" },
};

static bool is_given(const struct string_list *objectives, const char *metric)
{
	for (uint32_t i = 0; i < objectives->count; i++) {
		const char *text = objectives->items[i];

		if (strncmp(text + strspn(text, " "), metric, strlen(metric)) == 0)
			return true;
	}
	return false;
}

static int pair_add(struct string_list *list, const char *name, const char *value)
{
	int error = string_list_add(list, name);

	return error ? error : string_list_add(list, value);
}

static int load_options_make(struct hunt *hunt)
{
	const struct find_options *options = hunt->options;
	struct string_list *list = &hunt->load_options;
	int error = 0;

	for (uint32_t i = 0; i < options->objectives.count && !error; i++)
		error = pair_add(list, "--threshold", options->objectives.items[i]);
	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]) && !error; i++)
		if (!is_given(&options->objectives, usual[i].metric))
			error = pair_add(list, "--threshold", usual[i].objective);
	if (!error)
		error = pair_add(list, "--seed", hunt->seed);
	if (!error)
		error = pair_add(list, "--arrival", arrival_names[options->arrival]);
	return error;
}

static enum transport point_transport(const struct find_options *options)
{
	const char *url = find_url(options);

	if (!url)
		return (enum transport)options->transport;
	for (int i = 0; transport_names[i]; i++)
		if (strcmp(target_transport(url), transport_names[i]) == 0)
			return (enum transport)i;
	/* The other ones are UNIX sockets too. */
	return TRANSPORT_UNIX;
}

static void point_make(const struct find_options *options, struct point *ret_point)
{
	*ret_point = (struct point){
		.transport = point_transport(options),
		.connections = options->connections,
		.depth = options->depth,
		.size = options->size,
		.threads = options->load_threads,
	};
	point_name(ret_point);
}

/* One of ours, with what an experiment would make of the same words. */
static int own_server(const struct find_options *options, struct server *ret_server,
		      struct error *ret_error)
{
	static struct server_list servers;
	struct matrix matrix = {
		.server_threads = { .count = 1, .values = { options->threads } },
		.inject = options->inject,
	};
	int error = 0;

	if (options->backend != BACKEND_AUTO)
		matrix.backends = (struct number_list){
			.count = 1, .values = { (uint64_t)(options->backend - BACKEND_URING) }
		};
	if (options->features)
		error = string_list_add(&matrix.features, options->features);
	if (!error)
		error = matrix_servers(&matrix, &servers, ret_error);
	/* Of auto the first one that is there. */
	if (!error)
		*ret_server = servers.items[0];
	free(matrix.features.items);
	return error;
}

static int server_make(const struct find_options *options, struct server *ret_server,
		       struct error *ret_error)
{
	struct error reason;
	int error;

	*ret_server = (struct server){ 0 };
	if (find_url(options)) {
		(void)snprintf(ret_server->name, sizeof(ret_server->name), "%.*s",
			       SERVER_NAME_MAX - 1, find_url(options));
		return 0;
	}
	if (!options->command)
		return own_server(options, ret_server, ret_error);
	error = server_parse(options->command, ret_server, &reason);
	if (error)
		return error_set(ret_error, error, "--server-cmd: %s", reason.text);
	return 0;
}

static int place_make(struct hunt *hunt, struct error *ret_error)
{
	const struct find_options *options = hunt->options;
	struct experiment_plan *plan = &hunt->plan;
	uint32_t threads = find_url(options) || options->command ? 1 : options->threads;
	int error = measuring_plan(&options->measuring, threads, options->load_threads, plan,
				   ret_error);

	/* Where a server runs that is not ours nobody knows: neither has CPUs of its own unless
	 * that is asked for. */
	if (!error && find_url(options)) {
		plan->place.server_cpus.count = 0;
		plan->place.load_cpus = options->measuring.load_cpus;
		plan->place.apart = true;
	}
	return error;
}

int hunt_init(const struct find_options *options, struct hunt *ret_hunt, struct error *ret_error)
{
	struct hunt *hunt = ret_hunt;
	int error;

	*hunt = (struct hunt){ .options = options };
	experiment_init(&hunt->plan, &hunt->experiment);
	point_make(options, &hunt->point);
	error = server_make(options, &hunt->server, ret_error);
	if (!error && !find_url(options) && !server_takes(&hunt->server, &hunt->point))
		error = error_set(ret_error, -EINVAL,
				  "--transport unix: other programs are started for tcp and udp");
	if (!error)
		error = place_make(hunt, ret_error);
	if (!error && load_options_make(hunt) < 0)
		error = error_set(ret_error, -ENOMEM, "out of memory");
	return error;
}

void hunt_finish(struct hunt *hunt)
{
	experiment_finish(&hunt->experiment);
	place_finish(&hunt->plan.place);
	free(hunt->load_options.items);
	hunt->load_options = (struct string_list){ 0 };
}

/* The series of a rate, made when it is tried first. */
static int series_get(struct hunt *hunt, uint64_t rate, uint32_t *ret_series)
{
	struct experiment *experiment = &hunt->experiment;
	struct point point = hunt->point;
	int error;

	for (uint32_t i = 0; i < experiment->count; i++) {
		if (experiment->series[i].point.rate != rate)
			continue;
		*ret_series = i;
		return 0;
	}
	point.rate = rate;
	point_name(&point);
	error = experiment_add(experiment, &point, &hunt->server, experiment->group_count);
	if (!error)
		*ret_series = experiment->count - 1;
	return error;
}

static int series_try(struct hunt *hunt, struct series *series, struct error *ret_error)
{
	/* Other gaps each time: those of one trial may be lucky ones. */
	unsigned long long seed = hunt->plan.seed + hunt->count;
	/* A closed loop has no gaps: the last two words are not for it. */
	const struct string_list words = {
		.items = hunt->load_options.items,
		.count = hunt->load_options.count - (series->point.rate > 0 ? 0 : 2),
	};
	const struct trial_plan plan = {
		.server = &series->server,
		.point = &series->point,
		.place = &hunt->plan.place,
		.omit_ns = hunt->plan.omit_ns,
		.duration_ns = hunt->plan.duration_ns,
		.url = find_url(hunt->options),
		.load_options = &words,
		.tolerant = true,
	};
	struct trial *trials = reallocarray(series->trials, series->count + 1, sizeof(*trials));
	int error;

	if (!trials)
		return error_set(ret_error, -ENOMEM, "out of memory");
	series->trials = trials;
	(void)snprintf(hunt->seed, sizeof(hunt->seed), "%llu", seed);
	error = trial_run(&plan, &trials[series->count], ret_error);
	if (error) {
		if (!interrupt_signal())
			(void)snprintf(series->reason, sizeof(series->reason), "%s",
				       ret_error->text);
		return error;
	}
	trials[series->count].round = series->count;
	trials[series->count].sequence = hunt->experiment.sequence++;
	series->count++;
	return 0;
}

static int step_run(struct hunt *hunt, const char *what, uint64_t rate, struct error *ret_error)
{
	struct step *step = &hunt->steps[hunt->count];
	uint64_t start_ns = clock_now_ns();
	int error;

	*step = (struct step){ .what = what, .rate = rate };
	if (hunt->before)
		hunt->before(hunt, what, rate);
	error = series_get(hunt, rate, &step->series);
	if (error)
		return error_set(ret_error, error, "out of memory");
	error = series_try(hunt, &hunt->experiment.series[step->series], ret_error);
	hunt->experiment.elapsed_ns += clock_now_ns() - start_ns;
	if (error)
		return error;
	step->trial = hunt->experiment.series[step->series].count - 1;
	if (rate > 0)
		judge(hunt_trial(hunt, step)->load, &step->judgement);
	hunt->count++;
	if (hunt->after)
		hunt->after(hunt, step);
	return 0;
}

static int peak_missing(const json_t *load, struct error *ret_error)
{
	return error_set(ret_error, -ENODATA,
			 "a closed loop had not even one answer a second: %.0f errors, %.0f "
			 "requests lost",
			 member_count(load, "errors/total"), member_count(load, "lost"));
}

static int peak_find(struct hunt *hunt, struct error *ret_error)
{
	double peak;
	int error = step_run(hunt, PEAK, 0, ret_error);

	if (error)
		return error;
	peak = hunt_trial(hunt, &hunt->steps[0])->figures[FIGURE_RATE];
	if (isnan(peak) || peak < 1)
		return peak_missing(hunt_trial(hunt, &hunt->steps[0])->load, ret_error);
	hunt->peak = peak;
	search_init(peak, REQUESTS_MIN * NS_PER_S / (double)hunt->plan.duration_ns,
		    hunt->options->precision, hunt->options->confirmations, &hunt->search);
	return 0;
}

/* Would one more trial end later than it may? */
static bool budget_is_used(const struct hunt *hunt)
{
	uint64_t next_ns = hunt->plan.omit_ns + hunt->plan.duration_ns + TRIAL_EXTRA_NS;

	return hunt->plan.budget_ns > 0 &&
	       hunt->experiment.elapsed_ns + next_ns > hunt->plan.budget_ns;
}

static int steps_run(struct hunt *hunt, struct error *ret_error)
{
	int error = peak_find(hunt, ret_error);

	while (!error && search_goes_on(&hunt->search) && !interrupt_signal()) {
		if (budget_is_used(hunt)) {
			hunt->out_of_time = true;
			break;
		}
		error = step_run(hunt, search_phase_names[hunt->search.phase], hunt->search.rate,
				 ret_error);
		if (!error)
			search_note(&hunt->search,
				    hunt->steps[hunt->count - 1].judgement.limit == LIMIT_NONE);
	}
	return interrupt_signal() ? 0 : error;
}

int hunt_run(struct hunt *hunt, struct error *ret_error)
{
	struct experiment *experiment = &hunt->experiment;
	struct disturbance disturbance;
	/* A server that runs already may be one of this host's other programs. */
	bool watched = !find_url(hunt->options) && disturbance_begin("", &disturbance) == 0;
	int error;

	experiment->started_unix_ns = (uint64_t)clock_wall_ns();
	error = steps_run(hunt, ret_error);
	if (!watched || disturbance_end("", &disturbance, &experiment->disturbance) < 0)
		experiment->disturbance = NAN;
	experiment->interrupted = interrupt_signal() != 0;
	return error;
}

const struct trial *hunt_trial(const struct hunt *hunt, const struct step *step)
{
	return &hunt->experiment.series[step->series].trials[step->trial];
}

const struct step *hunt_limit(const struct hunt *hunt)
{
	for (uint32_t i = hunt->count; i > 0; i--) {
		const struct step *step = &hunt->steps[i - 1];

		if (step->rate > 0 && step->rate == hunt->search.high &&
		    step->judgement.limit != LIMIT_NONE)
			return step;
	}
	return NULL;
}
