#include "window.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "output/document.h"

static int window_compare(const void *left, const void *right)
{
	const struct window *a = left, *b = right;

	return (a->begin_ns > b->begin_ns) - (a->begin_ns < b->begin_ns);
}

/* Put in order, and made one where they meet. */
static void windows_unite(struct window_list *windows)
{
	size_t count = 0;

	qsort(windows->items, windows->count, sizeof(*windows->items), window_compare);
	for (size_t i = 0; i < windows->count; i++) {
		struct window *last = count > 0 ? &windows->items[count - 1] : NULL;
		struct window window = windows->items[i];

		if (last && window.begin_ns <= last->end_ns)
			last->end_ns = window.end_ns > last->end_ns ? window.end_ns : last->end_ns;
		else
			windows->items[count++] = window;
	}
	windows->count = count;
}

/* Small enough that no sum of the two goes over. */
static bool time_get(const json_t *run, const char *key, uint64_t *ret_ns)
{
	json_int_t value = json_integer_value(json_object_get(run, key));

	if (value <= 0 || value > INT64_MAX / 2)
		return false;
	*ret_ns = (uint64_t)value;
	return true;
}

int windows_add(struct window_list *windows, const json_t *root)
{
	const struct document document = { root };
	size_t count = document_run_count(&document);
	struct window *items = reallocarray(windows->items, windows->count + count, sizeof(*items));

	if (!items)
		return -ENOMEM;
	windows->items = items;
	for (size_t i = 0; i < count; i++) {
		const json_t *run = document_run(&document, i);
		uint64_t begin_ns, duration_ns;

		if (!time_get(run, "started_unix_ns", &begin_ns) ||
		    !time_get(run, "duration_ns", &duration_ns))
			return -EINVAL;
		items[windows->count++] = (struct window){ begin_ns, begin_ns + duration_ns };
	}
	windows_unite(windows);
	return 0;
}

void windows_finish(struct window_list *windows)
{
	free(windows->items);
	*windows = (struct window_list){ 0 };
}

uint64_t windows_length_ns(const struct window_list *windows)
{
	uint64_t length_ns = 0;

	for (size_t i = 0; i < windows->count; i++)
		length_ns += windows->items[i].end_ns - windows->items[i].begin_ns;
	return length_ns;
}

uint64_t windows_common_ns(const struct window_list *a, const struct window_list *b)
{
	uint64_t common_ns = 0;

	for (size_t i = 0, j = 0; i < a->count && j < b->count;) {
		const struct window *x = &a->items[i], *y = &b->items[j];
		uint64_t begin_ns = x->begin_ns > y->begin_ns ? x->begin_ns : y->begin_ns;
		uint64_t end_ns = x->end_ns < y->end_ns ? x->end_ns : y->end_ns;

		if (end_ns > begin_ns)
			common_ns += end_ns - begin_ns;
		if (x->end_ns < y->end_ns)
			i++;
		else
			j++;
	}
	return common_ns;
}
