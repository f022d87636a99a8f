/*
 * A fuzz target without libFuzzer, as a test: every input of its corpus, then as many changed ones
 * as are asked for, drawn from a seed, so that the same build does the same again.
 *
 *	fuzz-url [--mutations N] [--seed N] [--dictionary FILE] CORPUS	all of a folder, as TAP
 *	fuzz-url FILE...						these inputs alone
 *
 * An input that ends the process, or takes INPUT_SECONDS, is left in the file crash-NAME.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"
#include "measure/random.h"
#include "mutate.h"

/* As in the command line of ./dev fuzz. */
#define INPUT_MAX 4096
#define INPUT_SECONDS 20
#define MUTATIONS_STANDARD 3000

/* Those that only some targets or builds have. */
#pragma weak LLVMFuzzerCustomMutator
__attribute__((weak)) void __sanitizer_set_death_callback(void (*callback)(void));

static struct mutator mutator;
/* What is being run, for whoever writes it down when it has ended the process. */
static struct piece current;
static char crash_path[256];

/* Called where nothing may be relied on: of the C library only what signal handlers may call. */
static void keep_input(void)
{
	static const char told[] = "# the input that did this: ";
	int file = open(crash_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	ssize_t written = file >= 0 ? write(file, current.bytes, current.size) : -1;

	if (written == (ssize_t)current.size && write(STDERR_FILENO, told, sizeof(told) - 1) > 0 &&
	    write(STDERR_FILENO, crash_path, strlen(crash_path)) > 0)
		(void)!write(STDERR_FILENO, "\n", 1);
}

static void on_end(int number)
{
	keep_input();
	(void)signal(number, SIG_DFL);
	(void)raise(number);
}

static void watch_ends(const char *program)
{
	static const int signals[] = { SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGALRM };
	const char *slash = strrchr(program, '/');

	(void)snprintf(crash_path, sizeof(crash_path), "crash-%s", slash ? slash + 1 : program);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		(void)signal(signals[i], on_end);
	if (__sanitizer_set_death_callback)
		__sanitizer_set_death_callback(keep_input);
}

/* A copy of exactly its size, so that a sanitizer sees who reads beyond it. */
static void run_input(const uint8_t *data, size_t size)
{
	current = (struct piece){ (uint8_t *)fuzz_text(data, size), size };
	current.bytes = realloc(current.bytes, size > 0 ? size : 1);
	assert(current.bytes);
	(void)alarm(INPUT_SECONDS);
	(void)LLVMFuzzerTestOneInput(current.bytes, size);
	(void)alarm(0);
	free(current.bytes);
}

static int read_input(const char *path, struct piece_list *inputs)
{
	FILE *file = fopen(path, "re");
	struct stat status;
	uint8_t *bytes;
	size_t size;

	if (!file || fstat(fileno(file), &status) != 0) {
		(void)fprintf(stderr, "cannot read %s: %s\n", path, strerror(errno));
		return -errno;
	}
	bytes = malloc((size_t)status.st_size + 1);
	assert(bytes);
	size = fread(bytes, 1, (size_t)status.st_size, file);
	(void)fclose(file);
	piece_add(inputs, bytes, size);
	return 0;
}

static int is_input(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* In the order of their names, or else every checkout would draw other changes. */
static int read_corpus(const char *folder, struct piece_list *inputs)
{
	struct dirent **entries;
	int count = scandir(folder, &entries, is_input, alphasort);
	int error = count < 0 ? -errno : 0;

	if (error)
		(void)fprintf(stderr, "cannot read %s: %s\n", folder, strerror(-error));
	for (int i = 0; i < count; i++) {
		char path[4096];

		(void)snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
		if (!error)
			error = read_input(path, inputs);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	return error;
}

/* Every target that changes inputs its own way does so half of the time. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t room)
{
	return mutate(&mutator, data, size, room);
}

static size_t change(uint8_t *data, size_t size)
{
	uint64_t drawn = random_next(&mutator.random);

	if (LLVMFuzzerCustomMutator && drawn & 1)
		return LLVMFuzzerCustomMutator(data, size, INPUT_MAX, (unsigned int)(drawn >> 32));
	return mutate(&mutator, data, size, INPUT_MAX);
}

static void run_mutations(unsigned long count)
{
	const struct piece_list *inputs = &mutator.inputs;
	uint8_t *data = malloc(INPUT_MAX);

	assert(data);
	for (unsigned long i = 0; i < count; i++) {
		const struct piece *input = &inputs->items[i % inputs->count];
		size_t size = input->size < INPUT_MAX ? input->size : INPUT_MAX;

		if (size > 0)
			memcpy(data, input->bytes, size);
		run_input(data, change(data, size));
	}
	free(data);
}

static int replay_folder(const char *folder, unsigned long mutations)
{
	unsigned long seed = (unsigned long)mutator.random;

	if (read_corpus(folder, &mutator.inputs) != 0 || mutator.inputs.count == 0)
		return EXIT_FAILURE;
	(void)printf("1..2\n");
	for (size_t i = 0; i < mutator.inputs.count; i++)
		run_input(mutator.inputs.items[i].bytes, mutator.inputs.items[i].size);
	(void)printf("ok 1 - %zu inputs of the corpus keep what is asserted\n",
		     mutator.inputs.count);
	(void)fflush(stdout);
	run_mutations(mutations);
	(void)printf("ok 2 - %lu changed ones do, of seed %lu\n", mutations, seed);
	return EXIT_SUCCESS;
}

static int replay_files(int count, char **paths)
{
	for (int i = 0; i < count; i++) {
		struct piece_list one = { 0 };

		if (read_input(paths[i], &one) != 0)
			return EXIT_FAILURE;
		run_input(one.items[0].bytes, one.items[0].size);
		(void)printf("%s: nothing is wrong\n", paths[i]);
		pieces_free(&one);
	}
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "mutations", required_argument, NULL, 'm' },
		{ "seed", required_argument, NULL, 's' },
		{ "dictionary", required_argument, NULL, 'd' },
		{ 0 },
	};
	unsigned long mutations = MUTATIONS_STANDARD;
	struct stat status;
	int option, result;

	mutator.random = 1;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'm')
			mutations = strtoul(optarg, NULL, 10);
		else if (option == 's')
			mutator.random = strtoul(optarg, NULL, 10);
		else if (option == 'd')
			dictionary_read(optarg, &mutator.words);
		else
			return 2;
	}
	watch_ends(argv[0]);
	if (optind + 1 == argc && stat(argv[optind], &status) == 0 && S_ISDIR(status.st_mode))
		result = replay_folder(argv[optind], mutations);
	else
		result = replay_files(argc - optind, argv + optind);
	pieces_free(&mutator.inputs);
	pieces_free(&mutator.words);
	return result;
}
