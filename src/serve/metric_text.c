#include "metric_text.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"

static const char *const type_names[] = {
	[METRIC_COUNTER] = "counter",
	[METRIC_GAUGE] = "gauge",
};

static const char *sample_ending(enum metric_type type)
{
	return type == METRIC_COUNTER ? "_total" : "";
}

/* The family of a counter bears the counter's own name in the older format. */
static const char *family_ending(const struct metric_text *text, enum metric_type type)
{
	return text->openmetrics ? "" : sample_ending(type);
}

void metric_family(const struct metric_text *text, const char *name, enum metric_type type,
		   const char *help)
{
	const char *ending = family_ending(text, type);

	(void)fprintf(text->stream, "# HELP %s%s %s\n# TYPE %s%s %s\n", name, ending, help, name,
		      ending, type_names[type]);
}

/* At most twice as long as it was. */
static size_t escape(const char *value, char *ret_text)
{
	char *next = ret_text;

	for (; *value; value++) {
		if (*value == '\\' || *value == '"' || *value == '\n')
			*next++ = '\\';
		*next++ = *value == '\n' ? 'n' : *value;
	}
	return (size_t)(next - ret_text);
}

bool metric_label(char *labels, size_t size, const char *name, const char *value)
{
	size_t used = strlen(labels);

	/* A comma, the equals sign, two quotes, the end. */
	if (used + strlen(name) + 2 * strlen(value) + 5 > size)
		return false;
	used += (size_t)snprintf(labels + used, size - used, "%s%s=\"", used > 0 ? "," : "", name);
	used += escape(value, labels + used);
	memcpy(labels + used, "\"", 2);
	return true;
}

static void sample_begin(const struct metric_text *text, const char *name, enum metric_type type,
			 const char *labels)
{
	bool any = *labels != '\0';

	(void)fprintf(text->stream, "%s%s%s%s%s ", name, sample_ending(type), any ? "{" : "",
		      labels, any ? "}" : "");
}

void metric_sample(const struct metric_text *text, const char *name, enum metric_type type,
		   const char *labels, uint64_t value)
{
	sample_begin(text, name, type, labels);
	(void)fprintf(text->stream, "%" PRIu64 "\n", value);
}

void metric_sample_ns(const struct metric_text *text, const char *name, enum metric_type type,
		      const char *labels, uint64_t value_ns)
{
	sample_begin(text, name, type, labels);
	(void)fprintf(text->stream, "%" PRIu64 ".%09" PRIu64 "\n", value_ns / (uint64_t)NS_PER_S,
		      value_ns % (uint64_t)NS_PER_S);
}

void metric_end(const struct metric_text *text)
{
	if (text->openmetrics)
		(void)fputs("# EOF\n", text->stream);
}
