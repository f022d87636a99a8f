#include "experiment/place.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "experiment/network.h"

#define LOOPBACK "127.0.0.1"

/* The next CPUs of a list that the other one does not have. */
static bool take(const struct cpu_list *allowed, uint32_t count, uint32_t *next,
		 struct cpu_list *ret_list)
{
	if (allowed->count < *next + count)
		return false;
	ret_list->count = count;
	memcpy(ret_list->cpus, allowed->cpus + *next, count * sizeof(ret_list->cpus[0]));
	*next += count;
	return true;
}

/* The server must not wait for the load, nor the load for it; where there are not enough CPUs for
 * that the system decides. */
static bool choose(const struct place_wish *wish, struct place *place)
{
	struct cpu_list allowed;
	uint32_t next = 0;

	if (cpu_list_allowed(&allowed) < 0)
		return false;
	if (take(&allowed, wish->load_threads, &next, &place->load_cpus) &&
	    take(&allowed, wish->server_threads, &next, &place->server_cpus))
		return true;
	place->load_cpus.count = place->server_cpus.count = 0;
	return false;
}

static bool has(const struct cpu_list *list, uint16_t cpu)
{
	for (uint32_t i = 0; i < list->count; i++)
		if (list->cpus[i] == cpu)
			return true;
	return false;
}

/* The first ones of ours that the other one does not have; none if there are not enough. */
static void take_beside(const struct cpu_list *other, uint32_t count, struct cpu_list *ret_list)
{
	struct cpu_list allowed;

	ret_list->count = 0;
	if (cpu_list_allowed(&allowed) < 0)
		return;
	for (uint32_t i = 0; i < allowed.count && ret_list->count < count; i++)
		if (!has(other, allowed.cpus[i]))
			ret_list->cpus[ret_list->count++] = allowed.cpus[i];
	if (ret_list->count < count)
		ret_list->count = 0;
}

static bool are_apart(const struct cpu_list *a, const struct cpu_list *b)
{
	for (uint32_t i = 0; i < a->count; i++)
		if (has(b, a->cpus[i]))
			return false;
	return a->count > 0 && b->count > 0;
}

static int place_cpus(const struct place_wish *wish, struct place *place, struct error *ret_error)
{
	int error;

	if (wish->server_cpus->count == 0 && wish->load_cpus->count == 0) {
		place->apart = choose(wish, place);
		return 0;
	}
	error = cpu_list_check(wish->server_cpus, ret_error);
	if (!error)
		error = cpu_list_check(wish->load_cpus, ret_error);
	if (error)
		return error;
	place->server_cpus = *wish->server_cpus;
	place->load_cpus = *wish->load_cpus;
	if (wish->load_cpus->count == 0)
		take_beside(wish->server_cpus, wish->load_threads, &place->load_cpus);
	else if (wish->server_cpus->count == 0)
		take_beside(wish->load_cpus, wish->server_threads, &place->server_cpus);
	place->apart = are_apart(&place->server_cpus, &place->load_cpus);
	return 0;
}

int place_init(const struct place_wish *wish, struct place *ret_place, struct error *ret_error)
{
	struct network network = { 0 };
	int error;

	*ret_place = (struct place){ .server_host = LOOPBACK };
	error = place_cpus(wish, ret_place, ret_error);
	if (error < 0 || !wish->network)
		return error;
	error = network_make(&network, ret_error);
	if (error < 0)
		return error;
	ret_place->server_host = NETWORK_SERVER_HOST;
	ret_place->server_network = network.server;
	ret_place->load_network = network.load;
	return 0;
}

void place_finish(struct place *place)
{
	if (place->server_network > 0)
		(void)close(place->server_network);
	if (place->load_network > 0)
		(void)close(place->load_network);
	place->server_network = place->load_network = 0;
}

int place_put(const struct place *place, json_t *object)
{
	int error = 0;

	error |= json_put_value(object, "server_cpus", cpus_to_json(&place->server_cpus));
	error |= json_put_value(object, "load_cpus", cpus_to_json(&place->load_cpus));
	error |= json_put_string(object, "network",
				 place->server_network > 0 ? "veth" : "loopback");
	return error;
}
