#include "scenario.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

#include <ringside/service.h>

#include "base/array.h"
#include "base/clock.h"
#include "load/options.h"
#include "scenario_parts.h"
#include "serve/options.h"
#include "words.h"

#define PORT_FIRST 7000

static void add_features(struct scenario *scenario, struct words *words,
			 const struct option_table *table)
{
	struct chance *chance = &scenario->chance;
	char text[512] = "";
	size_t used = 0;

	if (chance_is(chance, 30))
		return;
	if (chance_is(chance, 25))
		used = (size_t)snprintf(text, sizeof(text), "none");
	for (int i = 0; i < FEATURE_COUNT; i++) {
		if (!chance_is(chance, 20))
			continue;
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%c%s",
					 used ? "," : "", chance_is(chance, 70) ? '+' : '-',
					 features[i].name);
	}
	if (used)
		(void)words_option(words, table, "features", "%s", text);
}

void scenario_add_engine(struct scenario *scenario, struct words *words,
			 const struct option_table *table)
{
	static const char *const backends[] = { "auto", "epoll", "uring" };
	static const char *const spins[] = { "0", "auto", "1us", "5us" };
	struct chance *chance = &scenario->chance;
	uint32_t spin = chance_is(chance, 70) ? 0 : chance_below(chance, ARRAY_SIZE(spins));

	(void)words_option(words, table, "backend", "%s",
			   backends[chance_below(chance, scenario->limits.setup_error ? 2 : 3)]);
	add_features(scenario, words, table);
	(void)words_option(words, table, "spin", "%s", spins[spin]);
	(void)words_option(words, table, "sandbox", "off");
	scenario->spins |= spin > 0;
}

/* A name for a place, as the kernel wants it and as a URL says it. */
static void make_place(struct scenario *scenario, struct place *place, const char *service,
		       char *url, size_t size)
{
	uint32_t number = (uint32_t)(place - scenario->places);
	uint16_t port = (uint16_t)(PORT_FIRST + number);

	if (transports[place->transport].local) {
		struct sockaddr_un *name = (struct sockaddr_un *)&place->name;
		int length = snprintf(name->sun_path + 1, sizeof(name->sun_path) - 1, "place-%u",
				      number);

		name->sun_family = AF_UNIX;
		place->length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1) +
				(socklen_t)length;
		(void)snprintf(url, size, "%s+%s:@place-%u", service,
			       transports[place->transport].name, number);
	} else if (chance_is(&scenario->chance, 30)) {
		struct sockaddr_in6 *name = (struct sockaddr_in6 *)&place->name;

		*name = (struct sockaddr_in6){ .sin6_family = AF_INET6,
					       .sin6_port = htons(port),
					       .sin6_addr = IN6ADDR_LOOPBACK_INIT };
		place->length = sizeof(*name);
		(void)snprintf(url, size, "%s+%s://[::1]:%u", service,
			       transports[place->transport].name, port);
	} else {
		struct sockaddr_in *name = (struct sockaddr_in *)&place->name;

		*name = (struct sockaddr_in){ .sin_family = AF_INET,
					      .sin_port = htons(port),
					      .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
		place->length = sizeof(*name);
		(void)snprintf(url, size, "%s+%s://127.0.0.1:%u", service,
			       transports[place->transport].name, port);
	}
}

/* Sessions of irtt over UNIX sockets are one thread's. */
static bool is_allowed(const struct scenario *scenario, const struct service *service,
		       enum transport transport)
{
	return scenario->threads == 1 || !transports[transport].local ||
	       strcmp(service->name, "irtt") != 0;
}

static bool serves_over(const struct service *service, enum transport transport)
{
	enum service_transport kind = transports[transport].stream	? SERVICE_STREAM
				      : transports[transport].connected ? SERVICE_RECORD
									: SERVICE_DATAGRAM;

	return (service->transports & kind) != 0;
}

/* Half of all places have echo: it alone shows every byte. */
static const struct service *choose_service(struct scenario *scenario, enum transport transport)
{
	struct chance *chance = &scenario->chance;
	const struct service *service;
	uint32_t count = 0;

	while (services[count])
		count++;
	if (chance_is(chance, 50))
		return service_find("echo", strlen("echo"));
	do {
		service = services[chance_below(chance, count)];
	} while (!serves_over(service, transport) || !dialogue_find(service->name) ||
		 !is_allowed(scenario, service, transport));
	return service;
}

