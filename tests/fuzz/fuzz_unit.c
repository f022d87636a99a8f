/* Numbers with units, eight bytes of one and then one a line: what is written exactly is read again
 * as the same, and what is written for tables fits and has no surprises. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/unit.h"
#include "fuzz.h"

static const struct number {
	int (*parse)(const char *text, uint64_t *ret_value);
	struct unit_text (*exact)(uint64_t value);
	struct unit_text (*text)(double value);
} numbers[] = {
	{ count_parse, count_exact, count_text },
	{ size_parse, size_exact, size_text },
	{ duration_parse, duration_exact, duration_text },
};

static void check_written(const struct number *number, uint64_t value)
{
	struct unit_text exact = number->exact(value), shown = number->text((double)value);
	uint64_t again;

	assert(number->parse(exact.text, &again) == 0 && again == value);
	assert(strlen(exact.text) + 1 < sizeof(exact.text));
	assert(strlen(shown.text) + 1 < sizeof(shown.text) && shown.text[0] != '-');
}

static void check_number(const struct number *number, const char *text)
{
	uint64_t value = 42;
	int error = number->parse(text, &value);

	assert(error == 0 || error == -EINVAL || error == -ERANGE);
	if (error)
		assert(value == 42);
	else
		check_written(number, value);
}

static void check_real(const char *text)
{
	double value = 42;
	int error = real_parse(text, &value);

	assert(error == 0 || error == -EINVAL || error == -ERANGE);
	if (error)
		assert(value == 42);
	else
		assert(isfinite(value) && value >= 0);
}

/* Any number, not only those that somebody would write. */
static void check_bits(uint64_t bits)
{
	double real;

	memcpy(&real, &bits, sizeof(real));
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		check_written(&numbers[i], bits);
		assert(strlen(numbers[i].text(real).text) < sizeof(struct unit_text));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = { data, size };

	check_bits(fuzz_number64(&input));
	while (input.left > 0) {
		char *text = fuzz_line(&input);

		for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
			check_number(&numbers[i], text);
		check_real(text);
		free(text);
	}
	return 0;
}
