/*
 * What must hold in a simulated world, whatever happens in it. Who finds that something does not
 * says so by violated(), which ends the process: campaign.c, its parent, tells what was found and
 * how to see it again.
 */
#ifndef SIM_INVARIANT_H
#define SIM_INVARIANT_H

#include <stdbool.h>
#include <stdint.h>

#include "record.h"

/* Say what is broken, in a sentence, and end the process of this seed. */
_Noreturn void violated(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Where violated() writes; at the start of a seed. */
void invariant_begin(struct record *record);

/*
 * How many things have happened until now that may end or cut a connection, or leave it without an
 * answer, although neither its peer nor the program is to blame: errors that were injected,
 * timeouts, connections for which there was no slot. Who sees the same number before and after
 * knows that nothing of the kind befell it.
 */
uint64_t invariant_excuses(void);

/* Has a command printed this, or the like, in what is kept of it? */
bool invariant_has_said(const char *text);

/* When the commands have ended. */
void invariant_end(void);

#endif
