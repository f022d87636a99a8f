#include "control.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <netinet/udp.h>
#include <string.h>

#include "base/clock.h"
#include "name.h"
#include "option.h"

#define STAMP_NAME 81 /* SCM_TS_OPT_ID, which older headers lack */

/* Where control messages are put, as the kernel does it: what does not fit is cut off. */
struct control_out {
	struct msghdr *header;
	size_t room, used;
};

static struct control_out begin(struct msghdr *header)
{
	return (struct control_out){ .header = header,
				     .room = header->msg_control ? header->msg_controllen : 0 };
}

static void put(struct control_out *out, int level, int type, const void *data, size_t length)
{
	struct cmsghdr *control;

	if (out->room - out->used < CMSG_LEN(length)) {
		out->header->msg_flags |= MSG_CTRUNC;
		return;
	}
	control = (struct cmsghdr *)((uint8_t *)out->header->msg_control + out->used);
	control->cmsg_level = level;
	control->cmsg_type = type;
	control->cmsg_len = CMSG_LEN(length);
	memcpy(CMSG_DATA(control), data, length);
	out->used += CMSG_SPACE(length);
	if (out->used > out->room)
		out->used = out->room;
}

static void finish(const struct control_out *out)
{
	out->header->msg_controllen = out->used;
}

static struct timespec time_of(int64_t ns)
{
	return (struct timespec){ .tv_sec = ns / (int64_t)NS_PER_S,
				  .tv_nsec = (long)(ns % (int64_t)NS_PER_S) };
}

static void put_stamp(struct control_out *out, const struct sim_socket *socket, int64_t stamp_ns)
{
	const uint32_t wanted = SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE;
	uint32_t flags = (uint32_t)option_value(socket, OPTION_TIMESTAMPING);
	struct scm_timestamping stamps = { .ts[0] = time_of(stamp_ns) };

	if (stamp_ns == 0)
		return;
	if (option_value(socket, OPTION_TIMESTAMPNS))
		put(out, SOL_SOCKET, SO_TIMESTAMPNS, &stamps.ts[0], sizeof(stamps.ts[0]));
	if ((flags & wanted) == wanted && !socket_is_unix(socket))
		put(out, SOL_SOCKET, SO_TIMESTAMPING, &stamps, sizeof(stamps));
}

void control_of_stream(const struct sim_socket *socket, struct msghdr *header)
{
	struct control_out out = begin(header);

	put_stamp(&out, socket, socket->stamp_ns);
	finish(&out);
}

/* To which address of ours it came. */
static void put_local(struct control_out *out, const struct sim_socket *socket,
		      const struct sim_message *message)
{
	const struct socket_name plain = socket_name_as(&message->to, AF_INET);
	const struct socket_name six = socket_name_as(&message->to, AF_INET6);

	if (option_value(socket, OPTION_IP_PKTINFO) && plain.any.sa_family == AF_INET) {
		struct in_pktinfo info = { .ipi_ifindex = 1,
					   .ipi_spec_dst = plain.inet.sin_addr,
					   .ipi_addr = plain.inet.sin_addr };

		put(out, IPPROTO_IP, IP_PKTINFO, &info, sizeof(info));
	}
	if (option_value(socket, OPTION_V6_PKTINFO) && socket->domain == AF_INET6) {
		struct in6_pktinfo info = { .ipi6_addr = six.inet6.sin6_addr, .ipi6_ifindex = 1 };

		put(out, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof(info));
	}
}

static void put_header(struct control_out *out, const struct sim_socket *socket,
		       const struct sim_message *message)
{
	const struct socket_name plain = socket_name_as(&message->to, AF_INET);
	uint8_t byte = (uint8_t)message->traffic_class;
	bool four = plain.any.sa_family == AF_INET;
	int hops = message->hop_limit, class = message->traffic_class;

	if (four && option_value(socket, OPTION_IP_RECVTTL))
		put(out, IPPROTO_IP, IP_TTL, &hops, sizeof(hops));
	if (four && option_value(socket, OPTION_IP_RECVTOS))
		put(out, IPPROTO_IP, IP_TOS, &byte, sizeof(byte));
	if (!four && option_value(socket, OPTION_V6_RECVHOPS))
		put(out, IPPROTO_IPV6, IPV6_HOPLIMIT, &hops, sizeof(hops));
	if (!four && option_value(socket, OPTION_V6_RECVTCLASS))
		put(out, IPPROTO_IPV6, IPV6_TCLASS, &class, sizeof(class));
}

void control_of_message(const struct sim_socket *socket, const struct sim_message *message,
			struct msghdr *header)
{
	struct control_out out = begin(header);

	put_stamp(&out, socket, message->stamp_ns);
	if (!socket_is_unix(socket)) {
		int piece = (int)message->piece;

		if (socket->dropped > 0 && option_value(socket, OPTION_RXQ_OVFL))
			put(&out, SOL_SOCKET, SO_RXQ_OVFL, &socket->dropped,
			    sizeof(socket->dropped));
		if (piece > 0)
			put(&out, SOL_UDP, UDP_GRO, &piece, sizeof(piece));
		put_local(&out, socket, message);
		put_header(&out, socket, message);
	}
	finish(&out);
}

