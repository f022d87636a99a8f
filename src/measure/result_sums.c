#include "measure/result_sums.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "base/array.h"

/* Members that are counts, or consist of nothing else. */
static const struct {
	size_t offset, size;
} members[] = {
#define MEMBER(name)                                                                 \
	{                                                                            \
		offsetof(struct result, name), sizeof(((struct result *)NULL)->name) \
	}
	MEMBER(sent),	    MEMBER(sent_after), MEMBER(requests), MEMBER(answered_after),
	MEMBER(bytes_sent), MEMBER(bytes),	MEMBER(lost),	  MEMBER(late),
	MEMBER(duplicated), MEMBER(reordered),	MEMBER(skipped),  MEMBER(connects),
	MEMBER(errors),	    MEMBER(cost),
#undef MEMBER
};

void result_sums_get(const struct result *result, uint64_t ret_sums[RESULT_SUM_COUNT])
{
	size_t at = 0;

	for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
		memcpy(&ret_sums[at], (const char *)result + members[i].offset, members[i].size);
		at += members[i].size / sizeof(uint64_t);
	}
	assert(at == RESULT_SUM_COUNT && "the table is what the header counts");
}

void result_sums_set(struct result *result, const uint64_t sums[RESULT_SUM_COUNT])
{
	size_t at = 0;

	for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
		memcpy((char *)result + members[i].offset, &sums[at], members[i].size);
		at += members[i].size / sizeof(uint64_t);
	}
}
