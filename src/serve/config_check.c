#include "config_check.h"

#include <stdlib.h>

#include "base/array.h"
#include "config.h"
#include "engine/choice.h"
#include "exporter.h"
#include "guard.h"
#include "inject.h"
#include "listener.h"
#include "sandbox.h"
#include "times.h"

struct checking {
	const struct config_source *source;
	const struct serve_options *options;
	struct listener_list *listeners; /* without sockets */
	bool here;
	void (*tell)(const char *sentence);
	uint32_t count;
};

static void complain(struct checking *checking, struct error *error)
{
	config_source_place(checking->source, error);
	checking->tell(error->text);
	checking->count++;
}

/* A listener that is well-formed. Which line it is from is told by its URL. */
static void check_listener(struct checking *checking, const char *url,
			   const struct listener *listener)
{
	struct listener_list *list = checking->listeners;
	struct error reason, error;

	if (checking->here) {
		if (listener_try(list, checking->options, listener, &reason) == 0)
			return;
		(void)error_set(&error, 0, "'%s': %s", url, reason.text);
		complain(checking, &error);
	} else if (list->count < LISTENER_MAX) {
		list->items[list->count++] = *listener;
	}
}

/* Does each URL say something? Those that do are put on the list, but for the passed ones: of what
 * kind these are nobody knows before. Returns false if the rest cannot be told without them. */
static bool check_urls(struct checking *checking)
{
	const struct string_list *urls = &checking->options->urls;
	bool any_passed = false;

	for (uint32_t i = 0; i < urls->count; i++) {
		struct listener listener = { 0 };
		const char *passed = NULL;
		struct error error;

		if (listener_parse(urls->items[i], &listener, &passed, &error) < 0)
			complain(checking, &error);
		else if (!passed)
			check_listener(checking, urls->items[i], &listener);
		any_passed |= passed != NULL;
	}
	return !any_passed;
}

static int check_sockopts(const struct serve_options *options, const struct listener_list *list,
			  struct error *ret_error)
{
	return sockopt_check(&options->sockopts, listeners_transports(list), ret_error);
}

static int check_inject(const struct serve_options *options, const struct listener_list *list,
			struct error *ret_error)
{
	return inject_rules_check(&options->inject, listeners_transports(list), ret_error);
}

static int check_uids(const struct serve_options *options, const struct listener_list *list,
		      struct error *ret_error)
{
	return uid_list_check(&options->allowed_uids, listeners_transports(list), ret_error);
}

static int check_engine(const struct serve_options *options, const struct listener_list *list,
			struct error *ret_error)
{
	struct engine_config config;

	return config_make(options, list, 0, &config, ret_error);
}

/* Of options and listeners together. */
static int (*const checks[])(const struct serve_options *options,
			     const struct listener_list *listeners, struct error *ret_error) = {
	check_sockopts, check_inject, check_uids, times_check_listeners, check_engine,
};

/* May datagrams be answered from where they would be heard? */
static int check_addresses(const struct listener_list *list, struct error *ret_error)
{
	struct guard guard;
	int error = 0;

	guard_init(&guard);
	(void)guard_add_interfaces(&guard);
	for (uint32_t i = 0; i < list->count && !error; i++) {
		const struct listener *listener = &list->items[i];

		if (listener->url.transport == TRANSPORT_UDP)
			error = guard_check_listener(&guard, &listener->bound.address.any,
						     listener->text.text, ret_error);
	}
	return error;
}

static void check_together(struct checking *checking)
{
	struct error error;

	if (checking->here && check_addresses(checking->listeners, &error) < 0)
		complain(checking, &error);
	for (size_t i = 0; i < ARRAY_SIZE(checks); i++)
		if (checks[i](checking->options, checking->listeners, &error) < 0)
			complain(checking, &error);
}

/* Auto takes what there is, and epoll is everywhere. */
static int check_backend(const struct serve_options *options, struct error *ret_error)
{
	struct engine_config config;
	struct engine *engine;
	struct choice_result result;
	int error;

	if (options->backend != BACKEND_URING)
		return 0;
	engine_config_init(&config);
	config.connection_max = 1;
	config.features = options->features;
	error = choice_open(BACKEND_URING, &config, &engine, &result, ret_error);
	if (!error)
		engine_close(engine);
	return error;
}

/* Users, the sandbox and the backend. */
static void check_host(struct checking *checking)
{
	const struct serve_options *options = checking->options;
	struct error error;

	if (sandbox_check(options, &error) < 0)
		complain(checking, &error);
	if (check_backend(options, &error) < 0)
		complain(checking, &error);
}

/* Where the metrics are to be: there must be no listener. */
static void check_metrics(struct checking *checking)
{
	const char *metrics = checking->options->metrics;
	struct error error;
	struct url url;

	if (metrics && exporter_parse(metrics, &url, NULL) == 0 &&
	    exporter_try(metrics, checking->listeners, &error) < 0)
		complain(checking, &error);
}

static void check_options(struct checking *checking, struct serve_options *options)
{
	struct error error;

	for (uint32_t i = 0; serve_options_check_next(options, &i, &error);)
		complain(checking, &error);
	if (checking->here)
		check_host(checking);
	checking->listeners = calloc(1, sizeof(*checking->listeners));
	if (!checking->listeners) {
		checking->tell("out of memory");
		checking->count++;
		return;
	}
	checking->listeners->thread_count = options->threads;
	if (check_urls(checking) && checking->count == 0)
		check_together(checking);
	if (checking->here)
		check_metrics(checking);
	free(checking->listeners);
}

uint32_t config_check(struct config_source *source, struct serve_options *ret_options, bool here,
		      void (*tell)(const char *sentence))
{
	struct checking checking = {
		.source = source, .options = ret_options, .tell = tell, .here = here
	};
	const struct job_section *section;
	struct error error;

	if (config_source_read(source, &error) < 0) {
		tell(error.text);
		return 1;
	}
	section = config_source_section(source);
	if (section)
		checking.count = job_section_check(&serve_option_table, &source->file, section,
						   tell);
	if (checking.count > 0)
		return checking.count;
	if (config_source_parse(source, ret_options, &error) < 0) {
		tell(error.text);
		return 1;
	}
	check_options(&checking, ret_options);
	return checking.count;
}
