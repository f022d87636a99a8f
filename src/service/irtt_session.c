#include "irtt_session.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/touch.h"

/* How many sessions are looked at to find one that makes room. The search goes round, in the order
 * in which they were opened while it is a flood of opens that fills the table. */
#define LOOKS_MAX 32

#define WINDOW_BITS 64

struct irtt_table {
	uint64_t timeout_ns;
	uint32_t count_max;
	uint32_t fresh;			/* how many slots were ever in use: the first ones */
	uint32_t free;			/* chain of those that are not any more */
	uint32_t hand;			/* where the search for room goes on */
	uint32_t mask;			/* of chains */
	uint32_t *chains;		/* index: lowest bits of the token; 0: empty */
	struct irtt_session sessions[]; /* 1 to count_max; 0 is nobody */
};

static uint32_t power_of_two(uint32_t least)
{
	uint32_t power = 1;

	while (power < least && power < 1u << 31)
		power *= 2;
	return power;
}

int irtt_table_open(uint32_t count_max, uint64_t timeout_ns, struct irtt_table **ret_table)
{
	uint32_t chain_count = power_of_two(count_max);
	struct irtt_table *table;
	size_t size;

	if (__builtin_mul_overflow(count_max + 1ull, sizeof(table->sessions[0]), &size) ||
	    __builtin_add_overflow(size, sizeof(*table), &size))
		return -ENOMEM;
	table = calloc_touched(1, size);
	if (!table)
		return -ENOMEM;
	table->chains = calloc_touched(chain_count, sizeof(*table->chains));
	if (!table->chains) {
		irtt_table_close(table);
		return -ENOMEM;
	}
	table->timeout_ns = timeout_ns;
	table->count_max = count_max;
	table->mask = chain_count - 1;
	*ret_table = table;
	return 0;
}

void irtt_table_close(struct irtt_table *table)
{
	if (!table)
		return;
	free(table->chains);
	free(table);
}

/* What tells one peer from another: of an IPv6 address without its flow label, which may change. */
static uint8_t peer_write(const struct sockaddr *peer, uint32_t length,
			  uint8_t bytes[static sizeof(struct sockaddr_un)])
{
	struct sockaddr_in6 v6;

	if (!peer || length <= sizeof(sa_family_t) || length > sizeof(struct sockaddr_un))
		return 0;
	memcpy(bytes, peer, length);
	if (peer->sa_family == AF_INET6 && length == sizeof(v6)) {
		memcpy(&v6, peer, sizeof(v6));
		v6.sin6_flowinfo = 0;
		memcpy(bytes, &v6, sizeof(v6));
	}
	return (uint8_t)length;
}

static bool has_ended(const struct irtt_table *table, const struct irtt_session *session,
		      uint64_t now_ns)
{
	return table->timeout_ns > 0 && now_ns - session->used_ns > table->timeout_ns;
}

struct irtt_session *irtt_table_find(const struct irtt_table *table, uint64_t token)
{
	uint32_t at = table->chains[token & table->mask];

	while (at != 0 && table->sessions[at].token != token)
		at = table->sessions[at].next;
	return at == 0 ? NULL : (struct irtt_session *)&table->sessions[at];
}

/* Not 0, which means none, and of nobody else. */
static int new_token(struct irtt_table *table, uint64_t *ret_token)
{
	uint64_t token = 0;

	do {
		if (getrandom(&token, sizeof(token), 0) != (ssize_t)sizeof(token))
			return -EIO;
	} while (token == 0 || irtt_table_find(table, token));
	*ret_token = token;
	return 0;
}

/* Make room: end one that has ended, or that was opened and never used. */
static void push_out(struct irtt_table *table, uint64_t now_ns)
{
	for (uint32_t i = 0; i < LOOKS_MAX; i++) {
		struct irtt_session *session;

		table->hand = table->hand % table->count_max + 1;
		session = &table->sessions[table->hand];
		if (session->first_ns == 0 || has_ended(table, session, now_ns)) {
			irtt_table_remove(table, session);
			return;
		}
	}
}

/* The number of a slot; 0: there is none. */
static uint32_t take_slot(struct irtt_table *table, uint64_t now_ns)
{
	uint32_t slot;

	if (table->free == 0 && table->fresh < table->count_max)
		return ++table->fresh;
	if (table->free == 0 && table->count_max > 0)
		push_out(table, now_ns);
	slot = table->free;
	if (slot != 0)
		table->free = table->sessions[slot].next;
	return slot;
}

struct irtt_session *irtt_table_add(struct irtt_table *table, const struct sockaddr *peer,
				    uint32_t peer_length, uint64_t now_ns)
{
	struct irtt_session made = { .used_ns = now_ns };
	uint32_t slot;

	made.peer_length = peer_write(peer, peer_length, made.peer);
	if (made.peer_length == 0 || new_token(table, &made.token) < 0)
		return NULL;
	slot = take_slot(table, now_ns);
	if (slot == 0)
		return NULL;
	made.next = table->chains[made.token & table->mask];
	table->chains[made.token & table->mask] = slot;
	table->sessions[slot] = made;
	return &table->sessions[slot];
}

bool irtt_table_expire(struct irtt_table *table, struct irtt_session *session, uint64_t now_ns)
{
	if (!has_ended(table, session, now_ns))
		return false;
	irtt_table_remove(table, session);
	return true;
}

void irtt_table_remove(struct irtt_table *table, struct irtt_session *session)
{
	uint32_t slot = (uint32_t)(session - table->sessions);
	uint32_t *link = &table->chains[session->token & table->mask];

	while (*link != slot)
		link = &table->sessions[*link].next;
	*link = session->next;
	session->next = table->free;
	table->free = slot;
}

bool irtt_session_is_from(const struct irtt_session *session, const struct sockaddr *peer,
			  uint32_t peer_length)
{
	uint8_t bytes[sizeof(struct sockaddr_un)];
	uint8_t length = peer_write(peer, peer_length, bytes);

	return length == session->peer_length && memcmp(bytes, session->peer, length) == 0;
}

bool irtt_session_allows(struct irtt_session *session, uint64_t interval_ns, uint64_t came_ns)
{
	const uint64_t earned_max = IRTT_BURST * interval_ns;
	bool first = session->first_ns == 0;
	uint64_t since_ns = came_ns > session->used_ns ? came_ns - session->used_ns : 0;

	if (first || since_ns > 0)
		session->used_ns = came_ns;
	if (first)
		session->first_ns = came_ns;
	if (interval_ns == 0)
		return true;
	if (first || since_ns > earned_max - session->earned_ns)
		session->earned_ns = earned_max;
	else
		session->earned_ns += since_ns;
	if (session->earned_ns < interval_ns)
		return false;
	session->earned_ns -= interval_ns;
	return true;
}

uint64_t irtt_session_count(struct irtt_session *session, uint32_t sequence)
{
	int32_t ahead = (int32_t)(sequence - session->highest);

	if (session->count++ == 0)
		ahead = WINDOW_BITS;
	if (ahead > 0) {
		session->highest = sequence;
		session->window = ahead < WINDOW_BITS ? session->window << ahead | 1 : 1;
		return session->window;
	}
	if (ahead <= -WINDOW_BITS)
		return 0;
	session->window |= 1ull << -ahead;
	return session->window >> -ahead;
}
