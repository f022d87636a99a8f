#include "times.h"

#include <errno.h>
#include <string.h>

#include <ringside/clock.h>
#include <ringside/engine.h>

#include "base/key_file.h"
#include "base/stamp_format.h"
#include "base/unit.h"

/* By enum stamps_choice: what may be asked for. */
static const uint32_t allowed[] = {
	[STAMPS_USER] = ANCILLARY_HEADER,
	[STAMPS_KERNEL] = ANCILLARY_HEADER | ANCILLARY_ARRIVAL | ANCILLARY_DEPARTURE,
};

/* Who may not ask again before it is forgotten has no session. */
static int check_irtt(const struct serve_options *options, struct error *ret_error)
{
	if (options->irtt_timeout_ns == 0 ||
	    options->irtt_min_interval_ns < options->irtt_timeout_ns)
		return 0;
	return error_set(ret_error, -EINVAL,
			 "--irtt-min-interval %s: a client is forgotten after --irtt-timeout %s, "
			 "before it may ask again",
			 duration_exact(options->irtt_min_interval_ns).text,
			 duration_exact(options->irtt_timeout_ns).text);
}

/* Times of PTP are those of TAI, which the kernel tells only after somebody has told it. */
static int check_format(const struct serve_options *options, struct error *ret_error)
{
	struct clock_quality quality;

	if (options->stamp_format != STAMP_PTP)
		return 0;
	clock_quality_read(&quality);
	return stamp_format_check_ptp(quality.tai_offset_s, ret_error);
}

int times_check(struct serve_options *options, struct error *ret_error)
{
	int error = 0;

	if (options->key_file && options->twamp_light)
		return error_set(ret_error, -EINVAL,
				 "--twamp-light contradicts --key-file: such requests are not "
				 "signed");
	if (options->key_file)
		error = key_file_read(options->key_file, sizeof(options->key), options->key,
				      &options->key_length, ret_error);
	if (!error)
		error = check_irtt(options, ret_error);
	return error ? error : check_format(options, ret_error);
}

static bool serves(const struct listener *listener, const char *service)
{
	return strcmp(listener->service->name, service) == 0;
}

static int check_listener(const struct serve_options *options, const struct listener *listener,
			  struct error *ret_error)
{
	const struct transport_row *transport = &transports[listener->url.transport];

	if (options->key_file && serves(listener, "stamp") && transport->stream)
		return error_set(ret_error, -EINVAL,
				 "--key-file: %s is a stream, on which nothing is signed",
				 listener->text.text);
	/* Of one peer's datagrams each thread would get some. */
	if (options->threads > 1 && serves(listener, "irtt") && transport->local)
		return error_set(ret_error, -EINVAL,
				 "--threads %u: all threads share %s, but a session of irtt is "
				 "known to one of them; use one thread, or irtt+udp",
				 options->threads, listener->text.text);
	return 0;
}

int times_check_listeners(const struct serve_options *options,
			  const struct listener_list *listeners, struct error *ret_error)
{
	bool signs = false;
	int error = 0;

	for (uint32_t i = 0; i < listeners->count && !error; i++) {
		const struct listener *listener = &listeners->items[i];

		signs |= serves(listener, "stamp") || serves(listener, "irtt");
		error = check_listener(options, listener, ret_error);
	}
	if (!error && options->key_file && !signs)
		error = error_set(ret_error, -EINVAL,
				  "--key-file: neither stamp nor irtt is served, and nothing else "
				  "has a key");
	return error;
}

enum service_transport service_transport_of(enum transport transport)
{
	if (transports[transport].stream)
		return SERVICE_STREAM;
	return transports[transport].connected ? SERVICE_RECORD : SERVICE_DATAGRAM;
}

struct service_options service_options_of(const struct serve_options *options,
					  enum transport transport)
{
	return (struct service_options){
		.text = options->text,
		.daytime_format = (enum daytime_format)options->daytime_format,
		.transport = service_transport_of(transport),
		.session_max = options->stamp_sessions,
		.key = options->key_length > 0 ? options->key : NULL,
		.key_length = options->key_length,
		.stamp_format = (enum stamp_format)options->stamp_format,
		.stamp_stateful = options->stamp_mode == STAMP_STATEFUL,
		.twamp_light = options->twamp_light,
		.require_sync = options->require_sync,
		.irtt_min_interval_ns = options->irtt_min_interval_ns,
		.irtt_max_duration_ns = options->irtt_max_duration_ns,
		.irtt_timeout_ns = options->irtt_timeout_ns,
		.irtt_max_length = options->irtt_max_length,
	};
}

uint32_t times_ancillary(const struct serve_options *options, const struct listener *listener)
{
	uint32_t wanted = listener->service->ancillary & allowed[options->stamps];

	/* Only sessions remember when an answer has left. */
	return options->stamp_mode == STAMP_STATEFUL ? wanted
						     : wanted & ~(uint32_t)ANCILLARY_DEPARTURE;
}
