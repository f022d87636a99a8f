#include "context.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>

#define STACK_SIZE (512u * 1024u) /* the sanitizers' frames are large */
#define PAGE_SIZE_MAX 65536u
#define STACKS_KEPT 64

/* The sanitizers' interface, where the program is built with one. */
void __sanitizer_start_switch_fiber(void **fake_stack, const void *stack, size_t size)
	__attribute__((weak));
void __sanitizer_finish_switch_fiber(void *fake_stack, const void **stack, size_t *size)
	__attribute__((weak));
void __asan_unpoison_memory_region(const volatile void *memory, size_t size) __attribute__((weak));
void *__tsan_get_current_fiber(void) __attribute__((weak));
void *__tsan_create_fiber(unsigned int flags) __attribute__((weak));
void __tsan_destroy_fiber(void *fiber) __attribute__((weak));
void __tsan_switch_to_fiber(void *fiber, unsigned int flags) __attribute__((weak));

/* A campaign makes worlds by the thousand: stacks are used again. */
static struct {
	void *kept[STACKS_KEPT];
	uint32_t count;
} stacks;

/* Where the one that was left had its stack: learnt on arrival, as the sanitizer tells it. */
static struct context *left;

void context_adopt(struct context *context)
{
	*context = (struct context){ 0 };
	if (__tsan_get_current_fiber)
		context->fiber = __tsan_get_current_fiber();
}

static void *stack_take(void)
{
	uint8_t *memory;

	if (stacks.count > 0)
		return stacks.kept[--stacks.count];
	memory = mmap(NULL, STACK_SIZE + PAGE_SIZE_MAX, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (memory == MAP_FAILED)
		return NULL;
	/* Whoever runs out of stack ends there. */
	if (mprotect(memory, PAGE_SIZE_MAX, PROT_NONE) < 0) {
		(void)munmap(memory, STACK_SIZE + PAGE_SIZE_MAX);
		return NULL;
	}
	return memory + PAGE_SIZE_MAX;
}

static void stack_give(void *stack)
{
	if (__asan_unpoison_memory_region)
		__asan_unpoison_memory_region(stack, STACK_SIZE);
	if (stacks.count < STACKS_KEPT)
		stacks.kept[stacks.count++] = stack;
	else
		(void)munmap((uint8_t *)stack - PAGE_SIZE_MAX, STACK_SIZE + PAGE_SIZE_MAX);
}

int context_open(struct context *context, void (*run)(void))
{
	void *stack = stack_take();

	if (!stack)
		return -ENOMEM;
	*context = (struct context){ .stack = stack, .stack_size = STACK_SIZE };
	(void)getcontext(&context->machine);
	context->machine.uc_stack.ss_sp = stack;
	context->machine.uc_stack.ss_size = STACK_SIZE;
	context->machine.uc_link = NULL;
	makecontext(&context->machine, run, 0);
	if (__tsan_create_fiber)
		context->fiber = __tsan_create_fiber(0);
	return 0;
}

void context_close(struct context *context)
{
	if (!context->stack)
		return;
	if (__tsan_destroy_fiber)
		__tsan_destroy_fiber(context->fiber);
	stack_give(context->stack);
	context->stack = NULL;
}

/* The sanitizer tells the stack of the one that was left: that of the thread is not known
 * before. */
static void arrived(void *fake_stack)
{
	const void *stack = NULL;
	size_t size = 0;

	if (!__sanitizer_finish_switch_fiber)
		return;
	__sanitizer_finish_switch_fiber(fake_stack, &stack, &size);
	if (left && left->stack_size == 0) {
		left->machine.uc_stack.ss_sp = (void *)stack;
		left->stack_size = size;
	}
}

void context_entered(void)
{
	arrived(NULL);
}

static void go(struct context *from, struct context *to, bool returns)
{
	if (__sanitizer_start_switch_fiber)
		__sanitizer_start_switch_fiber(returns ? &from->fake_stack : NULL,
					       to->stack ? to->stack : to->machine.uc_stack.ss_sp,
					       to->stack_size);
	if (__tsan_switch_to_fiber)
		__tsan_switch_to_fiber(to->fiber, 0);
	left = from;
	(void)swapcontext(&from->machine, &to->machine);
	arrived(from->fake_stack);
}

void context_switch(struct context *from, struct context *to)
{
	go(from, to, true);
}

void context_leave(struct context *from, struct context *to)
{
	go(from, to, false);
}
