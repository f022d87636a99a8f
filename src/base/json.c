#include "base/json.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/save.h"

int json_put_value(json_t *object, const char *key, json_t *value)
{
	return json_object_set_new(object, key, value) < 0 ? -ENOMEM : 0;
}

int json_put_integer(json_t *object, const char *key, int64_t value)
{
	return json_put_value(object, key, json_integer(value));
}

int json_put_unsigned(json_t *object, const char *key, uint64_t value)
{
	return json_put_integer(object, key, value > INT64_MAX ? INT64_MAX : (int64_t)value);
}

int json_put_real(json_t *object, const char *key, double value)
{
	return json_put_value(object, key, isfinite(value) ? json_real(value) : json_null());
}

int json_put_boolean(json_t *object, const char *key, bool value)
{
	return json_put_value(object, key, json_boolean(value));
}

/* A path may hold any byte. */
static json_t *string_of_bytes(const char *bytes)
{
	char *clean = strdup(bytes);
	json_t *string;

	if (!clean)
		return NULL;
	for (char *at = clean; *at; at++)
		if ((unsigned char)*at >= 0x80)
			*at = '?';
	string = json_string(clean);
	free(clean);
	return string;
}

json_t *json_text(const char *text)
{
	json_t *string;

	if (!text)
		return json_null();
	string = json_string(text);
	return string ? string : string_of_bytes(text);
}

int json_put_string(json_t *object, const char *key, const char *value)
{
	return json_put_value(object, key, json_text(value));
}

int json_put_shared(json_t *object, const char *key, const json_t *value)
{
	return json_put_value(object, key, value ? json_incref((json_t *)value) : json_null());
}

int json_append(json_t *array, json_t *value)
{
	return json_array_append_new(array, value) < 0 ? -ENOMEM : 0;
}

json_t *json_texts(int count, char *const *texts)
{
	json_t *array = json_array();
	int error = 0;

	for (int i = 0; i < count; i++)
		error |= json_append(array, json_text(texts[i]));
	return json_complete(array, error);
}

json_t *json_complete(json_t *value, int error)
{
	if (!error)
		return value;
	json_decref(value);
	return NULL;
}

static int document_print(const void *document, FILE *file)
{
	if (json_dumpf(document, file, JSON_INDENT(2) | JSON_PRESERVE_ORDER) < 0)
		return errno ? -errno : -EIO;
	return fputc('\n', file) == EOF ? -errno : 0;
}

static json_t *stream_read(FILE *file, const char *name, struct error *ret_error)
{
	json_error_t problem;
	json_t *document;
	int error;

	errno = 0;
	document = json_loadf(file, 0, &problem);
	error = errno;
	if (document)
		return document;
	if (ferror(file))
		(void)error_set(ret_error, -EINVAL, "cannot read %s: %s", name, strerror(error));
	else
		(void)error_set(ret_error, -EINVAL, "%s is not JSON: line %d: %s", name,
				problem.line, problem.text);
	return NULL;
}

int json_read(const char *path, json_t **ret_document, struct error *ret_error)
{
	bool standard = save_is_standard_output(path);
	FILE *file = standard ? stdin : fopen(path, "re");
	json_t *document;

	if (!file)
		return error_set(ret_error, -errno, "cannot read %s: %s", path, strerror(errno));
	document = stream_read(file, standard ? "standard input" : path, ret_error);
	if (!standard)
		(void)fclose(file);
	if (!document)
		return -EINVAL;
	*ret_document = document;
	return 0;
}

int json_save(json_t *document, const char *path, struct error *ret_error)
{
	int error = document ? save_file(path, document_print, document, ret_error)
			     : save_failed(path, -ENOMEM, ret_error);

	json_decref(document);
	return error;
}

int json_try_path(const char *path, struct error *ret_error)
{
	return save_try(path, ret_error);
}
