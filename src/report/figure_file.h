/* The figures of a report as files. */
#ifndef REPORT_FIGURE_FILE_H
#define REPORT_FIGURE_FILE_H

#include <stddef.h>

#include "base/error.h"
#include "content.h"

struct figure_name {
	char text[64];
};

/* The name of a figure's file: "03-percentiles.svg". Figures are numbered from 1. */
struct figure_name figure_file_name(const struct plot *plot, size_t number);

/* Make the folder, unless it is there. Errors: those of mkdir, with a sentence. */
int figure_folder_make(const char *folder, struct error *ret_error);

/* Write each figure, which must be drawn, into the folder. Errors: those of save_file(). */
int figure_files_save(const struct content *content, const char *folder, struct error *ret_error);

/* The folder, seen from the folder of a file; the caller frees it. Errors: those of realpath,
 * ENOMEM. */
int figure_folder_relative(const char *folder, const char *file, char **ret_path);

#endif
