/*
 * Histograms that come as text. The first byte says how the rest is taken: as a text, as what is in
 * a text's compressed stream, as a payload behind a header of ours, or as a JSON value. What is
 * understood is written and read again as the same.
 */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "fuzz.h"
#include "measure/histogram.h"
#include "wire/bytes.h"

#define TEXT_MAX (16 * 1024)
#define HEADER 40
#define COMPRESSED_COOKIE 0x1c849314u

static void check_same(const struct histogram *one, const struct histogram *other)
{
	struct histogram_walk walk = { .histogram = one }, walk_other = { .histogram = other };
	struct histogram_bucket bucket, bucket_other;

	assert(histogram_count(one) == histogram_count(other));
	while (histogram_next(&walk, &bucket)) {
		assert(histogram_next(&walk_other, &bucket_other));
		assert(bucket.low_ns == bucket_other.low_ns);
		assert(bucket.high_ns == bucket_other.high_ns);
		assert(bucket.count == bucket_other.count && bucket.count > 0);
	}
	assert(!histogram_next(&walk_other, &bucket_other));
}

static void check_figures(const struct histogram *histogram)
{
	static const double percents[] = { 0, 50, 99.9, 100 };
	uint64_t before = 0;

	for (size_t i = 0; i < sizeof(percents) / sizeof(percents[0]); i++) {
		uint64_t value = histogram_percentile(histogram, percents[i]);

		assert(value >= before && value <= histogram_max(histogram));
		before = value;
	}
	assert(histogram_min(histogram) <= histogram_max(histogram));
	(void)histogram_stddev(histogram);
}

static void check_histogram(const struct histogram *histogram)
{
	struct histogram *again;
	char *text;

	check_figures(histogram);
	assert(histogram_encode(histogram, &text) == 0);
	assert(histogram_decode(text, &again) == 0);
	check_same(histogram, again);
	histogram_close(again);
	free(text);
}

static void check_text(const char *text)
{
	struct histogram *histogram = NULL;

	if (histogram_decode(text, &histogram) != 0) {
		assert(!histogram);
		return;
	}
	check_histogram(histogram);
	histogram_close(histogram);
}

static void write_base64(const uint8_t *bytes, size_t length, char *ret_text)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < length; i += 3, ret_text += 4) {
		uint8_t group[3] = { 0 };
		size_t count = length - i < 3 ? length - i : 3;

		memcpy(group, bytes + i, count);
		ret_text[0] = digits[group[0] >> 2];
		ret_text[1] = digits[(group[0] & 3) << 4 | group[1] >> 4];
		ret_text[2] = count > 1 ? digits[(group[1] & 15) << 2 | group[2] >> 6] : '=';
		ret_text[3] = count > 2 ? digits[group[2] & 63] : '=';
	}
	*ret_text = '\0';
}

/* As histogram_encode() would write it. */
static void check_stream(const uint8_t *stream, size_t size)
{
	uint8_t bytes[TEXT_MAX / 2];
	uLongf length = sizeof(bytes) - 8;
	char text[TEXT_MAX];

	if (compress(bytes + 8, &length, stream, size) != Z_OK)
		return;
	put_be32(bytes, COMPRESSED_COOKIE);
	put_be32(bytes + 4, (uint32_t)length);
	write_base64(bytes, length + 8, text);
	check_text(text);
}

static void check_payload(const uint8_t *payload, size_t size)
{
	uint8_t stream[HEADER + 4096] = { 0x1c, 0x84, 0x93, 0x13 };

	if (size > sizeof(stream) - HEADER)
		size = sizeof(stream) - HEADER;
	put_be32(stream + 4, (uint32_t)size);
	put_be32(stream + 12, HISTOGRAM_DIGITS);
	put_be64(stream + 16, 1);
	put_be64(stream + 24, HISTOGRAM_VALUE_MAX);
	put_be64(stream + 32, 0x3ff0000000000000);
	if (size > 0)
		memcpy(stream + HEADER, payload, size);
	check_stream(stream, HEADER + size);
}

static void check_json(const uint8_t *data, size_t size)
{
	json_t *json = json_loadb((const char *)data, size, JSON_DECODE_ANY, NULL);
	struct histogram *histogram = NULL;
	struct error error = { "" };

	if (!json)
		return;
	if (histogram_from_json(json, &histogram, &error) == 0) {
		check_histogram(histogram);
		json_decref(histogram_to_json(histogram, NULL, true));
		histogram_close(histogram);
	} else {
		assert(!histogram);
		fuzz_check_sentence(&error);
	}
	json_decref(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = { data, size };
	uint32_t kind = fuzz_below(&input, 4);
	char *text = fuzz_text(input.at, input.left);

	if (kind == 0)
		check_text(text);
	else if (kind == 1)
		check_stream(input.at, input.left);
	else if (kind == 2)
		check_payload(input.at, input.left);
	else
		check_json(input.at, input.left);
	free(text);
	return 0;
}
