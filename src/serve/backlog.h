/* How many connections may wait to be accepted. */
#ifndef SERVE_BACKLOG_H
#define SERVE_BACKLOG_H

#include <stdint.h>

/* In place of OPTION_AUTO: enough for a crowd of clients that come at once. */
#define BACKLOG_STANDARD 4096

/*
 * What listen(2) will make of a wish (OPTION_AUTO: BACKLOG_STANDARD): the kernel takes no more than
 * net.core.somaxconn, and says nothing. most: that, 0 if it is not known.
 */
uint32_t backlog_fit(uint32_t wanted, uint32_t most);

/* net.core.somaxconn of this network namespace; 0: not known. */
uint32_t backlog_most(void);

#endif
