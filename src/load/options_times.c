/* The rules of options that are about times: of the peer, of the kernel, of round trips. */
#include <errno.h>

#include <ringside/clock.h>
#include <ringside/engine.h>

#include "base/key_file.h"
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
	if (options->round_trips && target->url.transport == TRANSPORT_UDP)
		asked |= ANCILLARY_HEADER;
	return asked;
}

struct result_extent load_times_extent(const struct target *target)
{
	return (struct result_extent){ .delays = target->answers == ANSWERS_TIMES };
}

/* What has no meaning for those that tell no times. */
static int check_timeless(const struct load_options *options, const struct target *target,
			  struct error *ret_error)
{
	const char *asked = options->stamps != LOAD_STAMPS_AUTO &&
					    options->stamps != LOAD_STAMPS_USER
				    ? "--stamps"
			    : options->stamp_format != LOAD_STAMP_NTP ? "--stamp-format"
			    : options->key_file			      ? "--key-file"
			    : options->round_trips		      ? "--round-trips"
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

/* Times of PTP are those of TAI, which the kernel tells only after somebody has told it. */
static int check_format(const struct load_options *options, struct error *ret_error)
{
	struct clock_quality quality;

	if (options->stamp_format != LOAD_STAMP_PTP)
		return 0;
	clock_quality_read(&quality);
	if (quality.tai_offset_s != 0)
		return 0;
	return error_set(ret_error, -EINVAL,
			 "--stamp-format ptp: this host does not know TAI, its kernel's offset is "
			 "0; set it (adjtimex, chrony's leapsectz, ptp4l) or use ntp");
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

static void resolve(struct load_options *options, const struct target *target)
{
	bool has = target->protocol && told_by_kernel[target->url.transport] != 0;

	if (options->stamps == LOAD_STAMPS_AUTO)
		options->stamps = has ? LOAD_STAMPS_KERNEL : LOAD_STAMPS_USER;
	if (options->size.automatic)
		size_value_set(&options->size,
			       target->protocol ? target->protocol->size_least(options, target)
						: SIZE_STANDARD);
}

int load_times_check(struct load_options *options, const struct target *target,
		     struct error *ret_error)
{
	int error = check_timeless(options, target, ret_error);

	if (!error)
		error = check_stamps(options, target, ret_error);
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
