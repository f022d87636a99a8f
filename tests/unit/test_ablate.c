/* What ringside ablate plans and how it sorts what it found. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ablate/effect.h"
#include "ablate/feature_set.h"
#include "ablate/line.h"
#include "ablate/table.h"

#define BIT(name) FEATURE_BIT(FEATURE_##name)

/* What a kernel with everything has on. */
static uint32_t standard_set(void)
{
	uint32_t set = 0;

	for (int id = 0; id < FEATURE_COUNT; id++)
		if (features[id].standard)
			set |= FEATURE_BIT(id);
	return set;
}

static bool is_consistent(uint32_t set)
{
	for (int id = 0; id < FEATURE_COUNT; id++)
		if (set >> id & 1 && ((features[id].needs & ~set) || (features[id].excludes & set)))
			return false;
	return true;
}

Test(ablate, what_needs_a_feature_goes_with_it)
{
	uint32_t set = standard_set();

	cr_assert_eq(feature_set_without(set, FEATURE_GSO), set & ~BIT(GSO));
	cr_assert_eq(feature_set_without(set, FEATURE_BUFFER_RING),
		     set & ~BIT(BUFFER_RING) & ~BIT(MULTISHOT_RECEIVE));
	/* Two steps: incremental needs multishot_receive, which needs buffer_ring. */
	cr_assert_eq(feature_set_without(BIT(INCREMENTAL) | BIT(MULTISHOT_RECEIVE) |
						 BIT(BUFFER_RING) | BIT(GSO),
					 FEATURE_BUFFER_RING),
		     BIT(GSO));
}

Test(ablate, what_a_feature_needs_comes_with_it)
{
	cr_assert_eq(feature_set_with(0, FEATURE_GRO), BIT(GRO));
	cr_assert_eq(feature_set_with(0, FEATURE_INCREMENTAL),
		     BIT(INCREMENTAL) | BIT(MULTISHOT_RECEIVE) | BIT(BUFFER_RING));
}

Test(ablate, what_cannot_be_combined_with_a_newcomer_goes)
{
	uint32_t set = standard_set();

	/* It says so itself ... */
	cr_assert_eq(feature_set_with(set, FEATURE_SQPOLL),
		     (set | BIT(SQPOLL)) & ~BIT(DEFER_TASKRUN) & ~BIT(COOP_TASKRUN) &
			     ~BIT(QUIET_SEND));
	/* ... or the other one does. */
	cr_assert_eq(feature_set_with(set, FEATURE_DIRECT), (set | BIT(DIRECT)) & ~BIT(PLAIN_SEND));
	cr_assert_eq(feature_set_with(BIT(RECEIVE_BUNDLE) | BIT(BUFFER_RING), FEATURE_INCREMENTAL),
		     BIT(INCREMENTAL) | BIT(MULTISHOT_RECEIVE) | BIT(BUFFER_RING));
}

Test(ablate, every_variant_can_be_had)
{
	uint32_t set = standard_set();

	for (int id = 0; id < FEATURE_COUNT; id++) {
		uint32_t with = feature_set_with(set, (enum feature_id)id);
		uint32_t without = feature_set_without(set, (enum feature_id)id);

		cr_expect(with >> id & 1, "%s", features[id].name);
		cr_expect(!(without >> id & 1), "%s", features[id].name);
		cr_expect(is_consistent(with), "with %s", features[id].name);
		cr_expect(is_consistent(without), "without %s", features[id].name);
	}
}

Test(ablate, the_ladder_leads_to_all_and_each_rung_can_be_had)
{
	uint32_t base = standard_set(), all = (uint32_t)((1ull << FEATURE_COUNT) - 1), set = 0;
	struct feature_order order;

	feature_order_fill(base, all & ~base, &order);
	for (uint32_t i = 0; i < order.count; i++) {
		cr_assert(!(set >> order.ids[i] & 1), "%s twice", features[order.ids[i]].name);
		set |= FEATURE_BIT(order.ids[i]);
		cr_expect(is_consistent(set), "%s", features[order.ids[i]].name);
		if (i + 1 == (uint32_t)__builtin_popcount(base))
			cr_expect_eq(set, base, "the base is a rung");
	}
	cr_assert_eq(set & base, base);
	/* What plain_send excludes is not there, though nothing else speaks against it. */
	cr_assert_eq(set & (BIT(DIRECT) | BIT(SEND_BUNDLE) | BIT(ZERO_COPY) | BIT(SQPOLL)), 0);
	cr_assert(set & BIT(POLL_FIRST));
}

static void check_text(uint32_t set, uint32_t mattering, const char *base_text,
		       const char *expected)
{
	struct feature_request base = { 0 };
	char text[FEATURE_TEXT_MAX];
	const char *word;
	size_t length;

	if (base_text)
		cr_assert_eq(feature_request_parse(base_text, &base, &word, &length), 0);
	feature_set_text(set, mattering, &base, text, sizeof(text));
	cr_assert_str_eq(text, expected);
}

