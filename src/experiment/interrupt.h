/* SIGINT and SIGTERM as a question: has somebody asked us to end? The first one is noted, so that
 * what was measured can be told; a second SIGINT ends us as ever. */
#ifndef EXPERIMENT_INTERRUPT_H
#define EXPERIMENT_INTERRUPT_H

/* From here on they are noted. */
void interrupt_watch(void);

/* The signal's number; 0: there was none. */
int interrupt_signal(void);

#endif
