/*
 * The descriptors of a simulated process: the lowest free number is the next one, so a number comes
 * back as soon as the kernel could give it again. What a number names has references of its own: an
 * operation of io_uring that is under way keeps its socket alive after close(2), with its port.
 */
#ifndef SIM_DESCRIPTOR_H
#define SIM_DESCRIPTOR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct file;

/* What a descriptor names. Implementations put this first in their struct. */
struct file_kind {
	const char *name;
	/* POLLIN ...; mandatory */
	uint32_t (*ready)(const struct file *file);
	/* As read(2) and write(2), but they never sleep: -EAGAIN. NULL: -EINVAL. */
	ssize_t (*read)(struct file *file, void *bytes, size_t length);
	ssize_t (*write)(struct file *file, const void *bytes, size_t length);
	/* The last descriptor has gone; or NULL. */
	void (*closed)(struct file *file);
	/* The last reference has gone; mandatory. */
	void (*destroy)(struct file *file);
};

/*
 * Who wants to know when ready() may have changed: epoll, an armed operation of a ring. events says
 * what has begun (POLLIN: more has come, also where something was there already), which is what an
 * edge-triggered registration waits for.
 */
struct watcher {
	void (*changed)(struct watcher *watcher, uint32_t events);
	/* The file is being destroyed, and no longer watched; NULL: that need not be known. */
	void (*gone)(struct watcher *watcher);
	struct watcher *next, **before; /* of the file; before NULL: watches nothing */
};

struct file {
	const struct file_kind *kind;
	uint32_t references; /* descriptors and others */
	uint32_t descriptors;
	bool nonblocking;
	struct watcher *watchers;
};

/* Begin with one reference, the caller's. */
void file_init(struct file *file, const struct file_kind *kind);
void file_hold(struct file *file);
void file_release(struct file *file);

/* Tell the watchers. Whoever adds to what ready() says calls this, once the change is whole; a
 * watcher may unwatch itself or others meanwhile. */
void file_changed(struct file *file, uint32_t events);
void file_watch(struct file *file, struct watcher *watcher);
void file_unwatch(struct watcher *watcher);

/* A number for it; takes over the caller's reference, also on failure. Errors: EMFILE. */
int descriptor_open(struct file *file);

/* What a number names, or NULL. No reference. */
struct file *descriptor_file(int number);

/* Errors: EBADF. */
int descriptor_close(int number);

/* Another number, from at on, for what a number names. Errors: EBADF, EMFILE. */
int descriptor_duplicate(int number, int at);

/* Could another be opened? */
bool descriptor_is_free(void);

/* How many are open. */
uint32_t descriptor_count(void);

/* Of the world: 0 or -ENOMEM; close what is still open. */
int descriptors_open(uint32_t descriptor_max);
void descriptors_close(void);

#endif