Test(ablate, the_text_of_a_set_names_what_is_not_the_default)
{
	uint32_t set = standard_set(), all = (uint32_t)((1ull << FEATURE_COUNT) - 1);

	check_text(set, all, NULL, "");
	check_text(set & ~BIT(GSO), all, NULL, "-gso");
	check_text((set | BIT(DIRECT)) & ~BIT(PLAIN_SEND), all, NULL, "+direct,-plain_send");
	/* One that this kernel lacks is off anyway. */
	check_text(set & ~BIT(GSO), all & ~BIT(GSO), NULL, "");
	/* By name plain_send does more: it stays named. */
	check_text(set, all, "+plain_send", "+plain_send");
	check_text(BIT(GSO), BIT(GSO) | BIT(LARGE_BUFFERS), "none,+gso", "-large_buffers,+gso");
}

/* The text brings about the set again, on a kernel that has everything. */
Test(ablate, the_text_of_a_set_is_understood)
{
	uint32_t all = (uint32_t)((1ull << FEATURE_COUNT) - 1);
	struct feature_request none = { 0 };
	char text[FEATURE_TEXT_MAX];

	for (int id = 0; id < FEATURE_COUNT; id++) {
		uint32_t set = feature_set_with(0, (enum feature_id)id);
		struct feature_request request = { 0 };
		uint32_t on = 0;
		const char *word;
		size_t length;

		feature_set_text(set, all, &none, text, sizeof(text));
		cr_assert_eq(feature_request_parse(text, &request, &word, &length), 0, "%s", text);
		for (int other = 0; other < FEATURE_COUNT; other++)
			if ((request.on >> other & 1) ||
			    (features[other].standard && !(request.off >> other & 1)))
				on |= FEATURE_BIT(other);
		cr_expect_eq(on, set, "%s", text);
	}
}

Test(ablate, every_feature_has_a_letter_of_its_own_and_work_somewhere)
{
	static const struct point points[] = {
		{ .transport = TRANSPORT_TCP, .connections = 4, .depth = 1, .size = 65536 },
		{ .transport = TRANSPORT_UDP, .connections = 1, .depth = 64, .size = 64 },
	};

	for (int id = 0; id < FEATURE_COUNT; id++) {
		char letter = feature_letter((enum feature_id)id);

		cr_expect(letter >= 'A' && letter <= 'Z', "%s", features[id].name);
		for (int other = 0; other < id; other++)
			cr_expect_neq(letter, feature_letter((enum feature_id)other), "%s and %s",
				      features[id].name, features[other].name);
		/* Nobody asks when an echo has left. */
		cr_expect(feature_has_work((enum feature_id)id, &points[0]) ||
				  feature_has_work((enum feature_id)id, &points[1]) ||
				  id == FEATURE_DEPARTURES,
			  "%s", features[id].name);
	}
}

Test(ablate, small_messages_and_datagrams_leave_some_without_work)
{
	struct point point = { .transport = TRANSPORT_TCP, .depth = 1, .size = 64 };

	cr_assert(!feature_has_work(FEATURE_GSO, &point));
	cr_assert(!feature_has_work(FEATURE_LARGE_BUFFERS, &point));
	point.depth = 64;
	cr_assert(feature_has_work(FEATURE_LARGE_BUFFERS, &point));
	point.transport = TRANSPORT_UDP;
	cr_assert(feature_has_work(FEATURE_GSO, &point));
	cr_assert(!feature_has_work(FEATURE_DIRECT, &point));
}

Test(ablate, names_of_features_are_a_set)
{
	struct error error;
	uint32_t set = 42;

	cr_assert_eq(feature_names_parse("gso,direct,gso", &set, &error), 0);
	cr_assert_eq(set, BIT(GSO) | BIT(DIRECT));
	for (const char *const *text = (const char *const[]){ "", "gso,", ",gso", "+gso", "gs", 0 };
	     *text; text++) {
		cr_assert_eq(feature_names_parse(*text, &set, &error), -EINVAL, "%s", *text);
		cr_assert_eq(set, BIT(GSO) | BIT(DIRECT));
	}
	cr_assert_eq(feature_names_parse("gso,drect", &set, &error), -EINVAL);
	cr_assert_not_null(strstr(error.text, "'direct'"), "%s", error.text);
}

static struct effect effect_of(enum feature_id id, double low, double median, double high,
			       double coverage)
{
	struct effect effect = { .feature = id };

	effect.is_known[FIGURE_SERVER_CPU] = true;
	effect.ratios[FIGURE_SERVER_CPU] = (struct estimate){ median, low, high, coverage };
	return effect;
}

