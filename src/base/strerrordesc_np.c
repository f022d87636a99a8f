#include <string.h>

#include "base/lacking.h"

const char *strerrordesc_np(int error)
{
	return strerror(error);
}
