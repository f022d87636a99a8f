#include "point.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <unistd.h>

#include <ini.h>
#include <jansson.h>
#include <liburing.h>
#include <microhttpd.h>
#include <seccomp.h>
#include <zlib.h>

extern const char __executable_start;

static atomic_uint_fast64_t count;
static uint64_t wanted;
static atomic_bool hit, ended;
static int log_fd = -1;

void point_arm(uint64_t number)
{
	wanted = number;
	atomic_store(&count, 0);
}

bool point_was_hit(void)
{
	return atomic_exchange(&hit, false);
}

/* How it is told must not depend on what fails: no stdio, no memory. */
static void tell(uint64_t number, const char *name, const char *place)
{
	char text[96];
	int length;

	if (log_fd < 0)
		return;
	length = snprintf(text, sizeof(text), "%llu %s %tx\n", (unsigned long long)number, name,
			  place - &__executable_start);
	if (write(log_fd, text, (size_t)length) != length)
		abort();
}

/* place: who calls. */
static bool fails(const char *name, const void *place)
{
	uint64_t number;

	if (atomic_load(&ended))
		return false;
	number = atomic_fetch_add(&count, 1) + 1;
	if (wanted > 0 && number != wanted)
		return false;
	tell(number, name, place);
	if (wanted > 0)
		atomic_store(&hit, true);
	return wanted > 0;
}

__attribute__((constructor)) static void begin(void)
{
	const char *number = getenv("RINGSIDE_TORTURE"), *path = getenv("RINGSIDE_TORTURE_LOG");

	if (path)
		log_fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	point_arm(number ? strtoull(number, NULL, 10) : 0);
}

/* Destructors run in the opposite order of their numbers: what gcov does in its own, when the
 * program is over, is none of ours. */
__attribute__((destructor)) static void end(void)
{
	atomic_store(&ended, true);
}

