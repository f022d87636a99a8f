/* Results of other programs as text: Go's benchmark format, hyperfine's JSON, and what else begins
 * like them. Two of them, parted by a byte of zero, are joined too. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "sample/sample.h"
#include "samples_check.h"

static bool read_bytes(const uint8_t *data, size_t size, struct sample_set *ret_set)
{
	struct error error = { "" };

	if (sample_set_parse((const char *)data, size, "text", ret_set, &error) == 0) {
		samples_check(ret_set);
		return true;
	}
	fuzz_check_sentence(&error);
	assert(ret_set->count == 0);
	return false;
}

/* What does not go together leaves the set as it was. */
static void join(struct sample_set *set, const struct sample_set *other)
{
	json_t *before = sample_set_to_json(set);
	struct error error = { "" };

	if (sample_set_join(set, other, "other", &error) == 0) {
		json_decref(before);
		samples_check(set);
		return;
	}
	fuzz_check_sentence(&error);
	fuzz_check_equal(before, sample_set_to_json(set));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size > 0 ? memchr(data, 0, size) : NULL;
	size_t first = end ? (size_t)(end - data) : size;
	struct sample_set set, other = { 0 };

	if (read_bytes(data, first, &set) && end && read_bytes(end + 1, size - first - 1, &other))
		join(&set, &other);
	sample_set_finish(&set);
	sample_set_finish(&other);
	return 0;
}
