#include "confine/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/array.h"

/* <linux/landlock.h> of many distributions is older than their kernels: the whole of it is here. */
struct ruleset {
	uint64_t files, ports, scopes;
};

struct rule {
	uint64_t allowed;
	int32_t parent;
} __attribute__((packed));

enum { CREATE_VERSION = 1, RULE_PATH_BENEATH = 1 };

#define FILE_EXECUTE (1ull << 0)
#define FILE_WRITE (1ull << 1)
#define FILE_READ (1ull << 2)
#define FOLDER_READ (1ull << 3)
#define FOLDER_REMOVE (1ull << 4)
#define FILE_REMOVE (1ull << 5)
#define MAKE_FILE (1ull << 8)
#define MAKE_ALL (0x7full << 6)
#define FILE_REFER (1ull << 13)
#define FILE_TRUNCATE (1ull << 14)
#define DEVICE_IOCTL (1ull << 15)

#define PORT_ALL 3ull
#define SCOPE_ABSTRACT (1ull << 0)
#define SCOPE_SIGNAL (1ull << 1)

/* What came with which ABI. */
static const struct {
	int abi;
	uint64_t bits;
} file_rights[] = {
	{ 1, FILE_EXECUTE | FILE_WRITE | FILE_READ | FOLDER_READ | FOLDER_REMOVE | FILE_REMOVE |
		     MAKE_ALL },
	{ 2, FILE_REFER },
	{ 3, FILE_TRUNCATE },
	{ 5, DEVICE_IOCTL },
};

static const struct {
	int abi;
	enum landlock_scope scope;
} scope_rows[] = { { 4, LANDLOCK_TCP }, { 6, LANDLOCK_ABSTRACT }, { 6, LANDLOCK_SIGNALS } };

static const struct {
	enum landlock_right right;
	uint64_t bits;
} right_rows[] = {
	{ LANDLOCK_READ, FILE_READ },
	{ LANDLOCK_WRITE, FILE_WRITE | FILE_TRUNCATE },
	{ LANDLOCK_CREATE, FILE_WRITE | FILE_TRUNCATE | MAKE_FILE },
	{ LANDLOCK_REMOVE, FILE_REMOVE },
};

int landlock_abi(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, (size_t)0, CREATE_VERSION);

	return abi < 0 ? -errno : (int)abi;
}

uint32_t landlock_scopes(int abi)
{
	uint32_t scopes = 0;

	for (size_t i = 0; i < ARRAY_SIZE(scope_rows); i++)
		scopes |= abi >= scope_rows[i].abi ? scope_rows[i].scope : 0u;
	return scopes;
}

/* All that this kernel can keep from a file: a bit that it does not know would be an error. */
static uint64_t files_handled(int abi)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < ARRAY_SIZE(file_rights); i++)
		bits |= abi >= file_rights[i].abi ? file_rights[i].bits : 0;
	return bits;
}

int landlock_open(uint32_t scopes)
{
	int abi = landlock_abi();
	uint32_t wanted = scopes & landlock_scopes(abi);
	const struct ruleset ruleset = {
		.files = files_handled(abi),
		.ports = wanted & LANDLOCK_TCP ? PORT_ALL : 0,
		.scopes = (wanted & LANDLOCK_ABSTRACT ? SCOPE_ABSTRACT : 0) |
			  (wanted & LANDLOCK_SIGNALS ? SCOPE_SIGNAL : 0),
	};
	/* A longer structure than the kernel knows must have zeros behind. */
	size_t size = abi >= 6	 ? sizeof(ruleset)
		      : abi >= 4 ? offsetof(struct ruleset, scopes)
				 : offsetof(struct ruleset, ports);
	long rules;

	if (abi < 0)
		return abi;
	rules = syscall(SYS_landlock_create_ruleset, &ruleset, size, 0);
	return rules < 0 ? -errno : (int)rules;
}

/* Of a file there are fewer rights than of a folder. */
static uint64_t bits_of(uint32_t rights, bool folder)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < ARRAY_SIZE(right_rows); i++)
		bits |= rights & right_rows[i].right ? right_rows[i].bits : 0;
	if (!folder)
		bits &= FILE_READ | FILE_WRITE | FILE_TRUNCATE;
	return bits & files_handled(landlock_abi());
}

static int allow_opened(int rules, int fd, uint32_t rights)
{
	struct rule rule = { .parent = fd };
	struct stat status;

	if (fstat(fd, &status) < 0)
		return -errno;
	rule.allowed = bits_of(rights, S_ISDIR(status.st_mode));
	if (syscall(SYS_landlock_add_rule, rules, RULE_PATH_BENEATH, &rule, 0) == 0)
		return 0;
	return errno == EBADFD ? 0 : -errno; /* a pipe, a socket: no place in any file system */
}

int landlock_allow(int rules, const char *path, uint32_t rights)
{
	int fd = open(path, O_PATH | O_CLOEXEC);
	int error;

	if (fd < 0)
		return -errno;
	error = allow_opened(rules, fd, rights);
	(void)close(fd);
	return error;
}

int landlock_enforce(int rules)
{
	return syscall(SYS_landlock_restrict_self, rules, 0) < 0 ? -errno : 0;
}
