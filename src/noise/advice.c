#include "advice.h"

#include <assert.h>
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/json.h"
#include "measure/machine.h"

/* From here on others at work are seen in the figures, percent of the CPUs; and tasks that wait. */
#define OTHERS_PERCENT 2
#define STEAL_PERCENT 0.5
#define PRESSURE_PERCENT 1
#define LOAD_MAX 0.3
#define WORDS_MAX 6

const char *const advice_verdicts[ADVICE_VERDICT_COUNT] = {
	[ADVICE_GOOD] = "good",
	[ADVICE_BAD] = "bad",
	[ADVICE_UNKNOWN] = "unknown",
};

struct advice_row {
	const char *name; /* of machine_rows[], or of what the runs have shown: */
	double (*fact)(const struct advice_facts *facts);
	/* Of a reading that there is. */
	enum advice_verdict (*judge)(const struct advice_row *row, const struct reading *reading,
				     const char *root);
	const char *words[WORDS_MAX]; /* that a reading may begin with, for judges by words */
	double limit;		      /* for judges by numbers */
	const char *texts[ADVICE_VERDICT_COUNT];
};

static enum advice_verdict verdict_of(bool is_good)
{
	return is_good ? ADVICE_GOOD : ADVICE_BAD;
}

static bool begins_with_word(const struct advice_row *row, const char *text)
{
	for (size_t i = 0; i < WORDS_MAX && row->words[i]; i++)
		if (strncmp(text, row->words[i], strlen(row->words[i])) == 0)
			return true;
	return false;
}

static enum advice_verdict judge_good_words(const struct advice_row *row,
					    const struct reading *reading, const char *root)
{
	return verdict_of(begins_with_word(row, reading->text));
}

static enum advice_verdict judge_bad_words(const struct advice_row *row,
					   const struct reading *reading, const char *root)
{
	return verdict_of(!begins_with_word(row, reading->text));
}

/* The number that a reading begins with. */
static enum advice_verdict judge_limit(const struct advice_row *row, const struct reading *reading,
				       const char *root)
{
	return verdict_of(strtod(reading->text, NULL) <= row->limit);
}

/* "800 to 3600 MHz": is there anything to choose? */
static enum advice_verdict judge_frequencies(const struct advice_row *row,
					     const struct reading *reading, const char *root)
{
	unsigned long low, high;

	if (sscanf(reading->text, "%lu to %lu", &low, &high) != 2)
		return ADVICE_UNKNOWN;
	return verdict_of(low == high);
}

/* A mask in hexadecimal, groups parted by commas: may interrupts come to every CPU? */
static enum advice_verdict judge_interrupts(const struct advice_row *row,
					    const struct reading *reading, const char *root)
{
	struct reading online;
	unsigned count = 0;

	machine_read(machine_find("cpus_online"), root, &online);
	for (const char *at = reading->text; *at != '\0'; at++) {
		const char digit[] = { *at, '\0' };

		if (isxdigit((unsigned char)*at))
			count += (unsigned)__builtin_popcountl(strtoul(digit, NULL, 16));
	}
	if (count == 0 || !online.available)
		return ADVICE_UNKNOWN;
	return verdict_of(count < online.number);
}

static double disturbance_of(const struct advice_facts *facts)
{
	return facts->disturbance;
}

static double steal_of(const struct advice_facts *facts)
{
	return facts->steal;
}

#define TEXTS(GOOD, BAD, UNKNOWN) \
	.texts = { [ADVICE_GOOD] = (GOOD), [ADVICE_BAD] = (BAD), [ADVICE_UNKNOWN] = (UNKNOWN) }
#define HOST "not set by this kernel: by the firmware, or the host of a virtual machine"

