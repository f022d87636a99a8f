/* SO_TIMESTAMPING: its flags, and setting it. */
#ifndef ENGINE_STAMPING_H
#define ENGINE_STAMPING_H

#include <stdbool.h>
#include <stdint.h>

/* The flags for what is asked of arrivals (enum ancillary). */
uint32_t stamping_arrival_flags(uint32_t ancillary);

/* Set a socket's flags, all of them; false if the kernel refuses. */
bool stamping_set(int fd, uint32_t flags);

/* Have a socket tell when what it receives has arrived, by whatever option it knows. */
bool stamping_arrivals(int fd, uint32_t ancillary, bool is_unix);

#endif
