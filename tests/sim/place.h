/* Where a service is, or is thought to be: what a peer connects to. */
#ifndef SIM_PLACE_H
#define SIM_PLACE_H

#include <sys/socket.h>

#include "dialogue.h"
#include "net/url.h"

struct place {
	const struct dialogue *dialogue; /* of the campaign */
	bool echoes;			 /* of scripts: what is said comes back */
	enum transport transport;
	socklen_t length;
	struct sockaddr_storage name;
};

#endif
