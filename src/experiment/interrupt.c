#include "experiment/interrupt.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t noted;

static void note(int signal)
{
	noted = signal;
}

void interrupt_watch(void)
{
	/* RESETHAND: the second one does what it does without us. */
	const struct sigaction action = { .sa_handler = note, .sa_flags = (int)SA_RESETHAND };

	(void)sigaction(SIGINT, &action, NULL);
	(void)sigaction(SIGTERM, &action, NULL);
}

int interrupt_signal(void)
{
	return noted;
}
