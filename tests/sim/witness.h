/*
 * Who sees every engine of a world: functions of src/engine are wrapped (ld --wrap), so that their
 * sizes are those of a scenario, and what they hold can be looked at between two turns.
 */
#ifndef SIM_WITNESS_H
#define SIM_WITNESS_H

#include <stdbool.h>
#include <stdint.h>

#include <ringside/engine.h>

/* What engine_config_init() gives instead of the standard sizes: small ones, so that every limit is
 * met soon and a world costs little. NULL: the standard. */
void witness_shape(const struct engine_config *shape);

/* Of all engines, those that are closed too, what may cut a connection off: timeouts, connections
 * refused for want of a slot. */
uint64_t witness_excuses(void);

/* How many engines are open. */
uint32_t witness_engines(void);

/* All turns of all engines. */
uint64_t witness_turns(void);

#endif
