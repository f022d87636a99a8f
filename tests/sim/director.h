/*
 * The course of a world: the commands begin, their peers come, things happen; then peers get what
 * they are owed, all is quiet, a signal comes, and everything ends. A signal may come earlier too,
 * at any step.
 */
#ifndef SIM_DIRECTOR_H
#define SIM_DIRECTOR_H

#include "scenario.h"

/* In an open world: run it to its end, or violated(). */
void direct(const struct scenario *scenario);

#endif
