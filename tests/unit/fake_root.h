/* A root directory of a test's own, with files as a kernel would have them below /proc and /sys. */
#ifndef UNIT_FAKE_ROOT_H
#define UNIT_FAKE_ROOT_H

extern char fake_root[];

/* Before and after each test. */
void fake_root_make(void);
void fake_root_remove(void);

/* A file below the root, with the folders on the way to it. */
void fake_root_put(const char *path, const char *content);

#endif
