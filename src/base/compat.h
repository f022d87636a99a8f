/* What differs between processors; the only place with conditional compilation. */
#ifndef BASE_COMPAT_H
#define BASE_COMPAT_H

/* Tell the processor that this is a loop that waits. */
static inline void processor_pause(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

#endif
