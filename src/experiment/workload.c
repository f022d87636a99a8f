#include "experiment/workload.h"

#include <errno.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"

#define KI 1024

const struct workload workloads[] = {
	{ { .name = "tcp-1",
	    .title = "TCP 1 x 64 B",
	    .transport = TRANSPORT_TCP,
	    .connections = 1,
	    .depth = 1,
	    .size = 64,
	    .threads = 1 },
	  .standard = true },
	{
		{ .name = "tcp-1-asleep",
		  .title = "TCP 1 x 64 B, client sleeps",
		  .transport = TRANSPORT_TCP,
		  .connections = 1,
		  .depth = 1,
		  .size = 64,
		  .threads = 1,
		  .asleep = true },
	},
	{ { .name = "tcp-50",
	    .title = "TCP 50 x 64 B",
	    .transport = TRANSPORT_TCP,
	    .connections = 50,
	    .depth = 1,
	    .size = 64,
	    .threads = 1 },
	  .standard = true },
	{ { .name = "tcp-1000",
	    .title = "TCP 1000 x 64 B",
	    .transport = TRANSPORT_TCP,
	    .connections = 1000,
	    .depth = 1,
	    .size = 64,
	    .threads = 1 },
	  .standard = true },
	{
		{ .name = "tcp-512",
		  .title = "TCP 50 x 512 B",
		  .transport = TRANSPORT_TCP,
		  .connections = 50,
		  .depth = 1,
		  .size = 512,
		  .threads = 1 },
	},
	{
		{ .name = "tcp-4k",
		  .title = "TCP 50 x 4 KiB",
		  .transport = TRANSPORT_TCP,
		  .connections = 50,
		  .depth = 1,
		  .size = 4 * KI,
		  .threads = 1 },
	},
	{ { .name = "tcp-deep",
	    .title = "TCP 16 x 64 B, 16 deep",
	    .transport = TRANSPORT_TCP,
	    .connections = 16,
	    .depth = 16,
	    .size = 64,
	    .threads = 1 },
	  .standard = true },
	{ { .name = "tcp-64k",
	    .title = "TCP 4 x 64 KiB",
	    .transport = TRANSPORT_TCP,
	    .connections = 4,
	    .depth = 1,
	    .size = 64 * KI,
	    .threads = 1 },
	  .standard = true },
	{
		{ .name = "tcp-64k-deep",
		  .title = "TCP 4 x 64 KiB, 4 deep",
		  .transport = TRANSPORT_TCP,
		  .connections = 4,
		  .depth = 4,
		  .size = 64 * KI,
		  .threads = 1 },
	},
	{
		{ .name = "tcp-connect",
		  .title = "TCP 16 x connect-echo-close",
		  .transport = TRANSPORT_TCP,
		  .connections = 16,
		  .depth = 1,
		  .size = 64,
		  .threads = 1,
		  .reconnects = true },
	},
	{ { .name = "udp-1",
	    .title = "UDP 1 x 64 B",
	    .transport = TRANSPORT_UDP,
	    .connections = 1,
	    .depth = 1,
	    .size = 64,
	    .threads = 1 },
	  .standard = true },
	{
		{ .name = "udp-1-asleep",
		  .title = "UDP 1 x 64 B, client sleeps",
		  .transport = TRANSPORT_UDP,
		  .connections = 1,
		  .depth = 1,
		  .size = 64,
		  .threads = 1,
		  .asleep = true },
	},
	{ { .name = "udp-64",
	    .title = "UDP 64 outstanding x 64 B",
	    .transport = TRANSPORT_UDP,
	    .connections = 1,
	    .depth = 64,
	    .size = 64,
	    .threads = 1 },
	  .standard = true },
	{
		{ .name = "udp-sockets",
		  .title = "UDP 50 sockets x 64 B",
		  .transport = TRANSPORT_UDP,
		  .connections = 50,
		  .depth = 1,
		  .size = 64,
		  .threads = 1 },
	},
	{ { .name = "unix-50",
	    .title = "UNIX stream 50 x 64 B",
	    .transport = TRANSPORT_UNIX,
	    .connections = 50,
	    .depth = 1,
	    .size = 64,
	    .threads = 1 },
	  .standard = true },
};

const uint32_t workload_count = ARRAY_SIZE(workloads);

_Static_assert(ARRAY_SIZE(workloads) < 64, "a set of them is a word of bits");

static uint64_t workload_set_all(void)
{
	return (1ull << workload_count) - 1;
}

uint64_t workload_set_standard(void)
{
	uint64_t set = 0;

	for (uint32_t i = 0; i < workload_count; i++)
		if (workloads[i].standard)
			set |= 1ull << i;
	return set;
}

static int unknown(const char *word, size_t length, struct error *ret_error)
{
	char copy[64];
	struct text_guess guess = { .word = copy };

	if (length >= sizeof(copy))
		length = sizeof(copy) - 1;
	memcpy(copy, word, length);
	copy[length] = '\0';
	for (uint32_t i = 0; i < workload_count; i++)
		text_guess_offer(&guess, workloads[i].point.name);
	if (guess.best)
		return error_set(ret_error, -EINVAL,
				 "there is no workload '%s'; did you mean '%s'?", copy, guess.best);
	return error_set(ret_error, -EINVAL, "there is no workload '%s'", copy);
}

static int find(const char *word, size_t length, uint64_t *ret_bits)
{
	for (uint32_t i = 0; i < workload_count; i++) {
		if (strncmp(workloads[i].point.name, word, length) == 0 &&
		    workloads[i].point.name[length] == '\0') {
			*ret_bits = 1ull << i;
			return 0;
		}
	}
	if (length != strlen("all") || strncmp(word, "all", length) != 0)
		return -EINVAL;
	*ret_bits = workload_set_all();
	return 0;
}

int workload_set_parse(const char *text, uint64_t *ret_set, struct error *ret_error)
{
	uint64_t set = 0, bits;

	for (;;) {
		size_t length = strcspn(text, ",");

		if (find(text, length, &bits) != 0)
			return unknown(text, length, ret_error);
		set |= bits;
		text += length;
		if (*text++ == '\0')
			break;
	}
	*ret_set = set;
	return 0;
}
