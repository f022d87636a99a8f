/* A peer, as the files that make it see it. */
#ifndef SIM_PEER_STRUCT_H
#define SIM_PEER_STRUCT_H

#include "chance.h"
#include "peer.h"
#include "sim/socket.h"
#include "sim/world.h"

#define PEER_BYTES_MAX 65536u

enum peer_state { PEER_AWAY, PEER_CONNECTING, PEER_TALKING };

enum habit { HABIT_GOOD, HABIT_SILENT, HABIT_NEVER_READS, HABIT_RESETS, HABIT_VANISHES };

struct peer {
	struct watcher watcher; /* first */
	struct peers *peers;
	const struct place *place;
	struct chance chance;
	struct sim_socket *socket;
	enum peer_state state;
	enum habit habit;
	bool half_closes;
	bool shut;	 /* it has said its last */
	bool hears_late; /* it reads when it has said all, or can say no more */
	uint64_t event;	 /* when it acts next; 0: when something changes */
	uint64_t due_ns; /* of that event */
	struct conversation conversation;
	uint64_t goal;	    /* bytes, or questions, that it says */
	uint64_t limit;	    /* HABIT_RESETS, HABIT_VANISHES: after so many */
	uint32_t piece_max; /* bytes that it writes at a time */
	uint32_t read_max;  /* ... and reads */
	uint32_t pause_ns;  /* between two of its doings */
	uint64_t leave_ns;  /* when it goes away, whatever has come; UINT64_MAX: never */
	uint64_t excuses;   /* invariant_excuses() at the beginning */
	uint64_t promised;  /* bytes that the server had got when it was told to end */
	uint64_t twice;	    /* FAULT_DATAGRAM_TWICE at the beginning */
	uint32_t number, conversations;
};

struct peers {
	struct peers_options options;
	bool stopped;
	uint32_t ports; /* that were taken */
	bool excused;
	uint64_t hidden; /* peers_hidden() at the signal */
	bool invited;
	bool hogs;
	struct peer items[];
};

static inline bool is_message_based(const struct peer *peer)
{
	return !transports[peer->place->transport].stream;
}

/* It acts so much later, unless it does so earlier anyway. */
void peer_act_in(struct peer *peer, uint64_t ns);

/* Go away, and come back after a while. */
void peer_leave(struct peer *peer);

/* One round of what it does on a connection (peer_talk.c). */
void peer_talk(struct peer *peer);

/* Has anything happened, since it came, that may have ended its connection? */
bool peer_is_excused(const struct peer *peer);

/* How often what had arrived at the server was taken back by a fault, to arrive once more. */
uint64_t peers_hidden(void);

/* violated(), with what this peer was about. */
void peer_complain(const struct peer *peer, const char *what);

#endif
