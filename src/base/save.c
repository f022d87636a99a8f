#include "base/save.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"

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
	struct stat before;
	bool replaces = stat(path, &before) == 0;
	FILE *file;
	int error;

	/* Not through a link that somebody has laid there. */
	(void)unlink(neighbour);
	file = fopen(neighbour, "wxe");
	if (!file)
		return -errno;
	if (replaces)
		(void)fchmod(fileno(file), before.st_mode & 07777);
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

/* The stream of ours that goes where path leads, as /dev/stdout does; NULL: none. What we write to
 * already must not be replaced under us. */
static FILE *own_stream(const char *path)
{
	FILE *const streams[] = { stdout, stderr };
	struct stat there, here;

	for (size_t i = 0; i < ARRAY_SIZE(streams); i++)
		if (stat(path, &there) == 0 && fstat(fileno(streams[i]), &here) == 0 &&
		    there.st_dev == here.st_dev && there.st_ino == here.st_ino)
			return streams[i];
	return NULL;
}

/* A name beside the file for what is to replace it, or beside the one that a link names: the link
 * stays. The caller frees both. Errors: ENOMEM. */
static int names_make(const char *path, char **ret_real, char **ret_neighbour)
{
	char *real = realpath(path, NULL), *neighbour;

	if (!real)
		real = strdup(path);
	if (!real || asprintf(&neighbour, "%s.%d.tmp", real, (int)getpid()) < 0) {
		free(real);
		return -ENOMEM;
	}
	*ret_real = real;
	*ret_neighbour = neighbour;
	return 0;
}

bool save_is_standard_output(const char *path)
{
	return strcmp(path, "-") == 0;
}

static int path_write(const char *path, save_print print, const void *what)
{
	FILE *stream = save_is_standard_output(path) ? stdout : own_stream(path);
	char *real, *neighbour;
	int error;

	if (stream)
		return stream_print(stream, print, what);
	if (is_special(path))
		return special_write(path, print, what);
	error = names_make(path, &real, &neighbour);
	if (error)
		return error;
	error = file_replace(real, neighbour, print, what);
	free(neighbour);
	free(real);
	return error;
}

int save_place(const char *path, char **ret_place)
{
	char *place = NULL;

	if (path && !save_is_standard_output(path) && !own_stream(path)) {
		place = realpath(path, NULL);
		if (!place)
			place = strdup(path);
		if (!place)
			return -ENOMEM;
	}
	*ret_place = place;
	return 0;
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
	char *real, *neighbour;
	int error = *path == '\0' ? -ENOENT : names_make(path, &real, &neighbour), fd;

	if (error)
		return error;
	(void)unlink(neighbour);
	fd = open(neighbour, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	error = fd < 0 ? -errno : 0;
	if (fd >= 0) {
		(void)close(fd);
		(void)unlink(neighbour);
	}
	free(neighbour);
	free(real);
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
