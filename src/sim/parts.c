#include "parts.h"

#include "datagram.h"
#include "name.h"
#include "path.h"
#include "signals.h"

void parts_open(void)
{
	sim_names_open();
	sim_paths_open();
	sim_signals_open();
}

void parts_close(void)
{
	sim_datagrams_close();
	sim_paths_close();
	sim_signals_close();
}
