#include <sys/syscall.h>
#include <unistd.h>

#include "base/lacking.h"

int pidfd_open(pid_t pid, unsigned int flags)
{
	return (int)syscall(SYS_pidfd_open, pid, flags);
}
