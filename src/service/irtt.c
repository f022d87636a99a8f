/*
 * IRTT's server (protocol version 1): a client opens a session, agrees on its parameters, and gets
 * an echo of each of its packets with times and counts of ours in it.
 *
 * No echo is longer than its request, and what a client sends is not sent back. The reply to an
 * open has the token of 8 octets more than its request; and where the client wants a shorter
 * interval than it may have, the one that it gets can take 3 octets more to write.
 */
#include "answer.h"
#include "irtt_stamps.h"
#include "services.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

#include <ringside/engine.h>

#include "wire/bytes.h"
#include "wire/hmac.h"

#define OPEN_GROWTH_MAX (IRTT_TOKEN_LENGTH + 3)

/* A client's interval is this part of the timeout at most, so that it may lose some packets. */
#define TIMEOUT_INTERVALS 4

/* How much longer than agreed a test may go on, before it is told that it is over. */
#define DURATION_GRACE_NS (2ull * NS_PER_S)

/* The fills that a client may ask for: random octets, and what it gets anyway. */
#define FILL_RANDOM "rand"
static const char fill_standard[] = "irtt";
static const char *const fills_allowed[] = { FILL_RANDOM, "pattern", "pattern:69727474" };

struct irtt_memory {
	struct irtt_table *table;
	struct hmac_key *key; /* NULL: none is set */
	struct irtt_stamps stamps;
	uint64_t random; /* of fills */
};

/* One request, and what is needed to answer it. */
struct request {
	const struct service_options *options;
	struct irtt_memory *memory;
	struct message *message;
	uint8_t *data;
	uint8_t flags;
	uint32_t header;     /* length */
	uint64_t now_ns;     /* CLOCK_MONOTONIC */
	uint64_t came_ns;    /* CLOCK_MONOTONIC, not after now_ns */
	int64_t received_ns; /* CLOCK_REALTIME */
};

static int irtt_open(struct service_state *state)
{
	const struct service_options *options = &state->options;
	struct irtt_memory *memory = calloc(1, sizeof(*memory));

	if (!memory)
		return -ENOMEM;
	state->memory = memory;
	irtt_stamps_init(&memory->stamps);
	if (getrandom(&memory->random, sizeof(memory->random), 0) < 0)
		return -errno;
	if (options->key) {
		memory->key = hmac_key_md5(options->key, options->key_length);
		if (!memory->key)
			return -ENOMEM;
	}
	return irtt_table_open(options->session_max, options->irtt_timeout_ns, &memory->table);
}

static void irtt_close(struct service_state *state)
{
	struct irtt_memory *memory = state->memory;

	if (!memory)
		return;
	irtt_table_close(memory->table);
	hmac_key_free(memory->key);
	free(memory);
}

/* Is it the fill called name? */
static bool fill_is(const struct irtt_params *params, const char *name)
{
	return strlen(name) == params->fill_length &&
	       memcmp(params->fill, name, params->fill_length) == 0;
}

static bool fill_is_allowed(const struct irtt_params *params)
{
	for (size_t i = 0; i < sizeof(fills_allowed) / sizeof(fills_allowed[0]); i++)
		if (fill_is(params, fills_allowed[i]))
			return true;
	return false;
}

/* Make of what a client wants what it gets. */
static void restrict_params(const struct request *request, struct irtt_params *params)
{
	const struct service_options *options = request->options;
	const int64_t duration_max = (int64_t)options->irtt_max_duration_ns;
	const int64_t interval_max = (int64_t)(options->irtt_timeout_ns / TIMEOUT_INTERVALS);
	int64_t *values = params->values;

	values[IRTT_PROTOCOL] = IRTT_VERSION;
	if (duration_max > 0 && values[IRTT_DURATION] > duration_max)
		values[IRTT_DURATION] = duration_max;
	if (interval_max > 0 && values[IRTT_INTERVAL] > interval_max)
		values[IRTT_INTERVAL] = interval_max;
	if (values[IRTT_INTERVAL] < (int64_t)options->irtt_min_interval_ns)
		values[IRTT_INTERVAL] = (int64_t)options->irtt_min_interval_ns;
	if (options->irtt_max_length > 0 && values[IRTT_LENGTH] > options->irtt_max_length)
		values[IRTT_LENGTH] = options->irtt_max_length;
	/* Without a hop limit the header cannot be read, nor be set. */
	if (values[IRTT_DSCP] < 0 || values[IRTT_DSCP] > UINT8_MAX ||
	    request->message->hop_limit == 0)
		values[IRTT_DSCP] = 0;
	if (!fill_is_allowed(params))
		params->fill_length = 0;
}

