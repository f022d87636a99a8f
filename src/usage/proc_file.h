/* Files of /proc, whole. */
#ifndef USAGE_PROC_FILE_H
#define USAGE_PROC_FILE_H

/* The content of root and the path behind it as a string, which the caller frees; NULL if it cannot
 * be read (errno). */
__attribute__((format(printf, 2, 3))) char *proc_read(const char *root, const char *format, ...);

#endif
