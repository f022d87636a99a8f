#include "markdown.h"

#include <stdio.h>
#include <string.h>

#include "base/save.h"
#include "measure/host.h"
#include "output/document.h"
#include "sentence.h"
#include "value.h"

/* What would be markup, or a mention of somebody, is text: names come from anywhere. */
static void text_print(const char *text, FILE *file)
{
	for (; *text; text++) {
		if (strchr("\r\n\t", *text))
			(void)fputc(' ', file);
		else if (strchr("\\`*_[]<>#|~@&", *text))
			(void)fprintf(file, "&#%d;", *text);
		else
			(void)fputc(*text, file);
	}
}

/* Code is a paragraph of its own, which no backtick inside can end. */
static void code_print(const char *text, FILE *file)
{
	(void)fputs("<pre>", file);
	for (; *text; text++) {
		if (strchr("&<>", *text) || *text == '\n')
			(void)fprintf(file, "&#%d;", *text);
		else
			(void)fputc(*text, file);
	}
	(void)fputs("</pre>\n", file);
}

static void estimate_print(const struct contest *contest, const struct estimate *estimate,
			   double confidence, FILE *file)
{
	struct unit_text spread = value_spread(estimate, confidence);

	text_print(value_text(estimate->median, contest->unit).text, file);
	if (strcmp(spread.text, "inf") == 0)
		(void)fputs(" ± ∞", file);
	else if (spread.text[0])
		(void)fprintf(file, " ± %s", spread.text);
	(void)fputs(" | ", file);
}

static void contest_print(const struct contest *contest, double confidence, FILE *file)
{
	const struct decision_outcome *outcome = &contest->outcome;
	bool strong = contest->rule.judged && outcome->decision == DECISION_REGRESSED;

	(void)fputs("| ", file);
	text_print(contest->benchmark, file);
	(void)fputs(" | ", file);
	text_print(metric_title(contest->metric), file);
	(void)fputs(" | ", file);
	estimate_print(contest, &outcome->base, confidence, file);
	estimate_print(contest, &outcome->changed, confidence, file);
	(void)fprintf(file, "%s | ", value_ratio(&outcome->ratio).text);
	text_print(outcome->counted ? "exact" : value_p(outcome->mann_whitney_p).text, file);
	(void)fprintf(file, " | %s | %s%s%s |\n", contest_counts(contest).text, strong ? "**" : "",
		      contest_verdict(contest).text, strong ? "**" : "");
}

static void warnings_print(const struct duel *duel, FILE *file)
{
	json_t *warning;
	size_t i;

	json_array_foreach (duel->warnings, i, warning) {
		(void)fputs(i == 0 ? "\n- " : "- ", file);
		text_print(json_string_value(warning), file);
		(void)fputc('\n', file);
	}
}

static void host_print(FILE *file)
{
	static const char *const keys[] = { "kernel",	"cpu_model",	  "cpus",
					    "governor", "virtualisation", "clock_source" };
	json_t *host = host_to_json();

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const json_t *value = json_object_get(host, keys[i]);

		if (!json_is_string(value) && !json_is_integer(value))
			continue;
		(void)fprintf(file, "- %s: ", keys[i]);
		if (json_is_string(value))
			text_print(json_string_value(value), file);
		else
			(void)fprintf(file, "%lld", (long long)json_integer_value(value));
		(void)fputc('\n', file);
	}
	json_decref(host);
}

static void settings_print(const struct side *side, FILE *file)
{
	for (uint32_t i = 0; i < side->set.setting_count; i++) {
		(void)fprintf(file, "- %s, ", side->word);
		text_print(side->set.settings[i].key, file);
		(void)fputs(": ", file);
		text_print(side->set.settings[i].value, file);
		(void)fputc('\n', file);
	}
}

static void details_print(const struct duel *duel, FILE *file)
{
	(void)fputs("\n<details><summary>How it was measured</summary>\n\n", file);
	text_print(duel_method(duel).text, file);
	(void)fputs("; measured: ", file);
	text_print(duel_source(duel).text, file);
	(void)fputs(".\n\n", file);
	if (duel->origin == DUEL_PAIRS)
		host_print(file);
	settings_print(&duel->base, file);
	settings_print(&duel->changed, file);
	(void)fputs("\nbase:\n\n", file);
	code_print(duel->base.name, file);
	(void)fputs("\nnew:\n\n", file);
	code_print(duel->changed.name, file);
	(void)fputs("\n</details>\n", file);
}

static int markdown_print(const void *what, FILE *file)
{
	const struct duel *duel = what;
	const struct contest_list *list = &duel->contests;

	(void)fprintf(file, "### ringside compare: %s\n\n", decision_names[duel->verdict]);
	text_print(duel_sentence(duel).text, file);
	(void)fputs("\n\n| benchmark | metric | base | new | ratio | p (U) | n | verdict |\n"
		    "|---|---|--:|--:|--:|--:|--:|---|\n",
		    file);
	for (uint32_t i = 0; i < list->count; i++)
		contest_print(&list->items[i], duel->options->confidence, file);
	warnings_print(duel, file);
	details_print(duel, file);
	return 0;
}

int markdown_save(const struct duel *duel, const char *path, struct error *ret_error)
{
	return save_file(path, markdown_print, duel, ret_error);
}
