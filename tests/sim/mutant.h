/* Defects that are put into the code under test on purpose (ld --wrap), to see that the campaign
 * finds them. */
#ifndef SIM_MUTANT_H
#define SIM_MUTANT_H

struct mutant {
	const char *name;
	const char *defect;
};

extern const struct mutant mutants[]; /* the last one has no name */

/* From now on this one is in effect; -1: none. */
void mutant_choose(int number);

#endif
