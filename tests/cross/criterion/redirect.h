/* As Criterion's: what a test writes to its standard output, kept for it to look at. */
#ifndef CRITERION_REDIRECT_H
#define CRITERION_REDIRECT_H

#include "criterion.h"

/* From here on standard output is a file without a name. */
void cr_redirect_stdout(void);

/* Is this all that was written to it? */
bool check_written(const char *text);

#define cr_assert_stdout_eq_str(text, ...) \
	CHECK_ASSERT(check_written(text), "standard output is the text " #text, __VA_ARGS__)

#endif
