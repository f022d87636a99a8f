/* How times of STAMP are written: the option that serve and load share. */
#ifndef BASE_STAMP_FORMAT_H
#define BASE_STAMP_FORMAT_H

#include <stdint.h>

#include "base/error.h"
#include "base/option.h"

/* Index: enum stamp_format of ringside/clock.h; NULL-terminated. */
extern const char *const stamp_format_names[];

/* The row of --stamp-format, at a member that is an int. */
#define STAMP_FORMAT_ROW(AT)                                                              \
	{                                                                                 \
		.name = "stamp-format", .argument = "FORMAT", .type = OPTION_CHOICE,      \
		.at = AT(stamp_format), .choices = stamp_format_names, .standard = "ntp", \
		.help = "of stamp's times: ntp, or ptp, which needs to know what TAI is"  \
	}

/* May ptp be asked for, where the kernel says that TAI is so far ahead of its clock? 0 is what it
 * says until somebody has told it. Errors: EINVAL with a sentence. */
int stamp_format_check_ptp(int32_t tai_offset_s, struct error *ret_error);

#endif
