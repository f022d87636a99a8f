#include "report.h"

#include <errno.h>
#include <string.h>

#include "base/json.h"
#include "base/lacking.h"
#include "confine/offer.h"
#include "measure/machine.h"

/* Raised when a member changes its meaning or goes; new members do not raise it. */
#define SCHEMA "ringside-probe/1"

static void print_backend(const struct probe *probe, FILE *stream)
{
	if (probe->backend)
		(void)fprintf(stream, "Backend: %s (%s)\n", probe->backend, probe->reason);
	else
		(void)fprintf(stream, "Backend: none (%s)\n", strerror(-probe->engine_error));
}

static void print_features(const struct probe *probe, FILE *stream)
{
	(void)fprintf(stream, "\nFeatures, each tried (+ is on by default):\n");
	(void)fprintf(stream, "    %-18s %-7s %-5s %s\n", "name", "since", "here", "because");
	for (int id = 0; id < FEATURE_COUNT; id++)
		(void)fprintf(stream, "  %c %-18s %-7s %-5s %s\n",
			      features[id].standard ? '+' : '-', features[id].name,
			      features[id].kernel, probe->states[id].present ? "yes" : "no",
			      probe->states[id].reason);
}

static void print_confinement(FILE *stream)
{
	(void)fprintf(stream, "\nConfinement, as serve --sandbox auto has it:\n");
	for (int part = 0; part < CONFINE_PART_COUNT; part++) {
		struct confine_text text;
		bool present = confine_offers[part].ask(&text);

		(void)fprintf(stream, "    %-18s %-5s %s\n", confine_offers[part].name,
			      present ? "yes" : "no", text.text);
	}
}

static void print_machine(FILE *stream)
{
	for (const struct machine_row *row = machine_rows; row->name; row++) {
		struct reading reading;

		machine_read(row, "", &reading);
		if (row->group)
			(void)fprintf(stream, "\n%s:\n", row->group);
		(void)fprintf(stream, "  %-23s %s%s\n", row->name,
			      reading.available ? "" : "not available: ", reading.text);
	}
}

void probe_print(const struct probe *probe, FILE *stream)
{
	print_backend(probe, stream);
	print_features(probe, stream);
	print_confinement(stream);
	print_machine(stream);
}

static json_t *backend_to_json(const struct probe *probe)
{
	json_t *object = json_object();
	int error = object ? 0 : -ENOMEM;

	error |= json_put_string(object, "requested", "auto");
	error |= json_put_string(object, "effective", probe->backend);
	error |= json_put_string(object, "reason", probe->reason);
	error |= json_put_string(object, "io_uring_error",
				 probe->uring_error ? strerrorname_np(-probe->uring_error) : NULL);
	return json_complete(object, error);
}

static json_t *feature_to_json(const struct probe *probe, int id)
{
	json_t *object = json_object();
	int error = object ? 0 : -ENOMEM;

	error |= json_put_boolean(object, "present", probe->states[id].present);
	error |= json_put_boolean(object, "standard", features[id].standard);
	error |= json_put_boolean(object, "effective", probe->effective[id]);
	error |= json_put_string(object, "reason", probe->states[id].reason);
	error |= json_put_string(object, "kernel", features[id].kernel);
	error |= json_put_string(object, "gain", features[id].gain);
	return json_complete(object, error);
}

static json_t *features_to_json(const struct probe *probe)
{
	json_t *object = json_object();
	int error = object ? 0 : -ENOMEM;

	for (int id = 0; id < FEATURE_COUNT; id++)
		error |= json_put_value(object, features[id].name, feature_to_json(probe, id));
	return json_complete(object, error);
}

static json_t *confinement_to_json(void)
{
	json_t *object = json_object();
	int error = object ? 0 : -ENOMEM;

	for (int part = 0; part < CONFINE_PART_COUNT; part++) {
		json_t *row = json_object();
		struct confine_text text;

		error |= json_put_boolean(row, "present", confine_offers[part].ask(&text));
		error |= json_put_string(row, "reason", text.text);
		error |= json_put_value(object, confine_offers[part].name, row);
	}
	return json_complete(object, error);
}

/* What is not available is null there, and its reason stands in not_available. */
static int put_machine(json_t *document)
{
	json_t *machine = json_object(), *missing = json_object();
	int error = machine && missing ? 0 : -ENOMEM;

	for (const struct machine_row *row = machine_rows; row->name; row++) {
		struct reading reading;

		machine_read(row, "", &reading);
		if (reading.is_number)
			error |= json_put_unsigned(machine, row->name, reading.number);
		else
			error |= json_put_string(machine, row->name,
						 reading.available ? reading.text : NULL);
		if (!reading.available)
			error |= json_put_string(missing, row->name, reading.text);
	}
	error |= json_put_value(document, "machine", machine);
	error |= json_put_value(document, "not_available", missing);
	return error;
}

int probe_write_json(const struct probe *probe, struct error *ret_error)
{
	json_t *document = json_object();
	int error = document ? 0 : -ENOMEM;

	error |= json_put_string(document, "schema", SCHEMA);
	error |= json_put_string(document, "version", RINGSIDE_VERSION);
	error |= json_put_string(document, "command", "probe");
	error |= json_put_value(document, "backend", backend_to_json(probe));
	error |= json_put_value(document, "features", features_to_json(probe));
	error |= json_put_value(document, "confinement", confinement_to_json());
	error |= put_machine(document);
	return json_save(json_complete(document, error), "-", ret_error);
}
