#include "base/unit.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"

/* Nobody writes more decimals, and 10^12 is far below 2^64. */
#define FRACTION_DIGITS_MAX 12

struct unit {
	const char *name;
	uint64_t factor;
};

#define KI (1ull << 10)
#define MI (1ull << 20)
#define GI (1ull << 30)
#define TI (1ull << 40)
#define K 1000ull
#define M 1000000ull
#define G 1000000000ull
#define T 1000000000000ull

static const struct unit count_units[] = {
	{ "", 1 }, { "k", K }, { "K", K }, { "M", M }, { "G", G }, { "T", T }, { NULL, 0 },
};

static const struct unit size_units[] = {
	{ "", 1 },    { "B", 1 },    { "Ki", KI }, { "KiB", KI }, { "Mi", MI }, { "MiB", MI },
	{ "Gi", GI }, { "GiB", GI }, { "Ti", TI }, { "TiB", TI }, { "k", K },	{ "kB", K },
	{ "K", K },   { "KB", K },   { "M", M },   { "MB", M },	  { "G", G },	{ "GB", G },
	{ "T", T },   { "TB", T },   { NULL, 0 },
};

static const struct unit duration_units[] = {
	{ "", NS_PER_S },
	{ "s", NS_PER_S },
	{ "ms", NS_PER_MS },
	{ "us", NS_PER_US },
	{ "ns", 1 },
	{ "m", 60 * NS_PER_S },
	{ "h", 3600 * NS_PER_S },
	{ "d", 86400 * NS_PER_S },
	{ NULL, 0 },
};

/* What is exact is written in the first unit that leaves a whole number. */
static const struct unit count_units_exact[] = {
	{ "T", T }, { "G", G }, { "M", M }, { "k", K }, { "", 1 },
};
static const struct unit size_units_exact[] = {
	{ "Ti", TI }, { "Gi", GI }, { "Mi", MI }, { "Ki", KI }, { "T", T },
	{ "G", G },   { "M", M },   { "k", K },	  { "", 1 },
};
static const struct unit duration_units_exact[] = {
	{ "d", 86400 * NS_PER_S },
	{ "h", 3600 * NS_PER_S },
	{ "m", 60 * NS_PER_S },
	{ "s", NS_PER_S },
	{ "ms", NS_PER_MS },
	{ "us", NS_PER_US },
	{ "ns", 1 },
};

/* What is read is written in the first unit in which it stays below 1000. */
static const struct unit count_units_text[] = {
	{ "", 1 }, { "k", K }, { "M", M }, { "G", G }, { "T", T }, { NULL, 0 },
};
static const struct unit size_units_text[] = {
	{ " B", 1 }, { " KiB", KI }, { " MiB", MI }, { " GiB", GI }, { " TiB", TI }, { NULL, 0 },
};
static const struct unit duration_units_text[] = {
	{ " ns", 1 }, { " us", NS_PER_US }, { " ms", NS_PER_MS }, { " s", NS_PER_S }, { NULL, 0 },
};

/* A decimal number: whole + fraction / divisor. */
struct decimal {
	uint64_t whole;
	uint64_t fraction;
	uint64_t divisor; /* a power of 10 */
};

static int whole_parse(const char **text, struct decimal *decimal)
{
	const char *start = *text;

	for (; isdigit((unsigned char)**text); (*text)++)
		if (__builtin_mul_overflow(decimal->whole, 10, &decimal->whole) ||
		    __builtin_add_overflow(decimal->whole, **text - '0', &decimal->whole))
			return -ERANGE;
	return *text == start ? -EINVAL : 0;
}

static int fraction_parse(const char **text, struct decimal *decimal)
{
	const char *start = *text;

	for (; isdigit((unsigned char)**text); (*text)++) {
		if (*text - start >= FRACTION_DIGITS_MAX)
			return -EINVAL;
		decimal->fraction = decimal->fraction * 10 + (unsigned)(**text - '0');
		decimal->divisor *= 10;
	}
	return *text == start ? -EINVAL : 0;
}

