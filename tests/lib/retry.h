/* glibc's TEMP_FAILURE_RETRY(), which other C libraries lack: a call again for as long as a signal
 * interrupts it. */
#ifndef LIB_RETRY_H
#define LIB_RETRY_H

#include <errno.h>

#define RETRY(call)                                        \
	({                                                 \
		__typeof__(call) returned_;                \
		do                                         \
			returned_ = (call);                \
		while (returned_ == -1 && errno == EINTR); \
		returned_;                                 \
	})

#endif
