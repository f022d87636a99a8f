#include "usage/server.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "usage/proc_file.h"
#include "usage/proc_process.h"
#include "usage/proc_stat.h"

/* A process that ends while its family is read would be missing from the sum, or, if its parent was
 * read before, from both: such a reading is repeated. A server with a process a connection, each
 * for milliseconds, would never be read otherwise than so. */
#define ATTEMPTS_MAX 4

/* stat of a process, or of one of its threads. */
static int stat_read(const char *root, pid_t process, pid_t thread, struct process_stat *ret_stat)
{
	char *text = thread ? proc_read(root, "/proc/%d/task/%d/stat", process, thread)
			    : proc_read(root, "/proc/%d/stat", process);
	int error = text ? process_stat_parse(text, ret_stat) : -errno;

	free(text);
	return error;
}

static uint64_t stat_cpu_ns(const struct process_stat *stat)
{
	return (stat->user_ticks + stat->system_ticks) * proc_tick_ns();
}

/* Exact where the kernel keeps schedstat (CONFIG_SCHED_INFO), else by ticks. */
static int thread_cpu_read(const char *root, pid_t process, pid_t thread, uint64_t *ret_cpu_ns)
{
	char *text = proc_read(root, "/proc/%d/task/%d/schedstat", process, thread);
	int error = text ? schedstat_parse(text, ret_cpu_ns) : -errno;
	struct process_stat stat = { 0 };

	free(text);
	if (!error)
		return 0;
	error = stat_read(root, process, thread, &stat);
	if (!error)
		*ret_cpu_ns = stat_cpu_ns(&stat);
	return error;
}

/* What the file status of a thread has. */
static void add_status(const char *root, struct usage_process *process, pid_t thread,
		       struct process_usage *usage)
{
	char *text = proc_read(root, "/proc/%d/task/%d/status", process->id, thread);
	uint64_t voluntary, involuntary;

	if (text && switches_parse(text, &voluntary, &involuntary) == 0) {
		usage->switches_voluntary += voluntary;
		usage->switches_involuntary += involuntary;
	}
	if (text && thread == process->id)
		process->ignores_children = ignores_children(text);
	free(text);
}

/* Put the children of a thread behind the processes that are still to be read. Only a thread that
 * has ended, or a kernel that never tells, has no such file. */
static int add_children(const char *root, pid_t process, pid_t thread,
			struct usage_reading *reading)
{
	char *text = proc_read(root, "/proc/%d/task/%d/children", process, thread);
	pid_t children[USAGE_PROCESSES_MAX];
	uint32_t count;

	if (!text)
		return thread == process ? -ENOTSUP : 0;
	count = children_parse(text, children, USAGE_PROCESSES_MAX);
	free(text);
	if (count > USAGE_PROCESSES_MAX - reading->process_count)
		return -E2BIG;
	for (uint32_t i = 0; i < count; i++)
		reading->processes[reading->process_count++] = (struct usage_process){
			.id = children[i], .parent = process
		};
	return 0;
}

static int add_thread(const char *root, struct usage_process *process, pid_t thread,
		      struct usage_reading *reading)
{
	uint64_t cpu_ns;

	add_status(root, process, thread, &reading->totals.server);
	if (reading->thread_count < USAGE_THREADS_MAX &&
	    thread_cpu_read(root, process->id, thread, &cpu_ns) == 0)
		reading->threads[reading->thread_count++] = (struct usage_thread){
			.id = thread, .cpu_ns = cpu_ns
		};
	return add_children(root, process->id, thread, reading);
}

static int read_threads(const char *root, struct usage_process *process,
			struct usage_reading *reading)
{
	char path[PATH_MAX];
	const struct dirent *entry;
	DIR *folder;
	int error = 0;

	(void)snprintf(path, sizeof(path), "%s/proc/%d/task", root, process->id);
	folder = opendir(path);
	while (folder && !error && (entry = readdir(folder))) {
		char *end;
		long thread = strtol(entry->d_name, &end, 10);

		if (*end == '\0' && thread > 0 && thread <= INT_MAX)
			error = add_thread(root, process, (pid_t)thread, reading);
	}
	if (folder)
		(void)closedir(folder);
	return error;
}

