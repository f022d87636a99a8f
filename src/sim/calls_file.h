/* What calls_file.c takes the place of. */
#ifndef SIM_CALLS_FILE_H
#define SIM_CALLS_FILE_H

#include <signal.h>
#include <stddef.h>
#include <sys/eventfd.h>
#include <sys/types.h>

ssize_t __real_read(int descriptor, void *bytes, size_t length);
ssize_t __wrap_read(int descriptor, void *bytes, size_t length);
ssize_t __real_write(int descriptor, const void *bytes, size_t length);
ssize_t __wrap_write(int descriptor, const void *bytes, size_t length);
int __real_close(int descriptor);
int __wrap_close(int descriptor);
int __real_fcntl64(int descriptor, int command, ...);
int __wrap_fcntl64(int descriptor, int command, ...);
int __wrap_fcntl(int descriptor, int command, ...);
int __real_ioctl(int descriptor, unsigned long request, ...);
int __wrap_ioctl(int descriptor, unsigned long request, ...);
int __real_eventfd(unsigned int value, int flags);
int __wrap_eventfd(unsigned int value, int flags);
int __real_eventfd_read(int descriptor, eventfd_t *ret_value);
int __wrap_eventfd_read(int descriptor, eventfd_t *ret_value);
int __real_eventfd_write(int descriptor, eventfd_t value);
int __wrap_eventfd_write(int descriptor, eventfd_t value);
int __real_signalfd(int descriptor, const sigset_t *mask, int flags);
int __wrap_signalfd(int descriptor, const sigset_t *mask, int flags);

#endif