void control_of_departure(const struct sim_socket *socket, uint32_t name, int64_t at_ns,
			  struct msghdr *header)
{
	struct control_out out = begin(header);
	const struct scm_timestamping stamps = { .ts[0] = time_of(at_ns) };
	const struct {
		struct sock_extended_err error;
		struct sockaddr_in6 offender; /* nobody, in the room of a name of its family */
	} told = { .error = { .ee_errno = ENOMSG,
			      .ee_origin = SO_EE_ORIGIN_TIMESTAMPING,
			      .ee_info = SCM_TSTAMP_SND,
			      .ee_data = name } };
	size_t beside = sizeof(told) - sizeof(struct sockaddr_in6);

	put(&out, SOL_SOCKET, SO_TIMESTAMPING, &stamps, sizeof(stamps));
	if (socket->domain == AF_INET6)
		put(&out, IPPROTO_IPV6, IPV6_RECVERR, &told, sizeof(told));
	else
		put(&out, IPPROTO_IP, IP_RECVERR, &told, beside + sizeof(struct sockaddr_in));
	finish(&out);
}

static void read_four(const struct sim_socket *socket, const struct cmsghdr *control,
		      struct control_said *said)
{
	struct in_pktinfo info;
	struct socket_name source = { .inet.sin_family = AF_INET, .length = sizeof(source.inet) };

	memcpy(&info, CMSG_DATA(control), sizeof(info));
	source.inet.sin_addr = info.ipi_spec_dst;
	if (info.ipi_spec_dst.s_addr == 0)
		source.inet.sin_addr = info.ipi_addr;
	said->source = socket_name_as(&source, socket->domain);
}

static void read_six(const struct cmsghdr *control, struct control_said *said)
{
	struct in6_pktinfo info;

	memcpy(&info, CMSG_DATA(control), sizeof(info));
	said->source = (struct socket_name){ .inet6 = { .sin6_family = AF_INET6,
							.sin6_addr = info.ipi6_addr },
					     .length = sizeof(said->source.inet6) };
}

static int read_number(const struct cmsghdr *control)
{
	return sim_number(CMSG_DATA(control), control->cmsg_len - CMSG_LEN(0));
}

/* A departure of this datagram, and a name for it. */
static int read_stamping(const struct sim_socket *socket, const struct cmsghdr *control,
			 struct control_said *said)
{
	uint32_t flags = (uint32_t)option_value(socket, OPTION_TIMESTAMPING);

	if (control->cmsg_len != CMSG_LEN(sizeof(uint32_t)))
		return -EINVAL;
	if (control->cmsg_type == SO_TIMESTAMPING) {
		said->stamping = (uint32_t)read_number(control);
		return 0;
	}
	if (!(flags & SOF_TIMESTAMPING_OPT_ID))
		return -EINVAL;
	said->is_named = true;
	said->name = (uint32_t)read_number(control);
	return 0;
}

static int read_one(const struct sim_socket *socket, const struct cmsghdr *control,
		    struct control_said *said)
{
	size_t length = control->cmsg_len - CMSG_LEN(0);
	int level = control->cmsg_level, type = control->cmsg_type;

	if (level == IPPROTO_IP && type == IP_PKTINFO) {
		if (length != sizeof(struct in_pktinfo))
			return -EINVAL;
		read_four(socket, control, said);
	} else if (level == IPPROTO_IPV6 && type == IPV6_PKTINFO) {
		if (length < sizeof(struct in6_pktinfo))
			return -EINVAL;
		read_six(control, said);
	} else if ((level == IPPROTO_IP && type == IP_TOS) ||
		   (level == IPPROTO_IPV6 && type == IPV6_TCLASS)) {
		said->traffic_class = read_number(control) & 0xff;
	} else if (level == SOL_SOCKET && (type == SO_TIMESTAMPING || type == STAMP_NAME)) {
		return read_stamping(socket, control, said);
	} else if (level == SOL_UDP && type == UDP_SEGMENT) {
		if (length != sizeof(uint16_t))
			return -EINVAL;
		said->segment = (uint32_t)read_number(control);
	}
	return 0;
}

int control_read(const struct sim_socket *socket, const struct msghdr *header,
		 struct control_said *ret_said)
{
	struct control_said said = {
		.traffic_class = -1, .segment = (uint32_t)option_value(socket, OPTION_UDP_SEGMENT)
	};
	struct msghdr walk = *header;
	const struct cmsghdr *control = walk.msg_controllen > 0 ? CMSG_FIRSTHDR(&walk) : NULL;
	int error = 0;

	for (; control && !error; control = CMSG_NXTHDR(&walk, (struct cmsghdr *)control)) {
		if (control->cmsg_len < CMSG_LEN(0))
			return -EINVAL;
		error = read_one(socket, control, &said);
	}
	if (!error)
		*ret_said = said;
	return error;
}
