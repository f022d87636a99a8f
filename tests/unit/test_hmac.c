/* HMACs, by the examples of RFC 4231 (SHA-256) and RFC 2202 (MD5). */
#include <criterion/criterion.h>
#include <string.h>

#include "wire/hmac.h"

#define QUESTION "what do ya want for nothing?"

static const uint8_t jefe[] = { 'J', 'e', 'f', 'e' };

TestSuite(hmac);

static void assert_hmac(struct hmac_key *key, const char *text, const char *right)
{
	uint8_t made[HMAC_LENGTH];

	cr_assert_not_null(key);
	hmac_compute(key, (const uint8_t *)text, strlen(text), made);
	cr_assert_arr_eq(made, right, HMAC_LENGTH);
}

Test(hmac, of_sha256_is_the_first_half)
{
	struct hmac_key *key = hmac_key_sha256_128(jefe, sizeof(jefe));

	assert_hmac(key, QUESTION,
		    "\x5b\xdc\xc1\x46\xbf\x60\x75\x4e\x6a\x04\x24\x26\x08\x95\x75\xc7");
	hmac_key_free(key);
}

Test(hmac, of_md5)
{
	struct hmac_key *key = hmac_key_md5(jefe, sizeof(jefe));

	assert_hmac(key, QUESTION,
		    "\x75\x0c\x78\x3e\x6a\xb0\xb5\x03\xea\xa8\x6e\x31\x0a\x5d\xb7\x38");
	hmac_key_free(key);
}

Test(hmac, of_a_key_longer_than_a_block)
{
	uint8_t long_key[131];
	struct hmac_key *key;

	memset(long_key, 0xaa, sizeof(long_key));
	key = hmac_key_sha256_128(long_key, sizeof(long_key));
	assert_hmac(key, "Test Using Larger Than Block-Size Key - Hash Key First",
		    "\x60\xe4\x31\x59\x1e\xe0\xb6\x7f\x0d\x8a\x26\xaa\xcb\xf5\xb7\x7f");
	hmac_key_free(key);
}

Test(hmac, a_key_is_ready_for_the_next_message)
{
	struct hmac_key *key = hmac_key_sha256_128(jefe, sizeof(jefe));
	uint8_t first[HMAC_LENGTH], second[HMAC_LENGTH];

	hmac_compute(key, (const uint8_t *)"abc", 3, first);
	hmac_compute(key, (const uint8_t *)"abc", 3, second);
	cr_assert_arr_eq(first, second, HMAC_LENGTH);
	hmac_key_free(key);
}

Test(hmac, of_octets_that_stand_apart)
{
	struct hmac_key *key = hmac_key_sha256_128(jefe, sizeof(jefe));

	hmac_add(key, (const uint8_t *)"what do ya ", 11);
	assert_hmac(key, "want for nothing?",
		    "\x5b\xdc\xc1\x46\xbf\x60\x75\x4e\x6a\x04\x24\x26\x08\x95\x75\xc7");
	hmac_key_free(key);
}

Test(hmac, one_wrong_bit_is_found)
{
	struct hmac_key *key = hmac_key_sha256_128(jefe, sizeof(jefe));
	uint8_t made[HMAC_LENGTH];

	hmac_compute(key, (const uint8_t *)"abc", 3, made);
	cr_assert(hmac_verify(key, (const uint8_t *)"abc", 3, made));
	for (uint32_t bit = 0; bit < 8 * HMAC_LENGTH; bit++) {
		made[bit / 8] ^= (uint8_t)(1u << bit % 8);
		cr_assert_not(hmac_verify(key, (const uint8_t *)"abc", 3, made), "bit %u", bit);
		made[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	cr_assert_not(hmac_verify(key, (const uint8_t *)"abd", 3, made));
	hmac_key_free(key);
}

Test(hmac, no_key_can_be_freed)
{
	hmac_key_free(NULL);
}
