/* Does what a server of characters has sent go on as it began, from whichever line that was? */
#include <criterion/criterion.h>
#include <string.h>

#include "load/chargen.h"

static struct chargen *chargen;

static void open_chargen(void)
{
	cr_assert_eq(chargen_open(&chargen), 0);
}

static void close_chargen(void)
{
	chargen_close(chargen);
}

TestSuite(load_chargen, .init = open_chargen, .fini = close_chargen);

/* The first two lines of RFC 864's example. */
static const uint8_t lines[] =
	" !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefg\r\n"
	"!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefgh\r\n";

enum { LENGTH = sizeof(lines) - 1, LINE = LENGTH / 2 };

Test(load_chargen, the_example_of_the_standard_is_right_whole_and_in_parts)
{
	cr_assert(chargen_check(chargen, ' ', 0, lines, LENGTH));
	for (uint32_t part = 1; part < LENGTH; part++) {
		cr_assert(chargen_check(chargen, ' ', 0, lines, part));
		cr_assert(chargen_check(chargen, ' ', part, lines + part, LENGTH - part));
	}
}

Test(load_chargen, it_may_begin_with_any_line_and_the_first_follows_the_last)
{
	static const uint8_t after_last[] = "~ !\"";

	cr_assert(chargen_check(chargen, '!', 0, lines + LINE, LINE));
	cr_assert(chargen_check(chargen, '~', 0, after_last, 4));
	cr_assert(chargen_check(chargen, '~', LINE, lines, LENGTH));
}

Test(load_chargen, a_byte_that_does_not_belong_there_is_seen_wherever_it_is)
{
	uint8_t wrong[LENGTH];

	for (uint32_t i = 0; i < LENGTH; i++) {
		memcpy(wrong, lines, LENGTH);
		wrong[i] ^= 1;
		cr_assert_not(chargen_check(chargen, ' ', 0, wrong, LENGTH), "byte %u", i);
	}
	cr_assert_not(chargen_check(chargen, ' ', 1, lines, LENGTH));
}

Test(load_chargen, no_line_begins_with_what_is_not_printed)
{
	static const uint8_t firsts[] = { 0, '\n', '\r', ' ' - 1, '~' + 1, 255 };

	for (size_t i = 0; i < sizeof(firsts); i++)
		cr_assert_not(chargen_check(chargen, firsts[i], 0, &firsts[i], 1), "%u", firsts[i]);
}
