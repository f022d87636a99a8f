/* The figures of a load's document as samples of one benchmark. */
#ifndef OUTPUT_DOCUMENT_SAMPLES_H
#define OUTPUT_DOCUMENT_SAMPLES_H

#include <jansson.h>
#include <stddef.h>

#include "measure/sample.h"
#include "output/document.h"
#include "output/figure.h"

/*
 * What was observed one after the other: the runs. But runs that overlap, as those of hosts that
 * loaded one server together, are parts of one observation, the document. Errors: ENOMEM.
 */
int document_observations(const struct document *document, size_t *ret_count);

/* One of count observations: the document, or one of its runs. */
const json_t *document_observation(const struct document *document, size_t count, size_t index);

/*
 * Append the benchmark document_name(): for each figure that the document has, its whole, and a
 * value for each observation that has it. Also the settings. Errors: ENOMEM.
 */
int document_samples(const struct document *document, struct sample_set *set);

/* Set what any document of ours says of where and with what it was measured: "os", "kernel", "cpu",
 * "host", "commit", "target", "version". Errors: ENOMEM. */
int document_settings(const json_t *root, struct sample_set *set);

/* The sample of a figure, described as the figure is. NULL: no memory. */
struct sample *figure_sample(const struct figure *figure, const char *benchmark,
			     struct sample_set *set);

#endif
