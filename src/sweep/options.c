#include "sweep/options.h"

#include <errno.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"

static int figure_add(const char *word, struct figure_list *list, struct error *ret_error)
{
	const struct figure *figure = figure_find(word);
	char words[256] = "";

	if (!figure) {
		for (uint32_t i = 0; i < FIGURE_COUNT; i++)
			text_enumerate(words, sizeof(words), figures[i].word, FIGURE_COUNT - 1 - i);
		return error_set(ret_error, -EINVAL, "'%s' is none of %s", word, words);
	}
	for (uint32_t i = 0; i < list->count; i++)
		if (&figures[list->ids[i]] == figure)
			return 0;
	list->ids[list->count++] = (enum figure_id)(figure - figures);
	return 0;
}

static int figures_parse(const char *text, void *ret_list, struct error *ret_error)
{
	struct figure_list list = { 0 };
	char word[64];
	int error = 0;

	for (bool more = true; more && !error;) {
		size_t length = strcspn(text, ",");

		if (length >= sizeof(word))
			return error_set(ret_error, -EINVAL, "'%.40s...' is no list of figures",
					 text);
		memcpy(word, text, length);
		word[length] = '\0';
		more = text[length] == ',';
		text += length + more;
		error = figure_add(word, &list, ret_error);
	}
	if (!error)
		*(struct figure_list *)ret_list = list;
	return error;
}

static json_t *figures_to_json(const void *value)
{
	const struct figure_list *list = value;
	json_t *array = json_array();
	int error = 0;

	for (uint32_t i = 0; i < list->count; i++)
		error |= json_append(array, json_text(figures[list->ids[i]].word));
	return json_complete(array, error);
}

static void print_details(FILE *stream)
{
	(void)fputs("Lists are 1,10,100 or ranges: 1..1000*10 is 1, 10, 100, 1000; 1..64 doubles, "
		    "and\n10..50+10 adds 10.\n\nFigures:\n",
		    stream);
	for (uint32_t i = 0; i < FIGURE_COUNT; i++)
		(void)fprintf(stream, "  %-14s %s\n", figures[i].word, figures[i].title);
	(void)fputs("\nExit status: 0 measured, 2 something could not be: the table says what,\n"
		    "128+n ended by signal n.\n",
		    stream);
}

#define AT(member) OPTION_AT(struct sweep_options, member)

static const struct option_row rows[] = {
	MATRIX_ROWS_POINTS(AT),
	MATRIX_ROWS_SERVERS(AT),
	MEASURING_ROWS(AT, "3 rounds of 200ms, too few for intervals",
		       "trials of each server at each value; from 6 on medians have an interval; "
		       "auto: 6"),
	{ .group = "Report:",
	  .name = "figure",
	  .argument = "NAME,...",
	  .type = OPTION_CUSTOM,
	  .at = AT(figures),
	  .parse = figures_parse,
	  .to_json = figures_to_json,
	  .standard = "rate,p50,p99,server-cpu",
	  .help = "a table each, and a chart of the first; from the list below" },
	MEASURING_ROW_JSON(AT, NULL),
	{ 0 },
};

const struct option_table sweep_option_table = {
	.summary = "Measure servers on this host, as ringside bench does, over a range of one "
		   "parameter or two. A round tries every server at every value, in random order, "
		   "so that drift is not taken for an effect of the parameter.",
	.print_details = print_details,
	.rows = rows,
};
