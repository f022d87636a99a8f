#include "choice.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "backend.h"
#include "base/json.h"
#include "base/text.h"

const char *const choice_backends[] = {
	[BACKEND_AUTO] = "auto",
	[BACKEND_URING] = "uring",
	[BACKEND_EPOLL] = "epoll",
	NULL,
};

/* The feature that a wrong word may mean, without its sign; NULL: none is near. */
static const char *guess_feature(const char *word, size_t length)
{
	size_t sign = strspn(word, "+-");
	char name[32];
	struct text_guess guess = { .word = name };

	if (sign > length)
		return NULL;
	(void)snprintf(name, sizeof(name), "%.*s", (int)(length - sign), word + sign);
	for (int id = 0; id < FEATURE_COUNT; id++)
		text_guess_offer(&guess, features[id].name);
	return guess.best;
}

int features_parse(const char *text, void *ret_request, struct error *ret_error)
{
	const char *word, *meant;
	size_t length;

	if (feature_request_parse(text, ret_request, &word, &length) == 0)
		return 0;
	meant = guess_feature(word, length);
	if (meant)
		return error_set(ret_error, -EINVAL,
				 "there is no feature '%.*s'; did you mean '%c%s'?", (int)length,
				 word, word[0] == '-' ? '-' : '+', meant);
	return error_set(ret_error, -EINVAL,
			 "'%.*s' is not +NAME or -NAME of a feature, +all, -all or none; 'ringside "
			 "probe' lists them",
			 (int)length, word);
}

json_t *features_to_json(const void *value)
{
	const struct feature_request *request = value;
	json_t *object = json_object();
	int error = 0;

	for (int id = 0; id < FEATURE_COUNT; id++)
		if ((request->on | request->off) >> id & 1)
			error |= json_put_boolean(object, features[id].name, request->on >> id & 1);
	return json_complete(object, error);
}

static int open_named(const char *name, const struct engine_config *config,
		      struct engine **ret_engine, struct error *ret_error)
{
	const struct backend *backend = backend_find(name);
	int error = engine_open(backend, config, ret_engine);

	if (error == 0)
		return 0;
	return error_set(ret_error, error, "backend %s cannot be opened: %s", name,
			 backend == &backend_uring ? uring_refusal(error) : strerror(-error));
}

static bool is_missing(const struct choice_result *result, const struct feature_request *request,
		       int id)
{
	const struct feature_state *state = &result->states[id];
	bool named = request->on >> id & 1;

	if (!state->requested || state->effective)
		return false;
	return named || (features[id].vital && !state->present &&
			 strcmp(result->backend, backend_name(&backend_uring)) == 0);
}

__attribute__((format(printf, 2, 3))) static void add_text(struct choice_result *result,
							   const char *format, ...)
{
	size_t used = strlen(result->missing);
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(result->missing + used, sizeof(result->missing) - used, format, arguments);
	va_end(arguments);
}

/* A reason is given once, behind all the features that share it. */
static void tell_missing(struct choice_result *result, const struct feature_request *request)
{
	uint32_t told = 0;

	result->missing[0] = '\0';
	for (int id = 0; id < FEATURE_COUNT; id++) {
		const char *reason = result->states[id].reason;

		if (told >> id & 1 || !is_missing(result, request, id))
			continue;
		add_text(result, "%s%s", told ? ", " : "not in effect: ", features[id].name);
		for (int like = id + 1; like < FEATURE_COUNT; like++) {
			if (!is_missing(result, request, like) ||
			    strcmp(result->states[like].reason, reason) != 0)
				continue;
			add_text(result, ", %s", features[like].name);
			told |= 1u << like;
		}
		add_text(result, " (%s)", reason);
		told |= 1u << id;
	}
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
	tell_missing(ret_result, &config->features);
	return 0;
}

void choice_note_uses(struct choice_result *result, const struct engine *engine)
{
	memcpy(result->uses, engine_counters(engine)->feature_uses, sizeof(result->uses));
}

bool choice_tells_departures(const struct choice_result *result)
{
	bool always = result->backend &&
		      strcmp(result->backend, choice_backends[BACKEND_EPOLL]) == 0;

	return always || result->states[FEATURE_DEPARTURES].effective;
}

void choice_merge(struct choice_result *result, const struct choice_result *from)
{
	for (int id = 0; id < FEATURE_COUNT; id++)
		result->uses[id] += from->uses[id];
}

static json_t *backend_to_json(enum backend_choice choice, const struct choice_result *result)
{
	json_t *object = json_object();
	int error = 0;

	error |= json_put_string(object, "requested", choice_backends[choice]);
	error |= json_put_string(object, "effective", result->backend);
	error |= json_put_string(object, "reason", result->reason);
	return json_complete(object, error);
}

static json_t *state_to_json(const struct feature_state *state, uint64_t uses)
{
	json_t *object = json_object();
	int error = 0;

	error |= json_put_boolean(object, "requested", state->requested);
	error |= json_put_boolean(object, "effective", state->effective);
	error |= json_put_string(object, "reason", state->reason);
	error |= json_put_unsigned(object, "uses", uses);
	return json_complete(object, error);
}

static json_t *states_to_json(const struct choice_result *result)
{
	json_t *object = json_object();
	int error = 0;

	for (int id = 0; id < FEATURE_COUNT; id++)
		error |= json_put_value(object, features[id].name,
					state_to_json(&result->states[id], result->uses[id]));
	return json_complete(object, error);
}

int choice_to_json(enum backend_choice choice, const struct choice_result *result, json_t *object)
{
	int error = 0;

	error |= json_put_value(object, "backend", backend_to_json(choice, result));
	error |= json_put_value(object, "features", states_to_json(result));
	return error;
}
