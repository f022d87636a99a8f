/* What of a server's answer reaches a terminal, and in which form. */
#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <stdio.h>
#include <string.h>

#include "talk/display.h"

static struct display display;

static void init(void)
{
	display = (struct display){ .guarded = true };
	cr_redirect_stdout();
}

TestSuite(display, .init = init);

static void show(const char *part)
{
	display_bytes(&display, (const uint8_t *)part, strlen(part));
}

static void assert_shown(const char *text)
{
	display_end(&display, false);
	(void)fclose(stdout);
	cr_assert_stdout_eq_str(text);
}

Test(display, letters_and_ends_of_lines_are_shown)
{
	show("a\tb \u00e9\u20ac\U0001f600\nc\r\nd");
	assert_shown("a\tb \u00e9\u20ac\U0001f600\nc\r\nd\n");
}

Test(display, what_came_in_parts_is_one_character)
{
	show("1\xe2");
	show("\x82");
	show("\xac"
	     "2\r");
	show("\n");
	assert_shown("1\u20ac2\r\n");
}

Test(display, control_characters_are_spelt_out)
{
	show("\033[31m\a\177\rover \302\23331m \23331m");
	assert_shown("\\x1b[31m\\x07\\x7f\\x0dover \\xc2\\x9b31m \\x9b31m\n");
}

Test(display, what_is_no_utf8_is_spelt_out)
{
	show("\351t\351 \342\202!\377");
	assert_shown("\\xe9t\\xe9 \\xe2\\x82!\\xff\n");
}

Test(display, half_a_character_is_spelt_out_at_the_end)
{
	show("a\xe2\x82");
	assert_shown("a\\xe2\\x82\n");
}

Test(display, what_is_not_a_terminal_gets_all_as_it_is)
{
	display.guarded = false;
	show("\033[31m\302\233\377");
	assert_shown("\033[31m\302\233\377\n");
}
