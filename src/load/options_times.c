/* The rules of options that are about times: of the peer, of the kernel, of round trips. */
#include <errno.h>

#include <ringside/clock.h>
#include <ringside/engine.h>

#include "base/key_file.h"
#include "base/stamp_format.h"
#include "options.h"
#include "trip_protocol.h"

#define SIZE_STANDARD 64

/* What the kernel tells of clients: enum ancillary, by transport. Requests leave UNIX sockets
 * without a time, and what is read of a UNIX stream has none either. */
static const uint32_t told_by_kernel[TRANSPORT_COUNT] = {
	[TRANSPORT_TCP] = ANCILLARY_ARRIVAL | ANCILLARY_DEPARTURE,
	[TRANSPORT_UDP] = ANCILLARY_ARRIVAL | ANCILLARY_DEPARTURE,
	[TRANSPORT_UNIXGRAM] = ANCILLARY_ARRIVAL,
	[TRANSPORT_UNIXPACKET] = ANCILLARY_ARRIVAL,
};

static bool uses_kernel(const struct load_options *options)
{
	return options->stamps == LOAD_STAMPS_KERNEL || options->stamps == LOAD_STAMPS_HARDWARE;
}

uint32_t load_times_ancillary(const struct load_options *options, const struct target *target)
{
	uint32_t asked = uses_kernel(options) ? told_by_kernel[target->url.transport] : 0;

	if (options->stamps == LOAD_STAMPS_HARDWARE)
		asked |= ANCILLARY_HARDWARE;
	if (options->round_trips && target->protocol && target->url.transport == TRANSPORT_UDP)
		asked |= ANCILLARY_HEADER;
	return asked;
}

/* What a server tells of a stream's messages are times of its program alone. */
static uint32_t split_points_of(const struct load_options *options, const struct target *target)
{
	uint32_t told = load_times_ancillary(options, target), points = SPLIT_ENDS;

	if (told & ANCILLARY_DEPARTURE)
		points |= 1u << SPLIT_CLIENT_KERNEL_SEND;
	if (told & ANCILLARY_ARRIVAL)
		points |= 1u << SPLIT_CLIENT_KERNEL_RECEIVE;
	if (target->protocol)
		points |= 1u << SPLIT_SERVER_USER_RECEIVE | 1u << SPLIT_SERVER_SEND;
	if (target->protocol && told_by_kernel[target->url.transport] != 0)
		points |= 1u << SPLIT_SERVER_KERNEL_RECEIVE;
	return points;
}

struct result_extent load_times_extent(const struct load_options *options,
				       const struct target *target)
{
	return (struct result_extent){
		.delays = target->answers == ANSWERS_TIMES,
		.split = options->split,
		.split_points = split_points_of(options, target),
	};
}

/* What has no meaning for those that tell no times. */
static int check_timeless(const struct load_options *options, const struct target *target,
			  struct error *ret_error)
{
	const char *asked = options->stamps != LOAD_STAMPS_AUTO &&
					    options->stamps != LOAD_STAMPS_USER && !options->split
				    ? "--stamps"
			    : options->stamp_format != STAMP_NTP      ? "--stamp-format"
			    : options->key_file			      ? "--key-file"
			    : options->round_trips && !options->split ? "--round-trips"
								      : NULL;

	if (!asked || target->protocol)
		return 0;
	return error_set(ret_error, -EINVAL, "%s: %s does not tell its times, stamp+udp:// does",
			 asked, target_service(target));
}

static int check_stamps(const struct load_options *options, const struct target *target,
			struct error *ret_error)
{
	const struct transport_row *transport = &transports[target->url.transport];

	if (uses_kernel(options) && told_by_kernel[target->url.transport] == 0)
		return error_set(ret_error, -EINVAL,
				 "--stamps %s: the kernel tells no times of %s; --stamps user",
				 load_stamps_names[options->stamps], transport->name);
	if (options->stamps == LOAD_STAMPS_HARDWARE && transport->local)
		return error_set(ret_error, -EINVAL,
				 "--stamps hardware: %s has no network card; --stamps kernel",
				 transport->name);
	return 0;
}

