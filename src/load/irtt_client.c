/*
 * IRTT's client (protocol version 1), as far as a load needs one: a session is opened and agreed
 * on, its requests have one length, the server says when each came and left by its wall clock and
 * how many have come, and the session is closed at the end.
 *
 * What a server does not agree to would be another load than was asked for, so that ends it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/unit.h"
#include "net/url.h"
#include "trip_protocol.h"
#include "trips.h"
#include "wire/bytes.h"
#include "wire/hmac.h"
#include "wire/irtt.h"
#include "worker.h"

/* What a thread has of it. */
struct irtt_client {
	struct hmac_key *key; /* NULL: nothing is signed */
	struct irtt_params wanted;
	struct irtt_layout layout;
};

/* What is asked of a server whatever the load. */
static const struct irtt_params wanted_always = {
	.values = { [IRTT_PROTOCOL] = IRTT_VERSION,
		    [IRTT_RECEIVED_STATS] = IRTT_COUNT,
		    [IRTT_STAMP_AT] = IRTT_AT_SEND | IRTT_AT_RECEIVE,
		    [IRTT_CLOCK] = IRTT_WALL },
};

static uint32_t irtt_size_least(const struct load_options *options, const struct target *target)
{
	struct irtt_layout layout;

	(void)target;
	irtt_layout_init(&layout, &wanted_always, options->key_length > 0);
	return layout.length;
}

static int irtt_check(struct load_options *options, const struct target *target,
		      struct error *ret_error)
{
	const struct size_mix *mix = &options->size.request;
	uint32_t least = irtt_size_least(options, target);

	if (transports[target->url.transport].connected)
		return error_set(
			ret_error, -EINVAL,
			"irtt over %s: its messages are datagrams; irtt+udp:// is measured",
			transports[target->url.transport].name);
	if (options->stamp_format != STAMP_NTP)
		return error_set(ret_error, -EINVAL,
				 "--stamp-format ptp: times of irtt have a format of their own");
	if (mix->min != mix->max)
		return error_set(ret_error, -EINVAL,
				 "--size %s: requests of irtt have one length, as is agreed when a "
				 "session is opened",
				 mix->text);
	if (mix->min < least)
		return error_set(ret_error, -EINVAL,
				 "--size %s: requests of irtt have %u bytes or more%s", mix->text,
				 least, options->key_length > 0 ? " with --key-file" : "");
	return 0;
}

/* How long the load is known to last; 0: until something else ends it. */
static uint64_t duration_of(const struct load_options *options)
{
	if (options->duration_ns == 0)
		return 0;
	return options->omit_ns + options->duration_ns + options->cooldown_ns;
}

/* Between two requests of a client. In a closed loop: as fast as may be. */
static uint64_t interval_of(const struct load_options *options)
{
	double rate = load_options_rate(options);
	double interval_ns = rate > 0 ? options->connections * (double)NS_PER_S / rate : 0;

	return interval_ns < 1 ? 1 : (uint64_t)interval_ns;
}

static void irtt_close(void *state)
{
	struct irtt_client *irtt = state;

	if (irtt)
		hmac_key_free(irtt->key);
	free(irtt);
}

static int irtt_open(struct worker *worker, void **ret_state)
{
	const struct load_options *options = worker->options;
	struct irtt_client *irtt = calloc(1, sizeof(*irtt));

	if (!irtt)
		return -ENOMEM;
	irtt->wanted = wanted_always;
	irtt->wanted.values[IRTT_DURATION] = (int64_t)duration_of(options);
	irtt->wanted.values[IRTT_INTERVAL] = (int64_t)interval_of(options);
	irtt->wanted.values[IRTT_LENGTH] = worker->size;
	irtt_layout_init(&irtt->layout, &irtt->wanted, options->key_length > 0);
	if (options->key_length > 0) {
		irtt->key = hmac_key_md5(options->key, options->key_length);
		if (!irtt->key) {
			irtt_close(irtt);
			return -ENOMEM;
		}
	}
	*ret_state = irtt;
	return 0;
}

