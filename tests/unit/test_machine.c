/* Readings of a machine: files as kernels write them, below a root of our own, or not there. */
#include <criterion/criterion.h>
#include <string.h>

#include "fake_root.h"
#include "measure/machine.h"

TestSuite(machine, .init = fake_root_make, .fini = fake_root_remove);

static struct reading read_row(const char *name)
{
	const struct machine_row *row = machine_find(name);
	struct reading reading;

	cr_assert_not_null(row, "no row %s", name);
	machine_read(row, fake_root, &reading);
	return reading;
}

static void expect_text(const char *name, const char *text)
{
	struct reading reading = read_row(name);

	cr_expect(reading.available, "%s is not available: %s", name, reading.text);
	cr_expect_str_eq(reading.text, text);
}

static void expect_number(const char *name, uint64_t number, const char *text)
{
	struct reading reading = read_row(name);

	expect_text(name, text);
	cr_expect(reading.is_number, "%s is no number", name);
	cr_expect_eq(reading.number, number);
}

static void expect_missing(const char *name, const char *reason)
{
	struct reading reading = read_row(name);

	cr_expect_not(reading.available, "%s is available: %s", name, reading.text);
	cr_expect_not_null(strstr(reading.text, reason), "%s: %s", name, reading.text);
}

Test(machine, first_line_of_a_file_is_the_reading)
{
	fake_root_put("/proc/sys/kernel/osrelease", "6.1.0-13-amd64\n");
	fake_root_put("/sys/devices/system/clocksource/clocksource0/current_clocksource",
		      "kvm-clock\n");
	fake_root_put("/proc/sys/net/ipv4/ip_local_port_range", "32768\t60999\n");
	expect_text("kernel", "6.1.0-13-amd64");
	expect_text("clock_source", "kvm-clock");
	expect_text("ip_local_port_range", "32768 60999");
}

Test(machine, numbers_are_numbers)
{
	fake_root_put("/proc/sys/net/core/somaxconn", "4096\n");
	fake_root_put("/proc/sys/kernel/io_uring_disabled", "2\n");
	expect_number("somaxconn", 4096, "4096");
	expect_number("io_uring_disabled", 2, "2");
}

Test(machine, what_is_no_number_is_shown_and_not_taken)
{
	fake_root_put("/proc/sys/net/core/somaxconn", "many\n");
	expect_missing("somaxconn", "'many' is not understood");
	fake_root_put("/proc/sys/net/core/somaxconn", "4k\n");
	expect_missing("somaxconn", "'4k' is not understood");
}

Test(machine, cpus_are_counted)
{
	fake_root_put("/sys/devices/system/cpu/online", "0-3,8\n");
	fake_root_put("/proc/self/status",
		      "Name:\tprobe\nCpus_allowed:\t9\nCpus_allowed_list:\t0,3\n");
	expect_number("cpus_online", 5, "5 (0-3,8)");
	expect_number("cpus_allowed", 2, "2 (0,3)");
}

Test(machine, field_of_a_file_is_found_whatever_the_blanks)
{
	fake_root_put("/proc/cpuinfo",
		      "processor\t: 0\nmodel name\t: Xeon (R)\nmodel name\t: other\n");
	expect_text("cpu_model", "Xeon (R)");
	fake_root_put("/proc/cpuinfo", "processor\t: 0\nBogoMIPS\t: 50.00\n");
	expect_missing("cpu_model", "/proc/cpuinfo has no line 'model name'");
}

Test(machine, word_in_brackets_is_the_choice)
{
	fake_root_put("/sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n");
	expect_text("transparent_huge_pages", "madvise");
	fake_root_put("/sys/kernel/mm/transparent_hugepage/enabled", "always madvise never\n");
	expect_missing("transparent_huge_pages", "is not understood");
}

Test(machine, mitigations_parameter_is_found_in_the_command_line)
{
	fake_root_put("/proc/cmdline", "quiet xmitigations=off mitigations=auto,nosmt panic=1\n");
	expect_text("mitigations", "auto,nosmt");
	fake_root_put("/proc/cmdline", "quiet xmitigations=off\n");
	expect_text("mitigations", "the kernel's default (auto)");
}