void scenario_add_place(struct scenario *scenario, enum transport transport, const char *service,
			char *url, size_t size)
{
	struct place *place = &scenario->places[scenario->place_count++];

	place->transport = transport;
	place->dialogue = dialogue_find(service);
	make_place(scenario, place, service, url, size);
}

static void add_places(struct scenario *scenario, uint32_t count)
{
	struct chance *chance = &scenario->chance;
	char url[128];

	for (uint32_t i = 0; i < count; i++) {
		enum transport transport = chance_is(chance, 40) ? TRANSPORT_TCP
								 : (enum transport)chance_below(
									   chance, TRANSPORT_COUNT);

		scenario_add_place(scenario, transport, choose_service(scenario, transport)->name,
				   url, sizeof(url));
		words_add(&scenario->serve, "%s", url);
	}
}

/* A time of the list, in milliseconds; 0 is none. */
static uint64_t add_time(struct scenario *scenario, const char *name, const uint32_t *list_ms,
			 uint32_t count)
{
	uint32_t ms = list_ms[chance_below(&scenario->chance, count)];

	(void)words_option(&scenario->serve, &serve_option_table, name, "%ums", ms);
	return ms * NS_PER_MS;
}

void scenario_make_serve(struct scenario *scenario)
{
	static const uint32_t idle_ms[] = { 0, 60000, 60000, 2000, 200 };
	static const uint32_t send_ms[] = { 30000, 30000, 3000, 300, 0 };
	static const uint32_t drain_ms[] = { 10000, 2000, 100, 10 };
	const struct option_table *table = &serve_option_table;
	struct words *words = &scenario->serve;
	struct chance *chance = &scenario->chance;

	words_add(words, "ringside serve");
	scenario_add_engine(scenario, words, table);
	scenario->threads = chance_is(chance, 25) ? 2 : 1;
	(void)words_option(words, table, "threads", "%u", scenario->threads);
	if (chance_is(chance, 50))
		(void)words_option(words, table, "connections", "%u",
				   chance_between(chance, 1, 24));
	if (chance_is(chance, 40))
		(void)words_option(words, table, "buffers", "%u", chance_between(chance, 1, 24));
	if (chance_is(chance, 40))
		(void)words_option(words, table, "buffer-size", "%u",
				   chance_between(chance, 256, 6000));
	if (chance_is(chance, 30))
		(void)words_option(words, table, "backlog", "%u", chance_between(chance, 1, 16));
	if (chance_is(chance, 30))
		(void)words_option(words, table, "zero-copy-min", "%u", chance_size(chance, 16384));
	if (chance_is(chance, 30))
		(void)words_option(words, table, "queue-max", "%u",
				   chance_between(chance, 1024, 65536));
	if (chance_is(chance, 30))
		(void)words_option(words, table, "stamps", "user");
	if (chance_is(chance, 10))
		(void)words_option(words, table, "stats-interval", "%ums",
				   chance_between(chance, 10, 1000));
	if (chance_is(chance, 30))
		(void)words_option(words, table, "stamp-mode", "stateful");
	(void)words_option(words, table, "stamp-sessions", "64");
	scenario->idle_ns = add_time(scenario, "idle-timeout", idle_ms, ARRAY_SIZE(idle_ms));
	scenario->send_ns = add_time(scenario, "send-timeout", send_ms, ARRAY_SIZE(send_ms));
	scenario->drain_ns = add_time(scenario, "drain", drain_ms, ARRAY_SIZE(drain_ms));
	add_places(scenario,
		   chance_between(chance, scenario->kind == SCENARIO_SERVE, PLACE_MAX - 1));
}

static void make_shape(struct scenario *scenario)
{
	struct engine_config *shape = &scenario->shape;
	struct chance *chance = &scenario->chance;

	engine_config_init(shape);
	shape->connection_max = chance_between(chance, 8, 64);
	shape->batch_max = chance_size(chance, 64);
	shape->buffer_size = chance_between(chance, 256, 4096);
	shape->buffer_count = chance_between(chance, 4, 48);
	shape->large_size = chance_between(chance, 4096, 16384);
	shape->large_count = chance_between(chance, 1, 6);
	shape->datagram_size = chance_between(chance, 1024, 4096);
	shape->datagram_count = chance_between(chance, 2, 16);
	shape->output_size = 16384;
	shape->output_count = chance_between(chance, 2, 8);
	shape->queue_bytes_max = chance_between(chance, 1024, 65536);
	shape->zero_copy_min = chance_size(chance, 16384);
}

