/* Documents as reports: the page is well-formed whatever texts are in a document, and no text gets
 * into gnuplot's scripts as a command. Pictures are not drawn: a small one stands for each. */
#include <stdlib.h>
#include <string.h>

#include "edited.h"
#include "markup_check.h"
#include "report/chapter.h"
#include "report/html.h"
#include "report/markdown.h"

static const char *const names[] = { "load",  "stamp", "irtt",	 "bench",   "sweep",
				     "noise", "find",  "ablate", "compare", NULL };

static void (*const chapters[INPUT_KIND_COUNT])(struct content *, const struct input *) = {
	[INPUT_LOAD] = load_add,
	[INPUT_EXPERIMENT] = experiment_add_chapter,
	[INPUT_COMPARISON] = comparison_add,
};

/* Quotes of gnuplot's strings come in pairs on each line, so that none is open where a text of a
 * document ends. */
static void check_script(const struct plot *plot)
{
	for (const char *line = plot->text; *line; line += strcspn(line, "\n")) {
		size_t length, quotes = 0;

		line += *line == '\n';
		length = strcspn(line, "\n");
		for (size_t i = 0; i < length; i++)
			quotes += line[i] == '\'';
		assert(quotes % 2 == 0);
	}
}

static void check_plots(struct content *content)
{
	for (size_t i = 0; i < content->count; i++) {
		struct plot *plot = content->blocks[i].plot;

		if (!plot)
			continue;
		check_script(plot);
		plot->narrow = strdup("<svg></svg>");
		if (!plot->half)
			plot->wide = strdup("<svg></svg>");
	}
}

static void check_page(const struct content *content, const struct input_list *inputs)
{
	const struct html_page page = { inputs->items[0].name, "a subtitle", content };
	const struct markdown_page markdown = { inputs->items[0].name, "", NULL, content };
	char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);

	assert(stream && html_print(&page, stream) == 0);
	assert(fclose(stream) == 0);
	markup_check(text);
	free(text);
	assert(markdown_print(&markdown, fuzz_nowhere()) == 0);
	(void)fflush(fuzz_nowhere());
}

static void report(const struct input_list *inputs)
{
	struct content content;

	content_init(&content);
	overview_add(&content, inputs);
	for (uint32_t i = 0; i < inputs->count; i++)
		chapters[inputs->items[i].kind](&content, &inputs->items[i]);
	assert(content.error == 0);
	check_plots(&content);
	check_page(&content, inputs);
	content_finish(&content);
}

/* Once is enough: it is the same each time. */
static void check_unreadable(void)
{
	static bool done;

	for (int i = 0; fuzz_unreadable[i] && !done; i++) {
		struct input_list inputs = { 0 };
		struct error error = { "" };

		assert(inputs_read(&fuzz_unreadable[i], 1, &inputs, &error) < 0);
		fuzz_check_sentence(&error);
		inputs_finish(&inputs);
	}
	done = true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = { data, size };
	char *first = edited_text(&input, names), *second = edited_text(&input, names);
	const char *paths[] = { fuzz_file((const uint8_t *)first, strlen(first)),
				fuzz_file_other((const uint8_t *)second, strlen(second)) };
	struct input_list inputs = { 0 };
	struct error error = { "" };

	check_unreadable();
	if (inputs_read(paths, input.left > 0 ? 2 : 1, &inputs, &error) == 0)
		report(&inputs);
	else
		fuzz_check_sentence(&error);
	inputs_finish(&inputs);
	free(first);
	free(second);
	return 0;
}
