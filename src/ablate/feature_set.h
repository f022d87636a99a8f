/*
 * Sets of kernel features, a bit (1 << id) each: what an engine works with when one of them is left
 * out or added, and what --features has to say for that.
 */
#ifndef ABLATE_FEATURE_SET_H
#define ABLATE_FEATURE_SET_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include <ringside/feature.h>

#include "base/error.h"
#include "experiment/point.h"

#define FEATURE_BIT(id) (1u << (id))
/* A text of --features with every one of them in it. */
#define FEATURE_TEXT_MAX 512
/* A letter for each, behind a sign. */
#define FEATURE_LETTERS_MAX (FEATURE_COUNT + 2)

/* Without a feature, and so without those that need it. */
uint32_t feature_set_without(uint32_t set, enum feature_id id);

/* With a feature: what it needs comes too, and what cannot be combined with the newcomers goes. */
uint32_t feature_set_with(uint32_t set, enum feature_id id);

/* Features that are added one after the other, so that each finds what it needs. */
struct feature_order {
	uint32_t count;
	enum feature_id ids[FEATURE_COUNT];
};

/* From none to all: first those of set, then those of more which everything before can be combined
 * with. */
void feature_order_fill(uint32_t set, uint32_t more, struct feature_order *ret_order);

/*
 * The text of --features with which an engine works with set, out of the features that matter. One
 * that is on by default is named only if the base named it: plain_send does more then.
 */
void feature_set_text(uint32_t set, uint32_t mattering, const struct feature_request *base,
		      char *text, size_t size);

/* The letter that stands for a feature. */
char feature_letter(enum feature_id id);

/* Can it have work at all with messages of that kind and size? */
bool feature_has_work(enum feature_id id, const struct point *point);

/* For option rows of type OPTION_CUSTOM: "NAME,NAME" as a uint32_t. */
int feature_names_parse(const char *text, void *ret_set, struct error *ret_error);
json_t *feature_names_to_json(const void *set);

/* Their names, parted by commas, as far as they fit. */
void feature_set_names(uint32_t set, char *text, size_t size);

#endif
