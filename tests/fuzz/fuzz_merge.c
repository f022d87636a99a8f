/* Two documents of loads, merged: counts add up to what both have, and what came of it can be read
 * and merged again. */
#include <stdlib.h>
#include <string.h>

#include "edited.h"
#include "merge/match.h"
#include "merge/part.h"
#include "merge/sum.h"
#include "merge/table.h"
#include "output/output.h"

static const char *const names[] = { "load", "load-b", "stamp", "irtt", NULL };
static char *const words[] = { (char *)"merge" };

static json_int_t count_of(const json_t *root, const char *key)
{
	return json_integer_value(json_object_get(root, key));
}

static void check_sums(const struct part_list *parts, const json_t *document)
{
	static const char *const keys[] = { "sent", "requests", "bytes", "lost" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		json_int_t one = count_of(parts->items[0].root, keys[i]);
		json_int_t other = count_of(parts->items[1].root, keys[i]), sum;

		if (__builtin_add_overflow(one, other, &sum))
			sum = INT64_MAX;
		assert(count_of(document, keys[i]) == sum);
	}
}

/* A merged document is one of a load like others. */
static void check_again(const json_t *document)
{
	char *text = json_dumps(document, JSON_COMPACT);
	const char *path = fuzz_file((const uint8_t *)text, strlen(text));
	struct part_list parts;
	struct error error = { "" };

	assert(text && parts_read(&path, 1, &parts, &error) == 0);
	parts_finish(&parts);
	free(text);
}

static void sum_parts(const struct part_list *parts)
{
	const struct percentile_list more = { .count = 1, .percents = { 99.5 } };
	const struct sum_command command = { 1, (char **)words };
	struct error error = { "" };
	json_t *document = NULL;

	if (parts_match(parts, false, &error) != 0)
		fuzz_check_sentence(&error);
	if (parts_sum(parts, &more, &command, &document, &error) != 0) {
		fuzz_check_sentence(&error);
		assert(!document);
		return;
	}
	check_sums(parts, document);
	check_again(document);
	table_print(document, fuzz_nowhere());
	(void)fflush(fuzz_nowhere());
	json_decref(document);
}

/* Once is enough: it is the same each time. */
static void check_unreadable(void)
{
	static bool done;

	for (int i = 0; fuzz_unreadable[i] && !done; i++) {
		struct part_list parts;
		struct error error = { "" };

		assert(parts_read(&fuzz_unreadable[i], 1, &parts, &error) < 0);
		fuzz_check_sentence(&error);
	}
	done = true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = { data, size };
	char *first = edited_text(&input, names), *second = edited_text(&input, names);
	const char *paths[] = { fuzz_file((const uint8_t *)first, strlen(first)),
				fuzz_file_other((const uint8_t *)second, strlen(second)) };
	struct part_list parts;
	struct error error = { "" };

	check_unreadable();
	if (parts_read(paths, 2, &parts, &error) == 0) {
		sum_parts(&parts);
		parts_finish(&parts);
	} else {
		fuzz_check_sentence(&error);
	}
	free(first);
	free(second);
	return 0;
}
