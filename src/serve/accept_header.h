/* Which format of metrics an HTTP client wants. */
#ifndef SERVE_ACCEPT_HEADER_H
#define SERVE_ACCEPT_HEADER_H

#include <stdbool.h>

/*
 * Does the value of an Accept header (NULL: there is none) ask for OpenMetrics, at least as much as
 * for plain text? What cannot be read counts as not said.
 */
bool accept_openmetrics(const char *value);

#endif
