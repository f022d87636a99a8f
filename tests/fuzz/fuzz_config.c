/* The file of serve --config. What is in effect, printed as a file, means the same; what is not
 * taken is told by --check-config too. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "serve/config_check.h"
#include "serve/config_print.h"
#include "serve/config_source.h"

static uint32_t complaints;

static void tell(const char *sentence)
{
	assert(sentence[0] != '\0');
	complaints++;
}

/* A configuration that was read, of a file. */
struct reading {
	struct config_source source;
	struct serve_options options;
};

static bool begin(struct reading *reading, const char *path)
{
	static char *argv[4];
	struct error error = { "" };
	int result;

	argv[0] = (char *)"fuzz";
	argv[1] = (char *)"--config";
	argv[2] = (char *)path;
	assert(config_source_init(&reading->source, 3, argv, &error) == 0);
	result = config_source_read(&reading->source, &error);
	if (result == 0)
		result = config_source_parse(&reading->source, &reading->options, &error);
	if (result != 0) {
		fuzz_check_sentence(&error);
		assert(strncmp(error.text, path, strlen(path)) == 0);
	}
	return result == 0;
}

static void end(struct reading *reading)
{
	options_finish(&serve_option_table, &reading->options);
	config_source_finish(&reading->source);
}

/* What may not stand in a file is refused, and nothing else is. */
static void check_printed(struct reading *reading)
{
	struct reading again = { 0 };
	struct error error = { "" };
	char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);
	int result;

	assert(stream);
	result = config_print(&reading->source, &reading->options, stream, &error);
	assert(fclose(stream) == 0);
	if (result == 0) {
		assert(begin(&again, fuzz_file_other((const uint8_t *)text, length)));
		fuzz_check_equal(options_to_json(&serve_option_table, &reading->options),
				 options_to_json(&serve_option_table, &again.options));
		end(&again);
	} else {
		fuzz_check_sentence(&error);
	}
	free(text);
}

static void check_check(const char *path, bool taken)
{
	struct config_source source;
	struct serve_options options = { 0 };
	char *argv[] = { (char *)"fuzz", (char *)"--check-config", (char *)"--config", (char *)path,
			 NULL };
	struct error error;

	complaints = 0;
	assert(config_source_init(&source, 4, argv, &error) == 0);
	assert(source.check && !source.print);
	assert(config_check(&source, &options, false, tell) == complaints);
	assert(taken || complaints > 0);
	options_finish(&serve_option_table, &options);
	config_source_finish(&source);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = fuzz_file(data, size);
	struct reading reading = { 0 };
	bool taken;

	/* A key may be asked for from standard input. */
	if (!freopen("/dev/null", "re", stdin))
		abort();
	taken = begin(&reading, path);
	if (taken)
		check_printed(&reading);
	end(&reading);
	check_check(path, taken);
	return 0;
}
