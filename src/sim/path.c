#include "path.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

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

int sim_path_chmod(const char *name, mode_t mode)
{
	struct path *path = *find(name);

	if (!path)
		return -ENOENT;
	path->mode = S_IFSOCK | (mode & 07777);
	return 0;
}

int sim_path_status(const char *name, struct stat *ret_status)
{
	const struct path *path = *find(name);

	if (!path)
		return -ENOENT;
	*ret_status = (struct stat){
		.st_dev = DEVICE, .st_ino = path->inode, .st_mode = path->mode, .st_nlink = 1
	};
	return 0;
}
