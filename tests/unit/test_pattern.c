/* Request content: what was filled is found again, and nothing else is. */
#include <criterion/criterion.h>
#include <string.h>

#include "measure/pattern.h"

#define LARGE (1u << 20)

static struct pattern *pattern;
static uint8_t request[LARGE];

static void open_pattern(void)
{
	cr_assert_eq(pattern_open(42, &pattern), 0);
}

static void close_pattern(void)
{
	pattern_close(pattern);
}

TestSuite(pattern, .init = open_pattern, .fini = close_pattern);

Test(pattern, request_begins_with_its_number)
{
	pattern_fill(pattern, 0x1122334455667788, 0, request, 64);
	cr_assert_eq(request[0], 0x88);
	cr_assert_eq(request[7], 0x11);
	cr_assert_eq(pattern_sequence(request, 64), 0x1122334455667788);
}

Test(pattern, short_request_has_the_low_bytes)
{
	pattern_fill(pattern, 0x1122334455667788, 0, request, 3);
	cr_assert_eq(pattern_sequence(request, 3), 0x667788);
	cr_assert(pattern_check(pattern, 0x667788, 0, request, 3));
	cr_assert_not(pattern_check(pattern, 0x667789, 0, request, 3));
}

Test(pattern, empty_request_is_fine)
{
	pattern_fill(pattern, 5, 0, request, 0);
	cr_assert_eq(pattern_sequence(request, 0), 0);
	cr_assert(pattern_check(pattern, 5, 0, request, 0));
}

/* However a stream cuts it: every size of piece, at every offset, against the whole. */
Test(pattern, pieces_are_the_whole)
{
	static uint8_t pieces[300];

	pattern_fill(pattern, 99, 0, request, sizeof(pieces));
	for (uint32_t size = 1; size <= sizeof(pieces); size++) {
		memset(pieces, 0, sizeof(pieces));
		for (uint32_t offset = 0; offset < sizeof(pieces); offset += size) {
			uint32_t left = (uint32_t)sizeof(pieces) - offset;

			pattern_fill(pattern, 99, offset, pieces + offset,
				     size < left ? size : left);
			cr_assert(pattern_check(pattern, 99, offset, request + offset,
						size < left ? size : left));
		}
		cr_assert_arr_eq(pieces, request, sizeof(pieces));
	}
}

Test(pattern, large_request_is_checked_to_its_last_byte)
{
	pattern_fill(pattern, 1, 0, request, LARGE);
	cr_assert(pattern_check(pattern, 1, 0, request, LARGE));
	for (uint32_t at = 0; at < LARGE; at += at < 64 ? 1 : 4093) {
		request[at] ^= 1;
		cr_assert_not(pattern_check(pattern, 1, 0, request, LARGE), "byte %u", at);
		request[at] ^= 1;
	}
	request[LARGE - 1] ^= 0x80;
	cr_assert_not(pattern_check(pattern, 1, 0, request, LARGE));
}

/* The faults of a server that mixes up its buffers: any piece of 16 bytes shows them. */
Test(pattern, bytes_out_of_place_show)
{
	static const uint32_t shifts[] = { 1, 8, 64, 4096, 16384, 65536, 131072 };

	pattern_fill(pattern, 7, 0, request, LARGE);
	for (size_t i = 0; i < sizeof(shifts) / sizeof(shifts[0]); i++)
		cr_expect_not(pattern_check(pattern, 7, 5000, request + 5000 + shifts[i], 16),
			      "shifted by %u", shifts[i]);
}

Test(pattern, requests_and_connections_differ_beyond_their_numbers)
{
	const uint64_t other_connection = 1ull << 40;
	int alike = 0;

	for (uint64_t sequence = 0; sequence < 1000; sequence++) {
		pattern_fill(pattern, sequence, 8, request, 32);
		alike += pattern_check(pattern, sequence + 1, 8, request, 32);
		alike += pattern_check(pattern, sequence + other_connection, 8, request, 32);
	}
	/* There are 4096 places to begin at. */
	cr_assert_leq(alike, 5);
}

Test(pattern, seeds_differ)
{
	struct pattern *other, *same;

	cr_assert_eq(pattern_open(43, &other), 0);
	cr_assert_eq(pattern_open(42, &same), 0);
	pattern_fill(pattern, 3, 0, request, 64);
	cr_assert_not(pattern_check(other, 3, 0, request, 64));
	cr_assert(pattern_check(same, 3, 0, request, 64));
	pattern_close(other);
	pattern_close(same);
}
