/* How text is set off at a terminal: one table of styles. */
#ifndef BASE_STYLE_H
#define BASE_STYLE_H

#include <stdbool.h>
#include <stdio.h>

enum style {
	STYLE_PLAIN,
	STYLE_TITLE, /* what all below is about */
	STYLE_FAINT, /* circumstances */
	STYLE_GOOD,
	STYLE_BAD,
	STYLE_BAR,
	STYLE_COUNT,
};

/* What a terminal is sent before text of this style, and after it; "" without colours. */
const char *style_begin(enum style style, bool colors);
const char *style_end(enum style style, bool colors);

/* Is the stream a terminal that is to have colours? Not one that is dumb, nor where NO_COLOR is set
 * and not empty (no-color.org). */
bool style_wanted(FILE *stream);

/* Can a stream of this locale have characters beyond ASCII? */
bool style_unicode(void);

#endif
