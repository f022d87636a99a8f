/* The parts that a scenario is put together of: for scenario*.c alone. */
#ifndef SIM_SCENARIO_PARTS_H
#define SIM_SCENARIO_PARTS_H

#include "scenario.h"

struct option_table;

/* Backend, features, spinning. */
void scenario_add_engine(struct scenario *scenario, struct words *words,
			 const struct option_table *table);

/* The server's command line, and its places. */
void scenario_make_serve(struct scenario *scenario);

/* The load generator's, against one of the places; there must be one with echo. */
void scenario_make_load(struct scenario *scenario);

/* One more place, with a service of this name, and its URL. */
void scenario_add_place(struct scenario *scenario, enum transport transport, const char *service,
			char *url, size_t size);

#endif
