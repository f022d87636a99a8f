/*
 * The descriptors of a simulated process: the lowest free number is the next one, so a number comes
 * back as soon as the kernel could give it again. What a number names has references of its own: an
 * operation of io_uring that is under way keeps its socket alive after close(2), with its port.
 */
#ifndef SIM_DESCRIPTOR_H
#define SIM_DESCRIPTOR_H

#include <stdbool.h>
#include <stdint.h>

struct file;

/* What a descriptor names. Implementations put this first in their struct. */
struct file_kind {
	const char *name;
	uint32_t (*ready)(const struct file *file); /* POLLIN ...; mandatory */
	void (*closed)(struct file *file);	    /* the last descriptor has gone; or NULL */
	void (*destroy)(struct file *file);	    /* the last reference has gone; mandatory */
};

/* Who wants to know when ready() may have changed: epoll, an armed operation of a ring. */
struct watcher {
	void (*changed)(struct watcher *watcher);
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

/* Tell the watchers. Whoever changes what ready() says calls this, once the change is whole. */
void file_changed(struct file *file);
void file_watch(struct file *file, struct watcher *watcher);
void file_unwatch(struct watcher *watcher);

/* A number for it; takes over the caller's reference, also on failure. Errors: EMFILE. */
int descriptor_open(struct file *file);

/* What a number names, or NULL. No reference. */
struct file *descriptor_file(int number);

/* Errors: EBADF. */
int descriptor_close(int number);

/* How many are open. */
uint32_t descriptor_count(void);

#endif
