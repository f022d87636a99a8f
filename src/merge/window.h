/* When something was measured: stretches of CLOCK_REALTIME, in order and apart from each other. */
#ifndef MERGE_WINDOW_H
#define MERGE_WINDOW_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

struct window {
	uint64_t begin_ns, end_ns;
};

struct window_list {
	struct window *items;
	size_t count;
};

/* Add those of a document's runs. Errors: EINVAL (a run does not tell), ENOMEM. */
int windows_add(struct window_list *windows, const json_t *root);

void windows_finish(struct window_list *windows);

/* How long they are together. */
uint64_t windows_length_ns(const struct window_list *windows);

/* How long both are. */
uint64_t windows_common_ns(const struct window_list *a, const struct window_list *b);

#endif