/* A round trip that somebody else divides needs nothing of what follows; one that the client's
 * kernel divides is followed alone on its connection. */
static int check_split(const struct load_options *options, const struct target *target,
		       struct error *ret_error)
{
	const char *transport = transports[target->url.transport].name;

	if (!options->split)
		return 0;
	if (!target_answers(target))
		return error_set(ret_error, -EINVAL,
				 "--split: %s does not answer each request, so there are no round "
				 "trips",
				 target_service(target));
	if (options->stamps == LOAD_STAMPS_USER)
		return error_set(ret_error, -EINVAL,
				 "--split: it is the kernel that divides; leave --stamps user out");
	if (options->stamps == LOAD_STAMPS_HARDWARE)
		return error_set(ret_error, -EINVAL,
				 "--split: a card's clock has nothing to do with this program's; "
				 "leave --stamps hardware out");
	if (target->protocol)
		return 0;
	if (told_by_kernel[target->url.transport] == 0)
		return error_set(
			ret_error, -EINVAL,
			"--split: the kernel tells no times of %s, and %s none of its own; "
			"stamp+%s: does",
			transport, target_service(target), transport);
	if (options->depth != 1)
		return error_set(ret_error, -EINVAL,
				 "--split: one request at a time is followed of %s, so --depth is "
				 "1; stamp+%s: takes more",
				 target_service(target), transport);
	return 0;
}

/* Times of PTP are those of TAI, which the kernel tells only after somebody has told it. */
static int check_format(const struct load_options *options, struct error *ret_error)
{
	struct clock_quality quality;

	if (options->stamp_format != STAMP_PTP)
		return 0;
	clock_quality_read(&quality);
	return stamp_format_check_ptp(quality.tai_offset_s, ret_error);
}

/* A session is a connection that stays. */
static int check_session(const struct load_options *options, const struct target *target,
			 struct error *ret_error)
{
	const char *asked = options->mode == MODE_CONNECT  ? "--mode connect"
			    : options->reconnect_every > 0 ? "--reconnect-every"
							   : NULL;

	if (asked && target->protocol)
		return error_set(ret_error, -EINVAL,
				 "%s: a session of %s is one connection, to the end", asked,
				 target_service(target));
	return 0;
}

static int read_key(struct load_options *options, struct error *ret_error)
{
	struct error reason;
	int error;

	if (!options->key_file)
		return 0;
	error = key_file_read(options->key_file, sizeof(options->key), options->key,
			      &options->key_length, &reason);
	return error ? error_set(ret_error, error, "--key-file: %s", reason.text) : 0;
}

static uint32_t standard_size(const struct load_options *options, const struct target *target)
{
	const struct trip_protocol *protocol = target->protocol;

	if (!protocol)
		return SIZE_STANDARD;
	return options->split ? protocol->size_split(options, target)
			      : protocol->size_least(options, target);
}

static void resolve(struct load_options *options, const struct target *target)
{
	bool used = target->protocol || options->split;
	bool has = used && told_by_kernel[target->url.transport] != 0;

	if (options->stamps == LOAD_STAMPS_AUTO)
		options->stamps = has ? LOAD_STAMPS_KERNEL : LOAD_STAMPS_USER;
	if (options->size.automatic)
		size_value_set(&options->size, standard_size(options, target));
}

int load_times_check(struct load_options *options, const struct target *target,
		     struct error *ret_error)
{
	int error = check_timeless(options, target, ret_error);

	if (!error)
		error = check_stamps(options, target, ret_error);
	if (!error)
		error = check_split(options, target, ret_error);
	if (!error)
		error = check_format(options, ret_error);
	if (!error)
		error = check_session(options, target, ret_error);
	if (!error)
		error = read_key(options, ret_error);
	if (error)
		return error;
	resolve(options, target);
	return target->protocol ? target->protocol->check(options, target, ret_error) : 0;
}
