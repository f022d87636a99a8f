/* Is an address one of this host's own, so that whoever answers there reads our clock? */
#ifndef NET_OWN_ADDRESS_H
#define NET_OWN_ADDRESS_H

#include <stdbool.h>

#include "net/address.h"

/* Loopback, 0.0.0.0 and [::] (which lead there), or an interface's in this network namespace. An
 * IPv4 address that is written as one of IPv6 is the same. False also where nobody can tell. */
bool address_is_own(const struct address *address);

#endif
