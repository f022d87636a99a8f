/* ringside-mpi load: one load by all ranks. */
#ifndef MPI_LOAD_H
#define MPI_LOAD_H

#include "ranks.h"

/* Called by all ranks with the command line of ringside load; rank 0 prints. Returns an exit code,
 * the same everywhere. */
int ranks_load(struct ranks *ranks, int argc, char **argv);

#endif
