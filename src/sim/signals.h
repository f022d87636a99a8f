/* Signals to the program: taken off descriptors of signalfd(2), or handed to sigaction(2)'s. */
#ifndef SIM_SIGNALS_H
#define SIM_SIGNALS_H

#include <signal.h>
#include <stdint.h>

#include "descriptor.h"

void sim_signals_open(void);
void sim_signals_close(void);

/* As signalfd(2): a file with one reference. Errors: ENOMEM. */
int sim_signal_file_open(uint64_t mask, bool nonblocking, struct file **ret_file);

/* As sigaction(2). Errors: EINVAL. */
int sim_signal_action(int number, const struct sigaction *action, struct sigaction *ret_former);

/* The set as bits: 1 << (number - 1). */
uint64_t sim_signal_mask(const sigset_t *set);

#endif
