/* SO_TIMESTAMPING: its flags, and setting it. */
#ifndef ENGINE_STAMPING_H
#define ENGINE_STAMPING_H

#include <stdbool.h>
#include <stdint.h>

/* SOF_TIMESTAMPING_OPT_RX_FILTER (kernel 6.12), which older headers lack. */
#define STAMPING_RX_FILTER (1 << 17)

/* The flags for what is asked (enum ancillary). */
int stamping_flags(uint32_t ancillary);

/* Set them; false if the kernel refuses. */
bool stamping_start(int fd, int flags);

/* Have a socket tell when what it receives has arrived, by whatever option it knows. */
bool stamping_arrivals(int fd, int flags, bool is_unix);

#endif
