/* What the help of ringside serve says of the engine is what the engine does. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "serve/options.h"

static const char *help_of(const char *name)
{
	for (const struct option_row *row = serve_option_table.rows; row->name; row++)
		if (strcmp(row->name, name) == 0)
			return row->help;
	cr_assert_fail("there is no option --%s", name);
	return "";
}

static void check_auto(const char *name, uint32_t first, uint32_t second)
{
	char text[64];

	if (second)
		(void)snprintf(text, sizeof(text), "auto: %u, and %u", first, second);
	else
		(void)snprintf(text, sizeof(text), "auto: %u", first);
	cr_assert_not_null(strstr(help_of(name), text), "--%s: '%s' does not say '%s'", name,
			   help_of(name), text);
}

Test(serve_options, help_tells_what_auto_is)
{
	struct engine_config config;

	engine_config_init(&config);
	check_auto("connections", config.connection_max, 0);
	check_auto("buffer-size", config.buffer_size, 0);
	check_auto("buffers", config.buffer_count, config.datagram_count);
	check_auto("zero-copy-min", config.zero_copy_min, 0);
}
