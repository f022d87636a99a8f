#include "feature_set.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"

#define STREAMS (1u << TRANSPORT_TCP | 1u << TRANSPORT_UNIX)
#define DATAGRAMS (1u << TRANSPORT_UDP)
#define BOTH (STREAMS | DATAGRAMS)

/* What an engine gives its buffers and its sends without a copy unless told otherwise. */
#define BUFFER_SIZE 4096
#define ZERO_COPY_SIZE 16384

/* What experiments need to know of a feature beside its row of feature.h. */
static const struct trait {
	char letter;
	uint32_t transports; /* that give it work */
	uint32_t least_size; /* of messages, below which it never has any */
} traits[FEATURE_COUNT] = {
	[FEATURE_MULTISHOT_ACCEPT] = { 'A', STREAMS },
	[FEATURE_MULTISHOT_RECEIVE] = { 'M', BOTH },
	[FEATURE_BUFFER_RING] = { 'B', BOTH },
	[FEATURE_INCREMENTAL] = { 'I', STREAMS },
	[FEATURE_RECEIVE_BUNDLE] = { 'V', STREAMS, BUFFER_SIZE },
	[FEATURE_SEND_BUNDLE] = { 'S', STREAMS },
	[FEATURE_DEFER_TASKRUN] = { 'D', BOTH },
	[FEATURE_COOP_TASKRUN] = { 'C', BOTH },
	[FEATURE_NO_SQARRAY] = { 'Y', BOTH },
	[FEATURE_REGISTERED_RING] = { 'R', BOTH },
	[FEATURE_DIRECT] = { 'F', STREAMS },
	[FEATURE_ZERO_COPY] = { 'Z', STREAMS, ZERO_COPY_SIZE },
	[FEATURE_SQPOLL] = { 'K', BOTH },
	[FEATURE_MIN_WAIT] = { 'W', BOTH },
	[FEATURE_NAPI] = { 'N', BOTH },
	[FEATURE_HUGE_PAGES] = { 'H', BOTH },
	[FEATURE_POLL_FIRST] = { 'E', BOTH },
	[FEATURE_PLAIN_SEND] = { 'P', STREAMS },
	[FEATURE_QUIET_SEND] = { 'Q', BOTH },
	[FEATURE_LARGE_BUFFERS] = { 'L', STREAMS, BUFFER_SIZE },
	[FEATURE_GRO] = { 'G', DATAGRAMS },
	[FEATURE_GSO] = { 'O', DATAGRAMS },
	[FEATURE_DEPARTURES] = { 'T', 0 },
	[FEATURE_RESTRICTIONS] = { 'X', BOTH },
};

static bool has(uint32_t set, int id)
{
	return set >> id & 1;
}

/* Take away those that lack what they need, until nobody does. */
static uint32_t drop_needy(uint32_t set)
{
	uint32_t before;

	do {
		before = set;
		for (int id = 0; id < FEATURE_COUNT; id++)
			if (has(set, id) && (features[id].needs & ~set))
				set &= ~FEATURE_BIT(id);
	} while (set != before);
	return set;
}

static uint32_t add_needs(uint32_t set)
{
	uint32_t before;

	do {
		before = set;
		for (int id = 0; id < FEATURE_COUNT; id++)
			if (has(set, id))
				set |= features[id].needs;
	} while (set != before);
	return set;
}

/* Those that cannot be combined with one: whoever of the two says so. */
static uint32_t rivals_of(int id)
{
	uint32_t rivals = features[id].excludes;

	for (int other = 0; other < FEATURE_COUNT; other++)
		if (features[other].excludes >> id & 1)
			rivals |= FEATURE_BIT(other);
	return rivals;
}

uint32_t feature_set_without(uint32_t set, enum feature_id id)
{
	return drop_needy(set & ~FEATURE_BIT(id));
}

uint32_t feature_set_with(uint32_t set, enum feature_id id)
{
	uint32_t newcomers = add_needs(FEATURE_BIT(id)) & ~set;
	uint32_t all = set | newcomers;

	for (int new = 0; new < FEATURE_COUNT; new ++)
		if (has(newcomers, new))
			all &= ~(rivals_of(new) & set);
	return drop_needy(all);
}