static const struct advice_row rows[] = {
	{ .name = "disturbance",
	  .fact = disturbance_of,
	  .judge = judge_limit,
	  .limit = OTHERS_PERCENT,
	  TEXTS("others left the CPUs alone",
		"end other programs, or measure when they rest; look with top(1)",
		"/proc/stat cannot be read") },
	{ .name = "steal",
	  .fact = steal_of,
	  .judge = judge_limit,
	  .limit = STEAL_PERCENT,
	  TEXTS("no host took our CPUs", "a host that is less busy, or CPUs that are ours alone",
		"/proc/stat cannot be read") },
	{ .name = "load_average",
	  .judge = judge_limit,
	  .limit = LOAD_MAX,
	  TEXTS("nobody else was at work before",
		"somebody was at work in the minute before: wait, or find out who",
		"look with top(1)") },
	{ .name = "memory_pressure",
	  .judge = judge_limit,
	  .limit = PRESSURE_PERCENT,
	  TEXTS("nobody waits for memory", "free memory: programs wait for it",
		"look with vmstat(8) for swapping") },
	{ .name = "governor",
	  .judge = judge_good_words,
	  .words = { "performance" },
	  TEXTS("the highest frequency always", "cpupower frequency-set -g performance", HOST) },
	{ .name = "frequencies",
	  .judge = judge_frequencies,
	  TEXTS("one frequency", "cpupower frequency-set -d F -u F, with one frequency F", HOST) },
	{ .name = "turbo",
	  .judge = judge_good_words,
	  .words = { "off" },
	  TEXTS("no frequency that depends on heat and neighbours",
		"switch it off: 1 to intel_pstate/no_turbo, or 0 to cpufreq/boost", HOST) },
	{ .name = "smt",
	  .judge = judge_good_words,
	  .words = { "off" },
	  TEXTS("CPUs share no core, as far as this kernel knows",
		"off to /sys/devices/system/cpu/smt/control, or leave siblings idle", HOST) },
	{ .name = "virtualisation",
	  .judge = judge_good_words,
	  .words = { "none seen" },
	  TEXTS("the CPUs are ours",
		"the host moves and stops CPUs unseen: measure on hardware, or pin them there",
		"no file tells") },
	{ .name = "cpus_isolated",
	  .judge = judge_bad_words,
	  .words = { "none" },
	  TEXTS("run on them: --server-cpus, --load-cpus",
		"boot with isolcpus=LIST, then --server-cpus and --load-cpus",
		"boot with isolcpus=LIST") },
	{ .name = "cpus_nohz_full",
	  .judge = judge_bad_words,
	  .words = { "none" },
	  TEXTS("no timer tick on them", "boot with nohz_full=LIST, of the isolated CPUs",
		"a kernel with CONFIG_NO_HZ_FULL could be spared the timer tick") },
	{ .name = "irq_affinity",
	  .judge = judge_interrupts,
	  TEXTS("new interrupts keep off some CPUs: measure there",
		"boot with irqaffinity=LIST, the CPUs that are not measured on",
		"see /proc/irq/*/smp_affinity_list") },
	{ .name = "clock_source",
	  .judge = judge_good_words,
	  .words = { "tsc", "kvm-clock", "arch_sys_counter", "hyperv_clocksource_tsc", "riscv" },
	  TEXTS("read without a system call",
		"boot with clocksource=tsc if dmesg finds it stable: each reading is a system call",
		"see dmesg for why") },
	{ .name = "transparent_huge_pages",
	  .judge = judge_bad_words,
	  .words = { "always" },
	  TEXTS("only where asked for",
		"madvise to /sys/kernel/mm/transparent_hugepage/enabled: khugepaged works unasked",
		"this kernel has none") },
	{ .name = "mitigations",
	  .judge = judge_bad_words,
	  .words = { "off" },
	  TEXTS("as users have them; compare only with hosts that have the same",
		"off: system calls cost less here than where it will run", "compare with care") },
};

static_assert(ARRAY_SIZE(rows) <= ADVICE_MAX, "there is room for all");

static void set_share(struct reading *ret_reading, double share)
{
	char text[32];

	if (isnan(share)) {
		reading_set_missing(ret_reading, "not known");
		return;
	}
	(void)snprintf(text, sizeof(text), "%.1f %%", 100 * share);
	reading_set_text(ret_reading, text);
}

static void judge(const struct advice_row *row, const char *root, struct advice *advice)
{
	advice->name = row->name;
	advice->verdict = advice->reading.available ? row->judge(row, &advice->reading, root)
						    : ADVICE_UNKNOWN;
	advice->text = row->texts[advice->verdict];
}

void advice_complete(const struct advice_facts *facts, struct advice *advice)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (!rows[i].fact)
			continue;
		set_share(&advice[i].reading, rows[i].fact(facts));
		judge(&rows[i], "", &advice[i]);
	}
}

size_t advice_take(const struct advice_facts *facts, const char *root, struct advice *ret_advice)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (rows[i].fact)
			continue;
		machine_read(machine_find(rows[i].name), root, &ret_advice[i].reading);
		judge(&rows[i], root, &ret_advice[i]);
	}
	advice_complete(facts, ret_advice);
	return ARRAY_SIZE(rows);
}

static json_t *one_to_json(const struct advice *advice)
{
	json_t *object = json_object();
	int error = 0;

	error |= json_put_string(object, "name", advice->name);
	error |= json_put_string(object, "reading", advice->reading.text);
	error |= json_put_boolean(object, "available", advice->reading.available);
	error |= json_put_string(object, "verdict", advice_verdicts[advice->verdict]);
	error |= json_put_string(object, "advice", advice->text);
	return json_complete(object, error);
}

json_t *advice_to_json(const struct advice *advice, size_t count)
{
	json_t *array = json_array();
	int error = 0;

	for (size_t i = 0; i < count; i++)
		error |= json_append(array, one_to_json(&advice[i]));
	return json_complete(array, error);
}
