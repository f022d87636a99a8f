#include "services.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/touch.h"
#include "wire/stamp.h"

/* Those of irtt's own server. */
#define IRTT_MIN_INTERVAL_NS 10000000ull
#define IRTT_TIMEOUT_NS 60000000000ull

static pthread_once_t zone_loaded = PTHREAD_ONCE_INIT;

const struct service *const services[] = {
	&service_echo,
	&service_discard,
	&service_daytime,
	&service_chargen,
	&service_time,
	&service_ntp,
	&service_stamp,
	&service_irtt,
	&service_sockperf,
	&service_ctime,
	&service_stamped,
	&service_greeting,
	NULL,
};

const struct service *service_find(const char *name, size_t length)
{
	for (const struct service *const *service = services; *service; service++)
		if (strlen((*service)->name) == length &&
		    memcmp((*service)->name, name, length) == 0)
			return *service;
	return NULL;
}

void service_options_init(struct service_options *ret_options)
{
	*ret_options = (struct service_options){
		.text = SERVICE_TEXT_STANDARD,
		.daytime_format = DAYTIME_CTIME,
		.session_max = SERVICE_SESSIONS_STANDARD,
		.stamp_format = STAMP_NTP,
		.irtt_min_interval_ns = IRTT_MIN_INTERVAL_NS,
		.irtt_timeout_ns = IRTT_TIMEOUT_NS,
	};
}

/* The memory that it needs beside its state. */
static int allocate(struct service_state *state)
{
	const struct service *service = state->service;
	size_t connections = service->connection_size > 0 ? state->options.connection_max : 0;

	if (connections > 0) {
		state->connections = calloc_touched(connections, service->connection_size);
		if (!state->connections)
			return -ENOMEM;
	}
	return service->open ? service->open(state) : 0;
}

int service_init(struct service_state *ret_state, const struct service *service,
		 const struct service_options *options, const struct clock_quality *clock)
{
	static const struct clock_quality unknown = { .error_ns = UINT64_MAX };
	struct service_options chosen;
	size_t length;
	int error;

	service_options_init(&chosen);
	if (options)
		chosen = *options;
	if (!chosen.text)
		chosen.text = SERVICE_TEXT_STANDARD;
	length = strlen(chosen.text);
	if (length > SERVICE_TEXT_MAX)
		return -EMSGSIZE;

	/* Now, so that no answer has to wait for a file; once, since others may be reading it. */
	(void)pthread_once(&zone_loaded, tzset);
	*ret_state = (struct service_state){
		.service = service,
		.options = chosen,
		.clock = clock ? clock : &unknown,
		.text_second = INT64_MIN,
		.text_length = (uint32_t)length,
	};
	memcpy(ret_state->text, chosen.text, length);
	error = allocate(ret_state);
	if (error)
		service_finish(ret_state);
	return error;
}

void service_finish(struct service_state *state)
{
	if (state->service && state->service->close)
		state->service->close(state);
	free(state->connections);
	*state = (struct service_state){ 0 };
}

bool service_lengthens(const struct service_state *state)
{
	if (state->service == &service_stamp)
		return state->options.twamp_light;
	return state->service->lengthens;
}

/* On a stream what was held comes in front of a message; else only TWAMP Light gets more. */
static uint32_t stamp_reply_room(const struct service_options *options)
{
	if (options->transport == SERVICE_STREAM)
		return service_stamp.reply_room;
	return options->twamp_light ? STAMP_LENGTH - STAMP_TWAMP_LIGHT_LENGTH : 0;
}

uint32_t service_reply_room(const struct service *service, const struct service_options *options)
{
	if (service == &service_greeting)
		return (uint32_t)strlen(options->text ? options->text : SERVICE_TEXT_STANDARD);
	if (service == &service_stamp)
		return stamp_reply_room(options);
	return service->reply_room;
}
