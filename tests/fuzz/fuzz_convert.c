/* Results of ours, changed, as samples and in the format of others that the first byte says; what
 * was written as samples is read again as the same. */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "convert/table.h"
#include "edited.h"
#include "output/output.h"
#include "sample/sample.h"
#include "samples_check.h"

static const char *const names[] = { "load",  "load-b", "stamp",  "irtt",    "bench", "sweep",
				     "noise", "find",	"ablate", "samples", NULL };

static const char *const formats[] = { "bmf",	  "csv",    "gha",	  "gha-bigger",
				       "gobench", "hgrm",   "hlog",	  "hyperfine",
				       "junit",	  "keyval", "openmetrics" };

static void write_one(const struct sample_set *set, const json_t *document, const char *format)
{
	struct output_list outputs = { 0 };
	struct error error = { "" };
	char text[64];

	(void)snprintf(text, sizeof(text), "%s=/dev/null", format);
	assert(output_parse(text, &outputs, &error) == 0);
	if (document)
		assert(outputs_save(&outputs, document, &error) == 0);
	else if (outputs_check_samples(&outputs, set, &error) == 0)
		assert(outputs_save_samples(&outputs, set, &error) == 0);
	else
		fuzz_check_sentence(&error);
}

/* Once is enough: it is the same each time. */
static void check_unreadable(void)
{
	static bool done;

	for (int i = 0; fuzz_unreadable[i] && !done; i++) {
		struct sample_set set;
		struct error error = { "" };

		assert(sample_set_read(fuzz_unreadable[i], &set, &error) < 0);
		fuzz_check_sentence(&error);
	}
	done = true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = { data, size };
	const char *format = formats[fuzz_below(&input, ARRAY_SIZE(formats))];
	char *text = edited_text(&input, names);
	const char *path = fuzz_file((const uint8_t *)text, strlen(text));
	struct sample_set set;
	struct error error = { "" };
	json_t *document = NULL;

	check_unreadable();
	if (sample_set_read_load(path, &set, &document, &error) == 0) {
		samples_check(&set);
		write_one(&set, document, format);
		samples_table_print(&set, fuzz_nowhere());
		(void)fflush(fuzz_nowhere());
	} else {
		fuzz_check_sentence(&error);
		assert(set.count == 0 && !document);
	}
	json_decref(document);
	sample_set_finish(&set);
	free(text);
	return 0;
}
