/* Histograms as text and as JSON: what was written is read, and hostile texts are refused. */
#include <criterion/criterion.h>
#include <errno.h>
#include <hdr/hdr_histogram.h>
#include <hdr/hdr_histogram_log.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "measure/histogram.h"

#define SAMPLES 20000

static struct histogram *histogram;

static void open_histogram(void)
{
	cr_assert_eq(histogram_open(&histogram), 0);
}

static void close_histogram(void)
{
	histogram_close(histogram);
}

TestSuite(histogram_code, .init = open_histogram, .fini = close_histogram);

/* Log-uniform from nanoseconds to minutes, so that every bucket size is met. */
static void record_samples(struct histogram *into, uint64_t seed)
{
	uint64_t state = seed;

	for (int i = 0; i < SAMPLES; i++) {
		state = state * 6364136223846793005u + 1442695040888963407u;
		histogram_record(into, state >> 28 >> (state >> 3) % 32);
	}
}

static void assert_equal_counts(const struct histogram *a, const struct histogram *b)
{
	struct histogram_walk walk_a = { .histogram = a }, walk_b = { .histogram = b };
	struct histogram_bucket bucket_a, bucket_b;

	while (histogram_next(&walk_a, &bucket_a)) {
		cr_assert(histogram_next(&walk_b, &bucket_b));
		cr_assert_eq(bucket_a.low_ns, bucket_b.low_ns);
		cr_assert_eq(bucket_a.count, bucket_b.count);
	}
	cr_assert(!histogram_next(&walk_b, &bucket_b));
}

static char *encoded(void)
{
	char *text;

	cr_assert_eq(histogram_encode(histogram, &text), 0);
	return text;
}

Test(histogram_code, what_was_encoded_is_decoded_count_for_count)
{
	struct histogram *back;
	char *text;

	record_samples(histogram, 1);
	histogram_record(histogram, 0);
	histogram_record(histogram, 2 * HISTOGRAM_VALUE_MAX);
	text = encoded();
	cr_assert_eq(strncmp(text, "HISTFAAA", 8), 0);
	cr_assert_eq(histogram_decode(text, &back), 0);
	assert_equal_counts(histogram, back);
	cr_assert_eq(histogram_count(back), SAMPLES + 2);
	cr_assert_eq(
		histogram_set_exact(back, 0, histogram_mean(histogram), 2 * HISTOGRAM_VALUE_MAX),
		0);
	cr_assert_eq(histogram_max(back), 2 * HISTOGRAM_VALUE_MAX);
	cr_assert_eq(histogram_mean(back), histogram_mean(histogram));
	for (int tenth = 0; tenth <= 1000; tenth++)
		cr_assert_eq(histogram_percentile(back, tenth / 10.0),
			     histogram_percentile(histogram, tenth / 10.0));
	histogram_close(back);
	free(text);
}

Test(histogram_code, empty_one_comes_back_empty)
{
	struct histogram *back;
	char *text = encoded();

	cr_assert_eq(histogram_decode(text, &back), 0);
	cr_assert_eq(histogram_count(back), 0);
	cr_assert_eq(histogram_set_exact(back, 0, 0, 0), -EINVAL);
	histogram_close(back);
	free(text);
}

Test(histogram_code, the_library_reads_what_we_write)
{
	struct hdr_histogram *theirs = NULL;
	char *text;

	record_samples(histogram, 2);
	text = encoded();
	cr_assert_eq(hdr_log_decode(&theirs, text, strlen(text)), 0);
	cr_assert_eq((uint64_t)theirs->total_count, histogram_count(histogram));
	hdr_close(theirs);
	free(text);
}

static void double_counts(int times)
{
	struct histogram *same;

	for (int i = 0; i < times; i++) {
		cr_assert_eq(histogram_open(&same), 0);
		histogram_merge(same, histogram);
		histogram_merge(histogram, same);
		histogram_close(same);
	}
}

