/* Command lines put together word by word. */
#ifndef SIM_WORDS_H
#define SIM_WORDS_H

#include "scenario.h"

/* One more word; it must fit. */
void words_add(struct words *words, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "--name=value", if the table has such an option. Returns whether. */
struct option_table;
bool words_option(struct words *words, const struct option_table *table, const char *name,
		  const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
