/*
 * A seccomp filter from a table: the system calls that a thread may still make, a row each, with
 * the reason. Any other ends the process (SIGSYS). What a ring of io_uring does, the kernel does
 * not show to filters.
 */
#ifndef CONFINE_FILTER_H
#define CONFINE_FILTER_H

#include <stdint.h>

/* What a row says of an argument. */
enum filter_test {
	FILTER_ANY,	  /* nothing */
	FILTER_EQUAL,	  /* it is this value */
	FILTER_WITHOUT,	  /* none of these bits is set */
	FILTER_OURSELVES, /* it is the id of this process */
	FILTER_THREAD,	  /* it is the id of the thread that is being confined */
};

/* Several rows may name one call: each allows what it says. */
struct filter_row {
	int call; /* SCMP_SYS(name); a call that this architecture does not have is left out */
	const char *why;	       /* NULL: no call ... */
	const struct filter_row *more; /* ... but the rows of this table; NULL: the end */
	uint32_t when;	 /* bits of the caller's: left out unless all of them are set ... */
	uint32_t unless; /* ... and none of these */
	int error; /* 0: allowed; else the call fails with it, which its caller can live with */
	enum filter_test test;
	unsigned int argument; /* from 0 on; with a test */
	uint64_t value;
};

/* Confine the calling thread, and those that it starts from now on; there is no way back. Sets
 * PR_SET_NO_NEW_PRIVS. Errors: what libseccomp and the kernel say; ENOMEM. */
int filter_load(const struct filter_row *rows, uint32_t conditions);

/* Does this kernel have what filter_load() needs? 0, or a negative errno. */
int filter_try(void);

#endif