Test(histogram_code, counts_of_any_size_come_back)
{
	struct histogram *back;
	char *text;

	histogram_record(histogram, 1000);
	double_counts(50);
	text = encoded();
	cr_assert_eq(histogram_decode(text, &back), 0);
	cr_assert_eq(histogram_count(back), 1ull << 50);
	histogram_close(back);
	free(text);
}

/* Found by fuzzing: figures of them, and sums of several, went beyond 64 bits. */
Test(histogram_code, counts_that_nobody_has_measured_are_refused)
{
	struct histogram *none;
	char *text;

	histogram_record(histogram, 1000);
	double_counts(51);
	text = encoded();
	cr_assert_eq(histogram_decode(text, &none), -EINVAL);
	cr_assert_float_eq(histogram_stddev(histogram), 0, 0);
	free(text);
}

static void assert_refused(const char *text)
{
	struct histogram *none = NULL;

	cr_assert_eq(histogram_decode(text, &none), -EINVAL, "%.60s", text);
	cr_assert_null(none);
}

Test(histogram_code, other_texts_are_refused)
{
	static const char *const texts[] = { "",
					     "=",
					     "====",
					     "HIST",
					     "HISTFAAA",
					     "HISTFAAAAAA=",
					     "HISTFP////8=",
					     "not base64!!",
					     "\xff\xff\xff\xff",
					     "AAAAAAAAAAAAAAAAAAAAAAAA" };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_refused(texts[i]);
}

/* Texts of HdrHistogram_c 0.11.8: 5000 once and 700000 130 times. */
#define THEIRS "HISTFAAAACh4nJNpmSzMwMDAzgABzFCaEYh5f7hHMNh/gAgcNmZ6XtjCBAB3Uwb7"

Test(histogram_code, text_of_the_library_is_read)
{
	struct histogram *back;

	cr_assert_eq(histogram_decode(THEIRS, &back), 0);
	for (int i = 0; i < 130; i++)
		histogram_record(histogram, 700000);
	histogram_record(histogram, 5000);
	assert_equal_counts(histogram, back);
	histogram_close(back);
}

