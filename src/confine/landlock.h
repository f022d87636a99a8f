/*
 * Landlock: which files a process may still reach by their names, whom it may connect to. What is
 * open stays open. Kernels from 5.13 on have it, each some more of it (its ABI).
 */
#ifndef CONFINE_LANDLOCK_H
#define CONFINE_LANDLOCK_H

#include <stdint.h>

/* What may be done below a folder, or with a file. */
enum landlock_right {
	LANDLOCK_READ = 1 << 0,
	LANDLOCK_WRITE = 1 << 1,  /* what is there */
	LANDLOCK_CREATE = 1 << 2, /* regular files, and to write them */
	LANDLOCK_REMOVE = 1 << 3, /* files and sockets; to put a file in the place of another */
};

/* Beside files, from these ABIs on. */
enum landlock_scope {
	LANDLOCK_TCP = 1 << 0,	    /* no binding, no connecting (4) */
	LANDLOCK_ABSTRACT = 1 << 1, /* no abstract UNIX sockets but those of ours (6) */
	LANDLOCK_SIGNALS = 1 << 2,  /* to nobody but ourselves (6) */
};

/* The ABI of this kernel, 1 or more, or a negative errno: ENOSYS, EOPNOTSUPP (switched off). */
int landlock_abi(void);

/* What a kernel with this ABI confines beside files: enum landlock_scope. */
uint32_t landlock_scopes(int abi);

/*
 * A set of rules that allows nothing yet: a descriptor, which the caller closes. scopes: those that
 * this kernel lacks are left out. Errors: those of landlock_abi(), and what the kernel says.
 */
int landlock_open(uint32_t scopes);

/* Allow some of it (enum landlock_right) below path, or of the file that path is. Errors: those of
 * open(); a pipe has no rules, and needs none. */
int landlock_allow(int rules, const char *path, uint32_t rights);

/* From here on the calling thread, and those that it starts, have what the rules allow. Needs
 * PR_SET_NO_NEW_PRIVS. */
int landlock_enforce(int rules);

#endif
