#include "epoll.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "world.h"

#define ALWAYS ((uint32_t)(EPOLLERR | EPOLLHUP))
#define ITEMS_FIRST 64u

/* A registration: of a file under a number, as the kernel has it. */
struct item {
	struct watcher watcher; /* first, so that it is the item */
	struct sim_epoll *epoll;
	struct file *file;
	int number;
	struct epoll_event event;
	bool is_ready;
	struct item *ready_next, *ready_before;
	struct item *same_next; /* of the same number, whose file lives on elsewhere */
};

struct sim_epoll {
	struct file file;
	struct item **items; /* by number */
	uint32_t item_room;
	struct item *ready_first, *ready_last;
	uint32_t ready_count;
};

static void ready_add(struct item *item)
{
	struct sim_epoll *epoll = item->epoll;

	if (item->is_ready)
		return;
	item->is_ready = true;
	item->ready_next = NULL;
	item->ready_before = epoll->ready_last;
	if (epoll->ready_last)
		epoll->ready_last->ready_next = item;
	else
		epoll->ready_first = item;
	epoll->ready_last = item;
	epoll->ready_count++;
}

static void ready_remove(struct item *item)
{
	struct sim_epoll *epoll = item->epoll;

	if (!item->is_ready)
		return;
	item->is_ready = false;
	*(item->ready_before ? &item->ready_before->ready_next
			     : &epoll->ready_first) = item->ready_next;
	*(item->ready_next ? &item->ready_next->ready_before
			   : &epoll->ready_last) = item->ready_before;
	epoll->ready_count--;
}

static uint32_t ready_events(const struct item *item)
{
	return item->file->kind->ready(item->file) & (item->event.events | ALWAYS);
}

/* An edge is one of what the registration asks for. */
static void item_changed(struct watcher *watcher, uint32_t events)
{
	struct item *item = (struct item *)watcher;

	if (!(events & (item->event.events | ALWAYS)))
		return;
	ready_add(item);
	file_changed(&item->epoll->file, POLLIN);
}

static void item_remove(struct item *item)
{
	struct item **at = &item->epoll->items[item->number - WORLD_DESCRIPTOR_FIRST];

	while (*at != item)
		at = &(*at)->same_next;
	*at = item->same_next;
	ready_remove(item);
	file_unwatch(&item->watcher);
	free(item);
}

static void item_gone(struct watcher *watcher)
{
	item_remove((struct item *)watcher);
}

static struct item *find(const struct sim_epoll *epoll, int number, const struct file *file)
{
	uint32_t place = (uint32_t)(number - WORLD_DESCRIPTOR_FIRST);
	struct item *item = place < epoll->item_room ? epoll->items[place] : NULL;

	while (item && item->file != file)
		item = item->same_next;
	return item;
}

static int make_room(struct sim_epoll *epoll, uint32_t place)
{
	uint32_t room = epoll->item_room ? epoll->item_room : ITEMS_FIRST;
	struct item **larger;

	while (room <= place)
		room *= 2;
	if (room == epoll->item_room)
		return 0;
	larger = reallocarray(epoll->items, room, sizeof(struct item *));
	if (!larger)
		return -ENOMEM;
	memset(larger + epoll->item_room, 0, (room - epoll->item_room) * sizeof(struct item *));
	epoll->items = larger;
	epoll->item_room = room;
	return 0;
}

static int add(struct sim_epoll *epoll, int number, struct file *file,
	       const struct epoll_event *event)
{
	uint32_t place = (uint32_t)(number - WORLD_DESCRIPTOR_FIRST);
	struct item *item;

	if (make_room(epoll, place) < 0)
		return -ENOMEM;
	item = malloc(sizeof(*item));
	if (!item)
		return -ENOMEM;
	*item = (struct item){ .watcher = { .changed = item_changed, .gone = item_gone },
			       .epoll = epoll,
			       .file = file,
			       .number = number,
			       .event = *event,
			       .same_next = epoll->items[place] };
	epoll->items[place] = item;
	file_watch(file, &item->watcher);
	if (ready_events(item))
		item_changed(&item->watcher, ready_events(item));
	return 0;
}

static int change(struct item *item, const struct epoll_event *event)
{
	item->event = *event;
	if (ready_events(item))
		item_changed(&item->watcher, ready_events(item));
	return 0;
}

int sim_epoll_control(struct sim_epoll *epoll, int operation, int number,
		      const struct epoll_event *event)
{
	struct file *file = descriptor_file(number);
	struct item *item;

	if (!file)
		return -EBADF;
	if (file == &epoll->file)
		return -EINVAL;
	item = find(epoll, number, file);
	switch (operation) {
	case EPOLL_CTL_ADD:
		return item ? -EEXIST : add(epoll, number, file, event);
	case EPOLL_CTL_MOD:
		return item ? change(item, event) : -ENOENT;
	case EPOLL_CTL_DEL:
		if (!item)
			return -ENOENT;
		item_remove(item);
		return 0;
	default:
		return -EINVAL;
	}
}

int sim_epoll_collect(struct sim_epoll *epoll, struct epoll_event *ret_events, int max)
{
	int count = 0;

	/* What is level-triggered goes to the end, and is looked at again by the next call. */
	for (uint32_t left = epoll->ready_count; left > 0 && count < max; left--) {
		struct item *item = epoll->ready_first;
		uint32_t events = ready_events(item);

		ready_remove(item);
		if (!events)
			continue;
		ret_events[count].events = events;
		ret_events[count++].data = item->event.data;
		if (item->event.events & EPOLLONESHOT)
			item->event.events &= EPOLLONESHOT | EPOLLET;
		else if (!(item->event.events & EPOLLET))
			ready_add(item);
	}
	return count;
}

static uint32_t epoll_ready(const struct file *file)
{
	const struct sim_epoll *epoll = (const struct sim_epoll *)file;

	return epoll->ready_first ? POLLIN | POLLRDNORM : 0;
}

static void epoll_destroy(struct file *file)
{
	struct sim_epoll *epoll = (struct sim_epoll *)file;

	for (uint32_t i = 0; i < epoll->item_room; i++)
		for (struct item *at = epoll->items[i], *next; at; at = next) {
			next = at->same_next;
			file_unwatch(&at->watcher);
			free(at);
		}
	free(epoll->items);
	free(epoll);
}

static const struct file_kind file_kind_epoll = {
	.name = "epoll",
	.ready = epoll_ready,
	.destroy = epoll_destroy,
};

struct sim_epoll *sim_epoll_of(struct file *file)
{
	return file && file->kind == &file_kind_epoll ? (struct sim_epoll *)file : NULL;
}

int sim_epoll_open(struct file **ret_file)
{
	struct sim_epoll *epoll = calloc(1, sizeof(*epoll));

	if (!epoll)
		return -ENOMEM;
	file_init(&epoll->file, &file_kind_epoll);
	*ret_file = &epoll->file;
	return 0;
}
