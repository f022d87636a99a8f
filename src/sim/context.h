/* A stack of its own, and a switch to it: swapcontext(3), told to the sanitizers. */
#ifndef SIM_CONTEXT_H
#define SIM_CONTEXT_H

#include <stddef.h>
#include <ucontext.h>

struct context {
	ucontext_t machine;
	void *stack; /* NULL: that of the thread */
	size_t stack_size;
	void *fake_stack; /* of the address sanitizer, while others run */
	void *fiber;	  /* of the thread sanitizer */
};

/* Becomes the context that runs now. */
void context_adopt(struct context *context);

/* Prepare one that begins with run(), which must not return. Errors: ENOMEM. */
int context_open(struct context *context, void (*run)(void));

/* It must not be the one that runs. */
void context_close(struct context *context);

/* Go on in another; returns when somebody goes on in from. last: nobody will. */
void context_switch(struct context *from, struct context *to);
void context_leave(struct context *from, struct context *to);

/* The first thing that run() calls. */
void context_entered(void);

#endif
