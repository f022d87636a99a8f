#include "output/document.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/array.h"

/* Fifteen digits: more are noise of the binary number. */
#define PRINT_FLAGS (JSON_INDENT(2) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(15))
/* Beyond this a double knows no odd whole numbers. */
#define WHOLE_MAX 9007199254740992.0
#define STEP_MAX 64

size_t document_run_count(const struct document *document)
{
	size_t count = json_array_size(json_object_get(document->root, "runs"));

	return count > 0 ? count : 1;
}

const json_t *document_run(const struct document *document, size_t index)
{
	const json_t *runs = json_object_get(document->root, "runs");

	return json_array_size(runs) > 0 ? json_array_get(runs, index) : document->root;
}

const json_t *member(const json_t *part, const char *path)
{
	char step[STEP_MAX];

	while (*path) {
		size_t length = strcspn(path, "/");

		(void)snprintf(step, sizeof(step), "%.*s", (int)length, path);
		part = json_object_get(part, step);
		path += length + (path[length] == '/');
	}
	return part;
}

bool member_number(const json_t *part, const char *path, double *ret_number)
{
	const json_t *value = member(part, path);

	if (!json_is_number(value))
		return false;
	*ret_number = json_number_value(value);
	return true;
}

double member_count(const json_t *part, const char *path)
{
	double number = 0;

	(void)member_number(part, path, &number);
	return number;
}

const char *member_string(const json_t *part, const char *path)
{
	return json_string_value(member(part, path));
}

bool is_answered_rightly(const json_t *part)
{
	return member_count(part, "requests") > 0 && member_count(part, "lost") == 0 &&
	       member_count(part, "errors/total") == 0;
}

int member_histogram(const json_t *part, const char *path, struct histogram **ret_histogram)
{
	const json_t *json = member(part, path);

	if (!member_string(json, "histogram"))
		return -ENODATA;
	return histogram_from_json(json, ret_histogram, NULL);
}

/* A value of the configuration, as a word of a name; nothing if it has none. */
static void name_append(struct document_name *name, const char *key, const json_t *value)
{
	size_t used = strlen(name->text);
	char *end = name->text + used;
	size_t room = sizeof(name->text) - used;

	if (json_is_string(value))
		(void)snprintf(end, room, "/%s=%s", key, json_string_value(value));
	else if (json_is_number(value))
		(void)snprintf(end, room, "/%s=%.15g", key, json_number_value(value));
}

/* The transport is what stands before the first colon of the target, without a service. */
static void transport_append(struct document_name *name, const char *target)
{
	size_t length = strcspn(target, ":");
	const char *plus = memchr(target, '+', length);

	if (plus) {
		length -= (size_t)(plus + 1 - target);
		target = plus + 1;
	}
	(void)snprintf(name->text, sizeof(name->text), "/proto=%.*s", (int)length, target);
}

struct document_name document_configuration(const struct document *document)
{
	static const struct {
		const char *key;
		const char *path;
	} parts[] = {
		{ "conns", "options/connections" }, { "depth", "options/depth" },
		{ "size", "options/size" },	    { "rate", "options/rate" },
		{ "backend", "backend/effective" },
	};
	const char *target = member_string(document->root, "target");
	struct document_name name = { "" };

	if (target)
		transport_append(&name, target);
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		const json_t *value = member(document->root, parts[i].path);

		/* A closed loop has no rate. */
		if (json_is_integer(value) && json_integer_value(value) == 0)
			continue;
		name_append(&name, parts[i].key, value);
	}
	return name;
}

struct document_name document_service(const struct document *document)
{
	const char *target = member_string(document->root, "target");
	struct document_name name = { "load" };
	size_t length = target ? strcspn(target, "+:") : 0;

	if (length > 0 && target[length] == '+')
		(void)snprintf(name.text, sizeof(name.text), "%.*s", (int)length, target);
	return name;
}

/* A text that did not fit may end within a character, which is not UTF-8 any more. */
static void drop_part_of_character(char *text)
{
	size_t length = strlen(text), start = length;
	unsigned char first;

	while (start > 0 && ((unsigned char)text[start - 1] & 0xc0) == 0x80)
		start--;
	if (start == 0)
		return;
	first = (unsigned char)text[--start];
	if (length - start < (first >= 0xf0 ? 4u : first >= 0xe0 ? 3u : first >= 0xc0 ? 2u : 1u))
		text[start] = '\0';
}

struct document_name document_name(const struct document *document)
{
	const char *label = member_string(document->root, "label");
	struct document_name name = document_service(document);
	struct document_name configuration = document_configuration(document);
	size_t used = strlen(name.text);

	if (label && label[0])
		(void)snprintf(name.text, sizeof(name.text), "%s", label);
	else
		(void)snprintf(name.text + used, sizeof(name.text) - used, "%s",
			       configuration.text);
	drop_part_of_character(name.text);
	return name;
}

int json_print(json_t *json, FILE *file)
{
	int error = json ? 0 : -ENOMEM;

	if (!error && (json_dumpf(json, file, PRINT_FLAGS) < 0 || fputc('\n', file) == EOF))
		error = errno ? -errno : -EIO;
	json_decref(json);
	return error;
}

json_t *json_number(double number)
{
	if (number == floor(number) && fabs(number) <= WHOLE_MAX)
		return json_integer((json_int_t)number);
	return json_real(number);
}
