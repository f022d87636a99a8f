#include "start_events.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/array.h"
#include "base/files.h"
#include "base/log.h"

struct number_text {
	char text[24];
};

static struct number_text number(uint64_t value)
{
	struct number_text result;

	(void)snprintf(result.text, sizeof(result.text), "%" PRIu64, value);
	return result;
}

static void tell_serving(const struct serve_options *options, const struct engine_config *config,
			 const struct worker *first)
{
	const struct number_text threads = number(options->threads);
	const struct number_text connections = number(config->connection_max);
	const struct number_text files = number(files_raise(0));
	const struct number_text idle = number(options->idle_timeout_ns);
	const struct number_text send = number(options->send_timeout_ns);
	const struct log_field fields[] = {
		{ "version", RINGSIDE_VERSION },
		{ "backend", first->choice.backend },
		{ "backend_reason", first->choice.reason },
		{ "threads", threads.text, .bare = true },
		{ "connections_per_thread", connections.text, .bare = true },
		{ "files", files.text, .bare = true },
		{ "idle_timeout_ns", idle.text, .bare = true },
		{ "send_timeout_ns", send.text, .bare = true },
	};

	log_event("serving", fields, ARRAY_SIZE(fields));
}

static void tell_listening(const struct listener *listener)
{
	const struct log_field fields[] = {
		{ "url", listener->text.text },
		{ "service", listener->service->name },
		{ "transport", transports[listener->url.transport].name },
		{ "passed", listener->passed ? "true" : "false", .bare = true },
	};

	log_event("listening", fields, ARRAY_SIZE(fields));
}

void start_events_tell(const struct serve_options *options, const struct engine_config *config,
		       const struct listener_list *listeners, const struct worker *first)
{
	tell_serving(options, config, first);
	for (uint32_t i = 0; i < listeners->count; i++)
		tell_listening(&listeners->items[i]);
}