static void order_push(enum feature_id id, uint32_t *done, struct feature_order *order)
{
	order->ids[order->count++] = id;
	*done |= FEATURE_BIT(id);
}

/* Those of set whose needs are there and whose rivals are not, until there are no more. */
static void order_exhaust(uint32_t set, uint32_t *done, struct feature_order *order)
{
	uint32_t before;

	do {
		before = *done;
		for (int id = 0; id < FEATURE_COUNT; id++)
			if (has(set & ~*done, id) && !(features[id].needs & ~*done) &&
			    !(rivals_of(id) & *done))
				order_push((enum feature_id)id, done, order);
	} while (*done != before);
}

/* Each right behind what it needs. */
static void order_extend(uint32_t set, uint32_t *done, struct feature_order *order)
{
	for (int id = 0; id < FEATURE_COUNT; id++)
		if (has(set, id))
			order_exhaust(add_needs(FEATURE_BIT(id)) & set, done, order);
}

void feature_order_fill(uint32_t set, uint32_t more, struct feature_order *ret_order)
{
	uint32_t done = 0;

	ret_order->count = 0;
	order_extend(set, &done, ret_order);
	order_extend(more, &done, ret_order);
}

static void add_word(char *text, size_t size, const char *sign, int id)
{
	size_t used = strlen(text);

	(void)snprintf(text + used, size - used, "%s%s%s", used > 0 ? "," : "", sign,
		       features[id].name);
}

void feature_set_text(uint32_t set, uint32_t mattering, const struct feature_request *base,
		      char *text, size_t size)
{
	text[0] = '\0';
	for (int id = 0; id < FEATURE_COUNT; id++) {
		if (has(set, id) && (!features[id].standard || has(base->on, id)))
			add_word(text, size, "+", id);
		else if (!has(set, id) && features[id].standard && has(mattering, id))
			add_word(text, size, "-", id);
	}
}

char feature_letter(enum feature_id id)
{
	return traits[id].letter;
}

bool feature_has_work(enum feature_id id, const struct point *point)
{
	uint64_t size = (uint64_t)point->size * point->depth;

	return (traits[id].transports >> point->transport & 1) && size >= traits[id].least_size;
}

static int unknown(const char *word, size_t length, struct error *ret_error)
{
	char copy[64];
	struct text_guess guess = { .word = copy };

	(void)snprintf(copy, sizeof(copy), "%.*s", (int)length, word);
	for (int id = 0; id < FEATURE_COUNT; id++)
		text_guess_offer(&guess, features[id].name);
	if (guess.best)
		return error_set(ret_error, -EINVAL, "there is no feature '%s'; did you mean '%s'?",
				 copy, guess.best);
	return error_set(ret_error, -EINVAL,
			 "there is no feature '%s'; 'ringside probe' lists them", copy);
}

static int find(const char *word, size_t length)
{
	for (int id = 0; id < FEATURE_COUNT; id++)
		if (strncmp(features[id].name, word, length) == 0 &&
		    features[id].name[length] == '\0')
			return id;
	return -EINVAL;
}

int feature_names_parse(const char *text, void *ret_set, struct error *ret_error)
{
	uint32_t set = 0;

	for (;; text++) {
		size_t length = strcspn(text, ",");
		int id = find(text, length);

		if (id < 0)
			return unknown(text, length, ret_error);
		set |= FEATURE_BIT(id);
		text += length;
		if (*text == '\0')
			break;
	}
	*(uint32_t *)ret_set = set;
	return 0;
}

json_t *feature_names_to_json(const void *value)
{
	const uint32_t *set = value;
	json_t *array = json_array();
	int error = 0;

	for (int id = 0; id < FEATURE_COUNT; id++)
		if (has(*set, id))
			error |= json_append(array, json_text(features[id].name));
	return json_complete(array, error);
}

void feature_set_names(uint32_t set, char *text, size_t size)
{
	text[0] = '\0';
	for (int id = 0; id < FEATURE_COUNT; id++) {
		size_t used = strlen(text);

		if (has(set, id))
			(void)snprintf(text + used, size - used, "%s%s", used > 0 ? ", " : "",
				       features[id].name);
	}
}