/* A call: what it returns, its name, parameters and arguments; and what a failure looks like. */
#define POINT(type, name, parameters, arguments, failure, error) \
	type __real_##name parameters;                           \
	type __wrap_##name parameters;                           \
	type __wrap_##name parameters                            \
	{                                                        \
		if (!fails(#name, __builtin_return_address(0)))  \
			return __real_##name arguments;          \
		errno = error;                                   \
		return failure;                                  \
	}

/* Memory. */
POINT(void *, malloc, (size_t size), (size), NULL, ENOMEM)
POINT(void *, calloc, (size_t number, size_t size), (number, size), NULL, ENOMEM)
POINT(void *, aligned_alloc, (size_t alignment, size_t size), (alignment, size), NULL, ENOMEM)
POINT(void *, realloc, (void *old, size_t size), (old, size), NULL, ENOMEM)
POINT(void *, reallocarray, (void *old, size_t number, size_t size), (old, number, size), NULL,
      ENOMEM)
POINT(char *, strdup, (const char *text), (text), NULL, ENOMEM)
POINT(char *, strndup, (const char *text, size_t size), (text, size), NULL, ENOMEM)
POINT(int, vasprintf, (char **text, const char *format, va_list list), (text, format, list), -1,
      ENOMEM)
POINT(FILE *, fmemopen, (void *memory, size_t size, const char *mode), (memory, size, mode), NULL,
      ENOMEM)
POINT(FILE *, open_memstream, (char **text, size_t *size), (text, size), NULL, ENOMEM)
POINT(void *, mmap64, (void *at, size_t size, int protection, int flags, int fd, off64_t offset),
      (at, size, protection, flags, fd, offset), MAP_FAILED, ENOMEM)

/* Documents. */
POINT(json_t *, json_object, (void), (), NULL, ENOMEM)
POINT(json_t *, json_array, (void), (), NULL, ENOMEM)
POINT(json_t *, json_string, (const char *text), (text), NULL, ENOMEM)
POINT(json_t *, json_integer, (json_int_t value), (value), NULL, ENOMEM)
POINT(json_t *, json_real, (double value), (value), NULL, ENOMEM)
POINT(json_t *, json_copy, (json_t * json), (json), NULL, ENOMEM)
POINT(json_t *, json_loads, (const char *text, size_t flags, json_error_t *error),
      (text, flags, error), NULL, ENOMEM)
POINT(json_t *, json_loadf, (FILE * file, size_t flags, json_error_t *error), (file, flags, error),
      NULL, ENOMEM)
POINT(int, json_dumpf, (const json_t *json, FILE *file, size_t flags), (json, file, flags), -1,
      ENOSPC)
POINT(char *, json_dumps, (const json_t *json, size_t flags), (json, flags), NULL, ENOMEM)
POINT(json_t *, json_loadb, (const char *text, size_t length, size_t flags, json_error_t *error),
      (text, length, flags, error), NULL, ENOMEM)
POINT(int, json_array_extend, (json_t * array, json_t *other), (array, other), -1, ENOMEM)
POINT(int, ini_parse_stream, (ini_reader reader, void *stream, ini_handler handler, void *user),
      (reader, stream, handler, user), -2, ENOMEM)
POINT(int, compress, (Bytef * into, uLongf *size, const Bytef *from, uLong length),
      (into, size, from, length), Z_MEM_ERROR, ENOMEM)
POINT(int, uncompress, (Bytef * into, uLongf *size, const Bytef *from, uLong length),
      (into, size, from, length), Z_MEM_ERROR, ENOMEM)

/* Descriptors. */
POINT(int, socket, (int domain, int type, int protocol), (domain, type, protocol), -1, EMFILE)
POINT(int, socketpair, (int domain, int type, int protocol, int fds[2]),
      (domain, type, protocol, fds), -1, EMFILE)
POINT(int, eventfd, (unsigned int value, int flags), (value, flags), -1, EMFILE)
POINT(int, signalfd, (int fd, const sigset_t *signals, int flags), (fd, signals, flags), -1, EMFILE)
POINT(int, epoll_create1, (int flags), (flags), -1, EMFILE)
POINT(int, pipe2, (int fds[2], int flags), (fds, flags), -1, EMFILE)
POINT(int, memfd_create, (const char *name, unsigned int flags), (name, flags), -1, EMFILE)
POINT(FILE *, fopen64, (const char *path, const char *mode), (path, mode), NULL, EACCES)
POINT(int, fflush, (FILE * file), (file), EOF, ENOSPC)
POINT(int, mkdir, (const char *path, mode_t mode), (path, mode), -1, EACCES)
POINT(DIR *, opendir, (const char *path), (path), NULL, EMFILE)
POINT(int, rename, (const char *from, const char *to), (from, to), -1, EACCES)
POINT(int, stat64, (const char *path, struct stat64 *status), (path, status), -1, EACCES)
POINT(int, lstat64, (const char *path, struct stat64 *status), (path, status), -1, EACCES)
POINT(int, fstat64, (int fd, struct stat64 *status), (fd, status), -1, EACCES)
POINT(char *, realpath, (const char *path, char *into), (path, into), NULL, ENOMEM)
POINT(int, scandir64,
      (const char *path, struct dirent64 ***list, int (*is_wanted)(const struct dirent64 *),
       int (*compare)(const struct dirent64 **, const struct dirent64 **)),
      (path, list, is_wanted, compare), -1, ENOMEM)

/* Rights. */
POINT(int, access, (const char *path, int mode), (path, mode), -1, EACCES)
POINT(int, faccessat, (int fd, const char *path, int mode, int flags), (fd, path, mode, flags), -1,
      EACCES)
POINT(int, chmod, (const char *path, mode_t mode), (path, mode), -1, EPERM)
POINT(int, fchmod, (int fd, mode_t mode), (fd, mode), -1, EPERM)
POINT(int, fchownat, (int fd, const char *path, uid_t uid, gid_t gid, int flags),
      (fd, path, uid, gid, flags), -1, EPERM)
POINT(int, setgroups, (size_t size, const gid_t *list), (size, list), -1, EPERM)
POINT(int, setresgid, (gid_t real, gid_t effective, gid_t saved), (real, effective, saved), -1,
      EAGAIN)
POINT(int, setresuid, (uid_t real, uid_t effective, uid_t saved), (real, effective, saved), -1,
      EAGAIN)
POINT(int, prctl, (int option, long a, long b, long c, long d), (option, a, b, c, d), -1, EPERM)
POINT(long, syscall, (long call, long a, long b, long c, long d, long e), (call, a, b, c, d, e), -1,
      ENOSYS)
POINT(scmp_filter_ctx, seccomp_init, (uint32_t action), (action), NULL, ENOMEM)
POINT(int, seccomp_attr_set, (scmp_filter_ctx filter, enum scmp_filter_attr name, uint32_t value),
      (filter, name, value), -ENOMEM, ENOMEM)
POINT(int, seccomp_rule_add_array,
      (scmp_filter_ctx filter, uint32_t action, int call, unsigned int tests,
       const struct scmp_arg_cmp *arguments),
      (filter, action, call, tests, arguments), -ENOMEM, ENOMEM)
POINT(int, seccomp_load, (const scmp_filter_ctx filter), (filter), -ENOMEM, ENOMEM)

/* Sockets. */
POINT(int, bind, (int fd, const struct sockaddr *name, socklen_t length), (fd, name, length), -1,
      ENOMEM)
POINT(int, listen, (int fd, int backlog), (fd, backlog), -1, EADDRINUSE)
POINT(int, setsockopt, (int fd, int level, int option, const void *value, socklen_t length),
      (fd, level, option, value, length), -1, ENOBUFS)
POINT(int, getsockopt, (int fd, int level, int option, void *value, socklen_t *length),
      (fd, level, option, value, length), -1, ENOBUFS)
POINT(int, getsockname, (int fd, struct sockaddr *name, socklen_t *length), (fd, name, length), -1,
      ENOBUFS)
POINT(int, connect, (int fd, const struct sockaddr *name, socklen_t length), (fd, name, length), -1,
      ENETUNREACH)
POINT(int, epoll_ctl, (int epoll, int operation, int fd, struct epoll_event *event),
      (epoll, operation, fd, event), -1, ENOMEM)
POINT(int, getaddrinfo,
      (const char *node, const char *service, const struct addrinfo *hints,
       struct addrinfo **result),
      (node, service, hints, result), EAI_MEMORY, ENOMEM)
POINT(int, getnameinfo,
      (const struct sockaddr *name, socklen_t length, char *node, socklen_t node_size,
       char *service, socklen_t service_size, int flags),
      (name, length, node, node_size, service, service_size, flags), EAI_MEMORY, ENOMEM)
POINT(int, getifaddrs, (struct ifaddrs * *interfaces), (interfaces), -1, ENOBUFS)

/* The process. */
POINT(int, getrlimit64, (__rlimit_resource_t resource, struct rlimit64 *limit), (resource, limit),
      -1, EPERM)
POINT(int, setrlimit64, (__rlimit_resource_t resource, const struct rlimit64 *limit),
      (resource, limit), -1, EPERM)
POINT(int, pthread_create,
      (pthread_t * thread, const pthread_attr_t *attributes, void *(*run)(void *), void *argument),
      (thread, attributes, run, argument), EAGAIN, EAGAIN)
POINT(int, sched_setaffinity, (pid_t process, size_t size, const cpu_set_t *cpus),
      (process, size, cpus), -1, EINVAL)
POINT(int, sched_getaffinity, (pid_t process, size_t size, cpu_set_t *cpus), (process, size, cpus),
      -1, EINVAL)
POINT(int, adjtimex, (struct timex * state), (state), -1, EPERM)
POINT(locale_t, newlocale, (int kinds, const char *name, locale_t base), (kinds, name, base), NULL,
      ENOMEM)
POINT(pid_t, fork, (void), (), -1, EAGAIN)
POINT(ssize_t, getrandom, (void *bytes, size_t length, unsigned flags), (bytes, length, flags), -1,
      ENOSYS)
POINT(int, pthread_barrier_init,
      (pthread_barrier_t * barrier, const pthread_barrierattr_t *attributes, unsigned number),
      (barrier, attributes, number), EAGAIN, EAGAIN)

/* The ring. */
POINT(int, io_uring_queue_init, (unsigned entries, struct io_uring *ring, unsigned flags),
      (entries, ring, flags), -ENOMEM, ENOMEM)
POINT(int, io_uring_queue_init_params,
      (unsigned entries, struct io_uring *ring, struct io_uring_params *params),
      (entries, ring, params), -ENOMEM, ENOMEM)
POINT(int, io_uring_setup, (unsigned entries, struct io_uring_params *params), (entries, params),
      -ENOMEM, ENOMEM)
POINT(int, io_uring_queue_mmap, (int fd, struct io_uring_params *params, struct io_uring *ring),
      (fd, params, ring), -ENOMEM, ENOMEM)
POINT(int, io_uring_register_restrictions,
      (struct io_uring * ring, struct io_uring_restriction *allowed, unsigned number),
      (ring, allowed, number), -ENOMEM, ENOMEM)
POINT(int, io_uring_enable_rings, (struct io_uring * ring), (ring), -EINVAL, EINVAL)
POINT(int, io_uring_register_ring_fd, (struct io_uring * ring), (ring), -EINVAL, EINVAL)
POINT(int, io_uring_register_files_sparse, (struct io_uring * ring, unsigned number),
      (ring, number), -ENOMEM, ENOMEM)
POINT(int, io_uring_register_napi, (struct io_uring * ring, struct io_uring_napi *napi),
      (ring, napi), -EINVAL, EINVAL)
POINT(int, io_uring_register_buf_ring,
      (struct io_uring * ring, struct io_uring_buf_reg *registration, unsigned flags),
      (ring, registration, flags), -ENOMEM, ENOMEM)

/*
 * Calls whose failure is more than a value.
 */

/* The file is gone all the same. */
int __real_fclose(FILE *file);
int __wrap_fclose(FILE *file);
int __wrap_fclose(FILE *file)
{
	bool lost = fails("fclose", __builtin_return_address(0));
	int result = __real_fclose(file);

	if (!lost)
		return result;
	errno = ENOSPC;
	return EOF;
}

int __wrap_asprintf(char **text, const char *format, ...);
int __wrap_asprintf(char **text, const char *format, ...)
{
	va_list list;
	int length;

	if (fails("asprintf", __builtin_return_address(0))) {
		errno = ENOMEM;
		return -1;
	}
	va_start(list, format);
	length = __real_vasprintf(text, format, list);
	va_end(list);
	return length;
}

json_t *__wrap_json_sprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));
json_t *__wrap_json_sprintf(const char *format, ...)
{
	va_list list;
	json_t *json;

	if (fails("json_sprintf", __builtin_return_address(0)))
		return NULL;
	va_start(list, format);
	json = json_vsprintf(format, list);
	va_end(list);
	return json;
}

