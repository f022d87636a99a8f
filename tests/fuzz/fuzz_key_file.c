/* Files that hold a key: the key is what stands there, but for one newline, or it is refused. */
#include <stdlib.h>
#include <string.h>

#include "base/key_file.h"
#include "fuzz.h"

#define MAX 64

/* Once is enough: it is the same each time. */
static void check_unreadable(void)
{
	static bool done;

	for (int i = 0; fuzz_unreadable[i] && !done; i++) {
		struct error error = { "" };
		uint8_t key[MAX];
		size_t length;

		assert(key_file_read(fuzz_unreadable[i], MAX, key, &length, &error) < 0);
		fuzz_check_sentence(&error);
	}
	done = true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t expected = size > 0 && data[size - 1] == '\n' ? size - 1 : size;
	const char *path = fuzz_file(data, size);
	uint8_t *key = malloc(MAX);
	struct error error = { "" };
	size_t length = SIZE_MAX;

	check_unreadable();
	assert(key);
	if (key_file_read(path, MAX, key, &length, &error) == 0) {
		assert(length == expected && length > 0 && length <= MAX);
		assert(memcmp(key, data, length) == 0);
	} else {
		assert(length == SIZE_MAX && (expected == 0 || expected > MAX));
		fuzz_check_sentence(&error);
	}
	free(key);
	return 0;
}
