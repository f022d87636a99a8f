/* What a program of ours tells of its engine: the members "backend" and "features" of its document,
 * as choice_to_json() made them. */
#ifndef BENCH_ACCOUNT_H
#define BENCH_ACCOUNT_H

#include <jansson.h>

struct account {
	json_t *backend, *features; /* NULL, both: there is none */
};

/* Those of a document, which the caller keeps; NULL has none. Errors: EPROTO (they are not there).
 * End with account_finish(). */
int account_read(const json_t *document, struct account *ret_account);

/* Zeroes are fine. */
void account_finish(struct account *account);

/* Set both members in an object; null where there is none. Errors: ENOMEM. */
int account_put(const struct account *account, json_t *object);

/* An object of both, or null. NULL: no memory. */
json_t *account_to_json(const struct account *account);

#endif
