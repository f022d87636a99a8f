#include "confine/filter.h"

#include <errno.h>
#include <linux/net.h>
#include <stdbool.h>
#include <unistd.h>

#include <seccomp.h>

#include "base/array.h"

/*
 * The same calls where machines of 32 bits have others: with times and offsets of 64 bits, and
 * behind socketcall(2). libseccomp leaves out what a machine does not have, and finds the others
 * behind socketcall(2) itself.
 */
static const struct {
	int call, twin;
} twins[] = {
	{ SCMP_SYS(clock_adjtime), SCMP_SYS(clock_adjtime64) },
	{ SCMP_SYS(clock_gettime), SCMP_SYS(clock_gettime64) },
	{ SCMP_SYS(fcntl), SCMP_SYS(fcntl64) },
	{ SCMP_SYS(fstat), SCMP_SYS(fstat64) },
	{ SCMP_SYS(futex), SCMP_SYS(futex_time64) },
	{ SCMP_SYS(lseek), SCMP_SYS(_llseek) },
	{ SCMP_SYS(lstat), SCMP_SYS(lstat64) },
	{ SCMP_SYS(mmap), SCMP_SYS(mmap2) },
	{ SCMP_SYS(newfstatat), SCMP_SYS(fstatat64) },
	{ SCMP_SYS(ppoll), SCMP_SYS(ppoll_time64) },
	{ SCMP_SYS(recvfrom), SCMP_SYS(recv) },
	{ SCMP_SYS(recvmmsg), SCMP_SYS(recvmmsg_time64) },
	{ SCMP_SYS(rt_sigreturn), SCMP_SYS(sigreturn) },
	{ SCMP_SYS(sendto), SCMP_SYS(send) },
	{ SCMP_SYS(stat), SCMP_SYS(stat64) },
};

static struct scmp_arg_cmp comparison(const struct filter_row *row)
{
	switch (row->test) {
	case FILTER_WITHOUT:
		return SCMP_CMP64(row->argument, SCMP_CMP_MASKED_EQ, row->value, 0);
	case FILTER_OURSELVES:
		return SCMP_CMP64(row->argument, SCMP_CMP_EQ, (scmp_datum_t)getpid());
	case FILTER_THREAD:
		return SCMP_CMP64(row->argument, SCMP_CMP_EQ, (scmp_datum_t)gettid());
	case FILTER_EQUAL:
	case FILTER_ANY:
		break;
	}
	return SCMP_CMP64(row->argument, SCMP_CMP_EQ, row->value);
}

static int add_row(scmp_filter_ctx filter, const struct filter_row *row)
{
	const struct scmp_arg_cmp argument = comparison(row);
	uint32_t action = row->error ? SCMP_ACT_ERRNO((uint32_t)row->error) : SCMP_ACT_ALLOW;

	return seccomp_rule_add_array(filter, action, row->call, row->test != FILTER_ANY,
				      &argument);
}

/* Of arguments behind socketcall(2) a filter sees nothing: there the call is allowed as it is. */
static int add_behind_socketcall(scmp_filter_ctx filter, const struct filter_row *row)
{
	const struct filter_row multiplexed = {
		.call = SCMP_SYS(socketcall),
		.error = row->error,
		.test = FILTER_EQUAL,
		.argument = 0,
		.value = SYS_SETSOCKOPT,
	};

	if (row->call != SCMP_SYS(setsockopt))
		return 0;
	return add_row(filter, &multiplexed);
}

static int add_with_twins(scmp_filter_ctx filter, const struct filter_row *row)
{
	struct filter_row twin = *row;
	int error = add_row(filter, row);

	for (size_t i = 0; i < ARRAY_SIZE(twins) && !error; i++)
		if (twins[i].call == row->call) {
			twin.call = twins[i].twin;
			error = add_row(filter, &twin);
		}
	return error ? error : add_behind_socketcall(filter, row);
}

/* A process that was made to do what it never does must not go on, in no thread. Speculation stays
 * as it was: before 5.16 a filter slowed all of the process down by a defence that is meant for
 * those who run other people's code. A search tree takes the same few steps for each call. */
static int set_attributes(scmp_filter_ctx filter)
{
	int error = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);

	if (!error)
		error = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (!error)
		(void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_SSB, 1); /* from 4.17 on */
	return error;
}

static int add_rows(scmp_filter_ctx filter, const struct filter_row *rows, uint32_t conditions)
{
	int error = 0;

	for (const struct filter_row *row = rows; (row->why || row->more) && !error; row++) {
		if ((row->when & ~conditions) != 0 || (row->unless & conditions) != 0)
			continue;
		error = row->more ? add_rows(filter, row->more, conditions)
				  : add_with_twins(filter, row);
	}
	return error;
}

int filter_load(const struct filter_row *rows, uint32_t conditions)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int error = filter ? set_attributes(filter) : -ENOMEM;

	if (!error)
		error = add_rows(filter, rows, conditions);
	if (!error)
		error = seccomp_load(filter);
	seccomp_release(filter);
	return error;
}

int filter_try(void)
{
	/* 3: filters can end the process, not the thread alone. */
	return seccomp_api_get() >= 3 ? 0 : -EOPNOTSUPP;
}
