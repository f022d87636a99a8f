/* The parts of ringside report that texts of documents go through. */
#include <criterion/criterion.h>

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "report/axis.h"
#include "report/plot.h"
#include "report/svg.h"
#include "report/words.h"

static const struct svg_head head = { "p1-", "a < b", "it's" };

static char *rewritten(const char *body)
{
	char *drawn, *svg;

	cr_assert_geq(asprintf(&drawn,
			       "<?xml version=\"1.0\"?>\n<svg \n viewBox=\"0 0 9 9\"\n>%s</svg>\n",
			       body),
		      0);
	cr_assert_eq(svg_rewrite(drawn, &head, &svg), 0);
	free(drawn);
	return svg;
}

static void assert_becomes(const char *body, const char *expected)
{
	char *svg = rewritten(body);

	cr_assert_not_null(strstr(svg, expected), "'%s' is not in '%s'", expected, svg);
	free(svg);
}

Test(report, names_leave_nothing_for_gnuplot_to_run)
{
	struct plot_name name = plot_name("a'`touch x`\"$b\\ {/B c}%\n@", 100);

	for (const char *at = name.text + 1; at[1]; at++)
		cr_assert_null(strchr("'`\"$\\{}%\n@", *at), "%s", name.text);
	cr_assert_str_eq(plot_name("plain 1.5 k/s", 100).text, "'plain 1.5 k/s'");
}

Test(report, names_come_back_as_they_were)
{
	struct plot_name name = plot_name("<a> & 'b' ~{}", 100);
	char *body;

	cr_assert_geq(
		asprintf(&body, "<text>%.*s</text>", (int)strlen(name.text) - 2, name.text + 1), 0);
	assert_becomes(body, "<text>&lt;a&gt; &amp; &#39;b&#39; ~{}</text>");
	free(body);
}

Test(report, names_are_cut_between_characters)
{
	cr_assert_str_eq(plot_name("äöüß", 4).text, "'äöüß'");
	cr_assert_str_eq(plot_name("äöüßx", 4).text, "'äöü…'");
	/* What a document has of the private area is no sign of ours. */
	cr_assert_str_eq(plot_name("x\xee\x80\xbcy", 9).text, "'x y'");
	for (size_t length = 1; length < 2 * PLOT_NAME_MAX; length++) {
		char *text = calloc(length + 1, 1);

		memset(text, '<', length);
		cr_assert_lt(strlen(plot_name(text, length).text), PLOT_NAME_MAX);
		free(text);
	}
}

Test(report, ids_and_references_get_the_prefix)
{
	assert_becomes("<use xlink:href='#gpPt6' id='x'/>",
		       "<use xlink:href=\"#p1-gpPt6\" id=\"p1-x\"/>");
	assert_becomes("<title>gnuplot</title>", "<title id=\"p1-title\">a &lt; b</title>");
	assert_becomes("", "<desc id=\"p1-desc\">it&#39;s</desc>");
}

Test(report, colours_of_the_palette_are_written_so_that_a_style_finds_them)
{
	assert_becomes("<path stroke='rgb( 27,  35,  48)' fill = 'rgb(27,35,48)'/>",
		       "<path stroke=\"#1b2330\" fill=\"#1b2330\"/>");
	assert_becomes("<path stroke='rgb(1, 2, 3)'/>", "<path stroke=\"rgb(1, 2, 3)\"/>");
}

Test(report, what_is_no_picture_is_refused)
{
	static const char *const texts[] = { "",
					     "hello",
					     "<svg",
					     "<svg>",
					     "<svg viewBox=\"0 0 1 1\">"
					     "<g <<",
					     "<svg viewBox=\"0 0 1 1\"><a b='",
					     NULL };

	for (const char *const *text = texts; *text; text++) {
		char *svg = NULL;

		cr_assert_eq(svg_rewrite(*text, &head, &svg), -EBADMSG, "%s", *text);
		cr_assert_null(svg);
	}
}

Test(report, commands_are_quoted_for_a_shell)
{
	json_t *words = json_pack("[ssssss]", "ringside load", "-c", "4", "it's $x", "", "a=b:c");
	char *line = words_command(words);

	cr_assert_str_eq(line, "ringside load -c 4 'it'\\''s $x' '' a=b:c");
	free(line);
	json_decref(words);
}

Test(report, ratios_are_changes_or_factors)
{
	cr_assert_str_eq(words_change(1.032).text, "+3.2 %");
	cr_assert_str_eq(words_change(0.9).text, "-10.0 %");
	cr_assert_str_eq(words_change(2.5).text, "×2.5");
	cr_assert_str_eq(words_change(0).text, "-");
	cr_assert_str_eq(words_duration(8410).text, "8.41 µs");
}

static char *axis_script(const struct axis *axis)
{
	char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);

	axis_write(axis, stream);
	(void)fclose(stream);
	return text;
}

Test(report, axes_begin_at_zero_and_have_round_tics)
{
	struct axis axis = { .letter = 'y', .label = "latency", .text = words_duration };
	char *script;

	axis_take(&axis, 3100);
	axis_take(&axis, 9200);
	script = axis_script(&axis);
	cr_assert_not_null(strstr(script, "set yrange [0:10000]"), "%s", script);
	cr_assert_not_null(strstr(script, "'8 µs' 8000"), "%s", script);
	free(script);
}

Test(report, axes_of_any_numbers_end)
{
	static const double numbers[] = { 0, -1, 1e-300, 1, 1e18, 1e300, 1.7e308 };

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		for (size_t j = 0; j < sizeof(numbers) / sizeof(numbers[0]); j++) {
			struct axis axis = {
				.letter = 'x', .label = "", .text = words_rate, .tight = i % 2
			};

			axis_take(&axis, numbers[i]);
			axis_take(&axis, numbers[j]);
			axis_choose(&axis, 10);
			free(axis_script(&axis));
		}
}
