#include "descriptor.h"

#include <errno.h>
#include <stdlib.h>

#include "world.h"

#define WORD_BITS 64u

/* Where file_changed() stands, so that watchers may go meanwhile; one within the other. */
struct walk {
	struct watcher *next;
	struct walk *outer;
};

static struct {
	struct file **files;
	uint64_t *taken; /* a bit each */
	uint32_t word_count, max, open;
	struct walk *walks;
} table;

int descriptors_open(uint32_t descriptor_max)
{
	table.word_count = (descriptor_max + WORD_BITS - 1) / WORD_BITS;
	table.max = descriptor_max;
	table.open = 0;
	table.walks = NULL;
	table.files = calloc((size_t)table.word_count * WORD_BITS, sizeof(struct file *));
	table.taken = calloc(table.word_count, sizeof(*table.taken));
	if (table.files && table.taken)
		return 0;
	free(table.files);
	free(table.taken);
	return -ENOMEM;
}

void descriptors_close(void)
{
	for (uint32_t i = 0; i < table.max; i++)
		if (table.files[i])
			(void)descriptor_close(WORLD_DESCRIPTOR_FIRST + (int)i);
	free(table.files);
	free(table.taken);
	table.files = NULL;
	table.taken = NULL;
	table.max = 0;
}

void file_init(struct file *file, const struct file_kind *kind)
{
	*file = (struct file){ .kind = kind, .references = 1 };
}

void file_hold(struct file *file)
{
	file->references++;
}

static void forget_watchers(struct file *file)
{
	while (file->watchers) {
		struct watcher *watcher = file->watchers;

		file_unwatch(watcher);
		if (watcher->gone)
			watcher->gone(watcher);
	}
}

void file_release(struct file *file)
{
	if (--file->references > 0)
		return;
	forget_watchers(file);
	file->kind->destroy(file);
}

void file_watch(struct file *file, struct watcher *watcher)
{
	watcher->next = file->watchers;
	watcher->before = &file->watchers;
	if (watcher->next)
		watcher->next->before = &watcher->next;
	file->watchers = watcher;
}

void file_unwatch(struct watcher *watcher)
{
	if (!watcher->before)
		return;
	for (struct walk *walk = table.walks; walk; walk = walk->outer)
		if (walk->next == watcher)
			walk->next = watcher->next;
	*watcher->before = watcher->next;
	if (watcher->next)
		watcher->next->before = watcher->before;
	watcher->before = NULL;
	watcher->next = NULL;
}

void file_changed(struct file *file, uint32_t events)
{
	struct walk walk = { .next = file->watchers, .outer = table.walks };

	if (!walk.next)
		return;
	table.walks = &walk;
	while (walk.next) {
		struct watcher *watcher = walk.next;

		walk.next = watcher->next;
		watcher->changed(watcher, events);
	}
	table.walks = walk.outer;
}

/* The lowest free number from first on, or max. */
static uint32_t lowest_free(uint32_t first)
{
	uint64_t below = first % WORD_BITS ? (UINT64_C(1) << first % WORD_BITS) - 1 : 0;

	for (uint32_t word = first / WORD_BITS; word < table.word_count; word++, below = 0) {
		uint64_t taken = table.taken[word] | below;

		if (taken != UINT64_MAX)
			return word * WORD_BITS + (uint32_t)__builtin_ctzll(~taken);
	}
	return table.max;
}

static int open_from(struct file *file, uint32_t first)
{
	uint32_t place = lowest_free(first);

	if (place >= table.max) {
		file_release(file);
		return -EMFILE;
	}
	table.files[place] = file;
	table.taken[place / WORD_BITS] |= UINT64_C(1) << place % WORD_BITS;
	table.open++;
	file->descriptors++;
	return WORLD_DESCRIPTOR_FIRST + (int)place;
}

int descriptor_open(struct file *file)
{
	return open_from(file, 0);
}

struct file *descriptor_file(int number)
{
	uint32_t place = (uint32_t)(number - WORLD_DESCRIPTOR_FIRST);

	return place < table.max ? table.files[place] : NULL;
}

int descriptor_duplicate(int number, int at)
{
	struct file *file = descriptor_file(number);

	if (!file)
		return -EBADF;
	file_hold(file);
	return open_from(file,
			 at > WORLD_DESCRIPTOR_FIRST ? (uint32_t)(at - WORLD_DESCRIPTOR_FIRST) : 0);
}

int descriptor_close(int number)
{
	struct file *file = descriptor_file(number);
	uint32_t place = (uint32_t)(number - WORLD_DESCRIPTOR_FIRST);

	if (!file)
		return -EBADF;
	table.files[place] = NULL;
	table.taken[place / WORD_BITS] &= ~(UINT64_C(1) << place % WORD_BITS);
	table.open--;
	file->descriptors--;
	if (file->descriptors == 0 && file->kind->closed)
		file->kind->closed(file);
	file_release(file);
	return 0;
}

bool descriptor_is_free(void)
{
	return table.open < table.max;
}

uint32_t descriptor_count(void)
{
	return table.open;
}
