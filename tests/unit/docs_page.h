/* Pages of docs/, for tests that hold them against the sources. */
#ifndef DOCS_PAGE_H
#define DOCS_PAGE_H

/* The text of docs/NAME, until the next one is read; the test is skipped where it was not started
 * by Meson, which says where the sources are. */
const char *docs_page(const char *name);

#endif
