/* Features that need no ring, each tried once. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "attempt.h"

#define HUGE_PAGE (2u << 20)

int attempt_udp_loop(void)
{
	struct sockaddr_in name = { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(name);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && bind(fd, (struct sockaddr *)&name, length) == 0 &&
	    getsockname(fd, (struct sockaddr *)&name, &length) == 0 &&
	    connect(fd, (struct sockaddr *)&name, length) == 0)
		return fd;
	(void)close(fd);
	return -EIO;
}

static int try_udp_option(int option, int value)
{
	int result, fd = attempt_udp_loop();

	if (fd < 0)
		return fd;
	result = setsockopt(fd, SOL_UDP, option, &value, sizeof(value)) < 0 ? -errno : 0;
	(void)close(fd);
	return result;
}

int attempt_gro(void)
{
	return try_udp_option(UDP_GRO, 1);
}

int attempt_gso(void)
{
	return try_udp_option(UDP_SEGMENT, 512);
}

/* Does any mapping of ours stand on a huge page? */
static bool has_huge_page(void)
{
	FILE *file = fopen("/proc/self/smaps_rollup", "re");
	char line[128];
	unsigned long kilobytes = 0;

	while (file != NULL && kilobytes == 0 && fgets(line, sizeof(line), file) != NULL)
		(void)sscanf(line, "AnonHugePages: %lu", &kilobytes);
	if (file != NULL)
		(void)fclose(file);
	return kilobytes > 0;
}

int attempt_huge_pages(void)
{
	uint8_t *block = mmap(NULL, 2 * HUGE_PAGE, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	uint8_t *aligned;
	int result = -EOPNOTSUPP;

	if (block == MAP_FAILED)
		return -errno;
	aligned = block + (HUGE_PAGE - (uintptr_t)block % HUGE_PAGE) % HUGE_PAGE;
	if (madvise(aligned, HUGE_PAGE, MADV_HUGEPAGE) < 0) {
		result = -errno;
	} else {
		*(volatile uint8_t *)aligned = 1;
		if (has_huge_page())
			result = 0;
	}
	(void)munmap(block, 2 * HUGE_PAGE);
	return result;
}
