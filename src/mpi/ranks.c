#include "ranks.h"

#include <errno.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

#define SPEAKER 0
#define TAG_STOP 1

/* A rank that polls takes a CPU from those that still measure on its host. */
#define POLL_NS (NS_PER_MS / 2)

int ranks_open(struct ranks *ret_ranks, struct error *ret_error)
{
	struct ranks ranks = { .rank = 0 };

	if (MPI_Init(NULL, NULL) != MPI_SUCCESS)
		return error_set(ret_error, -EIO, "MPI cannot be used");
	(void)MPI_Comm_rank(MPI_COMM_WORLD, &ranks.rank);
	(void)MPI_Comm_size(MPI_COMM_WORLD, &ranks.count);
	(void)gethostname(ranks.host, sizeof(ranks.host) - 1);
	*ret_ranks = ranks;
	return 0;
}

void ranks_close(void)
{
	int done = 0;

	(void)MPI_Finalized(&done);
	if (!done)
		(void)MPI_Finalize();
}

/* Asleep until the request is complete; it remains to be waited for. */
static void await(MPI_Request request)
{
	const struct timespec pause = { .tv_nsec = POLL_NS };
	int done = 0;

	for (;;) {
		(void)MPI_Request_get_status(request, &done, MPI_STATUS_IGNORE);
		if (done)
			return;
		(void)nanosleep(&pause, NULL);
	}
}

static void reason_share(const struct ranks *ranks, int from, const struct error *reason,
			 struct error *ret_reason)
{
	struct error shared = { "" };

	if (ranks->rank == from)
		(void)error_set(&shared, 0, "rank %d of %d on %s: %s", ranks->rank, ranks->count,
				ranks->host, reason->text);
	(void)MPI_Bcast(&shared, sizeof(shared), MPI_BYTE, from, MPI_COMM_WORLD);
	*ret_reason = shared;
}

enum step ranks_agree(const struct ranks *ranks, enum step mine, const struct error *reason,
		      struct error *ret_reason)
{
	const struct {
		int step, rank;
	} said = { (int)mine, ranks->rank };
	struct {
		int step, rank;
	} gravest;
	MPI_Request request;

	(void)MPI_Iallreduce(&said, &gravest, 1, MPI_2INT, MPI_MAXLOC, MPI_COMM_WORLD, &request);
	await(request);
	(void)MPI_Wait(&request, MPI_STATUS_IGNORE);
	if (gravest.step == STEP_FAILED)
		reason_share(ranks, gravest.rank, reason, ret_reason);
	return (enum step)gravest.step;
}

void ranks_meet(void)
{
	(void)MPI_Barrier(MPI_COMM_WORLD);
}

void ranks_tell_to_stop(struct ranks *ranks)
{
	ranks->told = 1;
	/* No more than an envelope: MPI takes it at once, whoever hears it when. */
	for (int rank = 0; rank < ranks->count; rank++)
		if (rank != ranks->rank)
			(void)MPI_Send(NULL, 0, MPI_BYTE, rank, TAG_STOP, MPI_COMM_WORLD);
}

static void hear(struct ranks *ranks)
{
	(void)MPI_Recv(NULL, 0, MPI_BYTE, MPI_ANY_SOURCE, TAG_STOP, MPI_COMM_WORLD,
		       MPI_STATUS_IGNORE);
	ranks->heard++;
}

bool ranks_told_to_stop(struct ranks *ranks)
{
	int waiting = 0;

	(void)MPI_Iprobe(MPI_ANY_SOURCE, TAG_STOP, MPI_COMM_WORLD, &waiting, MPI_STATUS_IGNORE);
	if (waiting)
		hear(ranks);
	return ranks->heard > 0;
}

void ranks_hear_out(struct ranks *ranks)
{
	int told;

	(void)MPI_Allreduce(&ranks->told, &told, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
	while (ranks->heard < told - ranks->told)
		hear(ranks);
}

static void reduce(const struct ranks *ranks, MPI_Datatype type, MPI_Op how, void *values,
		   int count)
{
	bool root = ranks->rank == SPEAKER;

	(void)MPI_Reduce(root ? MPI_IN_PLACE : values, root ? values : NULL, count, type, how,
			 SPEAKER, MPI_COMM_WORLD);
}

void ranks_reduce(const struct ranks *ranks, enum ranks_how how, uint64_t *values, int count)
{
	const MPI_Op operations[] = {
		[RANKS_ADD] = MPI_SUM,
		[RANKS_LEAST] = MPI_MIN,
		[RANKS_MOST] = MPI_MAX,
	};

	reduce(ranks, MPI_UINT64_T, operations[how], values, count);
}

void ranks_add_counts(const struct ranks *ranks, int64_t *counts, int count)
{
	reduce(ranks, MPI_INT64_T, MPI_SUM, counts, count);
}

void ranks_gather(const void *mine, int size, void *ret_all)
{
	(void)MPI_Gather(mine, size, MPI_BYTE, ret_all, size, MPI_BYTE, SPEAKER, MPI_COMM_WORLD);
}

/* Where each text begins in what rank 0 gets, and memory for all; NULL: none, or MPI could not
 * count so much. */
static char *texts_alloc(const int *lengths, int count, int *ret_places)
{
	int length = 0;

	for (int rank = 0; rank < count; rank++) {
		ret_places[rank] = length;
		if (__builtin_add_overflow(length, lengths[rank], &length))
			return NULL;
	}
	return malloc((size_t)length + 1);
}

int ranks_gather_texts(const struct ranks *ranks, const char *text, char **ret_texts)
{
	int length = (int)strlen(text) + 1, failed;
	bool speaks = ranks->rank == SPEAKER;
	int *lengths = speaks ? calloc(2 * (size_t)ranks->count, sizeof(int)) : NULL;
	int *places = lengths ? lengths + ranks->count : NULL;
	char *texts = NULL;

	failed = speaks && !lengths;
	if (ranks_share(failed) == 0) {
		(void)MPI_Gather(&length, 1, MPI_INT, lengths, 1, MPI_INT, SPEAKER, MPI_COMM_WORLD);
		if (lengths) {
			texts = texts_alloc(lengths, ranks->count, places);
			failed = !texts;
		}
	}
	if (ranks_share(failed) == 0)
		(void)MPI_Gatherv(text, length, MPI_CHAR, texts, lengths, places, MPI_CHAR, SPEAKER,
				  MPI_COMM_WORLD);
	free(lengths);
	*ret_texts = texts;
	return failed ? -ENOMEM : 0;
}

int ranks_share(int value)
{
	(void)MPI_Bcast(&value, 1, MPI_INT, SPEAKER, MPI_COMM_WORLD);
	return value;
}
