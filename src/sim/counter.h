/* What eventfd(2) makes: a number that is added to, and read to 0. */
#ifndef SIM_COUNTER_H
#define SIM_COUNTER_H

#include "descriptor.h"

/* flags: those of eventfd(2). One reference, the caller's. Errors: ENOMEM. */
int sim_counter_open(uint64_t value, int flags, struct file **ret_file);

#endif
