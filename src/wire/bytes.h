/* Numbers in bytes, wherever they stand: network order (put_be, get_be) and little-endian. */
#ifndef WIRE_BYTES_H
#define WIRE_BYTES_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

#define WIRE_NUMBER(bits)                                                  \
	static inline uint##bits##_t get_be##bits(const uint8_t *from)     \
	{                                                                  \
		uint##bits##_t value;                                      \
		memcpy(&value, from, sizeof(value));                       \
		return be##bits##toh(value);                               \
	}                                                                  \
	static inline void put_be##bits(uint8_t *to, uint##bits##_t value) \
	{                                                                  \
		value = htobe##bits(value);                                \
		memcpy(to, &value, sizeof(value));                         \
	}                                                                  \
	static inline uint##bits##_t get_le##bits(const uint8_t *from)     \
	{                                                                  \
		uint##bits##_t value;                                      \
		memcpy(&value, from, sizeof(value));                       \
		return le##bits##toh(value);                               \
	}                                                                  \
	static inline void put_le##bits(uint8_t *to, uint##bits##_t value) \
	{                                                                  \
		value = htole##bits(value);                                \
		memcpy(to, &value, sizeof(value));                         \
	}

WIRE_NUMBER(16)
WIRE_NUMBER(32)
WIRE_NUMBER(64)

#undef WIRE_NUMBER

#endif
