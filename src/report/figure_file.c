#include "figure_file.h"

#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/save.h"
#include "svg.h"

#define FOLDER_MODE 0777

struct figure_name figure_file_name(const struct plot *plot, size_t number)
{
	struct figure_name name;

	(void)snprintf(name.text, sizeof(name.text), "%02zu-%s.svg", number, plot->word);
	return name;
}

int figure_folder_make(const char *folder, struct error *ret_error)
{
	struct stat status;

	if (mkdir(folder, FOLDER_MODE) == 0)
		return 0;
	if (errno != EEXIST)
		return error_set(ret_error, -errno, "cannot make the folder %s: %s", folder,
				 strerror(errno));
	if (stat(folder, &status) == 0 && S_ISDIR(status.st_mode))
		return 0;
	return error_set(ret_error, -ENOTDIR, "%s is not a folder", folder);
}

static int picture_print(const void *what, FILE *stream)
{
	svg_write_alone(what, stream);
	return 0;
}

int figure_files_save(const struct content *content, const char *folder, struct error *ret_error)
{
	size_t number = 0;
	int error = 0;

	for (size_t i = 0; i < content->count && !error; i++) {
		const struct plot *plot = content->blocks[i].plot;
		char *path;

		if (!plot)
			continue;
		if (asprintf(&path, "%s/%s", folder, figure_file_name(plot, ++number).text) < 0)
			return error_set(ret_error, -ENOMEM, "%s", strerror(ENOMEM));
		error = save_file(path, picture_print, plot->wide ? plot->wide : plot->narrow,
				  ret_error);
		free(path);
	}
	return error;
}

/* Both absolute: a step up for each folder of from that path is not in, then down. */
static int relative_make(const char *path, const char *from, char **ret_path)
{
	size_t shared = 0, length;
	char *text = NULL;
	FILE *stream;

	for (size_t i = 0;; i++) {
		bool ends = (path[i] == '\0' || path[i] == '/') &&
			    (from[i] == '\0' || from[i] == '/');

		if (ends)
			shared = i;
		if (path[i] != from[i] || path[i] == '\0')
			break;
	}
	stream = open_memstream(&text, &length);
	if (!stream)
		return -ENOMEM;
	for (const char *at = from + shared; *at; at++)
		if (*at == '/' && at[1])
			(void)fputs("../", stream);
	(void)fputs(path[shared] == '/' ? path + shared + 1
		    : path[shared]	? path + shared
					: ".",
		    stream);
	if (fclose(stream) == 0) {
		*ret_path = text;
		return 0;
	}
	free(text);
	return -ENOMEM;
}

int figure_folder_relative(const char *folder, const char *file, char **ret_path)
{
	char *copy = strdup(file);
	char *from = copy ? realpath(save_is_standard_output(file) ? "." : dirname(copy), NULL)
			  : NULL;
	char *path = from ? realpath(folder, NULL) : NULL;
	int error = copy ? -errno : -ENOMEM;

	if (path)
		error = relative_make(path, from, ret_path);
	free(path);
	free(from);
	free(copy);
	return error;
}
