/* What a report says of the host that it was made on. */
#include <criterion/criterion.h>
#include <string.h>

#include "measure/host.h"

static const char *const strings[] = {
	"name",	    "system",	      "kernel",	      "machine",     "cpu_model",
	"governor", "virtualisation", "clock_source", "mitigations", "commit",
};

Test(host, every_fact_is_a_string_or_null)
{
	json_t *host = host_to_json();

	cr_assert_not_null(host);
	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
		const json_t *value = json_object_get(host, strings[i]);

		cr_expect_not_null(value, "no %s", strings[i]);
		cr_expect(json_is_null(value) || json_string_length(value) > 0, "%s", strings[i]);
	}
	cr_expect_geq(json_integer_value(json_object_get(host, "cpus")), 1);
	json_decref(host);
}

Test(host, the_commit_is_its_number)
{
	json_t *host = host_to_json();
	const char *commit = json_string_value(json_object_get(host, "commit"));

	if (!commit)
		cr_skip_test("built from a source that is no git repository");
	cr_expect_geq(strspn(commit, "0123456789abcdef"), 12, "%s", commit);
	cr_expect(commit[12] == '\0' || strstr(commit, "-dirty"), "%s", commit);
	json_decref(host);
}
