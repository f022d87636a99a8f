#include "measure/host.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/array.h"
#include "base/cpu.h"
#include "base/json.h"
#include "measure/commit.h"
#include "measure/machine.h"

/* Facts without which figures of two hosts cannot be compared; rows of machine.h. */
static const char *const facts[] = { "cpu_model", "governor", "virtualisation", "clock_source" };

static int put_fact(json_t *object, const char *name)
{
	struct reading reading = machine_fact(name);

	return json_put_string(object, name, reading.available ? reading.text : NULL);
}

/* What the kernel was told to do, and what came of it. */
static int put_mitigations(json_t *object)
{
	struct reading told = machine_fact("mitigations"), done = machine_fact("mitigated");
	struct reading not_done = machine_fact("vulnerable");
	char text[4 * READING_TEXT_MAX];

	if (!told.available || !done.available || !not_done.available)
		return json_put_string(object, "mitigations", NULL);
	(void)snprintf(text, sizeof(text), "%s; mitigated: %s; vulnerable: %s", told.text,
		       done.text, not_done.text);
	return json_put_string(object, "mitigations", text);
}

const char *host_commit(void)
{
	return strcmp(RINGSIDE_COMMIT, "unknown") == 0 ? NULL : RINGSIDE_COMMIT;
}

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
	for (size_t i = 0; i < ARRAY_SIZE(facts); i++)
		error |= put_fact(object, facts[i]);
	error |= put_mitigations(object);
	error |= json_put_string(object, "commit", host_commit());
	return json_complete(object, error);
}
