#include "verbose.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/touch.h"
#include "net/address.h"

/* A connection that is gone has no address any more: it is remembered from the beginning. */
struct verbose {
	uint32_t connection_max;
	struct address_text peers[];
};

struct verbose *verbose_open(uint32_t connection_max)
{
	struct verbose *verbose = calloc_touched(
		1, sizeof(*verbose) + connection_max * sizeof(verbose->peers[0]));

	if (verbose)
		verbose->connection_max = connection_max;
	return verbose;
}

void verbose_close(struct verbose *verbose)
{
	free(verbose);
}

static struct address_text peer_text(const struct engine *engine, uint32_t connection)
{
	struct address_text unnamed = { "a peer without a name" };
	struct sockaddr_storage peer;
	socklen_t length;

	if (engine_peer(engine, connection, &peer, &length) < 0 || length <= sizeof(peer.ss_family))
		return unnamed;
	return address_format((const struct sockaddr *)&peer, length);
}

static void tell(struct verbose *verbose, const struct engine *engine,
		 const struct listener *listener, const struct message *message)
{
	struct address_text *peer = &verbose->peers[message->connection];

	if (message->kind == MESSAGE_OPENED) {
		*peer = peer_text(engine, message->connection);
		say("%s: connected from %s", listener->text.text, peer->text);
	} else if (message->kind == MESSAGE_CLOSED) {
		say("%s: disconnected from %s%s%s", listener->text.text, peer->text,
		    message->error ? ": " : "", message->error ? strerror(-message->error) : "");
	}
}

void verbose_tell(struct verbose *verbose, const struct engine *engine,
		  const struct listener *listener, const struct message *batch, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if (batch[i].connection < verbose->connection_max)
			tell(verbose, engine, listener, &batch[i]);
}