/* Give a packet its header, and sign it. */
static uint32_t finish(const struct irtt_client *irtt, uint8_t *bytes, uint8_t flags,
		       uint32_t length)
{
	irtt_put_header(bytes, flags | (irtt->key ? IRTT_HMAC : 0));
	if (irtt->key)
		irtt_sign(bytes, length, irtt->key);
	return length;
}

static uint32_t irtt_greet(struct worker *worker, struct client *client, uint8_t *bytes)
{
	const struct irtt_client *irtt = worker->protocol_state;
	uint32_t at = irtt->layout.token; /* which a request to open has not */

	(void)client;
	return finish(irtt, bytes, IRTT_OPEN, at + irtt_params_write(bytes + at, &irtt->wanted));
}

static uint32_t irtt_part(struct worker *worker, struct client *client, uint8_t *bytes)
{
	const struct irtt_client *irtt = worker->protocol_state;

	if (!client->trips->greeted)
		return 0;
	put_le64(bytes + irtt->layout.token, client->trips->token);
	return finish(irtt, bytes, IRTT_CLOSE, irtt->layout.token + IRTT_TOKEN_LENGTH);
}

/* The token tells whose session it is, so it is what an answer has to repeat. */
static void irtt_write(struct worker *worker, struct client *client, struct trip *trip,
		       uint8_t *bytes, uint32_t size)
{
	const struct irtt_client *irtt = worker->protocol_state;

	trip->echo = client->trips->token;
	memset(bytes, 0, size);
	put_le64(bytes + irtt->layout.token, trip->echo);
	put_le32(bytes + irtt->layout.sequence, trip->number);
	(void)finish(irtt, bytes, 0, size);
}

/* A server that agrees to something else; what it says is not what was asked for. */
static int check_interval(struct worker *worker, uint64_t agreed_ns, uint64_t wanted_ns)
{
	struct url_text target = target_text(worker->target);

	if (agreed_ns < wanted_ns)
		return error_set(&worker->reason, -EPROTO,
				 "%s wants to hear of each client every %s; raise --rate, or use "
				 "fewer --connections",
				 target.text, duration_exact(agreed_ns).text);
	return error_set(&worker->reason, -EPROTO,
			 "%s takes a request of each client every %s, which is --rate %.0f with "
			 "--connections %u; or it has to be told to take more (serve "
			 "--irtt-min-interval 0, irtt server -i 0)",
			 target.text, duration_exact(agreed_ns).text,
			 worker->options->connections * (double)NS_PER_S / (double)agreed_ns,
			 worker->options->connections);
}

/* 0: the server agrees to all that matters. */
static int check_agreed(struct worker *worker, const struct irtt_params *agreed)
{
	const struct irtt_client *irtt = worker->protocol_state;
	const int64_t *wanted = irtt->wanted.values, *got = agreed->values;
	struct url_text target = target_text(worker->target);

	if (got[IRTT_PROTOCOL] != IRTT_VERSION)
		return error_set(&worker->reason, -EPROTO,
				 "%s speaks version %d of irtt's protocol, not version %d",
				 target.text, (int)got[IRTT_PROTOCOL], IRTT_VERSION);
	if (got[IRTT_INTERVAL] != wanted[IRTT_INTERVAL])
		return check_interval(worker, (uint64_t)got[IRTT_INTERVAL],
				      (uint64_t)wanted[IRTT_INTERVAL]);
	if (got[IRTT_DURATION] != wanted[IRTT_DURATION])
		return error_set(&worker->reason, -EPROTO,
				 "%s takes tests of %s, with warm-up and cool-down; use a shorter "
				 "--duration",
				 target.text, duration_exact((uint64_t)got[IRTT_DURATION]).text);
	if (got[IRTT_LENGTH] != wanted[IRTT_LENGTH])
		return error_set(&worker->reason, -EPROTO,
				 "%s takes requests of %d bytes at most; use a smaller --size",
				 target.text, (int)got[IRTT_LENGTH]);
	if (got[IRTT_STAMP_AT] != wanted[IRTT_STAMP_AT] || got[IRTT_CLOCK] != wanted[IRTT_CLOCK] ||
	    got[IRTT_RECEIVED_STATS] != wanted[IRTT_RECEIVED_STATS])
		return error_set(&worker->reason, -EPROTO,
				 "%s does not tell when requests came and their answers left, and "
				 "how many came (irtt server --tstamp=dual does)",
				 target.text);
	return 0;
}

