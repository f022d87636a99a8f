#include "hmac.h"

#include <nettle/hmac.h>
#include <nettle/memops.h>
#include <stdlib.h>
#include <string.h>

/* With one of the two schedules. */
struct hmac_key {
	void (*compute)(struct hmac_key *key, const uint8_t *bytes, size_t length,
			uint8_t *ret_hmac);
	union {
		struct hmac_sha256_ctx sha256;
		struct hmac_md5_ctx md5;
	};
};

/* What is asked for is the first half of SHA-256, all of MD5. A digest also makes the state ready
 * for the next message. */
static void compute_sha256(struct hmac_key *key, const uint8_t *bytes, size_t length,
			   uint8_t *ret_hmac)
{
	hmac_sha256_update(&key->sha256, length, bytes);
	hmac_sha256_digest(&key->sha256, HMAC_LENGTH, ret_hmac);
}

static void compute_md5(struct hmac_key *key, const uint8_t *bytes, size_t length,
			uint8_t *ret_hmac)
{
	hmac_md5_update(&key->md5, length, bytes);
	hmac_md5_digest(&key->md5, HMAC_LENGTH, ret_hmac);
}

struct hmac_key *hmac_key_sha256_128(const uint8_t *key, size_t length)
{
	struct hmac_key *made = calloc(1, sizeof(*made));

	if (!made)
		return NULL;
	made->compute = compute_sha256;
	hmac_sha256_set_key(&made->sha256, length, key);
	return made;
}

struct hmac_key *hmac_key_md5(const uint8_t *key, size_t length)
{
	struct hmac_key *made = calloc(1, sizeof(*made));

	if (!made)
		return NULL;
	made->compute = compute_md5;
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

void hmac_compute(struct hmac_key *key, const uint8_t *bytes, size_t length,
		  uint8_t ret_hmac[static HMAC_LENGTH])
{
	key->compute(key, bytes, length, ret_hmac);
}

bool hmac_verify(struct hmac_key *key, const uint8_t *bytes, size_t length,
		 const uint8_t hmac[static HMAC_LENGTH])
{
	uint8_t right[HMAC_LENGTH];

	key->compute(key, bytes, length, right);
	return memeql_sec(right, hmac, HMAC_LENGTH) != 0;
}
