/* Hexadecimal bytes of ringside talk --hex. */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "talk/hex.h"

static uint8_t bytes[64];
static size_t count, wrong;

static int parse(const char *text)
{
	return hex_parse(text, strlen(text), bytes, &count, &wrong);
}

Test(hex, pairs_of_digits_are_bytes)
{
	cr_assert_eq(parse("48656c"), 0);
	cr_assert_eq(count, 3);
	cr_assert_arr_eq(bytes, "Hel", 3);
	cr_assert_eq(parse("fF 0a"), 0);
	cr_assert_eq(count, 2);
	cr_assert_arr_eq(bytes, "\xff\x0a", 2);
}

Test(hex, spaces_may_stand_anywhere_between_bytes)
{
	cr_assert_eq(parse("  48  65\t6c "), 0);
	cr_assert_eq(count, 3);
}

Test(hex, nothing_is_no_byte)
{
	cr_assert_eq(parse(""), 0);
	cr_assert_eq(count, 0);
	cr_assert_eq(parse("   "), 0);
	cr_assert_eq(count, 0);
}

Test(hex, first_wrong_character_is_told)
{
	cr_assert_eq(parse("48 6g"), -EINVAL);
	cr_assert_eq(wrong, 4);
	cr_assert_eq(parse("x"), -EINVAL);
	cr_assert_eq(wrong, 0);
	cr_assert_eq(parse("48 4 8"), -EINVAL, "a byte is not divided");
	cr_assert_eq(wrong, 4);
	cr_assert_eq(parse("486"), -EINVAL, "a digit is missing");
	cr_assert_eq(wrong, 3);
}

Test(hex, text_may_become_bytes_in_place)
{
	char text[] = "48656c6c6f";

	cr_assert_eq(hex_parse(text, strlen(text), (uint8_t *)text, &count, &wrong), 0);
	cr_assert_eq(count, 5);
	cr_assert_arr_eq(text, "Hello", 5);
}
