#include "hmac.h"

#include <nettle/hmac.h>
#include <nettle/memops.h>
#include <stdlib.h>
#include <string.h>

/* With one of the two schedules. */
struct hmac_key {
	void (*add)(struct hmac_key *key, const uint8_t *bytes, size_t length);
	void (*finish)(struct hmac_key *key, uint8_t *ret_hmac);
	union {
		struct hmac_sha256_ctx sha256;
		struct hmac_md5_ctx md5;
	};
};

static void add_sha256(struct hmac_key *key, const uint8_t *bytes, size_t length)
{
	hmac_sha256_update(&key->sha256, length, bytes);
}

static void add_md5(struct hmac_key *key, const uint8_t *bytes, size_t length)
{
	hmac_md5_update(&key->md5, length, bytes);
}

/* Of SHA-256 the first half, of MD5 all. Each also makes the state ready for the next message. */
static void finish_sha256(struct hmac_key *key, uint8_t *ret_hmac)
{
	hmac_sha256_digest(&key->sha256, HMAC_LENGTH, ret_hmac);
}

static void finish_md5(struct hmac_key *key, uint8_t *ret_hmac)
{
	hmac_md5_digest(&key->md5, HMAC_LENGTH, ret_hmac);
}

struct hmac_key *hmac_key_sha256_128(const uint8_t *key, size_t length)
{
	struct hmac_key *made = calloc(1, sizeof(*made));

	if (!made)
		return NULL;
	made->add = add_sha256;
	made->finish = finish_sha256;
	hmac_sha256_set_key(&made->sha256, length, key);
	return made;
}

struct hmac_key *hmac_key_md5(const uint8_t *key, size_t length)
{
	struct hmac_key *made = calloc(1, sizeof(*made));

	if (!made)
		return NULL;
	made->add = add_md5;
	made->finish = finish_md5;
	hmac_md5_set_key(&made->md5, length, key);
	return made;
}

void hmac_key_free(struct hmac_key *key)
{
	if (!key)
		return;
	explicit_bzero(key, sizeof(*key));
	free(key);
}

void hmac_add(struct hmac_key *key, const uint8_t *bytes, size_t length)
{
	key->add(key, bytes, length);
}

void hmac_compute(struct hmac_key *key, const uint8_t *bytes, size_t length,
		  uint8_t ret_hmac[static HMAC_LENGTH])
{
	key->add(key, bytes, length);
	key->finish(key, ret_hmac);
}

bool hmac_verify(struct hmac_key *key, const uint8_t *bytes, size_t length,
		 const uint8_t hmac[static HMAC_LENGTH])
{
	uint8_t right[HMAC_LENGTH];

	hmac_compute(key, bytes, length, right);
	return memeql_sec(right, hmac, HMAC_LENGTH) != 0;
}
