/* How many files this process may have open. */
#ifndef BASE_FILES_H
#define BASE_FILES_H

#include <stdint.h>

/* Standard streams, name lookups, a report, whatever a library opens. */
#define FILES_OF_PROCESS 32
/* A ring or an epoll instance, what wakes it, and one to accept and close with. */
#define FILES_OF_THREAD 4

/* Raise the limit to wanted, or as near to it as the hard limit allows; never lower it. Returns
 * what it is now, 0 if that cannot be told. */
uint64_t files_raise(uint64_t wanted);

#endif