/* The process's clock has what ended threads used, too, and needs no permission; it has no root. */
static uint64_t process_cpu_ns(const char *root, pid_t process, const struct process_stat *stat)
{
	clockid_t clock;

	if (*root == '\0' && clock_getcpuclockid(process, &clock) == 0)
		return clock_cpu_ns(clock);
	return stat_cpu_ns(stat);
}

/*
 * One process. Its children are listed before it is asked what ended ones have used: one that ends
 * in between is counted there, and no more when its turn comes.
 */
static int process_read(const char *root, struct usage_process *process,
			struct usage_reading *reading)
{
	struct process_usage *sum = &reading->totals.server;
	struct process_stat stat = { 0 };
	int error = read_threads(root, process, reading);
	int stat_error = stat_read(root, process->id, 0, &stat);

	if (stat_error || error)
		return stat_error ? stat_error : error;
	process->start_ticks = stat.start_ticks;
	process->own_ns = process_cpu_ns(root, process->id, &stat);
	process->waited_ns = stat.waited_ticks * proc_tick_ns();
	sum->cpu_ns += process->own_ns + process->waited_ns;
	sum->user_ns += stat.user_ticks * proc_tick_ns();
	sum->system_ns += stat.system_ticks * proc_tick_ns();
	return 0;
}

/* The process and all its descendants. One that ends before its turn has no number any more. */
static int family_read(const char *root, pid_t server, struct usage_reading *reading,
		       bool *ret_complete)
{
	int error = 0;

	reading->totals.server = (struct process_usage){ 0 };
	reading->processes[0] = (struct usage_process){ .id = server };
	reading->process_count = 1;
	reading->thread_count = 0;
	*ret_complete = true;
	for (uint32_t i = 0; i < reading->process_count && !error; i++) {
		error = process_read(root, &reading->processes[i], reading);
		if (i > 0 && (error == -ENOENT || error == -ESRCH)) {
			reading->processes[i].id = 0;
			*ret_complete = false;
			error = 0;
		}
	}
	return error;
}

int server_read(const char *root, pid_t server, struct usage_reading *reading)
{
	bool complete = false;
	int error = 0;

	for (int i = 0; i < ATTEMPTS_MAX && !error && !complete; i++)
		error = family_read(root, server, reading, &complete);
	return error;
}

/* A number that went to another thread counts from 0. */
static uint64_t thread_used_ns(const struct usage_thread *thread,
			       const struct usage_reading *before)
{
	for (uint32_t i = 0; i < before->thread_count; i++)
		if (before->threads[i].id == thread->id &&
		    before->threads[i].cpu_ns <= thread->cpu_ns)
			return thread->cpu_ns - before->threads[i].cpu_ns;
	return thread->cpu_ns;
}

uint64_t server_busiest_ns(const struct usage_reading *after, const struct usage_reading *before)
{
	uint64_t most_ns = 0;

	for (uint32_t i = 0; i < after->thread_count; i++) {
		uint64_t used_ns = thread_used_ns(&after->threads[i], before);

		if (used_ns > most_ns)
			most_ns = used_ns;
	}
	return most_ns;
}

int usage_check_server(pid_t server, struct error *ret_error)
{
	struct process_stat stat = { 0 };
	int error = server > 0 ? stat_read("", server, 0, &stat) : -ESRCH;

	if (!error && stat.state == 'Z')
		return error_set(ret_error, -ESRCH, "process %d has ended", server);
	if (!error)
		return 0;
	if (server <= 0 || (kill(server, 0) < 0 && errno == ESRCH))
		return error_set(ret_error, -ESRCH, "there is no process %d", server);
	return error_set(ret_error, -EACCES,
			 "what process %d uses may not be read: /proc/%d/stat: %s", server, server,
			 strerror(-error));
}
