#include "measure/machine.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/array.h"
#include "base/unit.h"

/* root/path/name as one; "", which is nowhere, if that is too long. */
struct place {
	char path[PATH_MAX];
};

static struct place place_of(const char *root, const char *path, const char *name)
{
	struct place place;
	int length = snprintf(place.path, sizeof(place.path), "%s%s%s%s", root, path,
			      name ? "/" : "", name ? name : "");

	if (length < 0 || (size_t)length >= sizeof(place.path))
		place.path[0] = '\0';
	return place;
}

static bool exists(const char *root, const char *path)
{
	return access(place_of(root, path, NULL).path, F_OK) == 0;
}

/* Limits are this process's own and stand below no root. */
static void take_limit(struct reading *ret_reading, int resource, bool hard)
{
	struct rlimit limit;
	rlim_t value;

	if (getrlimit(resource, &limit) < 0) {
		reading_set_missing(ret_reading, "getrlimit: %s", strerror(errno));
		return;
	}
	value = hard ? limit.rlim_max : limit.rlim_cur;
	if (value == RLIM_INFINITY) {
		reading_set_text(ret_reading, "unlimited");
		return;
	}
	reading_set_number(ret_reading, value);
	if (resource == RLIMIT_MEMLOCK)
		(void)snprintf(ret_reading->text, sizeof(ret_reading->text), "%s",
			       size_exact(value).text);
}

static void take_soft_limit(const struct machine_row *row, const char *root,
			    struct reading *ret_reading)
{
	take_limit(ret_reading, row->resource, false);
}

static void take_hard_limit(const struct machine_row *row, const char *root,
			    struct reading *ret_reading)
{
	take_limit(ret_reading, row->resource, true);
}

/* CPUs as a list; a file that is empty, or says (null) behind some blanks, has none. */
static void take_cpus(const struct machine_row *row, const char *root, struct reading *ret_reading)
{
	char line[LINE_SIZE];
	int error = line_read(place_of(root, row->path, NULL).path, NULL, line, sizeof(line));

	if (error == -ENODATA || (!error && strstr(line, "(null)")))
		reading_set_text(ret_reading, "none");
	else if (error == -ENOENT && row->absent)
		reading_set_missing(ret_reading, "no file %s: %s", row->path, row->absent);
	else if (error < 0)
		reading_set_missing(ret_reading, "%s: %s", row->path, strerror(-error));
	else if (reading_parse_cpus(line, ret_reading) < 0)
		reading_set_missing(ret_reading, "%s: '%.60s' is not understood", row->path, line);
}

#define NO_FREQUENCY "the kernel does not set the frequency here, as in most virtual machines"

/* What the governor may choose from, of the first CPU. Files have kHz. */
static void take_frequencies(const struct machine_row *row, const char *root,
			     struct reading *ret_reading)
{
	struct place low_place = place_of(root, row->path, "scaling_min_freq");
	struct place high_place = place_of(root, row->path, "scaling_max_freq");
	char low[LINE_SIZE], high[LINE_SIZE], text[READING_TEXT_MAX];
	uint64_t low_khz, high_khz;

	if (line_read(low_place.path, NULL, low, sizeof(low)) < 0 ||
	    line_read(high_place.path, NULL, high, sizeof(high)) < 0) {
		reading_set_missing(ret_reading, "no files %s/scaling_*_freq: " NO_FREQUENCY,
				    row->path);
		return;
	}
	if (count_parse(low, &low_khz) < 0 || count_parse(high, &high_khz) < 0) {
		reading_set_missing(ret_reading, "%s: '%.30s' and '%.30s' are not understood",
				    row->path, low, high);
		return;
	}
	(void)snprintf(text, sizeof(text), "%llu to %llu MHz", (unsigned long long)low_khz / 1000,
		       (unsigned long long)high_khz / 1000);
	reading_set_text(ret_reading, text);
}

/* May a CPU run faster than its nominal frequency? Intel's driver has the question negated. */
static void take_turbo(const struct machine_row *row, const char *root, struct reading *ret_reading)
{
	struct place negated = place_of(root, "/sys/devices/system/cpu/intel_pstate/no_turbo",
					NULL);
	struct place plain = place_of(root, "/sys/devices/system/cpu/cpufreq/boost", NULL);
	char line[LINE_SIZE];

	if (line_read(negated.path, NULL, line, sizeof(line)) == 0)
		reading_set_text(ret_reading, line[0] == '1' ? "off" : "on");
	else if (line_read(plain.path, NULL, line, sizeof(line)) == 0)
		reading_set_text(ret_reading, line[0] == '1' ? "on" : "off");
	else
		reading_set_missing(ret_reading, "neither intel_pstate/no_turbo nor cpufreq/boost "
						 "is there: " NO_FREQUENCY);
}

