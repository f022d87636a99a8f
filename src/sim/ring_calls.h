/*
 * liburing's functions as the linker names them with --wrap: ours, and its own. src/sim/meson.build
 * lists them.
 */
#ifndef SIM_RING_CALLS_H
#define SIM_RING_CALLS_H

#include <signal.h>
#include <stdbool.h>

#include <liburing.h>

int __wrap_io_uring_setup(unsigned entries, struct io_uring_params *params);
int __real_io_uring_setup(unsigned entries, struct io_uring_params *params);
int __wrap_io_uring_queue_mmap(int fd, struct io_uring_params *params, struct io_uring *ring);
int __real_io_uring_queue_mmap(int fd, struct io_uring_params *params, struct io_uring *ring);
int __wrap_io_uring_queue_init_params(unsigned entries, struct io_uring *ring,
				      struct io_uring_params *params);
int __real_io_uring_queue_init_params(unsigned entries, struct io_uring *ring,
				      struct io_uring_params *params);
int __wrap_io_uring_queue_init(unsigned entries, struct io_uring *ring, unsigned flags);
int __real_io_uring_queue_init(unsigned entries, struct io_uring *ring, unsigned flags);
void __wrap_io_uring_queue_exit(struct io_uring *ring);
void __real_io_uring_queue_exit(struct io_uring *ring);
int __wrap___io_uring_get_cqe(struct io_uring *ring, struct io_uring_cqe **ret_cqe,
			      unsigned submit_count, unsigned wait_count, sigset_t *mask);
int __real___io_uring_get_cqe(struct io_uring *ring, struct io_uring_cqe **ret_cqe,
			      unsigned submit_count, unsigned wait_count, sigset_t *mask);
int __wrap_io_uring_wait_cqe_timeout(struct io_uring *ring, struct io_uring_cqe **ret_cqe,
				     struct __kernel_timespec *limit);
int __real_io_uring_wait_cqe_timeout(struct io_uring *ring, struct io_uring_cqe **ret_cqe,
				     struct __kernel_timespec *limit);
int __wrap_io_uring_submit_and_wait_timeout(struct io_uring *ring, struct io_uring_cqe **ret_cqe,
					    unsigned wait_count, struct __kernel_timespec *limit,
					    sigset_t *mask);
int __real_io_uring_submit_and_wait_timeout(struct io_uring *ring, struct io_uring_cqe **ret_cqe,
					    unsigned wait_count, struct __kernel_timespec *limit,
					    sigset_t *mask);
int __wrap_io_uring_submit_and_wait_min_timeout(struct io_uring *ring,
						struct io_uring_cqe **ret_cqe, unsigned wait_count,
						struct __kernel_timespec *limit, unsigned least_us,
						sigset_t *mask);
int __real_io_uring_submit_and_wait_min_timeout(struct io_uring *ring,
						struct io_uring_cqe **ret_cqe, unsigned wait_count,
						struct __kernel_timespec *limit, unsigned least_us,
						sigset_t *mask);
int __wrap_io_uring_submit(struct io_uring *ring);
int __real_io_uring_submit(struct io_uring *ring);
int __wrap_io_uring_submit_and_wait(struct io_uring *ring, unsigned wait_count);
int __real_io_uring_submit_and_wait(struct io_uring *ring, unsigned wait_count);
int __wrap_io_uring_submit_and_get_events(struct io_uring *ring);
int __real_io_uring_submit_and_get_events(struct io_uring *ring);
int __wrap_io_uring_get_events(struct io_uring *ring);
int __real_io_uring_get_events(struct io_uring *ring);
int __wrap_io_uring_register_ring_fd(struct io_uring *ring);
int __real_io_uring_register_ring_fd(struct io_uring *ring);
int __wrap_io_uring_unregister_ring_fd(struct io_uring *ring);
int __real_io_uring_unregister_ring_fd(struct io_uring *ring);
int __wrap_io_uring_register_files_sparse(struct io_uring *ring, unsigned count);
int __real_io_uring_register_files_sparse(struct io_uring *ring, unsigned count);
int __wrap_io_uring_register_napi(struct io_uring *ring, struct io_uring_napi *napi);
int __real_io_uring_register_napi(struct io_uring *ring, struct io_uring_napi *napi);
int __wrap_io_uring_register_probe(struct io_uring *ring, struct io_uring_probe *probe,
				   unsigned count);
int __real_io_uring_register_probe(struct io_uring *ring, struct io_uring_probe *probe,
				   unsigned count);
int __wrap_io_uring_register_sync_cancel(struct io_uring *ring,
					 struct io_uring_sync_cancel_reg *cancel);
int __real_io_uring_register_sync_cancel(struct io_uring *ring,
					 struct io_uring_sync_cancel_reg *cancel);
int __wrap_io_uring_register_restrictions(struct io_uring *ring, struct io_uring_restriction *rules,
					  unsigned count);
int __real_io_uring_register_restrictions(struct io_uring *ring, struct io_uring_restriction *rules,
					  unsigned count);
int __wrap_io_uring_enable_rings(struct io_uring *ring);
int __real_io_uring_enable_rings(struct io_uring *ring);
int __wrap_io_uring_register_buf_ring(struct io_uring *ring, struct io_uring_buf_reg *registration,
				      unsigned flags);
int __real_io_uring_register_buf_ring(struct io_uring *ring, struct io_uring_buf_reg *registration,
				      unsigned flags);
int __wrap_io_uring_unregister_buf_ring(struct io_uring *ring, int group);
int __real_io_uring_unregister_buf_ring(struct io_uring *ring, int group);
int __wrap_io_uring_buf_ring_head(struct io_uring *ring, int group, uint16_t *ret_head);
int __real_io_uring_buf_ring_head(struct io_uring *ring, int group, uint16_t *ret_head);
struct io_uring_buf_ring *__wrap_io_uring_setup_buf_ring(struct io_uring *ring, unsigned entries,
							 int group, unsigned flags, int *ret_error);
struct io_uring_buf_ring *__real_io_uring_setup_buf_ring(struct io_uring *ring, unsigned entries,
							 int group, unsigned flags, int *ret_error);
int __wrap_io_uring_free_buf_ring(struct io_uring *ring, struct io_uring_buf_ring *buffers,
				  unsigned entries, int group);
int __real_io_uring_free_buf_ring(struct io_uring *ring, struct io_uring_buf_ring *buffers,
				  unsigned entries, int group);

bool __wrap_attempt_end_lost(void);
bool __real_attempt_end_lost(void);

#endif
