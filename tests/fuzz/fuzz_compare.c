/* Two results, compared: first byte: whether a file's series are compared or two files, and what is
 * wished for; then the documents, and one of ringside noise. What was decided is told in every way
 * there is. */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "compare/advice.h"
#include "compare/document.h"
#include "compare/duel.h"
#include "compare/floor.h"
#include "compare/formats.h"
#include "compare/markdown.h"
#include "compare/series.h"
#include "compare/table.h"
#include "edited.h"
#include "sample/sample.h"

static const char *const names[] = { "load", "load-b", "bench", "sweep", "samples", NULL };
static const char *const noises[] = { "noise", NULL };
static char *const words[] = { (char *)"compare" };

static void tell(struct duel *duel, const json_t *noise)
{
	json_t *document;
	struct error error = { "" };

	assert(advice_add(duel, noise) == 0);
	document = duel_to_json(duel, 1, (char **)words);
	assert(document);
	json_decref(document);
	duel_print(duel, fuzz_nowhere());
	assert(junit_print(duel, fuzz_nowhere()) == 0);
	(void)fflush(fuzz_nowhere());
	assert(markdown_save(duel, "/dev/null", &error) == 0);
}

/* As compare_command.c does. */
static int find(struct duel *duel, const char *const *paths, bool series, struct error *ret_error)
{
	const struct decision_plan plan = { .confidence = duel->options->confidence };
	int error;

	duel->origin = series ? DUEL_SERIES : DUEL_FILES;
	duel->base.name = "base";
	duel->changed.name = "new";
	if (series)
		error = series_read(paths[0], duel->options->base, duel->options->changed, duel,
				    ret_error);
	else
		error = sample_set_read(paths[0], &duel->base.set, ret_error);
	if (!error && !series)
		error = sample_set_read(paths[1], &duel->changed.set, ret_error);
	return error ? error : duel_decide(duel, &plan, ret_error);
}

/* What may be wished for beside the files. */
static const char *const wishes[] = { NULL, "--metric=p50:lower:3%", "--metric=rate:higher",
				      "--metric=lost_percent", "--min-effect=10%" };

static void compare(const char *const *paths, uint8_t wish, bool series, const json_t *noise)
{
	struct compare_options options = { 0 };
	char *argv[] = { (char *)"compare", (char *)"a", (char *)"b",
			 (char *)wishes[wish % ARRAY_SIZE(wishes)], NULL };
	struct error error = { "" };
	struct duel duel;

	assert(options_parse(&compare_option_table, argv[3] ? 4 : 3, argv, &options, &error) == 0);
	if (series) {
		options.base = "epoll";
		options.changed = "epoll +all";
	}
	assert(duel_init(&options, &duel) == 0);
	if (find(&duel, paths, series, &error) == 0)
		tell(&duel, noise);
	else
		fuzz_check_sentence(&error);
	duel_finish(&duel);
	options_finish(&compare_option_table, &options);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = { data, size };
	uint8_t how = fuzz_byte(&input);
	char *first = edited_text(&input, names), *second = edited_text(&input, names);
	char *third = edited_text(&input, noises);
	const char *paths[] = { fuzz_file((const uint8_t *)first, strlen(first)),
				fuzz_file_other((const uint8_t *)third, strlen(third)) };
	struct error error = { "" };
	json_t *noise = NULL;

	if (floor_read(paths[1], &noise, &error) != 0)
		fuzz_check_sentence(&error);
	paths[1] = fuzz_file_other((const uint8_t *)second, strlen(second));
	compare(paths, how >> 1, how & 1, noise);
	json_decref(noise);
	free(first);
	free(second);
	free(third);
	return 0;
}
