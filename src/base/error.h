/*
 * An error as a sentence: what was wrong, where, and what would be right. Library code fills it in
 * for whoever talks to the user; it never prints.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#define ERROR_TEXT_MAX 512

struct error {
	char text[ERROR_TEXT_MAX];
};

/*
 * Put a sentence (no full stop, no newline) into error, cut to fit, and return code, so that a
 * function can end with "return error_set(error, -EINVAL, ...)". A NULL error is left out.
 */
__attribute__((format(printf, 3, 4))) int error_set(struct error *ret_error, int code,
						    const char *format, ...);

#endif
