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

int finding_decide(struct finding *finding, const struct decision_plan *plan,
		   struct error *ret_error)
{
	const struct compare_options *options = finding->options;
	bool paired = finding_is_paired(finding);
	json_t *left_out = json_array();
	int error = left_out ? 0 : error_set(ret_error, -ENOMEM, "out of memory");

	contests_finish(&finding->contests);
	if (!error)
		error = contests_make(&finding->base, &finding->changed, paired, &options->metrics,
				      options->least_effect, left_out, &finding->contests,
				      ret_error);
	if (!error)
		error = contests_decide(&finding->contests, paired, plan, ret_error);
	if (!error)
		finding->verdict = contests_verdict(&finding->contests);
	/* It is the same at every look. */
	if (!error && finding->look_count == 0 &&
	    json_array_extend(finding->warnings, left_out) < 0)
		error = error_set(ret_error, -ENOMEM, "out of memory");
	json_decref(left_out);
	return error;
}
