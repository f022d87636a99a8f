#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>

int error_set(struct error *ret_error, int code, const char *format, ...)
{
	va_list arguments;

	if (ret_error) {
		va_start(arguments, format);
		(void)vsnprintf(ret_error->text, sizeof(ret_error->text), format, arguments);
		va_end(arguments);
	}
	return code;
}