Test(machine, vulnerabilities_are_told_apart_by_what_is_done_about_them)
{
#define FOLDER "/sys/devices/system/cpu/vulnerabilities/"
	fake_root_put(FOLDER "retbleed", "Mitigation: Enhanced IBRS\n");
	fake_root_put(FOLDER "spectre_v2", "Mitigation: Enhanced IBRS; BHI: Vulnerable\n");
	fake_root_put(FOLDER "meltdown", "Not affected\n");
	fake_root_put(FOLDER "mds", "Vulnerable: no microcode\n");
	expect_text("mitigated", "retbleed spectre_v2");
	expect_text("vulnerable", "mds spectre_v2");
#undef FOLDER
}

Test(machine, nothing_vulnerable_is_said_so)
{
	fake_root_put("/sys/devices/system/cpu/vulnerabilities/meltdown", "Not affected\n");
	expect_text("mitigated", "none");
	expect_text("vulnerable", "none");
}

Test(machine, virtual_machines_and_containers_are_seen)
{
	fake_root_put("/proc/cpuinfo", "flags\t\t: fpu hypervisor lahf_lm\n");
	expect_text("virtualisation", "virtual machine");
	fake_root_put("/sys/class/dmi/id/product_name", "Standard PC\n");
	fake_root_put("/.dockerenv", "");
	expect_text("virtualisation", "virtual machine (Standard PC), in a container");
}

Test(machine, hardware_is_not_called_a_virtual_machine)
{
	fake_root_put("/proc/cpuinfo", "flags\t\t: fpu lahf_lm\n");
	fake_root_put("/sys/class/dmi/id/product_name", "PowerEdge\n");
	expect_text("virtualisation", "none seen (PowerEdge)");
}

Test(machine, an_empty_list_of_cpus_is_none)
{
	fake_root_put("/sys/devices/system/cpu/isolated", "\n");
	fake_root_put("/sys/devices/system/cpu/nohz_full", "(null)\n");
	expect_text("cpus_isolated", "none");
	expect_text("cpus_nohz_full", "none");
	fake_root_put("/sys/devices/system/cpu/isolated", "2-3\n");
	expect_number("cpus_isolated", 2, "2 (2-3)");
	fake_root_put("/sys/devices/system/cpu/isolated", "two\n");
	expect_missing("cpus_isolated", "'two' is not understood");
}

Test(machine, switches_are_on_or_off)
{
	fake_root_put("/sys/devices/system/cpu/smt/active", "1\n");
	expect_text("smt", "on");
	fake_root_put("/sys/devices/system/cpu/smt/active", "0\n");
	expect_text("smt", "off");
	fake_root_put("/sys/devices/system/cpu/smt/active", "10\n");
	expect_missing("smt", "'10' is not understood");
}

Test(machine, turbo_is_told_by_either_driver)
{
	expect_missing("turbo", "neither intel_pstate/no_turbo nor cpufreq/boost");
	fake_root_put("/sys/devices/system/cpu/cpufreq/boost", "1\n");
	expect_text("turbo", "on");
	fake_root_put("/sys/devices/system/cpu/intel_pstate/no_turbo", "1\n");
	expect_text("turbo", "off");
}

Test(machine, load_and_pressure_are_those_of_the_last_moment)
{
	fake_root_put("/proc/loadavg", "0.25 1.00 3.00 1/100 7\n");
	expect_text("load_average", "0.25");
	fake_root_put("/proc/pressure/memory", "some avg10=1.62 avg60=19.91 total=2\n");
	expect_text("memory_pressure", "1.62 %");
	fake_root_put("/proc/pressure/memory", "full avg10=1.62\n");
	expect_missing("memory_pressure", "is not understood");
}

Test(machine, frequencies_that_are_none_are_not_taken)
{
	fake_root_put("/sys/devices/system/cpu/cpu0/cpufreq/scaling_min_freq", "800000\n");
	fake_root_put("/sys/devices/system/cpu/cpu0/cpufreq/scaling_max_freq", "<unknown>\n");
	expect_missing("frequencies", "are not understood");
}

Test(machine, missing_file_is_named_with_what_that_means)
{
	expect_missing("governor", "no file /sys/devices/system/cpu/cpu0/cpufreq/scaling_governor: "
				   "the kernel does not set the frequency here");
	expect_missing("io_uring_disabled", "kernels before 6.6 have no such switch");
	expect_missing("kernel", "/proc/sys/kernel/osrelease: No such file or directory");
	expect_missing("vulnerable", "No such file or directory");
}

Test(machine, every_reading_has_a_value_or_a_reason)
{
	for (const struct machine_row *row = machine_rows; row->name; row++) {
		struct reading reading = { 0 };

		machine_read(row, "", &reading);
		cr_expect_neq(reading.text[0], '\0', "%s", row->name);
	}
}
