/* Bytes by which a place in a stream is known: a long table that is begun anywhere. */
#ifndef SIM_PATTERN_H
#define SIM_PATTERN_H

#include <stdbool.h>
#include <stdint.h>

/* Make the table, once a process. */
void bytes_make(void);

/* Those of a key from an offset on. */
void bytes_fill(uint64_t key, uint64_t offset, uint8_t *bytes, uint32_t length);
bool bytes_match(uint64_t key, uint64_t offset, const uint8_t *bytes, uint32_t length);

#endif
