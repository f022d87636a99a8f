/* The command lines of the load generator. */
#include <stdio.h>

#include "base/array.h"
#include "load/options.h"
#include "scenario_parts.h"
#include "words.h"

static void add_amount(struct scenario *scenario)
{
	const struct option_table *table = &load_option_table;
	struct words *words = &scenario->load;
	struct chance *chance = &scenario->chance;

	if (chance_is(chance, 60))
		(void)words_option(words, table, "requests", "%u",
				   chance_size(chance, scenario->event_aim / 8 + 1));
	else
		(void)words_option(words, table, "duration", "%ums", chance_between(chance, 1, 10));
	if (chance_is(chance, 20))
		(void)words_option(words, table, "omit", "%ums", chance_between(chance, 1, 5));
	if (chance_is(chance, 15))
		(void)words_option(words, table, "cooldown", "%ums", chance_between(chance, 1, 5));
	if (chance_is(chance, 20))
		(void)words_option(words, table, "runs", "2");
}

static void add_shape(struct scenario *scenario, bool stream)
{
	const struct option_table *table = &load_option_table;
	struct words *words = &scenario->load;
	struct chance *chance = &scenario->chance;

	(void)words_option(words, table, "size", "%u", chance_size(chance, stream ? 8192 : 1024));
	if (chance_is(chance, 50))
		(void)words_option(words, table, "depth", "%u", chance_size(chance, 16));
	if (chance_is(chance, 35)) {
		(void)words_option(words, table, "rate", "%u", chance_between(chance, 100, 20000));
		(void)words_option(words, table, "pace", chance_is(chance, 80) ? "timer" : "spin");
	} else if (chance_is(chance, 20)) {
		(void)words_option(words, table, "think", "%uus", chance_between(chance, 1, 2000));
	}
	if (chance_is(chance, 25))
		(void)words_option(words, table, "reconnect-every", "%u", chance_size(chance, 32));
	if (chance_is(chance, 30))
		(void)words_option(words, table, "close", "reset");
}

void scenario_make_load(struct scenario *scenario)
{
	static const char *const timeouts[] = { "50ms", "500ms", "1s", "10s" };
	const struct option_table *table = &load_option_table;
	struct words *words = &scenario->load;
	struct chance *chance = &scenario->chance;
	enum transport transport = (enum transport)chance_below(chance, TRANSPORT_COUNT);
	uint32_t threads = chance_is(chance, 25) ? 2 : 1;
	char url[128];

	words_add(words, "ringside load");
	scenario_add_engine(scenario, words, table);
	(void)words_option(words, table, "threads", "%u", threads);
	(void)words_option(words, table, "connections", "%u", threads + chance_size(chance, 16));
	if (chance_is(chance, 30))
		(void)words_option(words, table, "timeout", "%s",
				   timeouts[chance_below(chance, transports[transport].connected
									 ? ARRAY_SIZE(timeouts)
									 : 2)]);
	add_amount(scenario);
	add_shape(scenario, transports[transport].stream);
	scenario_add_place(scenario, transport, "echo", url, sizeof(url));
	words_add(words, "%s", url);
	if (scenario->kind == SCENARIO_BOTH)
		words_add(&scenario->serve, "%s", url);
}