/* The machine's model or maker; "" if nothing tells. */
static void maker_read(const char *root, char *ret_maker, size_t size)
{
	static const char *const paths[] = {
		"/sys/class/dmi/id/product_name",
		"/sys/class/dmi/id/sys_vendor",
		"/sys/hypervisor/type",
	};

	*ret_maker = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		if (line_read(place_of(root, paths[i], NULL).path, NULL, ret_maker, size) == 0)
			return;
}

/* By the signs that files give: where there is none, that is all that can be said. */
static void take_virtualisation(const struct machine_row *row, const char *root,
				struct reading *ret_reading)
{
	char flags[LINE_SIZE] = "", maker[64], text[READING_TEXT_MAX];
	bool container = exists(root, "/.dockerenv") || exists(root, "/run/.containerenv") ||
			 exists(root, "/run/systemd/container");
	bool guest;

	(void)line_read(place_of(root, "/proc/cpuinfo", NULL).path, "flags", flags, sizeof(flags));
	guest = strstr(flags, " hypervisor") || exists(root, "/sys/hypervisor/type");
	maker_read(root, maker, sizeof(maker));
	(void)snprintf(text, sizeof(text), "%s%s%s%s%s", guest ? "virtual machine" : "none seen",
		       *maker ? " (" : "", maker, *maker ? ")" : "",
		       container ? ", in a container" : "");
	reading_set_text(ret_reading, text);
}

