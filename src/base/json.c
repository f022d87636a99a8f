#include "base/json.h"

#include <errno.h>
#include <fcntl.h>
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

int json_append(json_t *array, json_t *value)
{
	return json_array_append_new(array, value) < 0 ? -ENOMEM : 0;
}

json_t *json_complete(json_t *value, int error)
{
	if (!error)
		return value;
	json_decref(value);
	return NULL;
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

/* A name beside path for what is to replace it; the caller frees it. */
static char *neighbour_name(const char *path)
{
	char *name;

	return asprintf(&name, "%s.%d.tmp", path, (int)getpid()) < 0 ? NULL : name;
}

static bool is_standard_output(const char *path)
{
	return strcmp(path, "-") == 0;
}

static int path_write(const json_t *document, const char *path)
{
	char *neighbour;
	int error;

	if (is_standard_output(path))
		return document_print(document, stdout);
	if (is_special(path))
		return special_write(document, path);
	neighbour = neighbour_name(path);
	if (!neighbour)
		return -ENOMEM;
	error = file_replace(document, path, neighbour);
	free(neighbour);
	return error;
}

static int cannot_write(const char *path, int error, struct error *ret_error)
{
	return error_set(ret_error, error, "cannot write %s: %s",
			 is_standard_output(path) ? "standard output" : path, strerror(-error));
}

int json_save(json_t *document, const char *path, struct error *ret_error)
{
	int error = document ? path_write(document, path) : -ENOMEM;

	json_decref(document);
	return error ? cannot_write(path, error, ret_error) : 0;
}

static int file_try(const char *path)
{
	char *neighbour = neighbour_name(path);
	int fd, error;

	if (!neighbour)
		return -ENOMEM;
	fd = open(neighbour, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	error = fd < 0 ? -errno : 0;
	if (fd >= 0) {
		(void)close(fd);
		(void)unlink(neighbour);
	}
	free(neighbour);
	return error;
}

/* Not opened: a pipe would see its writer come and go. */
static int special_try(const char *path)
{
	struct stat status;

	if (stat(path, &status) < 0)
		return -errno;
	if (S_ISDIR(status.st_mode))
		return -EISDIR;
	return access(path, W_OK) < 0 ? -errno : 0;
}

int json_try_path(const char *path, struct error *ret_error)
{
	int error;

	if (!path || is_standard_output(path))
		return 0;
	error = is_special(path) ? special_try(path) : file_try(path);
	return error ? cannot_write(path, error, ret_error) : 0;
}
