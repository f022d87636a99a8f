#include "choice.h"

#include <errno.h>
#include <string.h>

#include "base/cpu.h"
#include "base/json.h"

const char *const choice_backends[] = {
	[BACKEND_AUTO] = "auto",
	[BACKEND_URING] = "uring",
	[BACKEND_EPOLL] = "epoll",
	NULL,
};

int features_parse(const char *text, void *ret_request, struct error *ret_error)
{
	const char *word;
	size_t length;

	if (feature_request_parse(text, ret_request, &word, &length) == 0)
		return 0;
	return error_set(ret_error, -EINVAL,
			 "'%.*s' is not +NAME or -NAME of a feature; 'ringside probe' lists them",
			 (int)length, word);
}

json_t *features_to_json(const void *value)
{
	const struct feature_request *request = value;
	json_t *object = json_object();
	int error = 0;

	for (int id = 0; id < FEATURE_COUNT; ++id)
		if ((request->on | request->off) >> id & 1)
			error |= json_put_boolean(object, features[id].name, request->on >> id & 1);
	if (!error)
		return object;
	json_decref(object);
	return NULL;
}

int cpus_parse(const char *text, void *ret_list, struct error *ret_error)
{
	return cpu_list_parse(text, ret_list, ret_error);
}

json_t *cpus_to_json(const void *value)
{
	const struct cpu_list *list = value;
	json_t *array = json_array();

	for (uint32_t i = 0; i < list->count; ++i) {
		if (json_array_append_new(array, json_integer(list->cpus[i])) == 0)
			continue;
		json_decref(array);
		return NULL;
	}
	return array;
}

static int open_named(const char *name, const struct engine_config *config,
		      struct engine **ret_engine, struct error *ret_error)
{
	int error = engine_open(backend_find(name), config, ret_engine);

	if (error == 0)
		return 0;
	return error_set(ret_error, error, "backend %s cannot be opened: %s", name,
			 strerror(-error));
}

int choice_open(enum backend_choice choice, const struct engine_config *config,
		struct engine **ret_engine, struct choice_result *ret_result,
		struct error *ret_error)
{
	const char *reason = NULL;
	int error;

	if (choice != BACKEND_AUTO) {
		error = open_named(choice_backends[choice], config, ret_engine, ret_error);
	} else {
		error = engine_open_auto(config, ret_engine, &reason);
		if (error < 0)
			(void)error_set(ret_error, error, "no engine can be opened: %s",
					strerror(-error));
	}
	if (error < 0)
		return error;
	ret_result->backend = backend_name(engine_backend(*ret_engine));
	ret_result->reason = reason;
	memcpy(ret_result->states, engine_features(*ret_engine), sizeof(ret_result->states));
	return 0;
}

static json_t *backend_to_json(enum backend_choice choice, const struct choice_result *result)
{
	json_t *object = json_object();
	int error = 0;

	error |= json_put_string(object, "requested", choice_backends[choice]);
	error |= json_put_string(object, "effective", result->backend);
	error |= json_put_string(object, "reason", result->reason);
	if (!error)
		return object;
	json_decref(object);
	return NULL;
}

static json_t *state_to_json(const struct feature_state *state)
{
	json_t *object = json_object();
	int error = 0;

	error |= json_put_boolean(object, "requested", state->requested);
	error |= json_put_boolean(object, "effective", state->effective);
	error |= json_put_string(object, "reason", state->reason);
	if (!error)
		return object;
	json_decref(object);
	return NULL;
}

static json_t *states_to_json(const struct feature_state *states)
{
	json_t *object = json_object();
	int error = 0;

	for (int id = 0; id < FEATURE_COUNT; ++id)
		error |= json_put_value(object, features[id].name, state_to_json(&states[id]));
	if (!error)
		return object;
	json_decref(object);
	return NULL;
}

int choice_to_json(enum backend_choice choice, const struct choice_result *result, json_t *object)
{
	int error = 0;

	error |= json_put_value(object, "backend", backend_to_json(choice, result));
	error |= json_put_value(object, "features", states_to_json(result->states));
	return error;
}