/* None of the formats here takes a value over. */
json_t *__wrap_json_pack(const char *format, ...);
json_t *__wrap_json_pack(const char *format, ...)
{
	va_list list;
	json_t *json;

	if (fails("json_pack", __builtin_return_address(0)))
		return NULL;
	va_start(list, format);
	json = json_vpack_ex(NULL, 0, format, list);
	va_end(list);
	return json;
}

int __real_open64(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...)
{
	va_list list;
	mode_t mode = 0;

	if (fails("open64", __builtin_return_address(0))) {
		errno = EMFILE;
		return -1;
	}
	va_start(list, flags);
	if (flags & O_CREAT)
		mode = va_arg(list, mode_t);
	va_end(list);
	return __real_open64(path, flags, mode);
}

/* Those with an argument take a number, or a pointer that is as wide. */
int __real_fcntl64(int fd, int command, ...);
int __wrap_fcntl64(int fd, int command, ...);
int __wrap_fcntl64(int fd, int command, ...)
{
	va_list list;
	long argument;

	if (fails("fcntl64", __builtin_return_address(0))) {
		errno = EMFILE;
		return -1;
	}
	va_start(list, command);
	argument = va_arg(list, long);
	va_end(list);
	return __real_fcntl64(fd, command, argument);
}

int __real_ioctl(int fd, unsigned long request, ...);
int __wrap_ioctl(int fd, unsigned long request, ...);
int __wrap_ioctl(int fd, unsigned long request, ...)
{
	va_list list;
	void *argument;

	if (fails("ioctl", __builtin_return_address(0))) {
		errno = ENOTTY;
		return -1;
	}
	va_start(list, request);
	argument = va_arg(list, void *);
	va_end(list);
	return __real_ioctl(fd, request, argument);
}

