/*
 * Histograms as text: HdrHistogram's encoding V2 in base64. It is written and read here, since the
 * library shifts negative numbers when it writes, and when it reads believes the lengths and
 * offsets that a text gives it.
 *
 *	compressed	u32 cookie, u32 length, zlib stream
 *	in the stream	u32 cookie, u32 payload length, u32 index offset, u32 digits, u64 lowest
 *			value, u64 highest value, f64 conversion ratio (big-endian all), payload
 *	payload		ZigZag LEB128 numbers, nine bytes at most: a count, or minus a run of zeros
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "measure/histogram.h"
#include "measure/histogram_struct.h"

/* The lower four bits of a cookie's second digit are the word size; 1 stands for LEB128. */
#define COOKIE_ENCODING 0x1c849313u
#define COOKIE_COMPRESSION 0x1c849314u
#define COMPRESSION_HEADER 8
#define ENCODING_HEADER 40
#define NUMBER_BYTES_MAX 9
/* Ten million values a second for three years; some thousand of such histograms can be added up. */
#define COUNT_MAX (1ll << 50)

struct bytes {
	uint8_t *at;
	size_t length;
};

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static uint64_t ratio_one_bits(void)
{
	static const double one = 1;
	uint64_t bits;

	memcpy(&bits, &one, sizeof(bits));
	return bits;
}

/* Append an unsigned number. */
static void write_big_endian(struct bytes *bytes, uint64_t value, int length)
{
	while (length-- > 0)
		bytes->at[bytes->length++] = (uint8_t)(value >> (8 * length));
}

static void number_write(struct bytes *bytes, int64_t number)
{
	uint64_t value = number < 0 ? ~((uint64_t)number << 1) : (uint64_t)number << 1;

	for (int i = 1; i < NUMBER_BYTES_MAX && value >= 0x80; i++) {
		bytes->at[bytes->length++] = (uint8_t)(value | 0x80);
		value >>= 7;
	}
	bytes->at[bytes->length++] = (uint8_t)value;
}

static void counts_write(const struct histogram *histogram, struct bytes *payload)
{
	struct histogram_walk walk = { .histogram = histogram };
	struct histogram_bucket bucket;
	int32_t next = 0;

	while (histogram_next(&walk, &bucket)) {
		int32_t zeroes = walk.index - 1 - next;

		if (zeroes > 0)
			number_write(payload, -zeroes);
		number_write(payload, (int64_t)bucket.count);
		next = walk.index;
	}
}

/* space has room for a number each bucket. */
static void encoding_write(const struct histogram *histogram, struct bytes *space)
{
	struct bytes payload = { .at = space->at + ENCODING_HEADER };

	counts_write(histogram, &payload);
	space->length = 0;
	write_big_endian(space, COOKIE_ENCODING, 4);
	write_big_endian(space, payload.length, 4);
	write_big_endian(space, 0, 4);
	write_big_endian(space, HISTOGRAM_DIGITS, 4);
	write_big_endian(space, 1, 8);
	write_big_endian(space, HISTOGRAM_VALUE_MAX, 8);
	write_big_endian(space, ratio_one_bits(), 8);
	space->length += payload.length;
}

static int compression_write(const struct bytes *encoding, struct bytes *ret_compression)
{
	uLongf length = compressBound(encoding->length);
	struct bytes compression = { .at = malloc(COMPRESSION_HEADER + length) };

	if (!compression.at)
		return -ENOMEM;
	if (compress(compression.at + COMPRESSION_HEADER, &length, encoding->at,
		     encoding->length) != Z_OK) {
		free(compression.at);
		return -ENOMEM;
	}
	write_big_endian(&compression, COOKIE_COMPRESSION, 4);
	write_big_endian(&compression, length, 4);
	compression.length += length;
	*ret_compression = compression;
	return 0;
}

static int base64_write(const struct bytes *bytes, char **ret_text)
{
	char *text = malloc((bytes->length + 2) / 3 * 4 + 1), *at = text;

	if (!text)
		return -ENOMEM;
	for (size_t i = 0; i < bytes->length; i += 3) {
		size_t left = bytes->length - i;
		uint32_t group = (uint32_t)bytes->at[i] << 16;

		if (left > 1)
			group |= (uint32_t)bytes->at[i + 1] << 8;
		if (left > 2)
			group |= bytes->at[i + 2];
		*at++ = digits[group >> 18];
		*at++ = digits[group >> 12 & 63];
		*at++ = left > 1 ? digits[group >> 6 & 63] : '=';
		*at++ = left > 2 ? digits[group & 63] : '=';
	}
	*at = '\0';
	*ret_text = text;
	return 0;
}

/* As much as the largest of our encodings needs. */
static int space_open(const struct histogram *histogram, struct bytes *ret_space)
{
	struct bytes space = { .length = ENCODING_HEADER +
					 2 * NUMBER_BYTES_MAX *
						 (size_t)histogram->buckets->counts_len };

	space.at = malloc(space.length);
	if (!space.at)
		return -ENOMEM;
	*ret_space = space;
	return 0;
}

int histogram_encode(const struct histogram *histogram, char **ret_text)
{
	struct bytes encoding, compression;
	int error = space_open(histogram, &encoding);

	if (error)
		return error;
	encoding_write(histogram, &encoding);
	error = compression_write(&encoding, &compression);
	free(encoding.at);
	if (error)
		return error;
	error = base64_write(&compression, ret_text);
	free(compression.at);
	return error;
}

static uint64_t read_big_endian(const uint8_t *at, int length)
{
	uint64_t value = 0;

	for (int i = 0; i < length; i++)
		value = value << 8 | at[i];
	return value;
}

