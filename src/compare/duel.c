#include "duel.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"

int duel_init(const struct compare_options *options, struct duel *ret_duel)
{
	*ret_duel = (struct duel){
		.options = options,
		.base = { .word = "base" },
		.changed = { .word = "new" },
		.warnings = json_array(),
		.started_unix_ns = (uint64_t)clock_wall_ns(),
	};
	return ret_duel->warnings ? 0 : -ENOMEM;
}

void duel_finish(struct duel *duel)
{
	contests_finish(&duel->contests);
	side_finish(&duel->base);
	side_finish(&duel->changed);
	json_decref(duel->warnings);
	duel->warnings = NULL;
}

bool duel_is_paired(const struct duel *duel)
{
	return duel->origin != DUEL_FILES;
}

int duel_warn(struct duel *duel, const char *format, ...)
{
	char text[ERROR_TEXT_MAX];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	return json_append(duel->warnings, json_text(text));
}

static int match(const struct duel *duel, json_t *warnings, struct contest_list *ret_list,
		 struct error *ret_error)
{
	return contests_make(&duel->base, &duel->changed, duel_is_paired(duel),
			     &duel->options->metrics, duel->options->least_effect, warnings,
			     ret_list, ret_error);
}

int duel_check(const struct duel *duel, struct error *ret_error)
{
	struct contest_list list;
	json_t *warnings = json_array();
	int error = match(duel, warnings, &list, ret_error);

	contests_finish(&list);
	json_decref(warnings);
	return error;
}

int duel_decide(struct duel *duel, const struct decision_plan *plan, struct error *ret_error)
{
	json_t *left_out = json_array();
	int error;

	contests_finish(&duel->contests);
	error = match(duel, left_out, &duel->contests, ret_error);
	if (!error)
		error = contests_decide(&duel->contests, duel_is_paired(duel), plan, ret_error);
	if (!error)
		duel->verdict = contests_verdict(&duel->contests);
	/* It is the same at every look. */
	if (!error && duel->look_count == 0 && json_array_extend(duel->warnings, left_out) < 0)
		error = error_set(ret_error, -ENOMEM, "out of memory");
	json_decref(left_out);
	return error;
}
