/* What control messages say of an arrival: those that no socket of a test machine ever brings. */
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <string.h>
#include <time.h>

#include <linux/errqueue.h> /* needs <time.h> before it */

#include "engine/arrival.h"

enum { SECOND = 1000000000 };

/* Control messages, as recvmsg() leaves them. */
struct told {
	size_t length;
	union {
		uint8_t bytes[256];
		struct cmsghdr header;
	} control;
};

static void tell(struct told *told, int level, int type, const void *data, size_t length)
{
	struct cmsghdr *control = (struct cmsghdr *)(told->control.bytes + told->length);

	*control = (struct cmsghdr){ .cmsg_level = level,
				     .cmsg_type = type,
				     .cmsg_len = (socklen_t)CMSG_LEN(length) };
	memcpy(CMSG_DATA(control), data, length);
	told->length += CMSG_SPACE(length);
}

static struct arrival read_back(struct told *told)
{
	struct msghdr header = { .msg_control = &told->control,
				 .msg_controllen = (socklen_t)told->length };
	struct arrival arrival;

	memset(&arrival, 0xff, sizeof(arrival));
	arrival_read(&header, &arrival);
	return arrival;
}

static void check_time(const struct arrival *arrival, int64_t ns, enum stamp_source stamp,
		       enum stamp_clock clock)
{
	cr_assert_eq(arrival->ns, ns, "%lld", (long long)arrival->ns);
	cr_assert_eq(arrival->stamp, stamp);
	cr_assert_eq(arrival->clock, clock);
}

Test(arrival, a_time_of_the_card_is_a_hardware_stamp_by_its_clock)
{
	const struct scm_timestamping stamps = {
		.ts = { [0] = { 1700000000, 111 }, [2] = { 42, 7 } }
	};
	struct told told = { 0 };
	struct arrival arrival;

	tell(&told, SOL_SOCKET, SCM_TIMESTAMPING, &stamps, sizeof(stamps));
	arrival = read_back(&told);
	check_time(&arrival, 42ll * SECOND + 7, STAMP_HARDWARE, STAMP_DEVICE);
}

Test(arrival, without_one_the_kernels_counts)
{
	const struct scm_timestamping stamps = { .ts = { [0] = { 1700000000, 111 } } };
	struct told told = { 0 };
	struct arrival arrival;

	tell(&told, SOL_SOCKET, SCM_TIMESTAMPING, &stamps, sizeof(stamps));
	arrival = read_back(&told);
	check_time(&arrival, 1700000000ll * SECOND + 111, STAMP_KERNEL, STAMP_REALTIME);
}

Test(arrival, an_old_option_counts_less)
{
	const struct scm_timestamping stamps = { .ts = { [2] = { 42, 7 } } };
	const struct timespec time = { 1700000000, 222 };
	struct told alone = { 0 }, both = { 0 }, reversed = { 0 };
	struct arrival arrival;

	tell(&alone, SOL_SOCKET, SCM_TIMESTAMPNS, &time, sizeof(time));
	arrival = read_back(&alone);
	check_time(&arrival, 1700000000ll * SECOND + 222, STAMP_KERNEL, STAMP_REALTIME);
	tell(&both, SOL_SOCKET, SCM_TIMESTAMPNS, &time, sizeof(time));
	tell(&both, SOL_SOCKET, SCM_TIMESTAMPING, &stamps, sizeof(stamps));
	arrival = read_back(&both);
	check_time(&arrival, 42ll * SECOND + 7, STAMP_HARDWARE, STAMP_DEVICE);
	tell(&reversed, SOL_SOCKET, SCM_TIMESTAMPING, &stamps, sizeof(stamps));
	tell(&reversed, SOL_SOCKET, SCM_TIMESTAMPNS, &time, sizeof(time));
	arrival = read_back(&reversed);
	check_time(&arrival, 42ll * SECOND + 7, STAMP_HARDWARE, STAMP_DEVICE);
}

Test(arrival, no_time_is_no_stamp)
{
	const struct scm_timestamping stamps = { 0 };
	struct told nothing = { 0 }, empty = { 0 }, cut = { 0 };
	struct arrival arrival = read_back(&nothing);

	check_time(&arrival, 0, STAMP_NONE, STAMP_REALTIME);
	tell(&empty, SOL_SOCKET, SCM_TIMESTAMPING, &stamps, sizeof(stamps));
	arrival = read_back(&empty);
	check_time(&arrival, 0, STAMP_NONE, STAMP_REALTIME);
	/* A control buffer that was too short leaves a part of a message. */
	tell(&cut, SOL_SOCKET, SCM_TIMESTAMPING, "half", 4);
	arrival = read_back(&cut);
	check_time(&arrival, 0, STAMP_NONE, STAMP_REALTIME);
}

Test(arrival, headers_of_both_families_are_read_among_other_messages)
{
	const struct in_pktinfo info = { .ipi_ifindex = 1 };
	const int hops = 61, class = 0xfe;
	const uint8_t tos = 0xb8;
	struct told inet = { 0 }, inet6 = { 0 };
	struct arrival arrival;

	tell(&inet, IPPROTO_IP, IP_PKTINFO, &info, sizeof(info));
	tell(&inet, IPPROTO_IP, IP_TTL, &hops, sizeof(hops));
	tell(&inet, IPPROTO_IP, IP_TOS, &tos, sizeof(tos));
	arrival = read_back(&inet);
	cr_assert_eq(arrival.hop_limit, 61);
	cr_assert_eq(arrival.traffic_class, 0xb8);
	cr_assert_eq(arrival.stamp, STAMP_NONE);
	tell(&inet6, IPPROTO_IPV6, IPV6_HOPLIMIT, &hops, sizeof(hops));
	tell(&inet6, IPPROTO_IPV6, IPV6_TCLASS, &class, sizeof(class));
	arrival = read_back(&inet6);
	cr_assert_eq(arrival.hop_limit, 61);
	cr_assert_eq(arrival.traffic_class, 0xfe);
}
