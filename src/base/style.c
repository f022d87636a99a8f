#include "base/style.h"

#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const codes[STYLE_COUNT] = {
	[STYLE_PLAIN] = "",	   [STYLE_TITLE] = "\033[1m",  [STYLE_FAINT] = "\033[2m",
	[STYLE_GOOD] = "\033[32m", [STYLE_BAD] = "\033[1;31m", [STYLE_BAR] = "\033[36m",
};

const char *style_begin(enum style style, bool colors)
{
	return colors ? codes[style] : "";
}

const char *style_end(enum style style, bool colors)
{
	return colors && codes[style][0] ? "\033[0m" : "";
}

bool style_wanted(FILE *stream)
{
	const char *refusal = getenv("NO_COLOR"), *terminal = getenv("TERM");

	if (isatty(fileno(stream)) != 1 || (refusal && refusal[0]))
		return false;
	return terminal && terminal[0] && strcmp(terminal, "dumb") != 0;
}

/* Asked of a locale of our own: that of the process stays "C", in which all else is written. */
bool style_unicode(void)
{
	locale_t locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
	bool unicode;

	if (locale == (locale_t)0)
		return false;
	unicode = strcmp(nl_langinfo_l(CODESET, locale), "UTF-8") == 0;
	freelocale(locale);
	return unicode;
}
