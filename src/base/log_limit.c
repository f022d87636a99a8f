#include "base/log_limit.h"

#include <pthread.h>
#include <stddef.h>
#include <stdio.h>

#include "base/array.h"
#include "base/clock.h"

/* More than a command has; what finds no place is printed. */
#define KIND_MAX 64

struct kind {
	const char *name;  /* NULL: free */
	uint64_t began_ns; /* the second that is counted */
	uint32_t count;
	struct log_suppressed suppressed;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER; /* over all that follows */
static uint32_t limit_per_s;
static struct kind kinds[KIND_MAX];

void log_limit_start(uint32_t lines_per_s)
{
	(void)pthread_mutex_lock(&mutex);
	limit_per_s = lines_per_s;
	(void)pthread_mutex_unlock(&mutex);
}

static struct kind *kind_of(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (!kinds[i].name)
			kinds[i].name = name;
		if (kinds[i].name == name)
			return &kinds[i];
	}
	return NULL;
}

static void take(struct kind *kind, struct log_suppressed *ret_suppressed)
{
	*ret_suppressed = kind->suppressed;
	kind->suppressed.count = 0;
}

static bool admits(struct kind *kind, const char *line, struct log_suppressed *ret_suppressed)
{
	uint64_t now_ns = clock_now_ns();

	if (now_ns - kind->began_ns >= NS_PER_S) {
		kind->began_ns = now_ns;
		kind->count = 0;
	}
	if (kind->count < limit_per_s) {
		kind->count++;
		take(kind, ret_suppressed);
		return true;
	}
	kind->suppressed.count++;
	(void)snprintf(kind->suppressed.last, sizeof(kind->suppressed.last), "%.*s",
		       (int)sizeof(kind->suppressed.last) - 1, line);
	return false;
}

bool log_limit_admits(const char *kind, const char *line, struct log_suppressed *ret_suppressed)
{
	struct kind *known;
	bool result = true;

	ret_suppressed->count = 0;
	(void)pthread_mutex_lock(&mutex);
	known = limit_per_s > 0 ? kind_of(kind) : NULL;
	if (known)
		result = admits(known, line, ret_suppressed);
	(void)pthread_mutex_unlock(&mutex);
	return result;
}

bool log_limit_take(struct log_suppressed *ret_suppressed)
{
	ret_suppressed->count = 0;
	(void)pthread_mutex_lock(&mutex);
	for (size_t i = 0; i < ARRAY_SIZE(kinds) && ret_suppressed->count == 0; i++)
		take(&kinds[i], ret_suppressed);
	(void)pthread_mutex_unlock(&mutex);
	return ret_suppressed->count > 0;
}
