#include "find/target.h"

#include <stddef.h>

#include "net/url.h"

int target_check(const char *url, struct error *ret_error)
{
	struct url parsed;

	return url_parse(url, NULL, &parsed, ret_error);
}

const char *target_transport(const char *url)
{
	struct url parsed;

	return url_parse(url, NULL, &parsed, NULL) < 0 ? "" : transports[parsed.transport].name;
}
