#include "stamp_session.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/touch.h"

#define NONE UINT32_MAX
#define SEQUENCE_MASK ((1u << STAMP_DEPARTURE_BITS) - 1)

/* Whom a session is with. All octets count: it is made of zeroes. */
struct key {
	uint8_t address[16];
	uint32_t scope; /* of an IPv6 address that needs one */
	uint16_t family, port, ssid, unused[3];
};

struct entry {
	struct stamp_session session; /* first: a session is its entry */
	struct key key;
	uint64_t seen_ns;
	uint32_t next;	       /* in its bucket */
	uint32_t newer, older; /* in the order in which they were last seen */
};

struct stamp_session_table {
	uint64_t seed; /* nobody outside can choose who shares a bucket */
	uint32_t count, count_max;
	uint32_t newest, oldest;
	uint32_t bucket_mask;
	uint32_t *buckets; /* the first entry of each */
	struct entry *entries;
};

struct stamp_session_table *stamp_sessions_open(uint32_t count)
{
	struct stamp_session_table *table = calloc(1, sizeof(*table));
	uint32_t buckets = 1;

	if (!table)
		return NULL;
	while (buckets < count)
		buckets *= 2;
	*table = (struct stamp_session_table){
		.count_max = count,
		.newest = NONE,
		.oldest = NONE,
		.bucket_mask = buckets - 1,
		.buckets = malloc(buckets * sizeof(*table->buckets)),
		.entries = calloc_touched(count > 0 ? count : 1, sizeof(*table->entries)),
	};
	if (!table->buckets || !table->entries) {
		stamp_sessions_close(table);
		return NULL;
	}
	memset(table->buckets, 0xff, buckets * sizeof(*table->buckets));
	if (getrandom(&table->seed, sizeof(table->seed), GRND_NONBLOCK) < 0)
		table->seed = (uintptr_t)table;
	return table;
}

void stamp_sessions_close(struct stamp_session_table *table)
{
	if (!table)
		return;
	free(table->buckets);
	free(table->entries);
	free(table);
}

static bool key_make(struct key *key, const struct sockaddr *peer, uint16_t ssid)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	memset(key, 0, sizeof(*key));
	key->ssid = ssid;
	if (!peer)
		return false;
	key->family = peer->sa_family;
	if (peer->sa_family == AF_INET) {
		memcpy(&v4, peer, sizeof(v4));
		memcpy(key->address, &v4.sin_addr, sizeof(v4.sin_addr));
		key->port = v4.sin_port;
		return true;
	}
	if (peer->sa_family == AF_INET6) {
		memcpy(&v6, peer, sizeof(v6));
		memcpy(key->address, &v6.sin6_addr, sizeof(v6.sin6_addr));
		key->port = v6.sin6_port;
		key->scope = v6.sin6_scope_id;
		return true;
	}
	return false;
}

/* Each word is mixed in by multiplying and folding, as splitmix64 does. */
static uint32_t bucket_of(const struct stamp_session_table *table, const struct key *key)
{
	uint64_t words[sizeof(*key) / sizeof(uint64_t)] = { 0 };
	uint64_t hash = table->seed;

	memcpy(words, key, sizeof(*key));
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		hash = (hash ^ words[i]) * 0xbf58476d1ce4e5b9;
		hash ^= hash >> 32;
		hash *= 0x94d049bb133111eb;
		hash ^= hash >> 29;
	}
	return (uint32_t)hash & table->bucket_mask;
}

static void list_remove(struct stamp_session_table *table, const struct entry *entry)
{
	if (entry->newer == NONE)
		table->newest = entry->older;
	else
		table->entries[entry->newer].older = entry->older;
	if (entry->older == NONE)
		table->oldest = entry->newer;
	else
		table->entries[entry->older].newer = entry->newer;
}

static void list_add_newest(struct stamp_session_table *table, struct entry *entry)
{
	uint32_t number = (uint32_t)(entry - table->entries);

	entry->newer = NONE;
	entry->older = table->newest;
	if (table->newest == NONE)
		table->oldest = number;
	else
		table->entries[table->newest].newer = number;
	table->newest = number;
}

static bool is_idle(const struct entry *entry, uint64_t now_ns)
{
	return now_ns > entry->seen_ns && now_ns - entry->seen_ns > STAMP_SESSION_IDLE_NS;
}

static void bucket_remove(struct stamp_session_table *table, uint32_t number)
{
	struct entry *entry = &table->entries[number];
	uint32_t *link = &table->buckets[bucket_of(table, &entry->key)];

	while (*link != number)
		link = &table->entries[*link].next;
	*link = entry->next;
}

/* One that was never used, or that of whoever has been silent longest. NULL: all are in use. */
static struct entry *entry_take(struct stamp_session_table *table, uint64_t now_ns)
{
	struct entry *oldest;

	if (table->count < table->count_max)
		return &table->entries[table->count++];
	if (table->oldest == NONE)
		return NULL;
	oldest = &table->entries[table->oldest];
	if (!is_idle(oldest, now_ns))
		return NULL;
	bucket_remove(table, table->oldest);
	list_remove(table, oldest);
	return oldest;
}

static struct entry *entry_find(struct stamp_session_table *table, const struct key *key,
				uint32_t bucket)
{
	for (uint32_t i = table->buckets[bucket]; i != NONE; i = table->entries[i].next)
		if (memcmp(&table->entries[i].key, key, sizeof(*key)) == 0)
			return &table->entries[i];
	return NULL;
}

struct stamp_session *stamp_session_find(struct stamp_session_table *table,
					 const struct sockaddr *peer, uint16_t ssid,
					 uint64_t now_ns)
{
	struct entry *entry;
	struct key key;
	uint32_t bucket;

	if (!key_make(&key, peer, ssid))
		return NULL;
	bucket = bucket_of(table, &key);
	entry = entry_find(table, &key, bucket);
	if (entry) {
		list_remove(table, entry);
		if (is_idle(entry, now_ns))
			entry->session = (struct stamp_session){ 0 };
	} else {
		entry = entry_take(table, now_ns);
		if (!entry)
			return NULL;
		*entry = (struct entry){ .key = key, .next = table->buckets[bucket] };
		table->buckets[bucket] = (uint32_t)(entry - table->entries);
	}
	entry->seen_ns = now_ns;
	list_add_newest(table, entry);
	return &entry->session;
}

uint32_t stamp_session_await(struct stamp_session_table *table, struct stamp_session *session,
			     uint32_t sequence)
{
	uint32_t number = (uint32_t)((struct entry *)(void *)session - table->entries);

	session->awaits_departure = true;
	session->awaited = sequence;
	return number << STAMP_DEPARTURE_BITS | (sequence & SEQUENCE_MASK);
}

/* The whole number is the last one that was asked for, or one shortly before it. */
void stamp_session_departed(struct stamp_session_table *table, const struct message *message)
{
	uint32_t number = message->departure >> STAMP_DEPARTURE_BITS;
	struct stamp_session *session;

	if (number >= table->count)
		return;
	session = &table->entries[number].session;
	/* A card's own clock is not that of the answer. */
	if (!session->awaits_departure || message->clock != STAMP_REALTIME)
		return;
	session->follow_up = (struct stamp_follow_up){
		.sequence = session->awaited -
			    ((session->awaited - message->departure) & SEQUENCE_MASK),
		.departed_ns = message->departed_ns,
		.source = (enum stamp_source)message->stamp,
	};
}
