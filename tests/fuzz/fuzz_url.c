/* URLs, one a line: what is understood is written as it was meant, and read again as the same. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "net/address.h"
#include "net/url.h"

static void check_parts(const struct url *url)
{
	bool local = transports[url->transport].local;

	assert(url->transport < TRANSPORT_COUNT);
	assert(strlen(url->service) < URL_SERVICE_MAX && strlen(url->host) < URL_HOST_MAX);
	assert(strlen(url->port) < URL_PORT_MAX && strlen(url->path) < URL_PATH_MAX);
	assert(local ? url->path[0] != '\0' : url->port[0] != '\0');
	assert(local ? url->port[0] == '\0' && url->host[0] == '\0' : url->path[0] == '\0');
}

static void check_same(const struct url *url, const struct url *again)
{
	assert(url->transport == again->transport);
	assert(strcmp(url->service, again->service) == 0);
	assert(strcmp(url->host, again->host) == 0);
	assert(strcmp(url->port, again->port) == 0);
	assert(strcmp(url->path, again->path) == 0);
}

/* UNIX addresses are made of the URL alone: no name server is asked. What may not be shown is shown
 * as a question mark, and then it is no URL any more. */
static void check_address(const struct url *url)
{
	struct address_list list;
	struct url_text text;
	struct url bound;
	struct error error;

	if (!transports[url->transport].local)
		return;
	assert(address_resolve(url, ADDRESS_TO_LISTEN, &list, &error) == 0 && list.count == 1);
	text = url_format(url, &list.addresses[0].any, list.addresses[0].length);
	assert(strlen(text.text) < sizeof(text.text));
	if (strchr(text.text, '?'))
		return;
	assert(url_parse(text.text, NULL, &bound, &error) == 0);
	check_same(url, &bound);
}

static void check_url(const char *text, const char *default_port)
{
	struct url url = { .transport = TRANSPORT_COUNT }, again;
	struct error error = { "" };
	struct url_text written;

	if (url_parse(text, default_port, &url, &error) != 0) {
		fuzz_check_sentence(&error);
		assert(url.transport == TRANSPORT_COUNT);
		return;
	}
	check_parts(&url);
	written = url_format(&url, NULL, 0);
	assert(url_parse(written.text, NULL, &again, &error) == 0);
	check_same(&url, &again);
	assert(strcmp(url_format(&again, NULL, 0).text, written.text) == 0);
	check_address(&url);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = { data, size };

	while (input.left > 0) {
		char *text = fuzz_line(&input);

		check_url(text, NULL);
		check_url(text, "7777");
		free(text);
	}
	return 0;
}
