#include "config.h"

#include <errno.h>
#include <stddef.h>

#include "base/array.h"
#include "base/json.h"
#include "inject.h"
#include "limits.h"
#include "times.h"

/* What stands behind "auto", by name. */
static const struct config_row {
	const char *name;
	size_t offset;
} config_rows[] = {
#define ROW(member)                                             \
	{                                                       \
#member, offsetof(struct engine_config, member) \
	}
	ROW(connection_max), ROW(batch_max),	  ROW(buffer_size),   ROW(buffer_count),
	ROW(large_size),     ROW(large_count),	  ROW(datagram_size), ROW(datagram_count),
	ROW(output_size),    ROW(output_count),	  ROW(reply_room),    ROW(queue_bytes_max),
	ROW(zero_copy_min),  ROW(min_wait_count), ROW(min_wait_us),   ROW(busy_poll_us),
#undef ROW
};

static uint32_t reply_room(const struct serve_options *options, const struct listener_list *list)
{
	uint32_t most = 0;

	for (uint32_t i = 0; i < list->count; i++) {
		const struct listener *listener = &list->items[i];
		struct service_options service_options;
		uint32_t room;

		/* What speaks first does so out of a buffer of its own. */
		if (listener->service->talks && transports[listener->url.transport].connected)
			continue;
		service_options = service_options_of(options, listener->url.transport);
		room = service_reply_room(listener->service, &service_options);
		most = room > most ? room : most;
	}
	return most;
}

static uint32_t ancillary(const struct serve_options *options, const struct listener_list *list)
{
	uint32_t all = 0;

	for (uint32_t i = 0; i < list->count; i++)
		all |= times_ancillary(options, &list->items[i]);
	return all;
}

static bool any_talks(const struct listener_list *list)
{
	for (uint32_t i = 0; i < list->count; i++)
		if (list->items[i].service->talks)
			return true;
	return false;
}

/* Memory that no listener needs is not asked for: touching it is most of the start-up. */
static void leave_out(const struct listener_list *list, struct engine_config *config)
{
	uint32_t used = listeners_transports(list);

	if (!(used & 1u << TRANSPORT_UDP))
		config->datagram_count = 0;
	if (!(used & ~(1u << TRANSPORT_UDP))) {
		config->buffer_count = 1;
		config->large_count = 0;
	}
	if (!any_talks(list))
		config->output_count = 1;
}

static void put_if_given(uint32_t *value, uint32_t option)
{
	if (option != OPTION_AUTO)
		*value = option;
}

static int check_sizes(const struct engine_config *config, struct error *ret_error)
{
	if (!(config->listener_ancillary & ANCILLARY_ARRIVAL) ||
	    config->buffer_size >= ENGINE_STAMPED_SIZE_MIN)
		return 0;
	return error_set(ret_error, -EINVAL,
			 "--buffer-size %u is too small: the kernel's times of arrival need %u or "
			 "more; or take --stamps user",
			 config->buffer_size, ENGINE_STAMPED_SIZE_MIN);
}

int config_make(const struct serve_options *options, const struct listener_list *listeners,
		uint32_t other_files, struct engine_config *ret_config, struct error *ret_error)
{
	struct engine_config config;
	uint32_t connections;
	int error;

	engine_config_init(&config);
	error = limits_fit(options, listeners->count + other_files, config.connection_max,
			   &connections, ret_error);
	if (error)
		return error;
	config.connection_max = connections + listeners->count;
	put_if_given(&config.buffer_size, options->buffer_size);
	put_if_given(&config.buffer_count, options->buffers);
	put_if_given(&config.datagram_count, options->buffers);
	put_if_given(&config.zero_copy_min, options->zero_copy_min);
	put_if_given(&config.queue_bytes_max, options->queue_max);
	config.reply_room = reply_room(options, listeners);
	config.listener_ancillary = ancillary(options, listeners);
	error = check_sizes(&config, ret_error);
	if (error)
		return error;
	config.backlog = options->backlog;
	config.idle_timeout_ns = options->idle_timeout_ns;
	config.send_timeout_ns = options->send_timeout_ns;
	config.spin_ns = options->spin_ns;
	config.features = options->features;
	leave_out(listeners, &config);
	injector_config(&options->inject, listeners_transports(listeners), &config);
	*ret_config = config;
	return 0;
}

json_t *config_to_json(const struct engine_config *config)
{
	json_t *object = json_object();
	int error = object ? 0 : -ENOMEM;

	for (size_t i = 0; i < ARRAY_SIZE(config_rows); i++) {
		const void *field = (const char *)config + config_rows[i].offset;

		error |= json_put_unsigned(object, config_rows[i].name, *(const uint32_t *)field);
	}
	return json_complete(object, error);
}
