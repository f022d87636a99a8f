/* Is a text well-formed XML, as far as texts that got into it could have broken it? */
#ifndef FUZZ_MARKUP_CHECK_H
#define FUZZ_MARKUP_CHECK_H

/* Every element that is opened is closed, in order; every attribute has its quotes; no sign stands
 * alone that begins markup; there is no control character. Ends the process if not. */
void markup_check(const char *text);

#endif
