/*
 * The result document of a load (schema "ringside-load/1", docs/results.md), for those who write it
 * in another format. What a document lacks, or has as null, is told apart from 0.
 *
 * Members are named by a path whose steps are parted by slashes: "latency_ns/p99.9".
 */
#ifndef OUTPUT_DOCUMENT_H
#define OUTPUT_DOCUMENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "measure/histogram.h"

#define DOCUMENT_SCHEMA "ringside-load/1"

/* Not taken over. */
struct document {
	const json_t *root;
};

/* Its runs; a document without them is its own only one. */
size_t document_run_count(const struct document *document);
const json_t *document_run(const struct document *document, size_t index);

/* A member of the document or of a run; NULL: there is none. */
const json_t *member(const json_t *part, const char *path);

/* A number; false: there is none. */
bool member_number(const json_t *part, const char *path, double *ret_number);

/* A number that is 0 where there is none: for counters. */
double member_count(const json_t *part, const char *path);

/* NULL: there is none. */
const char *member_string(const json_t *part, const char *path);

/* Was every request answered, and rightly? */
bool is_answered_rightly(const json_t *part);

/*
 * The histogram at a path of the document or of a run, to be closed by the caller.
 * Errors: ENODATA (nothing was recorded, or no histogram was kept), EINVAL (damaged), ENOMEM.
 */
int member_histogram(const json_t *part, const char *path, struct histogram **ret_histogram);

#define DOCUMENT_NAME_MAX 512

struct document_name {
	char text[DOCUMENT_NAME_MAX];
};

/* What was measured, in one word: the label, or else "echo/proto=tcp/conns=50/depth=1..." */
struct document_name document_name(const struct document *document);

/* The part behind the service: "/proto=tcp/conns=50/...". */
struct document_name document_configuration(const struct document *document);

/* The service, "echo"; what stands in the target before the transport. */
struct document_name document_service(const struct document *document);

/* Indented, with a newline; gives json up, and NULL was without memory. Returns 0 or a negative
 * errno. */
int json_print(json_t *json, FILE *file);

/* A number as JSON: an integer where it is a whole one. */
json_t *json_number(double number);

#endif
