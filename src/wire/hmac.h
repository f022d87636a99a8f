/* Message authentication, by nettle. */
#ifndef WIRE_HMAC_H
#define WIRE_HMAC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HMAC_LENGTH 16u

struct hmac_key;

/* Make a key, its schedule computed once: of HMAC-SHA-256 truncated to 128 bits (STAMP, RFC 8762
 * section 4.4), or of HMAC-MD5 (IRTT). NULL: no memory. hmac_key_free() wipes it; NULL is fine. */
struct hmac_key *hmac_key_sha256_128(const uint8_t *key, size_t length);
struct hmac_key *hmac_key_md5(const uint8_t *key, size_t length);
void hmac_key_free(struct hmac_key *key);

/* A key has a state for the message that is being computed: it belongs to one thread. hmac_add():
 * octets that stand before those of the next hmac_compute() or hmac_verify(). */
void hmac_add(struct hmac_key *key, const uint8_t *bytes, size_t length);
void hmac_compute(struct hmac_key *key, const uint8_t *bytes, size_t length,
		  uint8_t ret_hmac[static HMAC_LENGTH]);

/* In constant time. */
bool hmac_verify(struct hmac_key *key, const uint8_t *bytes, size_t length,
		 const uint8_t hmac[static HMAC_LENGTH]);

#endif
