#include "bucket.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "net/prefix.h"

/* A bucket is remembered as the time at which it is full again. Only where all of a set are in use
 * and one is taken away may a thread that changes it at the same moment give some answers more, or
 * refuse one more, than if it had come before or after; neither is worth a lock. */
struct bucket {
	_Atomic uint64_t source; /* 0: nobody's */
	_Atomic uint64_t full_ns;
};

/* A source has one of these places: a cache line of them. */
#define WAYS 4

struct set {
	struct bucket ways[WAYS];
};

static_assert(sizeof(struct set) == 64, "a set is a cache line");

struct bucket_table {
	uint64_t factors[2], summand; /* the secret that draws places */
	_Atomic uint64_t random;
	uint32_t mask;
	struct set *sets;
};

struct allowance bucket_rate(uint32_t per_second, uint32_t burst)
{
	uint64_t interval_ns = (NS_PER_S + per_second - 1) / per_second;

	return (struct allowance){ .interval_ns = interval_ns,
				   .ahead_ns = (burst - 1) * interval_ns };
}

static uint64_t read_word(_Atomic uint64_t *word)
{
	return atomic_load_explicit(word, memory_order_relaxed);
}

static void write_word(_Atomic uint64_t *word, uint64_t value)
{
	atomic_store_explicit(word, value, memory_order_relaxed);
}

static int draw_secrets(struct bucket_table *table)
{
	uint64_t secrets[4];

	if (getrandom(secrets, sizeof(secrets), 0) != (ssize_t)sizeof(secrets))
		return -EIO;
	table->factors[0] = secrets[0];
	table->factors[1] = secrets[1];
	table->summand = secrets[2];
	atomic_init(&table->random, secrets[3] | 1); /* it would stay 0 */
	return 0;
}

int bucket_table_open(uint32_t count, struct bucket_table **ret_table)
{
	struct bucket_table *table = calloc(1, sizeof(*table));
	uint32_t sets = 1;
	int error;

	if (!table)
		return -ENOMEM;
	while (sets * WAYS < count)
		sets *= 2;
	table->mask = sets - 1;
	table->sets = aligned_alloc(sizeof(*table->sets), sets * sizeof(*table->sets));
	error = table->sets ? draw_secrets(table) : -ENOMEM;
	if (error) {
		bucket_table_close(table);
		return error;
	}
	memset(table->sets, 0, sets * sizeof(*table->sets));
	*ret_table = table;
	return 0;
}

void bucket_table_close(struct bucket_table *table)
{
	if (!table)
		return;
	free(table->sets);
	free(table);
}

/* An IPv4 address among the /64s: where its mapped form would be, with the address moved up. No
 * host has one of those. All link-local addresses have the same /64, so it is the other half that
 * tells one neighbour from another. */
uint64_t bucket_source(const struct sockaddr *address)
{
	struct in6_addr whole = prefix_address(address);
	uint64_t source = 0;

	if (IN6_IS_ADDR_V4MAPPED(&whole) || IN6_IS_ADDR_LINKLOCAL(&whole))
		memcpy(&source, &whole.s6_addr[8], sizeof(source));
	else
		memcpy(&source, whole.s6_addr, sizeof(source));
	return source ? source : UINT64_MAX;
}

/* xorshift64*: what is drawn with it hurts nobody who would guess it right, and neither do two
 * threads that draw the same. */
static uint64_t random_next(struct bucket_table *table)
{
	uint64_t random = read_word(&table->random);

	random ^= random >> 12;
	random ^= random << 25;
	random ^= random >> 27;
	write_word(&table->random, random);
	return random * 0x2545f4914f6cdd1dull;
}

bool bucket_chance(struct bucket_table *table, uint32_t times)
{
	return (random_next(table) >> 32) * times >> 32 == 0;
}

/* A bijection in which each bit that goes in changes half of those that come out (it ends
 * MurmurHash3): sources one after the other would else stand in steps and meet in a few sets. */
static uint32_t mixed(uint32_t value)
{
	value = (value ^ value >> 16) * 0x85ebca6b;
	value = (value ^ value >> 13) * 0xc2b2ae35;
	return value ^ value >> 16;
}

/* By pair-multiply-shift, which is strongly universal (M. Thorup, High Speed Hashing for Integers
 * and Strings, 3.5): whoever does not know the factors cannot choose two sources that meet more
 * often than any other two. Mixing leaves that as it is. */
static struct set *set_of(struct bucket_table *table, uint64_t source)
{
	uint64_t low = table->factors[0] + (source & UINT32_MAX);
	uint64_t high = table->factors[1] + (source >> 32);

	return &table->sets[mixed((uint32_t)((low * high + table->summand) >> 32)) & table->mask];
}

/* A source's bucket, or else the last that is full, and whose it is; NULL if there is none. */
static struct bucket *find(struct set *set, uint64_t source, uint64_t now_ns, uint64_t *ret_owner)
{
	struct bucket *full = NULL;

	for (int i = 0; i < WAYS; i++) {
		struct bucket *way = &set->ways[i];
		uint64_t owner = read_word(&way->source);

		if (owner != source && read_word(&way->full_ns) > now_ns)
			continue;
		full = way;
		*ret_owner = owner;
		if (owner == source)
			break;
	}
	return full;
}

/* A source's bucket, or one for it: of nobody, or of who has a full one and so loses nothing, or
 * else anyone's. Of threads that want one at the same moment a single one gets it, however long any
 * of them was asleep since it looked; the others look again. */
static struct bucket *bucket_of(struct bucket_table *table, uint64_t source, uint64_t now_ns)
{
	struct set *set = set_of(table, source);
	struct bucket *bucket;
	uint64_t owner;

	for (int i = 0; i < WAYS; i++) {
		bucket = find(set, source, now_ns, &owner);
		if (!bucket)
			break;
		if (owner == source || atomic_compare_exchange_strong_explicit(
					       &bucket->source, &owner, source,
					       memory_order_relaxed, memory_order_relaxed))
			return bucket;
	}
	bucket = &set->ways[random_next(table) >> 32 & (WAYS - 1)];
	write_word(&bucket->full_ns, 0);
	write_word(&bucket->source, source);
	return bucket;
}

bool bucket_take(struct bucket_table *table, uint64_t source, const struct allowance *rate,
		 uint64_t now_ns)
{
	return allowance_take(&bucket_of(table, source, now_ns)->full_ns, rate, now_ns);
}
