/*
 * Histograms as text: HdrHistogram's encoding V2 in base64. The library writes it; reading is done
 * here, since the library believes the lengths and offsets that a text gives it.
 *
 *	compressed	u32 cookie, u32 length, zlib stream
 *	in the stream	u32 cookie, u32 payload length, u32 index offset, u32 digits, u64 lowest
 *			value, u64 highest value, f64 conversion ratio (big-endian all), payload
 *	payload		ZigZag LEB128 numbers, nine bytes at most: a count, or minus a run of zeros
 */
#include <errno.h>
#include <hdr/hdr_histogram_log.h>
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

struct bytes {
	uint8_t *at;
	size_t length;
};

int histogram_encode(const struct histogram *histogram, char **ret_text)
{
	return hdr_log_encode(histogram->buckets, ret_text) != 0 ? -ENOMEM : 0;
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
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *found = digit ? strchr(digits, digit) : NULL;

	return found ? (int)(found - digits) : -1;
}

/* Four digits are three bytes; one or two of them are missing where the text ends in = or ==. */
static int base64_decode(const char *text, size_t length, struct bytes *ret_bytes)
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
		if (index >= buckets->counts_len || __builtin_add_overflow(total, number, &total))
			return -EINVAL;
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
	static const double ratio_one = 1;
	uint64_t ratio_bits;

	memcpy(&ratio_bits, &ratio_one, sizeof(ratio_bits));
	return read_big_endian(header, 4) == COOKIE_ENCODING &&
	       read_big_endian(header + 8, 4) == 0 &&
	       read_big_endian(header + 12, 4) == HISTOGRAM_DIGITS &&
	       read_big_endian(header + 16, 8) == 1 &&
	       read_big_endian(header + 24, 8) == HISTOGRAM_VALUE_MAX &&
	       read_big_endian(header + 32, 8) == ratio_bits;
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

/* space: as much as the largest of our encodings needs. */
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
	if (uncompress(space->at, &length, compression->at + COMPRESSION_HEADER, claimed) != Z_OK)
		return -EINVAL;
	return encoding_read(&(struct bytes){ .at = space->at, .length = length }, histogram);
}

static int text_read(const char *text, struct histogram *histogram)
{
	size_t length = strlen(text);
	struct bytes space = { .length = ENCODING_HEADER +
					 NUMBER_BYTES_MAX *
						 (size_t)histogram->buckets->counts_len };
	struct bytes compression = { 0 };
	int error = -ENOMEM;

	/* No stream that is longer than what it holds is one of ours. */
	if (length > 2 * space.length)
		return -EINVAL;
	space.at = malloc(space.length);
	compression.at = calloc(length + 1, 1);
	if (space.at && compression.at)
		error = base64_decode(text, length, &compression);
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
