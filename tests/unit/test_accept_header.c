/* Which format of metrics a client wants. */
#include <criterion/criterion.h>
#include <stddef.h>

#include "base/array.h"
#include "serve/accept_header.h"

Test(accept_header, openmetrics_is_for_those_who_ask_for_it)
{
	static const char *const wanting[] = {
		"application/openmetrics-text",
		"application/openmetrics-text; version=1.0.0; charset=utf-8",
		"APPLICATION/OpenMetrics-Text;version=0.0.1",
		"text/plain;q=0.5,application/openmetrics-text;q=0.5",
		"text/html, text/plain;version=0.0.4;q=0.3 , application/openmetrics-text ;q=0.75",
		/* Prometheus 2.42 */
		("application/openmetrics-text;version=1.0.0,application/openmetrics-text;"
		 "version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"),
		",,, application/openmetrics-text",
		"application/openmetrics-text;q=1.000",
		"application/openmetrics-text;q=0.001",
	};

	for (size_t i = 0; i < ARRAY_SIZE(wanting); i++)
		cr_assert(accept_openmetrics(wanting[i]), "%s", wanting[i]);
}

Test(accept_header, everybody_else_gets_plain_text)
{
	static const char *const others[] = {
		NULL,
		"",
		"*/*",
		"text/plain",
		"text/plain, application/openmetrics-text;q=0.9",
		"application/openmetrics-text;q=0",
		"application/openmetrics-text;q=0.000",
		"application/openmetrics-text;q=much",
		"application/openmetrics-text;q=",
		"application/openmetrics-text;q=-1",
		"application/openmetrics",
		"application/openmetrics-text2",
		"x-application/openmetrics-text",
		";;;,;q=1;,=",
		"q=1",
	};

	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		cr_assert_not(accept_openmetrics(others[i]), "%s", others[i] ? others[i] : "NULL");
}
