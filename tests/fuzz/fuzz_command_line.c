/*
 * Whole command lines, as the commands take them: the first byte of each says which command's, each
 * line after it is a word, and an empty one ends it. What is taken is the same when it is taken
 * apart and put together again; what is not has a sentence.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/command_line.h"
#include "base/option.h"
#include "command.h"
#include "compare/options.h"
#include "convert/options.h"
#include "fuzz.h"
#include "load/options.h"
#include "load/target.h"
#include "merge/options.h"
#include "report/options.h"
#include "serve/options.h"
#include "talk/options.h"
#include "talk/protocol.h"

#define WORDS_MAX 64

static int check_serve(void *options, struct error *ret_error)
{
	return serve_options_check(options, ret_error);
}

static int check_load(void *options, struct error *ret_error)
{
	struct load_options *load = options;
	struct target target;
	int error = target_parse(load->urls.items[0], &target, ret_error);

	if (!error)
		error = load_options_check(load, &target, ret_error);
	if (error)
		return error;
	assert(load->verify != load->no_verify);
	assert(load->threads >= 1 && load->threads <= load->connections);
	assert(load->duration_ns > 0 || load->requests > 0);
	assert(load->timeout_ns > 0 && load->stamps != LOAD_STAMPS_AUTO);
	return 0;
}

static int check_talk(void *options, struct error *ret_error)
{
	const struct talk_options *talk = options;
	const struct protocol *protocol;
	struct url url;
	int error = talk_options_check(talk, ret_error);

	if (!error && talk->request)
		error = protocol_find(talk->urls.items[0], &url, &protocol, ret_error);
	return error;
}

static int check_report(void *options, struct error *ret_error)
{
	return report_options_check(options, ret_error);
}

static int check_compare(void *options, struct error *ret_error)
{
	struct compare_options *compare = options;
	struct decision_plan plan;
	int error = compare_options_check(compare, ret_error);

	if (error)
		return error;
	compare_options_plan(compare, &plan);
	assert(compare->pairs <= compare->max_pairs);
	return 0;
}

static int check_outputs(const struct output_list *outputs, const char *json,
			 struct error *ret_error)
{
	(void)outputs_silence(outputs, json);
	return outputs_check_json(outputs, json, ret_error);
}

static int check_merge(void *options, struct error *ret_error)
{
	const struct merge_options *merge = options;

	return check_outputs(&merge->outputs, merge->json, ret_error);
}

static int check_convert(void *options, struct error *ret_error)
{
	const struct convert_options *convert = options;

	return check_outputs(&convert->outputs, convert->json, ret_error);
}

static const struct command commands[] = {
	{ &serve_option_table, sizeof(struct serve_options), check_serve },
	{ &load_option_table, sizeof(struct load_options), check_load },
	{ &talk_option_table, sizeof(struct talk_options), check_talk },
	{ &compare_option_table, sizeof(struct compare_options), check_compare },
	{ &merge_option_table, sizeof(struct merge_options), check_merge },
	{ &convert_option_table, sizeof(struct convert_options), check_convert },
	{ &report_option_table, sizeof(struct report_options), check_report },
};

static const struct command *command_of(uint8_t number)
{
	uint32_t place = (uint32_t)(number % (ARRAY_SIZE(commands) + experiment_command_count));

	if (place < ARRAY_SIZE(commands))
		return &commands[place];
	return &experiment_commands[place - ARRAY_SIZE(commands)];
}

/* --help has more than the rows; what other tables know is printed once. */
static void print_details(const struct option_table *table)
{
	static const struct option_table *printed[32];

	for (size_t i = 0; i < ARRAY_SIZE(printed); i++) {
		if (printed[i] == table)
			return;
		if (printed[i])
			continue;
		printed[i] = table;
		break;
	}
	if (table->print_details)
		table->print_details(fuzz_nowhere());
}

/* Would it print a page and end the process? The names of those options may be cut. */
static bool may_print_page(const char *word)
{
	size_t length = strcspn(word, "=");

	if (word[0] != '-' || word[1] == '\0')
		return false;
	if (word[1] != '-')
		return strpbrk(word, "hV?");
	for (int i = 0; i < PAGE_OPTION_COUNT; i++)
		if (length > 2 && strncmp(word + 2, page_options[i], length - 2) == 0)
			return true;
	return false;
}

