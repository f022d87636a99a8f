#include "measure/host.h"

#include <sys/utsname.h>

#include "base/cpu.h"
#include "base/json.h"

json_t *host_to_json(void)
{
	json_t *object = json_object();
	struct utsname host;
	int error = uname(&host);

	error |= json_put_string(object, "name", host.nodename);
	error |= json_put_string(object, "system", host.sysname);
	error |= json_put_string(object, "kernel", host.release);
	error |= json_put_string(object, "machine", host.machine);
	error |= json_put_unsigned(object, "cpus", cpu_count_allowed());
	return json_complete(object, error);
}
