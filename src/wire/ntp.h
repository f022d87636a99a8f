/*
 * Packets of NTP (RFC 5905 section 7.3), in network order.
 *
 *	octets	 field
 *	 0	 leap (2 bits), version (3), mode (3)
 *	 1	 stratum
 *	 2	 poll, precision: exponents of 2, seconds, signed
 *	 4	 root delay, root dispersion: seconds and fractions of 2^-16 s
 *	 12	 reference id
 *	 16	 reference time
 *	 24	 origin time: when the client sent, by its own clock
 *	 32	 receive time
 *	 40	 transmit time
 */
#ifndef WIRE_NTP_H
#define WIRE_NTP_H

#define NTP_LENGTH 48u

#define NTP_STRATUM_AT 1u
#define NTP_POLL_AT 2u
#define NTP_PRECISION_AT 3u
#define NTP_ROOT_DELAY_AT 4u
#define NTP_ROOT_DISPERSION_AT 8u
#define NTP_REFERENCE_ID_AT 12u
#define NTP_REFERENCE_TIME_AT 16u
#define NTP_ORIGIN_AT 24u
#define NTP_RECEIVE_AT 32u
#define NTP_TRANSMIT_AT 40u

#define NTP_LEAP_UNSYNCHRONISED 3u
#define NTP_STRATUM_UNSYNCHRONISED 16u
#define NTP_VERSION_MIN 1u
#define NTP_VERSION_MAX 4u

enum ntp_mode { NTP_CLIENT = 3, NTP_SERVER = 4 };

static inline unsigned ntp_version(unsigned char first)
{
	return first >> 3 & 7u;
}

static inline unsigned ntp_mode(unsigned char first)
{
	return first & 7u;
}

#endif
