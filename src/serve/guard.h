/*
 * Which datagrams must not be answered, because the answer would hit somebody who never asked, or
 * start two servers talking to each other for ever (CVE-1999-0103, CVE-2024-2169).
 */
#ifndef SERVE_GUARD_H
#define SERVE_GUARD_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include <ringside/message.h>

#include "base/error.h"
#include "port_list.h"

#define GUARD_BROADCAST_MAX 256

/* A line of daytime: so long an answer may be whatever was asked. In its Ethernet frame, which has
 * 64 bytes at least, that is hardly more than the shortest question. */
#define GUARD_ANSWER_FREE 26

/* Made once, then only read: all threads share it. */
struct guard {
	uint64_t ports[65536 / 64]; /* a bit each: source ports that get no answer */
	uint32_t broadcast_count;
	in_addr_t broadcasts[GUARD_BROADCAST_MAX]; /* of the interfaces, in network order */
};

/* With the ports below 1024 and those of services that answer anybody. */
void guard_init(struct guard *ret_guard);

/* Refuse one more source port: one of our own. */
void guard_add_port(struct guard *guard, uint16_t port);

/* Refuse more of them. */
void guard_add_ports(struct guard *guard, const struct port_list *ports);

/* Refuse one more broadcast address. Errors: ENOSPC. */
int guard_add_broadcast(struct guard *guard, in_addr_t address);

/* Refuse the broadcast addresses of the interfaces as they are now. Errors: ENOSPC, those of
 * getifaddrs(): then some are not refused. */
int guard_add_interfaces(struct guard *guard);

/* May datagrams be answered from an address that is bound, called text? Since an answer comes from
 * the address that was asked, there has to be one: a socket bound to a broadcast or multicast
 * address hears only what all were asked. Errors: EADDRNOTAVAIL, with a sentence. */
int guard_check_listener(const struct guard *guard, const struct sockaddr *address,
			 const char *text, struct error *ret_error);

/* May this datagram be answered? REFUSED_NOT, REFUSED_PORT or REFUSED_ADDRESS. */
enum message_refusal guard_check(const struct guard *guard, const struct datagram *datagram);

/* May a datagram of asked bytes have an answer of so many? Whoever forges its sender's address must
 * not make us send that one more than he sends himself. REFUSED_NOT or REFUSED_SIZE. */
enum message_refusal guard_check_length(uint32_t asked, uint32_t answer);

#endif
