/*
 * What the two loops written by hand share: the command line, the socket, the end, and when to
 * poll. They echo one transport on one thread, with nothing between them and the kernel: what the
 * engine is measured against.
 */
#ifndef REFERENCE_H
#define REFERENCE_H

#include <stdbool.h>
#include <stdint.h>

struct reference {
	int fd;	       /* bound to loopback, any port; TCP: listening; non-blocking */
	int signal_fd; /* becomes readable at SIGTERM and SIGINT */
	bool udp;
	uint32_t message_size; /* about as much comes at once */
	uint64_t spin_ns;      /* poll up to so long before sleeping; 0: never */
};

/* From the command line; prints a sentence and exits with 2 if that, or the socket, is no good. */
struct reference reference_open(int argc, char **argv);

/* Say on standard output that clients may come. */
void reference_ready(const struct reference *reference);

/* Print what has failed and exit with 2. error: positive or negative errno. */
_Noreturn void reference_fail(const char *what, int error);

/*
 * When to poll before sleeping: where that has paid. Each miss doubles the number of waits that go
 * by without; a hit, or a sleep that was shorter than the window, forgives all.
 */
struct spin {
	uint32_t skip, penalty;
};

static inline bool spin_wanted(struct spin *spin)
{
	if (spin->skip == 0)
		return true;
	spin->skip--;
	return false;
}

static inline void spin_result(struct spin *spin, bool within_window)
{
	spin->penalty = within_window ? 0 : spin->penalty < 512 ? 2 * spin->penalty + 1 : 1023;
	spin->skip = spin->penalty;
}

/* After a wait that slept without polling first. */
static inline void spin_slept(struct spin *spin, bool within_window)
{
	if (within_window)
		spin->skip = spin->penalty = 0;
}

#endif
