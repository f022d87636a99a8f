#include "setting.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *environment(const char *name, const char *otherwise)
{
	const char *value = getenv(name);

	return value && *value ? value : otherwise;
}

const struct backend *setting_backend(void)
{
	return backend_find(environment("RINGSIDE_TEST_BACKEND", "epoll"));
}

static int parse_features(struct feature_request *request)
{
	const char *text = environment("RINGSIDE_TEST_FEATURES", NULL), *word;
	size_t length;

	return text ? feature_request_parse(text, request, &word, &length) : 0;
}

bool setting_valid(void)
{
	return setting_backend() && parse_features(&(struct feature_request){ 0 }) == 0;
}

static void request_needs(struct feature_request *request)
{
	uint32_t before;

	do {
		before = request->on;
		for (int i = 0; i < FEATURE_COUNT; i++)
			if (request->on & 1u << i)
				request->on |= features[i].needs;
		request->off &= ~request->on;
	} while (request->on != before);
}

void setting_config(struct engine_config *ret_config)
{
	engine_config_init(ret_config);
	ret_config->connection_max = 64;
	ret_config->batch_max = 64;
	ret_config->buffer_size = 4096;
	ret_config->buffer_count = 256;
	ret_config->large_size = 65536;
	ret_config->large_count = 16;
	ret_config->datagram_size = 4096;
	ret_config->datagram_count = 128;
	ret_config->output_size = 4096;
	ret_config->output_count = 64;
	/* Fewer than there are slots: only then may connections be accepted ahead. */
	ret_config->backlog = 48;
	ret_config->idle_timeout_ns = 0;
	ret_config->send_timeout_ns = 0;
	ret_config->spin_ns = 0;
	if (*environment("RINGSIDE_TEST_ANCILLARY", ""))
		ret_config->listener_ancillary = ret_config->client_ancillary = SETTING_ARRIVALS;
	(void)parse_features(&ret_config->features);
	request_needs(&ret_config->features);
}

void setting_allow(struct engine_config *config, enum feature_id feature)
{
	config->features.off &= ~(1u << feature);
}

static int open_engine(struct engine **ret_engine)
{
	struct engine_config config;

	setting_config(&config);
	return engine_open(setting_backend(), &config, ret_engine);
}

bool setting_has(enum feature_id feature)
{
	struct engine *engine = NULL;
	bool effective = false;

	if (open_engine(&engine) == 0)
		effective = engine_features(engine)[feature].effective;
	engine_close(engine);
	return effective;
}

static bool features_effective(const struct engine *engine, char *ret_reason, size_t size)
{
	const struct feature_state *states = engine_features(engine);
	struct engine_config config;

	setting_config(&config);
	for (int i = 0; i < FEATURE_COUNT; i++) {
		if (!(config.features.on & 1u << i) || states[i].effective)
			continue;
		(void)snprintf(ret_reason, size, "%s: %s", features[i].name, states[i].reason);
		return false;
	}
	return true;
}

bool setting_possible(char *ret_reason, size_t size)
{
	struct engine *engine = NULL;
	int error = open_engine(&engine);
	bool possible = error == 0;

	if (error)
		(void)snprintf(ret_reason, size, "%s: %s", backend_name(setting_backend()),
			       strerror(-error));
	else
		possible = features_effective(engine, ret_reason, size);
	engine_close(engine);
	return possible;
}
