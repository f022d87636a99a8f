/*
 * A message: something that happened on a connection, and the program's answer to it. The answer
 * is a number: so many bytes of the message's own buffer go back, without a copy.
 */
#ifndef RINGSIDE_MESSAGE_H
#define RINGSIDE_MESSAGE_H

#include <stdint.h>
#include <sys/socket.h>

enum message_kind {
	MESSAGE_OPENED,	  /* accepted, or connected */
	MESSAGE_DATA,	  /* bytes of a stream, a whole record, or a whole datagram */
	MESSAGE_SENT,	  /* listener_options.talks: the last reply has left its buffer */
	MESSAGE_DEPARTED, /* when something that was sent has left this host: no data, no reply */
	MESSAGE_CLOSED,	  /* the connection's last message */
};

enum message_flag {
	MESSAGE_HANG_UP = 1 << 0,   /* set by the program: close after the reply */
	MESSAGE_DATAGRAM = 1 << 1,  /* a whole datagram or record; may be empty */
	MESSAGE_TRUNCATED = 1 << 2, /* it was longer than the buffer */
	MESSAGE_CLIENT = 1 << 3,    /* on a connection of engine_connect() */
	MESSAGE_DEPARTURE = 1 << 4, /* set by the program, over UDP: tell by MESSAGE_DEPARTED when
				     * this reply has left; .departure names it
				     * (ANCILLARY_DEPARTURE) */
};

/* Why a datagram gets no answer (set by the program, counted by it). */
enum message_refusal {
	REFUSED_NOT,
	REFUSED_PORT,	 /* a source port that belongs to another service */
	REFUSED_ADDRESS, /* multicast, broadcast or unspecified source, or multicast destination */
	REFUSED_LOOP,	 /* has the shape of our own answer */
	REFUSED_SIZE,	 /* the answer would not fit, or be too much longer; malformed request */
	REFUSED_TRUNCATED, /* longer than the buffer: the answer would be wrong */
	REFUSED_RATE,	   /* there were too many in this second */
	REFUSED_KEY,	   /* not made with our key, or with none where there has to be one */
	REFUSED_CLOCK,	   /* our clock is not what it has to be: synchronised, or knowing TAI */
	REFUSED_COUNT,
};

/* Who took the time that a message carries. */
enum stamp_source {
	STAMP_NONE,	/* nobody: there is no time */
	STAMP_USER,	/* the engine, when it took the message from the kernel */
	STAMP_KERNEL,	/* the kernel, when the driver handed it up, or was handed it */
	STAMP_HARDWARE, /* the network card, at the wire */
};

/* The clock that it was taken from. */
enum stamp_clock {
	STAMP_REALTIME, /* CLOCK_REALTIME of this host */
	STAMP_DEVICE,	/* the card's own; in step with this host's only if somebody keeps it so */
};

struct message {
	uint8_t *data;		     /* the bytes; a service may rewrite them in place */
	const struct sockaddr *peer; /* datagram listeners: who sent it, valid as data is; NULL */
	union {
		int64_t arrived_ns; /* DATA: when it arrived, by .stamp and .clock; of a stream, the
				      * last byte */
		int64_t departed_ns; /* DEPARTED */
	};
	uint32_t length;       /* how many arrived */
	uint32_t capacity;     /* how many a reply may have: data has room for them */
	uint32_t reply;	       /* set by the program: send back this many bytes of data; 0: none */
	uint32_t connection;   /* datagram listeners: the listener's one slot */
	int32_t error;	       /* CLOSED: 0 or a negative errno */
	uint32_t buffer;       /* the engine's own */
	uint32_t departure;    /* a departure's name: see engine_config.client_ancillary */
	uint16_t listener;     /* as engine_listen() said; UINT16_MAX for clients */
	uint8_t kind;	       /* enum message_kind */
	uint8_t flags;	       /* enum message_flag */
	uint8_t refused;       /* enum message_refusal; a refused datagram has reply 0 */
	uint8_t answer_empty;  /* set by the program: answer with an empty datagram (reply 0) */
	uint8_t answer_class;  /* set by the program: the traffic class (IPv4: TOS) of the reply, of
			       * UDP listeners with ANCILLARY_HEADER */
	uint8_t traffic_class; /* as it came (ANCILLARY_HEADER) */
	uint8_t hop_limit;     /* as it came (ANCILLARY_HEADER), IPv4: TTL; 0: not known */
	uint8_t peer_length;
	uint8_t stamp; /* enum stamp_source */
	uint8_t clock; /* enum stamp_clock */
};

struct datagram {
	const struct sockaddr *peer;
	socklen_t peer_length;
	const struct sockaddr *local; /* the destination address; NULL if not known */
	uint8_t traffic_class;	      /* engine_send_to(): of what is sent; 0: the socket's */
};

#endif
