/* The network stack's counters in /proc/net/snmp, snmp6 and netstat. */
#ifndef USAGE_PROC_NET_H
#define USAGE_PROC_NET_H

#include "usage/usage.h"

/* Contents of the three files; snmp6 may be NULL: this host has no IPv6. TCP counts both families
 * in snmp, UDP does not. Errors: EINVAL (something that every kernel has is not there). */
int proc_net_parse(const char *snmp, const char *snmp6, const char *netstat,
		   struct network_usage *ret_network);

#endif
