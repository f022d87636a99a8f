#include "sizing.h"

#include <math.h>

#include "base/clock.h"

/* Output memory: enough for every request that may be outstanding, within reason. Beyond it the
 * engine says -EAGAIN, and requests wait for a turn. */
#define OUTPUT_BYTES_MAX (64u << 20)
#define OUTPUT_SIZE_MIN 256u
#define OUTPUT_SIZE_MAX 65536u
#define OUTPUT_COUNT_MIN 64u
#define OUTPUT_COUNT_MAX 65536u

static uint64_t clamp(uint64_t value, uint64_t least, uint64_t most)
{
	if (value < least)
		return least;
	return value < most ? value : most;
}

static uint64_t divide_up(uint64_t dividend, uint64_t divisor)
{
	return (dividend + divisor - 1) / divisor;
}

/* A stream's due requests leave as one piece, a message has to fit whole. */
static void size_output(const struct load_options *options, const struct target *target,
			uint32_t clients, struct engine_config *config)
{
	const struct size_mix *mix = &options->size.request;
	uint64_t burst = (uint64_t)ceil(size_mix_mean(mix)) * options->depth;
	uint64_t size, count;

	if (transports[target->url.transport].stream) {
		size = clamp(burst, OUTPUT_SIZE_MIN, OUTPUT_SIZE_MAX);
		count = divide_up(burst, size) * clients;
	} else {
		size = clamp(mix->max, OUTPUT_SIZE_MIN, UINT32_MAX);
		count = (uint64_t)options->depth * clients;
	}
	size = divide_up(size, 64) * 64;
	count = clamp(count, OUTPUT_COUNT_MIN, OUTPUT_COUNT_MAX);
	config->output_size = (uint32_t)size;
	config->output_count = (uint32_t)clamp(count, OUTPUT_COUNT_MIN, OUTPUT_BYTES_MAX / size);
}

void sizing_config(const struct load_options *options, const struct target *target,
		   uint32_t clients, struct engine_config *ret_config)
{
	engine_config_init(ret_config);
	/* A closed connection keeps its slot for a turn, in which its successor connects. */
	ret_config->connection_max = options->reconnect_every > 0 ? 2 * clients : clients;
	size_output(options, target, clients, ret_config);
	if (target->url.transport != TRANSPORT_UDP)
		ret_config->datagram_count = 0;
	/* Answers are always read, whatever waits to be sent: if both sides stopped reading until
	 * the other one does, nothing would move again. And the time limits are our own. */
	ret_config->queue_bytes_max = UINT32_MAX;
	ret_config->send_timeout_ns = 0;
	ret_config->idle_timeout_ns = 0;
	ret_config->spin_ns = options->spin_ns;
	ret_config->features = options->features;
	ret_config->client_ancillary = load_times_ancillary(options, target);
}
