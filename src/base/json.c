#include "base/json.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

int json_put_string(json_t *object, const char *key, const char *value)
{
	json_t *string;

	if (!value)
		return json_put_value(object, key, json_null());
	string = json_string(value);
	return json_put_value(object, key, string ? string : string_of_bytes(value));
}

static int document_print(const json_t *document, FILE *file)
{
	errno = 0;
	if (json_dumpf(document, file, JSON_INDENT(2) | JSON_PRESERVE_ORDER) < 0 ||
	    fputc('\n', file) == EOF || fflush(file) == EOF)
		return errno ? -errno : -EIO;
	return 0;
}

static int file_replace(const json_t *document, const char *path, const char *neighbour)
{
	FILE *file = fopen(neighbour, "we");
	int error;

	if (!file)
		return -errno;
	error = document_print(document, file);
	if (fclose(file) == EOF && !error)
		error = -errno;
	if (!error && rename(neighbour, path) < 0)
		error = -errno;
	if (error)
		(void)unlink(neighbour);
	return error;
}

/* A device or a pipe (/dev/null, /dev/stderr) is written to, not replaced. */
static int special_write(const json_t *document, const char *path)
{
	FILE *file = fopen(path, "we");
	int error;

	if (!file)
		return -errno;
	error = document_print(document, file);
	if (fclose(file) == EOF && !error)
		error = -errno;
	return error;
}

static bool is_special(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && !S_ISREG(status.st_mode);
}

static int path_write(const json_t *document, const char *path)
{
	char *neighbour;
	int error;

	if (strcmp(path, "-") == 0)
		return document_print(document, stdout);
	if (is_special(path))
		return special_write(document, path);
	if (asprintf(&neighbour, "%s.%d.tmp", path, (int)getpid()) < 0)
		return -ENOMEM;
	error = file_replace(document, path, neighbour);
	free(neighbour);
	return error;
}

int json_write_file(const json_t *document, const char *path, struct error *ret_error)
{
	int error = path_write(document, path);

	if (error)
		return error_set(ret_error, error, "cannot write %s: %s",
				 strcmp(path, "-") == 0 ? "standard output" : path,
				 strerror(-error));
	return 0;
}
