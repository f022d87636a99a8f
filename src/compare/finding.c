#include "finding.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"

int finding_init(const struct compare_options *options, struct finding *ret_finding)
{
	*ret_finding = (struct finding){
		.options = options,
		.base = { .word = "base" },
		.changed = { .word = "new" },
		.warnings = json_array(),
		.started_unix_ns = (uint64_t)clock_wall_ns(),
	};
	return ret_finding->warnings ? 0 : -ENOMEM;
}

void finding_finish(struct finding *finding)
{
	contests_finish(&finding->contests);
	side_finish(&finding->base);
	side_finish(&finding->changed);
	json_decref(finding->warnings);
	finding->warnings = NULL;
}

bool finding_is_paired(const struct finding *finding)
{
	return finding->origin != FINDING_FILES;
}

int finding_warn(struct finding *finding, const char *format, ...)
{
	char text[ERROR_TEXT_MAX];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	return json_append(finding->warnings, json_text(text));
}

static int match(const struct finding *finding, json_t *warnings, struct contest_list *ret_list,
		 struct error *ret_error)
{
	return contests_make(&finding->base, &finding->changed, finding_is_paired(finding),
			     &finding->options->metrics, finding->options->least_effect, warnings,
			     ret_list, ret_error);
}

int finding_check(const struct finding *finding, struct error *ret_error)
{
	struct contest_list list;
	json_t *warnings = json_array();
	int error = match(finding, warnings, &list, ret_error);

	contests_finish(&list);
	json_decref(warnings);
	return error;
}

int finding_decide(struct finding *finding, const struct decision_plan *plan,
		   struct error *ret_error)
{
	json_t *left_out = json_array();
	int error;

	contests_finish(&finding->contests);
	error = match(finding, left_out, &finding->contests, ret_error);
	if (!error)
		error = contests_decide(&finding->contests, finding_is_paired(finding), plan,
					ret_error);
	if (!error)
		finding->verdict = contests_verdict(&finding->contests);
	/* It is the same at every look. */
	if (!error && finding->look_count == 0 &&
	    json_array_extend(finding->warnings, left_out) < 0)
		error = error_set(ret_error, -ENOMEM, "out of memory");
	json_decref(left_out);
	return error;
}
