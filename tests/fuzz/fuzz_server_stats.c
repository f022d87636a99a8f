/* What ringside serve --json-stats has written, read by load twice: before and after its run. */
#include <stdlib.h>
#include <string.h>

#include "edited.h"
#include "load/server_stats.h"

static const char *const names[] = { "serve", NULL };

static bool read_text(const char *text, struct server_stats *ret_stats)
{
	const char *path = fuzz_file((const uint8_t *)text, strlen(text));
	struct error error = { "" };

	if (server_stats_read(path, ret_stats, &error) == 0)
		return true;
	fuzz_check_sentence(&error);
	assert(!ret_stats->injected && !ret_stats->backend);
	return false;
}

static void check_difference(const struct server_stats *after, const struct server_stats *before)
{
	struct server_stats difference = { 0 };
	struct error error = { "" };
	json_t *json;

	if (server_stats_difference("path", after, before, &difference, &error) != 0) {
		fuzz_check_sentence(&error);
		return;
	}
	assert(difference.elapsed_ns > 0 && difference.elapsed_ns <= after->elapsed_ns);
	assert(difference.messages <= after->messages && difference.cpu_ns <= after->cpu_ns);
	json = server_stats_to_json(&difference);
	assert(json);
	json_decref(json);
	server_stats_finish(&difference);
}

/* Once is enough: it is the same each time. */
static void check_unreadable(void)
{
	static bool done;

	for (int i = 0; fuzz_unreadable[i] && !done; i++) {
		struct server_stats stats = { 0 };
		struct error error = { "" };

		assert(server_stats_read(fuzz_unreadable[i], &stats, &error) < 0);
		fuzz_check_sentence(&error);
	}
	done = true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = { data, size };
	struct server_stats before = { 0 }, after = { 0 };
	char *first = edited_text(&input, names), *second = edited_text(&input, names);

	check_unreadable();
	if (read_text(first, &before) && read_text(second, &after))
		check_difference(&after, &before);
	server_stats_finish(&before);
	server_stats_finish(&after);
	free(first);
	free(second);
	return 0;
}
