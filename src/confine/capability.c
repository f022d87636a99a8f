#include "confine/capability.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define WORDS _LINUX_CAPABILITY_U32S_3

static struct __user_cap_header_struct header(void)
{
	return (struct __user_cap_header_struct){ .version = _LINUX_CAPABILITY_VERSION_3 };
}

int capability_permitted(uint64_t *ret_bits)
{
	struct __user_cap_header_struct head = header();
	struct __user_cap_data_struct data[WORDS];

	if (syscall(SYS_capget, &head, data) < 0)
		return -errno;
	*ret_bits = (uint64_t)data[1].permitted << 32 | data[0].permitted;
	return 0;
}

int capability_bound(uint64_t bits)
{
	/* The kernel may have more than its headers knew, or fewer. */
	for (unsigned long id = 0; prctl(PR_CAPBSET_READ, id, 0, 0, 0) >= 0; id++) {
		if (id < 64 && bits >> id & 1)
			continue;
		if (prctl(PR_CAPBSET_DROP, id, 0, 0, 0) < 0)
			return errno == EPERM ? 0 : -errno;
	}
	return 0;
}

int capability_keep(uint64_t bits)
{
	struct __user_cap_header_struct head = header();
	struct __user_cap_data_struct data[WORDS];

	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 && errno != EINVAL)
		return -errno;
	if (syscall(SYS_capget, &head, data) < 0)
		return -errno;
	for (int i = 0; i < WORDS; i++) {
		uint32_t word = (uint32_t)(bits >> 32 * i);

		data[i].permitted &= word;
		data[i].effective &= word;
		data[i].inheritable = 0;
	}
	return syscall(SYS_capset, &head, data) < 0 ? -errno : 0;
}

bool locked_memory_keep(void)
{
	const struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };
	struct rlimit limit;

	if (setrlimit(RLIMIT_MEMLOCK, &unlimited) == 0)
		return true;
	if (getrlimit(RLIMIT_MEMLOCK, &limit) < 0)
		return false;
	limit.rlim_cur = limit.rlim_max;
	return setrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_max == RLIM_INFINITY;
}
