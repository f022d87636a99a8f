/* Whom serve's guard lets be answered: any address, to any address of ours. */
#include <string.h>

#include "fuzz.h"
#include "net/address.h"
#include "serve/guard.h"

static struct sockaddr_storage take_address(struct fuzz_input *input, socklen_t *ret_length)
{
	struct sockaddr_storage storage = { 0 };
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

	v4.sin_port = v6.sin6_port = fuzz_number16(input);
	if (fuzz_byte(input) & 1) {
		(void)fuzz_take(input, (uint8_t *)&v6.sin6_addr, sizeof(v6.sin6_addr));
		memcpy(&storage, &v6, sizeof(v6));
		*ret_length = sizeof(v6);
	} else {
		(void)fuzz_take(input, (uint8_t *)&v4.sin_addr, sizeof(v4.sin_addr));
		memcpy(&storage, &v4, sizeof(v4));
		*ret_length = sizeof(v4);
	}
	return storage;
}

static bool is_multicast(const struct sockaddr_storage *storage)
{
	const struct sockaddr_in *v4 = (const void *)storage;
	const struct sockaddr_in6 *v6 = (const void *)storage;
	uint8_t first;

	if (storage->ss_family == AF_INET6)
		return v6->sin6_addr.s6_addr[0] == 0xff;
	first = (uint8_t)(ntohl(v4->sin_addr.s_addr) >> 24);
	return first >= 224 || first == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct port_list more = { .count = 1, .items = { { 4000, 4010 } } };
	static struct guard guard;
	struct fuzz_input input = { data, size };
	socklen_t peer_length, local_length;
	struct sockaddr_storage peer = take_address(&input, &peer_length);
	struct sockaddr_storage local = take_address(&input, &local_length);
	const struct datagram datagram = {
		.peer = (const struct sockaddr *)&peer,
		.peer_length = peer_length,
		.local = fuzz_byte(&input) & 1 ? (const struct sockaddr *)&local : NULL,
	};
	enum message_refusal refused;
	uint16_t port = address_port(datagram.peer), asked, answer;

	if (!guard.broadcast_count) {
		guard_init(&guard);
		guard_add_port(&guard, 7777);
		guard_add_ports(&guard, &more);
		assert(guard_add_broadcast(&guard, htonl(0x0a0000ff)) == 0);
		assert(guard_add_broadcast(&guard, htonl(0x0a0000ff)) == 0);
		assert(guard_add_interfaces(&guard) == 0);
	}
	refused = guard_check(&guard, &datagram);
	if (refused == REFUSED_NOT) {
		assert(port >= 1024 && port != 7777 && port != 1900 && port != 11211);
		assert(port < 4000 || port > 4010);
		assert(!is_multicast(&peer));
		assert(!datagram.local || !is_multicast(&local));
	}
	asked = fuzz_number16(&input);
	answer = fuzz_number16(&input);
	if (guard_check_length(asked, answer) == REFUSED_NOT)
		assert(answer <= asked || answer <= 26);
	assert(strlen(address_format(datagram.peer, peer_length).text) > 2);
	return 0;
}
