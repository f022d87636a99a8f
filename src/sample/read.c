#include "sample.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "output/document.h"
#include "reader.h"

#define TEXT_MAX ((size_t)256 << 20)
#define PIECE ((size_t)64 << 10)

#define KNOWN                                                                                 \
	"a document of ringside load, of an experiment or of ringside convert, of hyperfine " \
	"--export-json, or Go's benchmark format"

/* JSON documents, by their schema, or by a member where they have none. */
static const struct reader {
	const char *schema, *member;
	const char *source; /* NULL: read() sets it */
	int (*read)(const json_t *root, const char *name, struct sample_set *set,
		    struct error *ret_error);
} readers[] = {
	{ .schema = DOCUMENT_SCHEMA, .source = "ringside load", .read = load_read },
	{ .schema = "ringside-experiment/1", .read = experiment_read },
	{ .schema = SAMPLES_SCHEMA, .read = samples_read },
	{ .member = "results", .source = "hyperfine", .read = hyperfine_read },
};

int read_no_memory(const char *name, struct error *ret_error)
{
	return error_set(ret_error, -ENOMEM, "cannot read %s: %s", name, strerror(ENOMEM));
}

/* NULL: there is none, and ret_error says so. */
static const struct reader *reader_find(const json_t *root, const char *name,
					struct error *ret_error)
{
	const char *schema = member_string(root, "schema");

	for (size_t i = 0; i < ARRAY_SIZE(readers); i++) {
		const struct reader *reader = &readers[i];

		if (schema ? reader->schema && strcmp(schema, reader->schema) == 0
			   : reader->member && json_object_get(root, reader->member))
			return reader;
	}
	if (schema)
		(void)error_set(ret_error, -EINVAL,
				"%s has the schema '%s', which is none that has samples: '%s', "
				"'%s' or '%s'",
				name, schema, readers[0].schema, readers[1].schema,
				readers[2].schema);
	else
		(void)error_set(ret_error, -EINVAL, "%s is JSON, but not " KNOWN, name);
	return NULL;
}

/* ret_document: as sample_set_read_load() has it. */
static int root_read(const json_t *root, const char *name, struct sample_set *set,
		     json_t **ret_document, struct error *ret_error)
{
	const struct reader *reader = reader_find(root, name, ret_error);
	int error = reader ? reader->read(root, name, set, ret_error) : -EINVAL;

	if (error)
		return error;
	if (reader->source && sample_set_source(set, reader->source) != 0)
		return read_no_memory(name, ret_error);
	if (reader->read == load_read)
		*ret_document = json_incref((json_t *)root);
	return 0;
}

static int document_parse(const char *text, size_t length, const char *name, struct sample_set *set,
			  json_t **ret_document, struct error *ret_error)
{
	json_error_t problem;
	json_t *root = json_loadb(text, length, 0, &problem);
	int error;

	if (!root)
		return error_set(ret_error, -EINVAL, "%s is not JSON: line %d: %s", name,
				 problem.line, problem.text);
	error = root_read(root, name, set, ret_document, ret_error);
	json_decref(root);
	return error;
}

static int check_set(struct sample_set *set, const char *name, struct error *ret_error)
{
	if (sample_set_complete(set) != 0)
		return read_no_memory(name, ret_error);
	if (set->count == 0)
		return error_set(ret_error, -EINVAL, "nothing was measured in %s%s%s", name,
				 set->note_count > 0 ? ": " : "",
				 set->note_count > 0 ? set->notes[0] : "");
	return 0;
}

static int text_read_as(const char *text, size_t length, const char *name, struct sample_set *set,
			json_t **ret_document, struct error *ret_error)
{
	const char *start = text + strspn(text, " \t\r\n");

	if (strlen(text) != length)
		return error_set(ret_error, -EINVAL, "%s is no text, but should be " KNOWN, name);
	if (*start == '\0')
		return error_set(ret_error, -EINVAL, "%s is empty", name);
	if (*start == '{' || *start == '[')
		return document_parse(text, length, name, set, ret_document, ret_error);
	if (!is_gobench(text))
		return error_set(ret_error, -EINVAL, "%s is not " KNOWN, name);
	if (sample_set_source(set, "gobench") != 0)
		return read_no_memory(name, ret_error);
	return gobench_read(text, name, set, ret_error);
}

/* text ends with a NUL. */
static int text_parse(const char *text, size_t length, const char *name, struct sample_set *ret_set,
		      json_t **ret_document, struct error *ret_error)
{
	struct sample_set set = { 0 };
	json_t *document = NULL;
	int error = text_read_as(text, length, name, &set, &document, ret_error);

	if (!error)
		error = check_set(&set, name, ret_error);
	if (error) {
		sample_set_finish(&set);
		json_decref(document);
		return error;
	}
	*ret_set = set;
	*ret_document = document;
	return 0;
}

int sample_set_parse(const char *text, size_t length, const char *name, struct sample_set *ret_set,
		     struct error *ret_error)
{
	char *copy = malloc(length + 1);
	json_t *document = NULL;
	int error;

	*ret_set = (struct sample_set){ 0 };
	if (!copy)
		return read_no_memory(name, ret_error);
	memcpy(copy, text, length);
	copy[length] = '\0';
	error = text_parse(copy, length, name, ret_set, &document, ret_error);
	json_decref(document);
	free(copy);
	return error;
}

/* All of it with a NUL behind, for the caller to free. NULL: too large, not readable or no memory,
 * which errno says. */
static char *stream_read(FILE *file, size_t *ret_length)
{
	size_t length = 0, room = 0, got;
	char *text = NULL, *larger;

	do {
		room += room + PIECE;
		larger = realloc(text, room + 1);
		if (!larger) {
			free(text);
			return NULL;
		}
		text = larger;
		errno = 0;
		got = fread(text + length, 1, room - length, file);
		length += got;
	} while (got > 0 && length <= TEXT_MAX);
	if (length > TEXT_MAX || ferror(file)) {
		free(text);
		errno = ferror(file) && errno ? errno : EFBIG;
		return NULL;
	}
	text[length] = '\0';
	*ret_length = length;
	return text;
}

/* The same of a file. */
static char *file_read(const char *path, size_t *ret_length)
{
	FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	char *text;
	int error;

	if (!file)
		return NULL;
	text = stream_read(file, ret_length);
	error = errno;
	if (file != stdin)
		(void)fclose(file);
	errno = error;
	return text;
}

int sample_set_read_load(const char *path, struct sample_set *ret_set, json_t **ret_document,
			 struct error *ret_error)
{
	const char *name = strcmp(path, "-") == 0 ? "standard input" : path;
	size_t length = 0;
	char *text = file_read(path, &length);
	int error;

	*ret_set = (struct sample_set){ 0 };
	if (!text)
		return error_set(ret_error, -errno, "cannot read %s: %s", name, strerror(errno));
	error = text_parse(text, length, name, ret_set, ret_document, ret_error);
	free(text);
	return error;
}

int sample_set_read(const char *path, struct sample_set *ret_set, struct error *ret_error)
{
	json_t *document = NULL;
	int error = sample_set_read_load(path, ret_set, &document, ret_error);

	json_decref(document);
	return error;
}