/* The line taken apart and put together again sets the same. */
static void check_same(const struct command *command, int argc, char **argv, const void *options)
{
	void *again = calloc(1, command->size);
	struct command_line line;
	struct error error;
	char **words;
	int count;

	assert(again && command_line_read(command->table, argc, argv, &line) == 0);
	words = command_line_words(&line, &count);
	assert(words && command_line_print(&line, fuzz_nowhere()) == 0);
	(void)fflush(fuzz_nowhere());
	assert(options_parse(command->table, count, words, again, &error) == 0);
	fuzz_check_equal(options_to_json(command->table, options),
			 options_to_json(command->table, again));
	assert(command_line_try(&line, command->table, &error) == 0);
	options_finish(command->table, again);
	command_line_finish(&line);
	words_free(words);
	free(again);
}

static void check_line(const struct command *command, int argc, char **argv)
{
	void *options = calloc(1, command->size);
	char *copies[WORDS_MAX + 1] = { NULL };
	struct error error = { "" };
	int result;

	assert(options);
	/* argp puts the words into another order. */
	memcpy(copies, argv, (size_t)argc * sizeof(*argv));
	result = options_parse(command->table, argc, copies, options, &error);
	if (result == 0) {
		memcpy(copies, argv, (size_t)argc * sizeof(*argv));
		check_same(command, argc, copies, options);
		result = command->check ? command->check(options, &error) : 0;
	}
	if (result != 0)
		fuzz_check_sentence(&error);
	options_finish(command->table, options);
	free(options);
}

static void run_line(struct fuzz_input *input)
{
	const struct command *command = command_of(fuzz_byte(input));
	char *words[WORDS_MAX + 1] = { NULL };
	bool page = false, ended = false;
	int count = 0;

	words[count++] = fuzz_text((const uint8_t *)"fuzz", 4);
	while (input->left > 0 && !ended && count < WORDS_MAX) {
		words[count] = fuzz_line(input);
		ended = words[count][0] == '\0';
		page |= may_print_page(words[count++]);
	}
	print_details(command->table);
	if (!page)
		check_line(command, ended ? count - 1 : count, words);
	for (int i = 0; i < count; i++)
		free(words[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = { data, size };

	/* A key or a document may be asked for from standard input. */
	if (!freopen("/dev/null", "re", stdin))
		abort();
	while (input.left > 0)
		run_line(&input);
	return 0;
}

/* Where the last command line begins. */
static size_t last_line(const uint8_t *data, size_t size)
{
	for (size_t at = size; at > 2; at--)
		if (data[at - 2] == '\n' && data[at - 3] == '\n')
			return at - 1;
	return 0;
}

/* One more option of the last command, with a value that it may have. */
static size_t add_option(uint8_t *data, size_t size, size_t room, unsigned int seed)
{
	static const char *const values[] = { "0",   "1",   "2",    "64",  "1k",	"10s",
					      "1ms", "1%",  "auto", "off", "none",	"-",
					      "1,2", "1/2", "tcp",  "all", "/dev/null", "" };
	const struct option_table *table = command_of(data[last_line(data, size)])->table;
	const struct option_row *row = table->rows;
	uint32_t count = 0, pick;
	char word[256];
	int length;

	while (table->rows[count].name)
		count++;
	pick = seed % (count + 1);
	row = &table->rows[pick];
	if (pick == count)
		length = snprintf(word, sizeof(word), "\necho+%s", "tcp://127.0.0.1:7");
	else if (!row->argument)
		length = snprintf(word, sizeof(word), "\n--%s", row->name);
	else
		length = snprintf(word, sizeof(word), "\n--%s=%s", row->name,
				  row->choices && seed & 0x10000 ? row->choices[0]
				  : row->standard && seed & 0x20000
					  ? row->standard
					  : values[(seed >> 20) % ARRAY_SIZE(values)]);
	if (size + (size_t)length > room)
		return size;
	memcpy(data + size, word, (size_t)length);
	return size + (size_t)length;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned int seed)
{
	if (size > 0 && seed % 3 == 0)
		return add_option(data, size, room, seed / 3);
	return LLVMFuzzerMutate(data, size, room);
}
