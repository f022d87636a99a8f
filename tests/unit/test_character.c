/* What of a stranger's bytes may be shown at a terminal. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/character.h"

static size_t shown(const char *bytes)
{
	return character_shown((const uint8_t *)bytes, strlen(bytes));
}

Test(character, is_as_long_as_its_first_byte_says)
{
	cr_assert_eq(shown("a"), 1);
	cr_assert_eq(shown("~b"), 1);
	cr_assert_eq(shown("\u00a0"), 2);
	cr_assert_eq(shown("\u00e9x"), 2);
	cr_assert_eq(shown("\u0800"), 3);
	cr_assert_eq(shown("\u20ac"), 3);
	cr_assert_eq(shown("\uffff"), 3);
	cr_assert_eq(shown("\U00010000"), 4);
	cr_assert_eq(shown("\U0010ffff"), 4);
}

Test(character, of_control_is_not_shown)
{
	for (unsigned byte = 0; byte < ' '; byte++)
		cr_assert_eq(character_shown(&(uint8_t){ (uint8_t)byte }, 1), 0);
	cr_assert_eq(shown("\x7f"), 0);
	for (unsigned byte = 0x80; byte < 0xa0; byte++)
		cr_assert_eq(character_shown((uint8_t[]){ 0xc2, (uint8_t)byte }, 2), 0);
}

Test(character, written_wrongly_is_not_shown)
{
	static const char *const wrong[] = {
		"",
		"\x80",
		"\x9b",
		"\xbf",
		"\xc2",
		"\302A",
		"\xc1\x81",
		"\xc0\x80",
		"\xe0\x80\x9b",
		"\xe2\x82",
		"\342\202A",
		"\xed\xa0\x80",
		"\xf0\x8f\xbf\xbf",
		"\xf4\x90\x80\x80",
		"\xf5\x80\x80\x80",
		"\xff",
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		cr_assert_eq(shown(wrong[i]), 0, "%zu", i);
}
