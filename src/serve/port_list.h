/* Ports and ranges of them, as --refuse-ports has them. */
#ifndef SERVE_PORT_LIST_H
#define SERVE_PORT_LIST_H

#include <stdint.h>

#include <jansson.h>

#include "base/error.h"

#define PORT_RANGE_MAX 256

struct port_list {
	uint32_t count;
	struct port_range {
		uint16_t first, last;
	} items[PORT_RANGE_MAX];
};

/* Add "PORT[-PORT][,...]" to a list: the parse function of an option row. Errors: EINVAL with a
 * sentence. */
int port_list_parse(const char *text, void *ret_list, struct error *ret_error);

/* An array of objects: first and last. NULL: no memory. */
json_t *port_list_to_json(const void *list);

#endif
