/* The rows of a table in a page of docs/ that another table, in the code, is the source of. */
#ifndef PAGE_ROWS_H
#define PAGE_ROWS_H

#define PAGE_ROW_SIZE 1024

/* Read docs/NAME, which the others look at. The test ends if it cannot be. */
void page_read(const char *name);

/* The page has this row. */
void page_expect_row(const char *row);

/* How many rows begin with a name in backquotes. */
int page_count_rows(void);

#endif