Test(ablate, clear_effects_come_first_from_saving_to_costing)
{
	struct effect effects[] = {
		effect_of(FEATURE_GSO, 0.8, 0.9, 1.1, 0.97), /* not clear */
		effect_of(FEATURE_GRO, 1.2, 1.3, 1.4, 0.97),
		effect_of(FEATURE_NAPI, 0.1, 0.2, 0.3, 0.75), /* not sure */
		effect_of(FEATURE_DIRECT, 0.8, 0.9, 0.95, 0.97),
		effect_of(FEATURE_SQPOLL, 0.1, 0.2, 0.3, 0.97), /* not known */
		effect_of(FEATURE_MIN_WAIT, 0.6, 0.7, 0.8, 0.97),
		effect_of(FEATURE_ZERO_COPY, 0.6, 0.7, 0.8, 0.97), /* elsewhere */
	};
	static const enum feature_id expected[] = {
		FEATURE_MIN_WAIT, FEATURE_DIRECT, FEATURE_GRO,
		FEATURE_NAPI,	  FEATURE_GSO,	  FEATURE_SQPOLL
	};
	struct ablation ablation = { .effects = effects, .effect_count = 7 };
	const struct effect *sorted[FEATURE_COUNT];

	effects[4].reason[0] = '?';
	effects[6].point = 1;
	cr_assert_eq(effects_sort(&ablation, 0, FIGURE_SERVER_CPU, sorted), 6);
	for (size_t i = 0; i < 6; i++)
		cr_expect_eq(sorted[i]->feature, expected[i], "%zu: %s", i,
			     features[sorted[i]->feature].name);
}

/* A server's document with one feature in it. */
static json_t *document_of(const char *name, bool effective, int uses)
{
	return json_pack("{s:{s:{s:b,s:s,s:i}}}", "features", name, "effective", effective,
			 "reason", "because", "uses", uses);
}

static struct trial trial_of(uint32_t round, double value, json_t *server)
{
	struct trial trial = { .round = round, .server = server };

	for (int i = 0; i < FIGURE_COUNT; i++)
		trial.figures[i] = value;
	return trial;
}

/* Two rounds of a server with gso and one without; what becomes of it. */
static struct effect evaluate(bool with_effective, int uses, bool without_effective)
{
	struct trial trials[] = {
		trial_of(0, 2, document_of("gso", true, uses)),
		trial_of(1, 8, document_of("gso", with_effective, 0)),
		trial_of(0, 1, document_of("gso", false, 0)),
		trial_of(1, 4, document_of("gso", without_effective, 0)),
	};
	struct series series[] = { { .trials = trials, .count = 2 },
				   { .trials = trials + 2, .count = 2 } };
	struct effect effect = { .feature = FEATURE_GSO, .with = 0, .without = 1 };
	struct ablation ablation = { .experiment = { .series = series, .count = 2 },
				     .effects = &effect,
				     .effect_count = 1 };

	effects_evaluate(&ablation);
	for (size_t i = 0; i < 4; i++)
		json_decref(trials[i].server);
	return effect;
}

Test(ablate, an_effect_is_the_ratio_of_with_to_without)
{
	struct effect effect = evaluate(true, 7, false);

	cr_assert_str_eq(effect.reason, "");
	cr_assert_eq(effect.uses, 7);
	cr_assert(effect_is_known(&effect, FIGURE_RATE));
	cr_assert_float_eq(effect.ratios[FIGURE_RATE].median, 2, 1e-9);
	cr_assert_eq(effect.come | effect.gone, 0);
}

Test(ablate, a_feature_that_was_not_in_effect_has_no_figure)
{
	struct effect effect = evaluate(false, 7, false);

	cr_assert_not_null(strstr(effect.reason, "not in effect: because"), "%s", effect.reason);
	cr_assert(!effect_is_known(&effect, FIGURE_RATE));
}

Test(ablate, a_feature_that_had_nothing_to_do_has_no_figure)
{
	struct effect effect = evaluate(true, 0, false);

	cr_assert_str_eq(effect.reason, "had nothing to do");
	cr_assert(!effect_is_known(&effect, FIGURE_RATE));
}

Test(ablate, a_feature_that_could_not_be_left_out_has_no_figure)
{
	struct effect effect = evaluate(true, 7, true);

	cr_assert_not_null(strstr(effect.reason, "left out"), "%s", effect.reason);
}

Test(ablate, changes_are_in_percent_and_short)
{
	static const struct {
		double ratio;
		const char *text;
	} rows[] = {
		{ 1, "+0.0" }, { 0.879, "-12" },  { 1.034, "+3.4" },	 { 4.19, "+319" },
		{ 12, "x12" }, { 0.001, "-100" }, { 1e300, "x1000000" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		cr_expect_str_eq(change_text(rows[i].ratio).text, rows[i].text);
}

Test(ablate, lines_end_without_blanks_and_are_cut_where_they_do_not_fit)
{
	struct line line = { 0 };
	char *text;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	line_add(&line, "%-5s", "ab");
	line_end(&line, stream);
	for (int i = 0; i < 300; i++)
		line_add(&line, "12345");
	line_end(&line, stream);
	(void)fclose(stream);
	cr_assert_eq(strncmp(text, "ab\n1234512", 10), 0);
	cr_assert_eq(size, 3 + sizeof(line.text));
	free(text);
}
