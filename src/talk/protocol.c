#include "protocol.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/unit.h"

#define NO_PORT "0"

static const struct protocol *const protocols[] = {
	&protocol_stamp, &protocol_ntp, &protocol_time, &protocol_sockperf, &protocol_irtt,
};

static const struct protocol *service_find(const char *service)
{
	for (size_t i = 0; i < ARRAY_SIZE(protocols); i++)
		if (strcmp(protocols[i]->service, service) == 0)
			return protocols[i];
	return NULL;
}

int protocol_find(const char *text, struct url *ret_url, const struct protocol **ret_protocol,
		  struct error *ret_error)
{
	const struct protocol *protocol;
	struct url url;
	int error = url_parse(text, NO_PORT, &url, ret_error);

	if (error)
		return error;
	protocol = service_find(url.service);
	if (!protocol)
		return error_set(ret_error, -EINVAL,
				 "'%s' has no service with a request of its own before it: stamp+, "
				 "ntp+, time+, sockperf+ or irtt+",
				 text);
	if (!(protocol->transports & 1u << url.transport))
		return error_set(ret_error, -EINVAL, "'%s': there is no %s over %s", text,
				 protocol->service, transports[url.transport].name);
	if (!transports[url.transport].local && strcmp(url.port, NO_PORT) == 0)
		(void)snprintf(url.port, sizeof(url.port), "%s", protocol->port);
	*ret_url = url;
	*ret_protocol = protocol;
	return 0;
}

int64_t wall_now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * (int64_t)NS_PER_S + now.tv_nsec;
}

void request_make(const struct protocol *protocol, struct request *ret_request)
{
	*ret_request = (struct request){ .sent_ns = wall_now_ns() };
	ret_request->length = protocol->make(ret_request->bytes, ret_request->sent_ns);
}

void fact_print(FILE *stream, const char *name, const char *format, ...)
{
	va_list list;

	(void)fprintf(stream, "  %-14s ", name);
	va_start(list, format);
	(void)vfprintf(stream, format, list);
	va_end(list);
	(void)fputc('\n', stream);
}

void fact_print_difference(FILE *stream, const char *name, int64_t ns)
{
	fact_print(stream, name, "%s", duration_text((double)ns).text);
}

void fact_print_time(FILE *stream, const char *name, int64_t wall_ns)
{
	int64_t ns = wall_ns % (int64_t)NS_PER_S;
	time_t seconds;
	struct tm broken;
	char text[32] = "-";

	if (ns < 0)
		ns += (int64_t)NS_PER_S;
	seconds = (time_t)((wall_ns - ns) / (int64_t)NS_PER_S);
	if (gmtime_r(&seconds, &broken))
		(void)strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &broken);
	fact_print(stream, name, "%s.%09lld UTC", text, (long long)ns);
}