/* Names in one text, as many whole ones as it holds. */
static void name_add(char *text, size_t size, const char *name)
{
	size_t used = strlen(text);
	int length = snprintf(text + used, size - used, "%s%s", used > 0 ? " " : "", name);

	if (length < 0 || (size_t)length >= size - used)
		text[used] = '\0';
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* The names of those whose file has a word in it: "Mitigation: ...; BHI: Vulnerable" has both. */
static void take_vulnerabilities(const struct machine_row *row, const char *root,
				 struct reading *ret_reading, const char *word)
{
	struct place folder = place_of(root, row->path, NULL);
	char names[READING_TEXT_MAX] = "", line[LINE_SIZE];
	struct dirent **entries;
	int count = scandir(folder.path, &entries, is_visible, alphasort);

	if (count < 0) {
		reading_set_missing(ret_reading, "%s: %s", folder.path, strerror(errno));
		return;
	}
	for (int i = 0; i < count; i++) {
		struct place file = place_of(folder.path, "", entries[i]->d_name);

		if (line_read(file.path, NULL, line, sizeof(line)) == 0 && strstr(line, word))
			name_add(names, sizeof(names), entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	reading_set_text(ret_reading, *names ? names : "none");
}

static void take_mitigated(const struct machine_row *row, const char *root,
			   struct reading *ret_reading)
{
	take_vulnerabilities(row, root, ret_reading, "Mitigation");
}

static void take_vulnerable(const struct machine_row *row, const char *root,
			    struct reading *ret_reading)
{
	take_vulnerabilities(row, root, ret_reading, "Vulnerable");
}

const struct machine_row machine_rows[] = {
	{ .group = "Kernel",
	  .name = "kernel",
	  .path = "/proc/sys/kernel/osrelease",
	  .parse = reading_parse_text },
	{ .name = "io_uring_disabled",
	  .path = "/proc/sys/kernel/io_uring_disabled",
	  .parse = reading_parse_number,
	  .absent = "kernels before 6.6 have no such switch" },
	{ .name = "io_uring_group",
	  .path = "/proc/sys/kernel/io_uring_group",
	  .parse = reading_parse_text, /* -1 is nobody */
	  .absent = "kernels before 6.6 have no such switch" },
	{ .name = "mitigations", .path = "/proc/cmdline", .parse = reading_parse_mitigations },
	{ .name = "mitigated",
	  .path = "/sys/devices/system/cpu/vulnerabilities",
	  .take = take_mitigated },
	{ .name = "vulnerable",
	  .path = "/sys/devices/system/cpu/vulnerabilities",
	  .take = take_vulnerable },
	{ .name = "transparent_huge_pages",
	  .path = "/sys/kernel/mm/transparent_hugepage/enabled",
	  .parse = reading_parse_choice },

	{ .group = "Machine", .name = "virtualisation", .take = take_virtualisation },
	{ .name = "cpu_model",
	  .path = "/proc/cpuinfo",
	  .field = "model name",
	  .parse = reading_parse_text },
	{ .name = "cpus_online",
	  .path = "/sys/devices/system/cpu/online",
	  .parse = reading_parse_cpus },
	{ .name = "cpus_allowed",
	  .path = "/proc/self/status",
	  .field = "Cpus_allowed_list",
	  .parse = reading_parse_cpus },
	{ .name = "governor",
	  .path = "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor",
	  .parse = reading_parse_text,
	  .absent = NO_FREQUENCY },
	{ .name = "frequencies",
	  .path = "/sys/devices/system/cpu/cpu0/cpufreq",
	  .take = take_frequencies },
	{ .name = "turbo", .take = take_turbo },
	{ .name = "smt",
	  .path = "/sys/devices/system/cpu/smt/active",
	  .parse = reading_parse_switch },
	{ .name = "cpus_isolated", .path = "/sys/devices/system/cpu/isolated", .take = take_cpus },
	{ .name = "cpus_nohz_full",
	  .path = "/sys/devices/system/cpu/nohz_full",
	  .take = take_cpus,
	  .absent = "this kernel was built without it" },
	{ .name = "irq_affinity",
	  .path = "/proc/irq/default_smp_affinity",
	  .parse = reading_parse_text },
	{ .name = "clock_source",
	  .path = "/sys/devices/system/clocksource/clocksource0/current_clocksource",
	  .parse = reading_parse_text },

	{ .group = "Others at work",
	  .name = "load_average",
	  .path = "/proc/loadavg",
	  .parse = reading_parse_word },
	{ .name = "memory_pressure",
	  .path = "/proc/pressure/memory",
	  .parse = reading_parse_pressure,
	  .absent = "the kernel does not measure it (CONFIG_PSI, or psi=1)" },

	{ .group = "Limits",
	  .name = "memlock",
	  .take = take_soft_limit,
	  .resource = RLIMIT_MEMLOCK },
	{ .name = "memlock_max", .take = take_hard_limit, .resource = RLIMIT_MEMLOCK },
	{ .name = "nofile", .take = take_soft_limit, .resource = RLIMIT_NOFILE },
	{ .name = "nofile_max", .take = take_hard_limit, .resource = RLIMIT_NOFILE },
	{ .name = "somaxconn",
	  .path = "/proc/sys/net/core/somaxconn",
	  .parse = reading_parse_number },
	{ .name = "max_dgram_qlen",
	  .path = "/proc/sys/net/unix/max_dgram_qlen",
	  .parse = reading_parse_number },
	{ .name = "rmem_max",
	  .path = "/proc/sys/net/core/rmem_max",
	  .parse = reading_parse_number },
	{ .name = "wmem_max",
	  .path = "/proc/sys/net/core/wmem_max",
	  .parse = reading_parse_number },
	{ .name = "ip_local_port_range",
	  .path = "/proc/sys/net/ipv4/ip_local_port_range",
	  .parse = reading_parse_text },
	{ 0 },
};

const struct machine_row *machine_find(const char *name)
{
	for (const struct machine_row *row = machine_rows; row->name; row++)
		if (strcmp(row->name, name) == 0)
			return row;
	return NULL;
}

void machine_read(const struct machine_row *row, const char *root, struct reading *ret_reading)
{
	struct place place = place_of(root, row->path ? row->path : "", NULL);
	char line[LINE_SIZE];
	int error;

	if (row->take) {
		row->take(row, root, ret_reading);
		return;
	}
	error = line_read(place.path, row->field, line, sizeof(line));
	if (error == -ENOENT && row->absent)
		reading_set_missing(ret_reading, "no file %s: %s", row->path, row->absent);
	else if (error == -ENODATA && row->field)
		reading_set_missing(ret_reading, "%s has no line '%s'", row->path, row->field);
	else if (error < 0)
		reading_set_missing(ret_reading, "%s: %s", row->path, strerror(-error));
	else if (row->parse(line, ret_reading) < 0)
		reading_set_missing(ret_reading, "%s: '%.60s' is not understood", row->path, line);
}

struct reading machine_fact(const char *name)
{
	struct reading reading;

	machine_read(machine_find(name), "", &reading);
	return reading;
}