static int decimal_parse(const char **text, struct decimal *ret_decimal)
{
	int error;

	*ret_decimal = (struct decimal){ .divisor = 1 };
	error = whole_parse(text, ret_decimal);
	if (error || **text != '.')
		return error;
	(*text)++;
	return fraction_parse(text, ret_decimal);
}

static const struct unit *unit_find(const struct unit *units, const char *name)
{
	for (; units->name; units++)
		if (strcmp(units->name, name) == 0)
			return units;
	return NULL;
}

static uint64_t common_divisor(uint64_t a, uint64_t b)
{
	while (b) {
		uint64_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

/* What the fraction is in base units, of which it is fewer than a unit. Errors: EINVAL (not a whole
 * number of them). */
static int fraction_scale(const struct decimal *decimal, uint64_t factor, uint64_t *ret_value)
{
	uint64_t common = common_divisor(factor, decimal->divisor);
	uint64_t step = decimal->divisor / common;

	assert(step > 0);
	if (decimal->fraction % step)
		return -EINVAL;
	*ret_value = decimal->fraction / step * (factor / common);
	return 0;
}

static int number_parse(const char *text, const struct unit *units, uint64_t *ret_value)
{
	const struct unit *unit;
	uint64_t value, more;
	struct decimal decimal;
	int error = decimal_parse(&text, &decimal);

	if (error)
		return error;
	unit = unit_find(units, text);
	if (!unit)
		return -EINVAL;
	if (__builtin_mul_overflow(decimal.whole, unit->factor, &value))
		return -ERANGE;
	error = fraction_scale(&decimal, unit->factor, &more);
	if (error)
		return error;
	if (__builtin_add_overflow(value, more, &value))
		return -ERANGE;
	*ret_value = value;
	return 0;
}

int count_parse(const char *text, uint64_t *ret_count)
{
	return number_parse(text, count_units, ret_count);
}

int size_parse(const char *text, uint64_t *ret_bytes)
{
	return number_parse(text, size_units, ret_bytes);
}

int duration_parse(const char *text, uint64_t *ret_ns)
{
	return number_parse(text, duration_units, ret_ns);
}

int real_parse(const char *text, double *ret_real)
{
	struct decimal decimal;
	int error = decimal_parse(&text, &decimal);

	if (error)
		return error;
	if (*text != '\0')
		return -EINVAL;
	*ret_real = ((double)decimal.whole * (double)decimal.divisor + (double)decimal.fraction) /
		    (double)decimal.divisor;
	return 0;
}

static struct unit_text number_exact(uint64_t value, const struct unit *units)
{
	struct unit_text result = { "0" };

	if (value == 0)
		return result;
	while (value % units->factor)
		units++;
	(void)snprintf(result.text, sizeof(result.text), "%llu%s",
		       (unsigned long long)(value / units->factor), units->name);
	return result;
}

struct unit_text count_exact(uint64_t count)
{
	return number_exact(count, count_units_exact);
}

struct unit_text size_exact(uint64_t bytes)
{
	return number_exact(bytes, size_units_exact);
}

struct unit_text duration_exact(uint64_t ns)
{
	return number_exact(ns, duration_units_exact);
}

/* Decimals that make three significant digits; none for a whole number of base units. */
static int decimals_of(double value, bool base)
{
	double size = fabs(value);

	if ((base && size == floor(size)) || size >= 99.95)
		return 0;
	return size >= 9.995 ? 1 : 2;
}

static struct unit_text number_text(double value, const struct unit *units)
{
	const struct unit *unit = units;
	struct unit_text result = { "-" };
	double scaled = value;

	if (!isfinite(value))
		return result;
	/* 999.5 would be printed as 1000. */
	while (fabs(scaled) >= 999.5 && unit[1].name) {
		unit++;
		scaled = value / (double)unit->factor;
	}
	(void)snprintf(result.text, sizeof(result.text), "%.*f%s",
		       decimals_of(scaled, unit == units), scaled, unit->name);
	return result;
}

struct unit_text count_text(double count)
{
	return number_text(count, count_units_text);
}

struct unit_text size_text(double bytes)
{
	return number_text(bytes, size_units_text);
}

struct unit_text duration_text(double ns)
{
	return number_text(ns, duration_units_text);
}