/* The session as agreed. Its length is bounded by each request's, so any number will do. */
static void session_init(struct irtt_session *session, const struct irtt_params *params, bool hmac)
{
	irtt_layout_init(&session->layout, params, hmac);
	session->length = params->values[IRTT_LENGTH] > UINT16_MAX
				  ? UINT16_MAX
				  : (uint32_t)params->values[IRTT_LENGTH];
	if (session->length < session->layout.length)
		session->length = session->layout.length;
	session->traffic_class = (uint8_t)params->values[IRTT_DSCP];
	session->random_fill = fill_is(params, FILL_RANDOM);
}

/* 0 goes to those who ask for the parameters alone. */
static enum message_refusal new_session(const struct request *request,
					const struct irtt_params *params, uint64_t *ret_token)
{
	const struct message *message = request->message;
	struct irtt_session *session;

	*ret_token = 0;
	if (request->flags & IRTT_CLOSE)
		return REFUSED_NOT;
	if (!message->peer)
		return REFUSED_ADDRESS;
	session = irtt_table_add(request->memory->table, message->peer, message->peer_length,
				 request->now_ns);
	if (!session)
		return REFUSED_RATE;
	session_init(session, params, request->flags & IRTT_HMAC);
	*ret_token = session->token;
	return REFUSED_NOT;
}

static void answer_open(const struct request *request)
{
	struct message *message = request->message;
	uint8_t written[IRTT_PARAMS_MAX];
	struct irtt_params params;
	enum message_refusal refused;
	uint32_t params_length, length;
	uint64_t token;

	if (!irtt_params_read(request->data + request->header, message->length - request->header,
			      &params)) {
		answer_refuse(message, REFUSED_SIZE);
		return;
	}
	restrict_params(request, &params);
	params_length = irtt_params_write(written, &params);
	length = request->header + IRTT_TOKEN_LENGTH + params_length;
	if (length > message->length + OPEN_GROWTH_MAX || length > message->capacity) {
		answer_refuse(message, REFUSED_SIZE);
		return;
	}
	refused = new_session(request, &params, &token);
	if (refused != REFUSED_NOT) {
		answer_refuse(message, refused);
		return;
	}
	irtt_put_header(request->data, request->flags | IRTT_REPLY);
	put_le64(request->data + request->header, token);
	memcpy(request->data + request->header + IRTT_TOKEN_LENGTH, written, params_length);
	answer_in_place(message, length);
}

/* The session that the request belongs to; NULL: it has none, or is not from who opened it. */
static struct irtt_session *session_of(const struct request *request)
{
	struct irtt_table *table = request->memory->table;
	const struct message *message = request->message;
	struct irtt_session *session;

	session = irtt_table_find(table, get_le64(request->data + request->header));
	if (!session || irtt_table_expire(table, session, request->now_ns) ||
	    !irtt_session_is_from(session, message->peer, message->peer_length))
		return NULL;
	return session;
}

/* By SplitMix64: fast, and of no use to whoever wants to guess a token. */
static uint64_t random_next(uint64_t *random)
{
	uint64_t value = *random += 0x9e3779b97f4a7c15;

	value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
	value = (value ^ value >> 27) * 0x94d049bb133111eb;
	return value ^ value >> 31;
}

static void put_fill(struct irtt_memory *memory, uint8_t *data, uint32_t length, bool random)
{
	uint8_t block[8];
	uint32_t count;

	memcpy(block, fill_standard, 4);
	memcpy(block + 4, fill_standard, 4);
	for (uint32_t at = 0; at < length; at += count) {
		count = length - at < sizeof(block) ? length - at : (uint32_t)sizeof(block);
		if (random)
			put_le64(block, random_next(&memory->random));
		memcpy(data + at, block, count);
	}
}

static void write_echo(const struct request *request, struct irtt_session *session, uint32_t length)
{
	const struct irtt_layout *layout = &session->layout;
	struct irtt_memory *memory = request->memory;
	uint8_t *data = request->data;
	uint64_t window = irtt_session_count(session, get_le32(data + layout->sequence));

	if (layout->count > 0)
		put_le32(data + layout->count, session->count);
	if (layout->window > 0)
		put_le64(data + layout->window, window);
	put_fill(memory, data + layout->length, length - layout->length, session->random_fill);
	irtt_stamps_arrive(&memory->stamps, session, data, request->received_ns);
}

static bool is_over(const struct request *request, const struct irtt_session *session)
{
	uint64_t duration_max = request->options->irtt_max_duration_ns;

	return duration_max > 0 &&
	       request->now_ns - session->first_ns > duration_max + DURATION_GRACE_NS;
}

