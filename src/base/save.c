#include "base/save.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int stream_print(FILE *file, save_print print, const void *what)
{
	int error;

	errno = 0;
	error = print(what, file);
	if (!error && (fflush(file) == EOF || ferror(file)))
		error = errno ? -errno : -EIO;
	return error;
}

static int opened_print(FILE *file, save_print print, const void *what)
{
	int error = stream_print(file, print, what);

	if (fclose(file) == EOF && !error)
		error = -errno;
	return error;
}

static int file_replace(const char *path, const char *neighbour, save_print print, const void *what)
{
	FILE *file = fopen(neighbour, "we");
	int error;

	if (!file)
		return -errno;
	error = opened_print(file, print, what);
	if (!error && rename(neighbour, path) < 0)
		error = -errno;
	if (error)
		(void)unlink(neighbour);
	return error;
}

/* A device or a pipe (/dev/null, /dev/stderr) is written to, not replaced. */
static int special_write(const char *path, save_print print, const void *what)
{
	FILE *file = fopen(path, "we");

	return file ? opened_print(file, print, what) : -errno;
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

bool save_is_standard_output(const char *path)
{
	return strcmp(path, "-") == 0;
}

static int path_write(const char *path, save_print print, const void *what)
{
	char *neighbour;
	int error;

	if (save_is_standard_output(path))
		return stream_print(stdout, print, what);
	if (is_special(path))
		return special_write(path, print, what);
	neighbour = neighbour_name(path);
	if (!neighbour)
		return -ENOMEM;
	error = file_replace(path, neighbour, print, what);
	free(neighbour);
	return error;
}

int save_failed(const char *path, int error, struct error *ret_error)
{
	return error_set(ret_error, error, "cannot write %s: %s",
			 save_is_standard_output(path) ? "standard output" : path,
			 strerror(-error));
}

int save_file(const char *path, save_print print, const void *what, struct error *ret_error)
{
	int error = path_write(path, print, what);

	return error ? save_failed(path, error, ret_error) : 0;
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

int save_try(const char *path, struct error *ret_error)
{
	int error;

	if (!path || save_is_standard_output(path))
		return 0;
	error = is_special(path) ? special_try(path) : file_try(path);
	return error ? save_failed(path, error, ret_error) : 0;
}
