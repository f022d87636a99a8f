#include "path.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEVICE 1

struct path {
	struct path *next;
	char *name;
	ino_t inode;
	mode_t mode;
};

static struct {
	struct path *first;
	ino_t made;
} paths;

void sim_paths_open(void)
{
	paths.first = NULL;
	paths.made = 0;
}

void sim_paths_close(void)
{
	while (paths.first)
		(void)sim_path_unlink(paths.first->name);
}

static struct path **find(const char *name)
{
	struct path **at = &paths.first;

	while (*at && strcmp((*at)->name, name) != 0)
		at = &(*at)->next;
	return at;
}

int sim_path_make(const char *name)
{
	struct path *path;

	if (*find(name))
		return -EADDRINUSE;
	path = calloc(1, sizeof(*path));
	if (!path)
		return -ENOMEM;
	path->name = strdup(name);
	if (!path->name) {
		free(path);
		return -ENOMEM;
	}
	path->inode = ++paths.made;
	path->mode = S_IFSOCK | 0755;
	path->next = paths.first;
	paths.first = path;
	return 0;
}

int sim_path_unlink(const char *name)
{
	struct path **at = find(name), *path = *at;

	if (!path)
		return -ENOENT;
	*at = path->next;
	free(path->name);
	free(path);
	return 0;
}

static int change_mode(struct path *path, mode_t mode)
{
	if (!path)
		return -ENOENT;
	path->mode = S_IFSOCK | (mode & 07777);
	return 0;
}

static int tell_status(const struct path *path, struct stat *ret_status)
{
	if (!path)
		return -ENOENT;
	*ret_status = (struct stat){ .st_dev = DEVICE,
				     .st_ino = path->inode,
				     .st_mode = path->mode,
				     .st_uid = geteuid(),
				     .st_gid = getegid(),
				     .st_nlink = 1 };
	return 0;
}

int sim_path_chmod(const char *name, mode_t mode)
{
	return change_mode(*find(name), mode);
}

int sim_path_status(const char *name, struct stat *ret_status)
{
	return tell_status(*find(name), ret_status);
}

/* What was opened by its path, to be looked at and not to be read. */
struct path_file {
	struct file file;
	ino_t inode;
};

static uint32_t path_ready(const struct file *file)
{
	return 0;
}

static void path_destroy(struct file *file)
{
	free(file);
}

static const struct file_kind file_kind_path = {
	.name = "path",
	.ready = path_ready,
	.destroy = path_destroy,
};

int sim_path_open(const char *name, struct file **ret_file)
{
	const struct path *path = *find(name);
	struct path_file *opened;

	if (!path)
		return -ENOENT;
	opened = calloc(1, sizeof(*opened));
	if (!opened)
		return -ENOMEM;
	file_init(&opened->file, &file_kind_path);
	opened->inode = path->inode;
	*ret_file = &opened->file;
	return 0;
}

static struct path *opened_path(const struct file *file)
{
	struct path *at = paths.first;

	while (at && at->inode != ((const struct path_file *)file)->inode)
		at = at->next;
	return at;
}

int sim_path_file_chmod(const struct file *file, mode_t mode)
{
	return file && file->kind == &file_kind_path ? change_mode(opened_path(file), mode)
						     : -EBADF;
}

int sim_path_file_status(const struct file *file, struct stat *ret_status)
{
	return file && file->kind == &file_kind_path ? tell_status(opened_path(file), ret_status)
						     : -EBADF;
}
