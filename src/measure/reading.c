#include "measure/reading.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/cpu.h"
#include "base/unit.h"

void reading_set_text(struct reading *ret_reading, const char *text)
{
	*ret_reading = (struct reading){ .available = true };
	(void)snprintf(ret_reading->text, sizeof(ret_reading->text), "%s", text);
}

void reading_set_number(struct reading *ret_reading, uint64_t number)
{
	*ret_reading = (struct reading){ .available = true, .is_number = true, .number = number };
	(void)snprintf(ret_reading->text, sizeof(ret_reading->text), "%llu",
		       (unsigned long long)number);
}

void reading_set_missing(struct reading *ret_reading, const char *format, ...)
{
	va_list arguments;

	*ret_reading = (struct reading){ .available = false };
	va_start(arguments, format);
	(void)vsnprintf(ret_reading->text, sizeof(ret_reading->text), format, arguments);
	va_end(arguments);
}

/* What a line says of a field: "field: value", with any blanks; NULL if it is about another. */
static const char *value_of(const char *line, const char *field)
{
	size_t length = strlen(field);

	if (strncmp(line, field, length) != 0)
		return NULL;
	line += length + strspn(line + length, " \t");
	if (*line != ':')
		return NULL;
	return line + 1 + strspn(line + 1, " \t");
}

int line_read(const char *path, const char *field, char *ret_line, size_t size)
{
	FILE *file = fopen(path, "re");
	char line[LINE_SIZE];
	const char *value = NULL;
	int error;

	if (!file)
		return -errno;
	while (!value && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		value = field ? value_of(line, field) : line;
	}
	error = ferror(file) ? -errno : 0;
	(void)fclose(file);
	if (!error && (!value || *value == '\0'))
		error = -ENODATA;
	if (!error)
		(void)snprintf(ret_line, size, "%s", value);
	return error;
}

int reading_parse_text(const char *line, struct reading *ret_reading)
{
	reading_set_text(ret_reading, line);
	for (char *at = ret_reading->text; *at; at++)
		if (*at == '\t')
			*at = ' ';
	return 0;
}

int reading_parse_word(const char *line, struct reading *ret_reading)
{
	char word[64];

	(void)snprintf(word, sizeof(word), "%.*s", (int)strcspn(line, " \t"), line);
	reading_set_text(ret_reading, word);
	return 0;
}

int reading_parse_switch(const char *line, struct reading *ret_reading)
{
	if ((line[0] != '0' && line[0] != '1') || line[1] != '\0')
		return -EINVAL;
	reading_set_text(ret_reading, line[0] == '1' ? "on" : "off");
	return 0;
}

int reading_parse_pressure(const char *line, struct reading *ret_reading)
{
	static const char start[] = "some avg10=";
	char share[32], text[40];
	double percent;

	if (strncmp(line, start, strlen(start)) != 0)
		return -EINVAL;
	line += strlen(start);
	(void)snprintf(share, sizeof(share), "%.*s", (int)strcspn(line, " "), line);
	if (real_parse(share, &percent) < 0)
		return -EINVAL;
	(void)snprintf(text, sizeof(text), "%s %%", share);
	reading_set_text(ret_reading, text);
	return 0;
}

int reading_parse_number(const char *line, struct reading *ret_reading)
{
	uint64_t number;

	if (line[strspn(line, "0123456789")] != '\0' || count_parse(line, &number) < 0)
		return -EINVAL;
	reading_set_number(ret_reading, number);
	return 0;
}

int reading_parse_cpus(const char *line, struct reading *ret_reading)
{
	struct cpu_list list;

	if (cpu_list_parse(line, &list, NULL) < 0)
		return -EINVAL;
	reading_set_number(ret_reading, list.count);
	(void)snprintf(ret_reading->text, sizeof(ret_reading->text), "%u (%s)", list.count, line);
	return 0;
}

int reading_parse_choice(const char *line, struct reading *ret_reading)
{
	const char *open = strchr(line, '[');
	const char *close = open ? strchr(open, ']') : NULL;
	char word[64];

	if (!close || close == open + 1)
		return -EINVAL;
	(void)snprintf(word, sizeof(word), "%.*s", (int)(close - open - 1), open + 1);
	reading_set_text(ret_reading, word);
	return 0;
}

int reading_parse_mitigations(const char *line, struct reading *ret_reading)
{
	static const char parameter[] = "mitigations=";
	const char *found = line;
	char value[128];

	while ((found = strstr(found, parameter)) && found > line && !isspace(found[-1]))
		found++;
	if (!found) {
		reading_set_text(ret_reading, "the kernel's default (auto)");
		return 0;
	}
	found += strlen(parameter);
	(void)snprintf(value, sizeof(value), "%.*s", (int)strcspn(found, " \t"), found);
	reading_set_text(ret_reading, value);
	return 0;
}