static void answer_echo(const struct request *request, int64_t wall_ns)
{
	const uint32_t length_max = request->options->irtt_max_length;
	struct message *message = request->message;
	struct irtt_session *session = session_of(request);
	uint8_t flags = request->flags | IRTT_REPLY;
	uint32_t length;

	if (!session) {
		answer_refuse(message, REFUSED_KEY);
		return;
	}
	if (message->length < session->layout.length ||
	    (length_max > 0 && message->length > length_max)) {
		answer_refuse(message, REFUSED_SIZE);
		return;
	}
	if (!irtt_session_allows(session, request->options->irtt_min_interval_ns,
				 request->came_ns)) {
		answer_refuse(message, REFUSED_RATE);
		return;
	}
	length = session->length < message->length ? session->length : message->length;
	write_echo(request, session, length);
	irtt_stamps_depart(&request->memory->stamps, session, request->data, wall_ns);
	message->answer_class = session->traffic_class;
	if (is_over(request, session)) {
		flags |= IRTT_CLOSE;
		irtt_table_remove(request->memory->table, session);
	}
	irtt_put_header(request->data, flags);
	answer_in_place(message, length);
}

static void end_session(const struct request *request)
{
	struct irtt_session *session = session_of(request);

	if (session)
		irtt_table_remove(request->memory->table, session);
	else
		answer_refuse(request->message, REFUSED_KEY);
}

/* With a key nothing is answered that has no right HMAC, and without one nothing that has one. */
static bool is_authentic(const struct request *request)
{
	struct hmac_key *key = request->memory->key;

	if (!key || !(request->flags & IRTT_HMAC))
		return !key && !(request->flags & IRTT_HMAC);
	return irtt_is_signed(request->data, request->message->length, key);
}

static void answer_request(struct request *request, int64_t wall_ns)
{
	struct message *message = request->message;

	if (!irtt_has_header(message->data, message->length, &request->flags)) {
		answer_refuse(message, REFUSED_SIZE);
		return;
	}
	request->header = irtt_header_length(request->flags);
	if (request->flags & IRTT_REPLY)
		answer_refuse(message, REFUSED_LOOP);
	else if (!is_authentic(request))
		answer_refuse(message, REFUSED_KEY);
	else if (request->flags & IRTT_OPEN)
		answer_open(request);
	else if (request->flags & IRTT_CLOSE)
		end_session(request);
	else
		answer_echo(request, wall_ns);
}

/* When it came, by the clock that nobody sets; now, if the other one was. */
static uint64_t came_ns(uint64_t now_ns, int64_t wall_ns, int64_t received_ns)
{
	int64_t waited_ns = wall_ns - received_ns;

	return waited_ns > 0 && (uint64_t)waited_ns < now_ns ? now_ns - (uint64_t)waited_ns
							     : now_ns;
}

static void irtt_answer(struct service_state *state, struct message *batch, uint32_t count,
			int64_t wall_ns)
{
	struct irtt_memory *memory = state->memory;
	uint64_t now_ns = irtt_stamps_renew(&memory->stamps);

	for (uint32_t i = 0; i < count; i++) {
		int64_t received_ns = answer_arrived_ns(&batch[i], wall_ns);
		struct request request = {
			.options = &state->options,
			.memory = memory,
			.message = &batch[i],
			.data = batch[i].data,
			.now_ns = now_ns,
			.came_ns = came_ns(now_ns, wall_ns, received_ns),
			.received_ns = received_ns,
		};

		if (answer_is_due(&batch[i]))
			answer_request(&request, wall_ns);
	}
}

static void irtt_depart(struct service_state *state, uint8_t *answer, uint32_t length,
			int64_t wall_ns)
{
	struct irtt_memory *memory = state->memory;
	const struct irtt_session *session = NULL;
	uint8_t flags;

	if (!irtt_has_header(answer, length, &flags))
		return;
	if (!(flags & IRTT_OPEN))
		session = irtt_table_find(memory->table,
					  get_le64(answer + irtt_header_length(flags)));
	if (session)
		irtt_stamps_depart(&memory->stamps, session, answer, wall_ns);
	if (memory->key)
		irtt_sign(answer, length, memory->key);
}

const struct service service_irtt = {
	.name = "irtt",
	.summary = "measures round trips with irtt's client",
	.source = "irtt 0.9",
	.port = 2112,
	.transports = SERVICE_DATAGRAM,
	.needs_clock = true,
	.lengthens = true,
	.ancillary = ANCILLARY_ARRIVAL | ANCILLARY_HEADER,
	.open = irtt_open,
	.close = irtt_close,
	.answer = irtt_answer,
	.depart = irtt_depart,
};