struct MHD_Daemon *__wrap_MHD_start_daemon(unsigned flags, uint16_t port,
					   MHD_AcceptPolicyCallback accepts, void *accepts_with,
					   MHD_AccessHandlerCallback answers, void *answers_with,
					   ...);
struct MHD_Daemon *__wrap_MHD_start_daemon(unsigned flags, uint16_t port,
					   MHD_AcceptPolicyCallback accepts, void *accepts_with,
					   MHD_AccessHandlerCallback answers, void *answers_with,
					   ...)
{
	struct MHD_Daemon *daemon;
	va_list list;

	if (fails("MHD_start_daemon", __builtin_return_address(0))) {
		errno = ENOMEM;
		return NULL;
	}
	va_start(list, answers_with);
	daemon = MHD_start_daemon_va(flags, port, accepts, accepts_with, answers, answers_with,
				     list);
	va_end(list);
	return daemon;
}

/* They own the value, kept or not. */
#define POINT_KEEP(name, parameters, arguments, value)          \
	int __real_##name parameters;                           \
	int __wrap_##name parameters;                           \
	int __wrap_##name parameters                            \
	{                                                       \
		if (!fails(#name, __builtin_return_address(0))) \
			return __real_##name arguments;         \
		json_decref(value);                             \
		return -1;                                      \
	}

POINT_KEEP(json_object_set_new, (json_t * object, const char *key, json_t *value),
	   (object, key, value), value)
POINT_KEEP(json_object_set_new_nocheck, (json_t * object, const char *key, json_t *value),
	   (object, key, value), value)
POINT_KEEP(json_array_append_new, (json_t * array, json_t *value), (array, value), value)
POINT_KEEP(json_array_set_new, (json_t * array, size_t index, json_t *value), (array, index, value),
	   value)

struct io_uring_buf_ring *__real_io_uring_setup_buf_ring(struct io_uring *ring, unsigned entries,
							 int group, unsigned flags, int *ret_error);
struct io_uring_buf_ring *__wrap_io_uring_setup_buf_ring(struct io_uring *ring, unsigned entries,
							 int group, unsigned flags, int *ret_error);
struct io_uring_buf_ring *__wrap_io_uring_setup_buf_ring(struct io_uring *ring, unsigned entries,
							 int group, unsigned flags, int *ret_error)
{
	if (!fails("io_uring_setup_buf_ring", __builtin_return_address(0)))
		return __real_io_uring_setup_buf_ring(ring, entries, group, flags, ret_error);
	*ret_error = -ENOMEM;
	return NULL;
}