/* flags: of the answer; IRTT_CLOSE says that no session was opened. */
static enum trip_message take_open(struct worker *worker, struct client *client,
				   const uint8_t *bytes, uint32_t length, uint8_t flags)
{
	const struct irtt_client *irtt = worker->protocol_state;
	uint32_t at = irtt->layout.token + IRTT_TOKEN_LENGTH;
	struct trips *trips = client->trips;
	struct irtt_params agreed;

	/* Every request to open is answered with a session; the first one is used. */
	if (trips->greeted)
		return TRIP_MESSAGE_SESSION;
	if (!irtt_params_read(bytes + at, length - at, &agreed))
		return TRIP_MESSAGE_FOREIGN;
	worker->fault = check_agreed(worker, &agreed);
	if (!worker->fault && flags & IRTT_CLOSE)
		worker->fault = error_set(&worker->reason, -EPROTO, "%s refuses to open a session",
					  target_text(worker->target).text);
	trips->token = get_le64(bytes + irtt->layout.token);
	trips->greeted = true;
	trips->ways.counting = TRIP_COUNTING;
	worker_list(worker, client);
	return TRIP_MESSAGE_SESSION;
}

static void read_echo(const struct irtt_client *irtt, const uint8_t *bytes,
		      struct trip_answer *answer)
{
	const struct irtt_layout *layout = &irtt->layout;

	answer->number = get_le32(bytes + layout->sequence);
	answer->echo = get_le64(bytes + layout->token);
	answer->received_ns = (int64_t)get_le64(bytes + layout->receive_wall);
	answer->replied_ns = (int64_t)get_le64(bytes + layout->send_wall);
	answer->arrived = get_le32(bytes + layout->count);
	answer->peer_number = answer->arrived;
	answer->arrived_known = true;
}

static enum trip_message irtt_read(struct worker *worker, struct client *client, uint8_t *bytes,
				   uint32_t length, struct trip_answer *ret_answer)
{
	const struct irtt_client *irtt = worker->protocol_state;
	uint8_t flags;

	if (!irtt_has_header(bytes, length, &flags) || !(flags & IRTT_REPLY) ||
	    (irtt->key != NULL) != ((flags & IRTT_HMAC) != 0) ||
	    (irtt->key && !irtt_is_signed(bytes, length, irtt->key)))
		return TRIP_MESSAGE_FOREIGN;
	if (flags & IRTT_OPEN)
		return take_open(worker, client, bytes, length, flags);
	if (length < irtt->layout.length)
		return TRIP_MESSAGE_FOREIGN;
	/* It has taken as long as a test may take. */
	if (flags & IRTT_CLOSE) {
		client_break(worker, client, RESULT_CLOSED, 0);
		return TRIP_MESSAGE_SESSION;
	}
	read_echo(irtt, bytes, ret_answer);
	ret_answer->right &= length == worker->size;
	return TRIP_MESSAGE_ANSWER;
}

const struct trip_protocol irtt_protocol = {
	.greets_first = true,
	.check = irtt_check,
	.size_least = irtt_size_least,
	.size_split = irtt_size_least,
	.open = irtt_open,
	.close = irtt_close,
	.greet = irtt_greet,
	.part = irtt_part,
	.write = irtt_write,
	.read = irtt_read,
};
