/* What the kernel says of this process, for metrics. The files are opened once, so that they can be
 * read where a sandbox lets nobody open files any more. */
#ifndef SERVE_PROCESS_FILES_H
#define SERVE_PROCESS_FILES_H

#include <stdbool.h>
#include <stdint.h>

struct process_files {
	int memory_fd; /* /proc/self/statm; -1: cannot be read */
	int files_fd;  /* /proc/self/fd; -1 */
};

void process_files_open(struct process_files *ret_files);
void process_files_close(struct process_files *files);

/* Memory in use, bytes. False: nobody tells. */
bool process_memory(const struct process_files *files, uint64_t *ret_bytes);

/* Open descriptors, this reading's own left out. False: nobody tells. One reader at a time. */
bool process_open_files(const struct process_files *files, uint64_t *ret_count);

#endif