static int digit_value(char digit)
{
	const char *found = digit ? strchr(digits, digit) : NULL;

	return found ? (int)(found - digits) : -1;
}

/* Four digits are three bytes; one or two of them are missing where the text ends in = or ==. */
static int base64_read(const char *text, size_t length, struct bytes *ret_bytes)
{
	size_t padding = strcspn(text, "=");

	if (length % 4 != 0 || length - padding > 2)
		return -EINVAL;
	ret_bytes->length = 0;
	for (size_t i = 0; i < length; i += 4) {
		uint32_t group = 0;

		for (size_t j = i; j < i + 4; j++) {
			int value = j < padding ? digit_value(text[j]) : 0;

			if (value < 0 || (j >= padding && text[j] != '='))
				return -EINVAL;
			group = group << 6 | (uint32_t)value;
		}
		for (int shift = 16; shift >= 0; shift -= 8)
			ret_bytes->at[ret_bytes->length++] = (uint8_t)(group >> shift);
	}
	ret_bytes->length -= length - padding;
	return 0;
}

/* Bytes to a number; the ninth has eight bits of it. */
static int number_read(struct bytes *payload, int64_t *ret_number)
{
	uint64_t value = 0;

	for (size_t i = 0; i < payload->length && i < NUMBER_BYTES_MAX; i++) {
		bool last = i == NUMBER_BYTES_MAX - 1 || !(payload->at[i] & 0x80);
		uint64_t bits = i == NUMBER_BYTES_MAX - 1 ? payload->at[i] : payload->at[i] & 0x7f;

		value |= bits << (7 * i);
		if (!last)
			continue;
		payload->at += i + 1;
		payload->length -= i + 1;
		*ret_number = (int64_t)(value >> 1 ^ (~(value & 1) + 1));
		return 0;
	}
	return -EINVAL;
}

static int counts_read(struct bytes payload, struct histogram *histogram)
{
	struct hdr_histogram *buckets = histogram->buckets;
	int64_t index = 0, number, total = 0;

	while (payload.length > 0) {
		if (number_read(&payload, &number) != 0)
			return -EINVAL;
		if (number < 0) {
			if (number < -(buckets->counts_len - index))
				return -EINVAL;
			index -= number;
			continue;
		}
		if (index >= buckets->counts_len || number > COUNT_MAX - total)
			return -EINVAL;
		total += number;
		if (number > 0)
			(void)hdr_record_values(
				buckets, hdr_value_at_index(buckets, (int32_t)index), number);
		index++;
	}
	return 0;
}

/* The header of one that we have written, and nothing else: other histograms have other buckets. */
static bool is_ours(const uint8_t *header)
{
	return read_big_endian(header, 4) == COOKIE_ENCODING &&
	       read_big_endian(header + 8, 4) == 0 &&
	       read_big_endian(header + 12, 4) == HISTOGRAM_DIGITS &&
	       read_big_endian(header + 16, 8) == 1 &&
	       read_big_endian(header + 24, 8) == HISTOGRAM_VALUE_MAX &&
	       read_big_endian(header + 32, 8) == ratio_one_bits();
}

static int encoding_read(const struct bytes *encoding, struct histogram *histogram)
{
	struct bytes payload = { .at = encoding->at + ENCODING_HEADER };

	if (encoding->length < ENCODING_HEADER || !is_ours(encoding->at))
		return -EINVAL;
	payload.length = encoding->length - ENCODING_HEADER;
	if (read_big_endian(encoding->at + 4, 4) != payload.length)
		return -EINVAL;
	return counts_read(payload, histogram);
}

/* The figures of the buckets, until histogram_set_exact() knows better. */
static void figures_of_buckets(struct histogram *histogram)
{
	struct histogram_walk walk = { .histogram = histogram };
	struct histogram_bucket bucket;

	while (histogram_next(&walk, &bucket)) {
		if (histogram->min == UINT64_MAX)
			histogram->min = bucket.low_ns;
		histogram->max = bucket.high_ns;
		histogram->sum += (bucket.low_ns + bucket.high_ns) / 2 * bucket.count;
	}
}

static int compression_read(const struct bytes *compression, struct bytes *space,
			    struct histogram *histogram)
{
	uLongf length = space->length;
	uint64_t claimed;

	if (compression->length < COMPRESSION_HEADER ||
	    read_big_endian(compression->at, 4) != COOKIE_COMPRESSION)
		return -EINVAL;
	claimed = read_big_endian(compression->at + 4, 4);
	if (claimed > compression->length - COMPRESSION_HEADER)
		return -EINVAL;
	if (uncompress(space->at, &length, compression->at + COMPRESSION_HEADER, (uLong)claimed) !=
	    Z_OK)
		return -EINVAL;
	return encoding_read(&(struct bytes){ .at = space->at, .length = length }, histogram);
}

static int text_read(const char *text, struct histogram *histogram)
{
	struct bytes space, compression = { 0 };
	size_t length = strlen(text);
	int error = space_open(histogram, &space);

	if (error)
		return error;
	/* No stream that is longer than what it holds is one of ours. */
	if (length > 2 * space.length)
		error = -EINVAL;
	if (!error) {
		compression.at = calloc(length + 1, 1);
		error = compression.at ? base64_read(text, length, &compression) : -ENOMEM;
	}
	if (!error)
		error = compression_read(&compression, &space, histogram);
	free(space.at);
	free(compression.at);
	return error;
}

int histogram_decode(const char *text, struct histogram **ret_histogram)
{
	struct histogram *histogram;
	int error = histogram_open(&histogram);

	if (error)
		return error;
	error = text_read(text, histogram);
	if (error) {
		histogram_close(histogram);
		return error;
	}
	figures_of_buckets(histogram);
	*ret_histogram = histogram;
	return 0;
}
