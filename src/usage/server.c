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

static void add_switches(const char *root, pid_t thread, struct usage *usage, pid_t process)
{
	char *text = proc_read(root, "/proc/%d/task/%d/status", process, thread);
	uint64_t voluntary, involuntary;

	if (text && switches_parse(text, &voluntary, &involuntary) == 0) {
		usage->server.switches_voluntary += voluntary;
		usage->server.switches_involuntary += involuntary;
	}
	free(text);
}

static void add_thread(const char *root, pid_t process, pid_t thread, struct usage *usage)
{
	uint64_t cpu_ns;

	add_switches(root, thread, usage, process);
	if (usage->thread_count == USAGE_THREADS_MAX ||
	    thread_cpu_read(root, process, thread, &cpu_ns) < 0)
		return;
	usage->threads[usage->thread_count++] = (struct usage_thread){ .id = thread,
								       .cpu_ns = cpu_ns };
}

static void read_threads(const char *root, pid_t process, struct usage *usage)
{
	char path[PATH_MAX];
	const struct dirent *entry;
	DIR *folder;

	(void)snprintf(path, sizeof(path), "%s/proc/%d/task", root, process);
	folder = opendir(path);
	while (folder && (entry = readdir(folder))) {
		char *end;
		long thread = strtol(entry->d_name, &end, 10);

		if (*end == '\0' && thread > 0 && thread <= INT_MAX)
			add_thread(root, process, (pid_t)thread, usage);
	}
	if (folder)
		(void)closedir(folder);
}

/* The process's clock has what ended threads used, too, and needs no permission; it has no root. */
static uint64_t process_cpu_ns(const char *root, pid_t process, const struct process_stat *stat)
{
	clockid_t clock;

	if (*root == '\0' && clock_getcpuclockid(process, &clock) == 0)
		return clock_cpu_ns(clock);
	return stat_cpu_ns(stat);
}

int server_read(const char *root, pid_t server, struct usage *usage)
{
	struct process_stat stat = { 0 };
	int error = stat_read(root, server, 0, &stat);

	if (error)
		return error;
	usage->server = (struct process_usage){
		.cpu_ns = process_cpu_ns(root, server, &stat),
		.user_ns = stat.user_ticks * proc_tick_ns(),
		.system_ns = stat.system_ticks * proc_tick_ns(),
	};
	usage->server_start = stat.start_ticks;
	usage->thread_count = 0;
	read_threads(root, server, usage);
	return 0;
}

/* A number that went to another thread counts from 0. */
static uint64_t thread_used_ns(const struct usage_thread *thread, const struct usage *before)
{
	for (uint32_t i = 0; i < before->thread_count; i++)
		if (before->threads[i].id == thread->id &&
		    before->threads[i].cpu_ns <= thread->cpu_ns)
			return thread->cpu_ns - before->threads[i].cpu_ns;
	return thread->cpu_ns;
}

uint64_t server_busiest_ns(const struct usage *after, const struct usage *before)
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
