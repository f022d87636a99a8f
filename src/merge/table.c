#include "table.h"

#include "base/unit.h"
#include "output/document.h"

static const char *text_or(const char *text, const char *otherwise)
{
	return text ? text : otherwise;
}

/* "-" where there is no such figure. */
static struct unit_text figure_text(const json_t *row, const char *path,
				    struct unit_text (*text)(double))
{
	struct unit_text none = { "-" };
	double value;

	return member_number(row, path, &value) ? text(value) : none;
}

static void row_print(const char *name, const json_t *row, const char *errors, FILE *stream)
{
	(void)fprintf(stream, "  %-20s %10s %10s %10s %10s %10s %8s %8s\n", name,
		      figure_text(row, "requests", count_text).text,
		      figure_text(row, "requests_per_s", count_text).text,
		      figure_text(row, "latency_ns/p50", duration_text).text,
		      figure_text(row, "latency_ns/p99", duration_text).text,
		      figure_text(row, "latency_ns/max", duration_text).text,
		      figure_text(row, errors, count_text).text,
		      figure_text(row, "lost", count_text).text);
}

void table_print(const json_t *document, FILE *stream)
{
	json_t *row;
	size_t i;

	(void)fprintf(stream, "%s\n\n  %-20s %10s %10s %10s %10s %10s %8s %8s\n",
		      text_or(member_string(document, "target"), ""), "host", "requests",
		      "a second", "p50", "p99", "max", "errors", "lost");
	json_array_foreach (json_object_get(document, "hosts"), i, row) {
		row_print(text_or(member_string(row, "name"), "-"), row, "errors", stream);
	}
	row_print("all", document, "errors/total", stream);
	(void)fprintf(stream, "\n  measured    %s\n",
		      figure_text(document, "duration_ns", duration_text).text);
}
