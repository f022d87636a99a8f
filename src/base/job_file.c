#include "base/job_file.h"

#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What inih keeps of a section's name; it cuts longer ones. */
#define SECTION_NAME_MAX 49
/* So that a device or an endless pipe ends with a sentence and not with all memory. */
#define LINE_COUNT_MAX 100000
/* Behind a line's text inih's buffer needs "=" for a name that stands alone, a newline, a zero. */
#define LINE_END_ROOM 3

#define BLANKS " \t\r\v\f"
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

struct reading {
	struct job_file *file;
	FILE *stream;
	struct error *ret_error;
	uint32_t line;
	bool name_alone; /* the entry being read has no value */
	int error;
};

/* Note what ends the reading; the first one counts. Returns it. */
__attribute__((format(printf, 3, 4))) static int refuse(struct reading *reading, int code,
							const char *format, ...)
{
	char text[ERROR_TEXT_MAX];
	va_list arguments;

	if (reading->error)
		return reading->error;
	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	reading->error = error_set(reading->ret_error, code, "%s:%u: %s", reading->file->path,
				   reading->line, text);
	return reading->error;
}

const struct job_section *job_file_find(const struct job_file *file, const char *name)
{
	for (uint32_t i = 0; i < file->section_count; i++)
		if (strcmp(file->sections[i].name, name) == 0)
			return &file->sections[i];
	return NULL;
}

static int section_add(struct job_file *file, const char *name, uint32_t line)
{
	struct job_section *sections = reallocarray(file->sections, file->section_count + 1,
						    sizeof(*sections));
	char *copy = strdup(name);

	if (sections)
		file->sections = sections;
	if (!sections || !copy) {
		free(copy);
		return -ENOMEM;
	}
	sections[file->section_count++] = (struct job_section){ .name = copy, .line = line };
	return 0;
}

static int entry_add(struct job_section *section, const char *name, const char *value,
		     uint32_t line)
{
	struct job_entry *entries = reallocarray(section->entries, section->entry_count + 1,
						 sizeof(*entries));
	struct job_entry entry = { .name = strdup(name), .line = line };

	if (value)
		entry.value = strdup(value);
	if (entries)
		section->entries = entries;
	if (!entries || !entry.name || (value && !entry.value)) {
		free(entry.name);
		free(entry.value);
		return -ENOMEM;
	}
	entries[section->entry_count++] = entry;
	return 0;
}

/* inih's handler: it wants 1 for "go on". What is wrong ends the reading at the next line. */
static int entry_take(void *user, const char *section, const char *name, const char *value)
{
	struct reading *reading = user;
	struct job_file *file = reading->file;

	(void)section; /* the last one: heading_take() has it */
	if (!*name)
		refuse(reading, -EINVAL, "no name before the value; write NAME = VALUE");
	else if (entry_add(&file->sections[file->section_count - 1], name,
			   reading->name_alone ? NULL : value, reading->line) != 0)
		refuse(reading, -ENOMEM, "out of memory");
	return 1;
}

/* Is there nothing more than a comment? */
static bool is_rest(const char *text)
{
	const char *after = text + strspn(text, BLANKS);

	return !*after || (*after == ';' && after > text);
}

/* A line that begins with [. inih reads it too, but does not tell of sections without entries, nor
 * of what it leaves out. */
static int heading_take(struct reading *reading, const char *text)
{
	size_t length = strcspn(text + 1, "]");
	char name[SECTION_NAME_MAX + 1];
	const struct job_section *same;

	if (!text[1 + length])
		return refuse(reading, -EINVAL, "a ] is missing; write [NAME]");
	if (!is_rest(text + 1 + length + 1))
		return refuse(reading, -EINVAL,
			      "'%s' stands behind the section's name; write it "
			      "into a line of its own",
			      text + 1 + length + 1);
	if (length == 0 || strcspn(text + 1, BLANKS ";") < length)
		return refuse(reading, -EINVAL,
			      "a section's name has a letter or more, and no "
			      "blank or ';' in it: [NAME]");
	if (length > SECTION_NAME_MAX)
		return refuse(reading, -EINVAL, "the section's name has %zu bytes; it may have %d",
			      length, SECTION_NAME_MAX);
	(void)snprintf(name, sizeof(name), "%.*s", (int)length, text + 1);
	same = job_file_find(reading->file, name);
	if (same)
		return refuse(reading, -EINVAL,
			      "there is a section [%s] already, in line %u; give "
			      "this one another name",
			      name, same->line);
	if (section_add(reading->file, name, reading->line) != 0)
		return refuse(reading, -ENOMEM, "out of memory");
	return 0;
}

