/*
 * Torture: every fallible call of set-up and control fails once in turn (the way curl is tested).
 * A program is linked so that these calls of ours come to point.c first (ld --wrap), which counts
 * them and lets one of them fail as it would without memory, descriptors or permission.
 *
 * RINGSIDE_TORTURE says which call fails, the first being 1; without it none does.
 * RINGSIDE_TORTURE_LOG is a file to which a line is written for the call that has failed, or for
 * all of them if none is to: its number, its name, and the place in the program that has called it.
 */
#ifndef TORTURE_POINT_H
#define TORTURE_POINT_H

#include <stdbool.h>
#include <stdint.h>

/* Count from here, and let the call of that number fail; 0: none. */
void point_arm(uint64_t number);

/* Has one failed since the program began? It asks once: then it is forgotten. */
bool point_was_hit(void);

#endif
