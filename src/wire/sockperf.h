/*
 * Messages of sockperf 3.7, in network order: sequence number (8), flags (2), length of the whole
 * message (4), payload. A server sends back what asks for it, as it came but for SOCKPERF_CLIENT;
 * of what warms up it sends back nothing.
 */
#ifndef WIRE_SOCKPERF_H
#define WIRE_SOCKPERF_H

#define SOCKPERF_HEADER_LENGTH 14u
#define SOCKPERF_FLAGS_AT 9u /* of the two octets of flags, the one that has some */
#define SOCKPERF_LENGTH_AT 10u
#define SOCKPERF_LENGTH_MAX ((1u << 20) - 1) /* sockperf has no longer ones */

enum sockperf_flag {
	SOCKPERF_CLIENT = 1 << 0, /* a client sent it */
	SOCKPERF_PONG = 1 << 1,	  /* an answer is asked for */
	SOCKPERF_WARM_UP = 1 << 2,
};

#endif