/* Where a sign stands behind a blank, as that of a comment does; NULL: nowhere. */
static char *late_sign(char *text, char sign)
{
	for (char *at = strchr(text + 1, sign); at; at = strchr(at + 1, sign))
		if (strchr(BLANKS, at[-1]))
			return at;
	return NULL;
}

/* Take the comment from an entry, and see whether it has a value: a name alone gets the = that inih
 * wants to see. */
static int entry_prepare(struct reading *reading, char *text)
{
	char *comment = late_sign(text, ';');
	size_t length;

	if (comment)
		*comment = '\0';
	if (reading->file->section_count == 0)
		return refuse(reading, -EINVAL,
			      "this stands in no section; begin with [%s] or [NAME]",
			      JOB_FILE_GLOBAL);
	/* inih takes it for part of the value, and whoever wrote it hardly. */
	if (late_sign(text, '#'))
		return refuse(
			reading, -EINVAL,
			"a # begins a comment only where a line begins; behind a value use ;");
	reading->name_alone = !strpbrk(text, "=:");
	length = strlen(text);
	if (reading->name_alone)
		(void)snprintf(text + length, LINE_END_ROOM, "=");
	return 0;
}

/* The next line without its end into text, of size bytes. False: there is none, or none that can
 * be read. */
static bool line_get(struct reading *reading, char *text, size_t size)
{
	size_t used = 0;
	int byte = getc(reading->stream);

	if (byte == EOF)
		return false;
	reading->line++;
	for (; byte != EOF && byte != '\n' && used + 1 < size; byte = getc(reading->stream)) {
		if (byte == '\0')
			refuse(reading, -EINVAL, "a byte of zero; a job file is text");
		text[used++] = (char)byte;
	}
	text[used] = '\0';
	if (byte != EOF && byte != '\n')
		refuse(reading, -EINVAL, "the line is too long; it may have %zu bytes", size - 1);
	if (reading->line > LINE_COUNT_MAX)
		refuse(reading, -EINVAL, "this is a line too many; a job file has %d at most",
		       LINE_COUNT_MAX);
	return !reading->error;
}

/* Indentation and the mark that some editors begin a file with mean nothing. */
static void line_begin(const struct reading *reading, char *text)
{
	char *start = text;

	if (reading->line == 1 && strncmp(text, BYTE_ORDER_MARK, strlen(BYTE_ORDER_MARK)) == 0)
		start += strlen(BYTE_ORDER_MARK);
	start += strspn(start, BLANKS);
	memmove(text, start, strlen(start) + 1);
}

/* inih's reader: as fgets(), but each line is looked at first, and fits. */
static char *line_read(char *text, int size, void *stream)
{
	struct reading *reading = stream;

	if (reading->error || !line_get(reading, text, (size_t)size - LINE_END_ROOM + 1))
		return NULL;
	line_begin(reading, text);
	if (*text == '[')
		(void)heading_take(reading, text);
	else if (*text && !strchr(";#", *text))
		(void)entry_prepare(reading, text);
	if (reading->error)
		return NULL;
	(void)snprintf(text + strlen(text), 2, "\n");
	return text;
}

int job_file_read(const char *path, struct job_file *ret_file, struct error *ret_error)
{
	struct reading reading = { .file = ret_file, .ret_error = ret_error };
	int fault;

	*ret_file = (struct job_file){ .path = path };
	reading.stream = fopen(path, "re");
	if (!reading.stream)
		return error_set(ret_error, -errno, "%s: %s", path, strerror(errno));
	errno = 0;
	fault = ini_parse_stream(line_read, &reading, entry_take, &reading);
	if (!reading.error && ferror(reading.stream))
		reading.error = error_set(ret_error, errno ? -errno : -EIO, "%s: %s", path,
					  strerror(errno ? errno : EIO));
	(void)fclose(reading.stream);
	if (reading.error || fault == 0)
		return reading.error;
	if (fault < 0)
		return error_set(ret_error, -ENOMEM, "%s: out of memory", path);
	return error_set(ret_error, -EINVAL, "%s:%d: not understood; write NAME = VALUE", path,
			 fault);
}

void job_file_finish(struct job_file *file)
{
	for (uint32_t i = 0; i < file->section_count; i++) {
		struct job_section *section = &file->sections[i];

		for (uint32_t j = 0; j < section->entry_count; j++) {
			free(section->entries[j].name);
			free(section->entries[j].value);
		}
		free(section->entries);
		free(section->name);
	}
	free(file->sections);
	*file = (struct job_file){ .path = file->path };
}
