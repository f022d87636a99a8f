/* What the world and its tasks tell each other: nobody else needs it. */
#ifndef SIM_SCHEDULE_H
#define SIM_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

struct task;

/* Has more happened than was allowed? */
bool schedule_is_over(void);

/* Let the next event happen if it is due. */
bool schedule_event(void);

/* Nobody can run: let time pass until the next event or this moment. false: there is neither. */
bool schedule_pass(uint64_t until_ns);

/* Another task goes on. */
void schedule_switched(const char *name);

/* As pthread_setname_np(3). */
void task_name_set(struct task *task, const char *name);

#endif
