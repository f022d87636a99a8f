#include "base/stamp_format.h"

#include <errno.h>
#include <stddef.h>

const char *const stamp_format_names[] = { "ntp", "ptp", NULL };

int stamp_format_check_ptp(int32_t tai_offset_s, struct error *ret_error)
{
	if (tai_offset_s != 0)
		return 0;
	return error_set(ret_error, -EINVAL,
			 "--stamp-format ptp: this host does not know TAI, its kernel's offset is "
			 "0; set it (adjtimex, chrony's leapsectz, ptp4l) or use ntp");
}
