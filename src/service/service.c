#include "services.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

static pthread_once_t zone_loaded = PTHREAD_ONCE_INIT;

static const struct service_options default_options = {
	.text = SERVICE_TEXT_STANDARD,
	.daytime_format = DAYTIME_CTIME,
};

const struct service *const services[] = {
	&service_echo,	  &service_discard,  &service_daytime,
	&service_chargen, &service_time,     &service_ctime,
	&service_stamped, &service_greeting, NULL,
};

const struct service *service_find(const char *name, size_t length)
{
	for (const struct service *const *service = services; *service; service++)
		if (strlen((*service)->name) == length &&
		    memcmp((*service)->name, name, length) == 0)
			return *service;
	return NULL;
}

int service_init(struct service_state *ret_state, const struct service *service,
		 const struct service_options *options)
{
	struct service_options chosen = options ? *options : default_options;
	size_t length;

	if (!chosen.text)
		chosen.text = default_options.text;
	length = strlen(chosen.text);
	if (length > SERVICE_TEXT_MAX)
		return -EMSGSIZE;

	/* Now, so that no answer has to wait for a file; once, since others may be reading it. */
	(void)pthread_once(&zone_loaded, tzset);
	*ret_state = (struct service_state){
		.service = service,
		.options = chosen,
		.text_second = INT64_MIN,
		.text_length = (uint32_t)length,
	};
	memcpy(ret_state->text, chosen.text, length);
	return 0;
}

uint32_t service_reply_room(const struct service_state *state)
{
	if (state->service == &service_greeting)
		return state->text_length;
	return state->service->reply_room;
}