Test(histogram_code, histograms_with_other_buckets_are_refused)
{
	static const char *const others[] = {
		/* Up to one hour in us; two digits; units of 1 us; shifted by 2^30 buckets, where
		 * the library would count beside its array. */
		"HISTFAAAACd4nJNpmSzMwMDAzgABzFCaEURcm7yEwf4DROCwMdPzwhYmAH4tB2Q=",
		"HISTFAAAACh4nJNpmSzMwMDAzgABTFCaEYh5f7hHMNh/gAhs52GaydfCBABzlAYW",
		"HISTFAAAACd4nJNpmSzMwMDAxgABzFDqBZDg/eEewWD/ASIiyDRTtIUJAH+jBlU=",
		"HISTFAAAACh4nJNpmSzMwMDA6sAABswQioERiHl/uEcw2H+ACHAybTdmAgBuNQVa",
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_refused(others[i]);
}

Test(histogram_code, text_that_is_cut_off_is_refused)
{
	char *text;

	record_samples(histogram, 3);
	text = encoded();
	for (size_t length = strlen(text); length-- > 0;) {
		if (length > 200 && length % 97 != 0)
			continue;
		text[length] = '\0';
		assert_refused(text);
	}
	free(text);
}

/* Whatever is changed: it is refused or gives some histogram, under the sanitizers too. */
Test(histogram_code, damaged_text_does_no_harm)
{
	static const char digits[] = "ABCxyz059+/=@";
	char *text;

	for (int i = 0; i < 40; i++)
		histogram_record(histogram, (uint64_t)i * 1000);
	text = encoded();
	for (size_t i = 0; text[i]; i++) {
		char kept = text[i];

		for (size_t j = 0; digits[j]; j++) {
			struct histogram *back = NULL;
			int error;

			text[i] = digits[j];
			error = histogram_decode(text, &back);
			cr_assert(error == 0 || error == -EINVAL);
			histogram_close(back);
		}
		text[i] = kept;
	}
	free(text);
}

Test(histogram_code, figures_that_contradict_the_buckets_are_refused)
{
	struct histogram *back;
	char *text;

	histogram_record(histogram, 1000000);
	histogram_record(histogram, 9000000);
	text = encoded();
	cr_assert_eq(histogram_decode(text, &back), 0);
	cr_assert_eq(histogram_set_exact(back, 1, 5000000, 9000000), -EINVAL);
	cr_assert_eq(histogram_set_exact(back, 1000000, 5000000, 90000000), -EINVAL);
	cr_assert_eq(histogram_set_exact(back, 1000000, 1, 9000000), -EINVAL);
	cr_assert_eq(histogram_set_exact(back, 1000000, 5000000, 9000000), 0);
	cr_assert_eq(histogram_mean(back), 5000000);
	histogram_close(back);
	free(text);
}

Test(histogram_code, deviation_is_that_of_the_values)
{
	cr_assert_float_eq(histogram_stddev(histogram), 0, 0);
	histogram_record(histogram, 1000);
	histogram_record(histogram, 3000);
	cr_assert_float_eq(histogram_stddev(histogram), 1000, 3);
}

Test(histogram_code, json_and_back)
{
	struct percentile_list wanted = { .count = 2, .percents = { 75, 99.99 } };
	struct histogram *back;
	struct error reason;
	json_t *json;

	record_samples(histogram, 4);
	json = histogram_to_json(histogram, &wanted, true);
	cr_assert_eq(json_integer_value(json_object_get(json, "p99.99")),
		     (json_int_t)histogram_percentile(histogram, 99.99));
	cr_assert(json_is_integer(json_object_get(json, "p75")));
	cr_assert_eq(histogram_from_json(json, &back, &reason), 0, "%s", reason.text);
	assert_equal_counts(histogram, back);
	cr_assert_eq(histogram_min(back), histogram_min(histogram));
	cr_assert_eq(histogram_max(back), histogram_max(histogram));
	cr_assert_eq(histogram_mean(back), histogram_mean(histogram));
	histogram_close(back);
	json_decref(json);
}

Test(histogram_code, json_of_nothing_and_back)
{
	json_t *json = histogram_to_json(histogram, NULL, true);
	json_t *null = histogram_to_json_or_null(histogram, NULL, true);
	struct histogram *back;
	struct error reason;

	cr_assert(json_is_null(json_object_get(json, "histogram")));
	cr_assert(json_is_null(null));
	cr_assert_eq(histogram_from_json(json, &back, &reason), 0);
	cr_assert_eq(histogram_count(back), 0);
	histogram_close(back);
	cr_assert_eq(histogram_from_json(null, &back, &reason), 0);
	histogram_close(back);
	json_decref(json);
}

static void assert_json_refused(const char *key, json_t *value, const char *says)
{
	json_t *json = histogram_to_json(histogram, NULL, true);
	struct histogram *none;
	struct error reason;

	cr_assert_eq(json_put_value(json, key, value), 0);
	cr_assert_eq(histogram_from_json(json, &none, &reason), -EINVAL);
	cr_assert(strstr(reason.text, says), "%s", reason.text);
	json_decref(json);
}

Test(histogram_code, json_that_is_wrong_is_refused_with_the_reason)
{
	histogram_record(histogram, 1000000);
	assert_json_refused("histogram", json_null(), "has no histogram");
	assert_json_refused("histogram", json_integer(5), "has no histogram");
	assert_json_refused("histogram", json_string("HISTFAAA"), "damaged");
	assert_json_refused("max", json_integer(5), "contradicts");
	assert_json_refused("min", json_integer(-5), "contradicts");
}