/* A third of all worlds is gentle: then all that is asked must be answered. */
static void make_faults(struct scenario *scenario)
{
	static const enum fault harsh[] = { FAULT_SEND_ERROR, FAULT_RECEIVE_ERROR,
					    FAULT_ACCEPT_ERROR, FAULT_CONNECT_ERROR };
	static const enum fault hogs[] = { FAULT_PEER_SILENT, FAULT_PEER_NEVER_READS,
					   FAULT_PEER_VANISHES };
	static const uint32_t percents[] = { 0, 30, 100, 100, 300, 1000 };
	struct fault_rates *rates = &scenario->world.faults;
	struct chance *chance = &scenario->chance;

	fault_rates_scale(rates, percents[chance_below(chance, ARRAY_SIZE(percents))]);
	scenario->gentle = chance_is(chance, 33);
	for (size_t i = 0; scenario->gentle && i < ARRAY_SIZE(harsh); i++)
		rates->per_million[harsh[i]] = 0;
	if (chance_is(chance, 33))
		for (size_t i = 0; i < ARRAY_SIZE(hogs); i++)
			rates->per_million[hogs[i]] = 0;
	scenario->signalled_early = chance_is(chance, 50);
	if (!scenario->signalled_early)
		rates->per_million[FAULT_SIGNAL] = 0;
}

static void make_peers(struct scenario *scenario)
{
	struct chance *chance = &scenario->chance;

	scenario->peers = (struct peers_options){
		.seed = chance_bits(chance),
		.count = chance_size(chance, 24),
		.places = scenario->places,
		.place_count = scenario->place_count,
		.bytes_max = chance_is(chance, 20) ? 300000 : 20000,
		.pause_max_ns = 1000 * chance_size(chance, 5000),
	};
}

void scenario_make(struct scenario *ret_scenario, uint64_t seed, uint32_t events)
{
	struct scenario *scenario = ret_scenario;
	uint32_t draw;

	*scenario = (struct scenario){ .seed = seed, .chance.state = seed };
	/* Some worlds end early: so it is on average. */
	scenario->event_aim = events + events / 4 * 3;
	draw = chance_below(&scenario->chance, 100);
	scenario->kind = draw < 60 ? SCENARIO_SERVE : draw < 80 ? SCENARIO_LOAD : SCENARIO_BOTH;
	if (chance_is(&scenario->chance, 3))
		scenario->limits.setup_error = chance_is(&scenario->chance, 50) ? -ENOSYS : -ENOMEM;
	make_shape(scenario);
	/* The load generator relies on the standard size: what is cut off is wrong to it. */
	if (scenario->kind != SCENARIO_SERVE)
		scenario->shape.datagram_size = 65536 + 512;
	if (scenario->kind != SCENARIO_LOAD)
		scenario_make_serve(scenario);
	if (scenario->kind != SCENARIO_SERVE)
		scenario_make_load(scenario);
	make_faults(scenario);
	make_peers(scenario);
	scenario->world.seed = chance_bits(&scenario->chance);
	scenario->world.event_max = 10ull * events + 100000;
}

static void tell_words(FILE *file, const struct words *words)
{
	for (int i = 0; i < words->count; i++)
		(void)fprintf(file, "%s%s", i ? " " : "  ", words->items[i]);
	if (words->count > 0)
		(void)fputc('\n', file);
}

void scenario_tell(const struct scenario *scenario, char *text, size_t size)
{
	const struct engine_config *shape = &scenario->shape;
	FILE *file = fmemopen(text, size, "w");

	if (!file)
		return;
	tell_words(file, &scenario->serve);
	tell_words(file, &scenario->load);
	(void)fprintf(file,
		      "  %u peers, up to %u bytes and %u us apart; %s, %s\n"
		      "  slots %u, batch %u, buffers %u of %u, large %u of %u, datagrams %u of %u, "
		      "output %u of %u, queue %u\n",
		      scenario->peers.count, scenario->peers.bytes_max,
		      scenario->peers.pause_max_ns / 1000, scenario->gentle ? "gentle" : "harsh",
		      scenario->signalled_early ? "signalled at any step" : "signalled at the end",
		      shape->connection_max, shape->batch_max, shape->buffer_count,
		      shape->buffer_size, shape->large_count, shape->large_size,
		      shape->datagram_count, shape->datagram_size, shape->output_count,
		      shape->output_size, shape->queue_bytes_max);
	(void)fclose(file);
}
