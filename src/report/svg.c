#include "svg.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "markup.h"
#include "palette.h"
#include "plot.h"

#define BLANKS " \t\n"

/* Elements of which nothing is kept. */
static const char *const unwanted[] = { "title", "desc", "filter", NULL };

struct rewriting {
	const char *at;
	const struct svg_head *head;
	FILE *stream;
};

static bool begins(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

static void head_write(const struct svg_head *head, const char *box, size_t box_length,
		       FILE *stream)
{
	(void)fprintf(stream,
		      "<svg xmlns=\"http://www.w3.org/2000/svg\" "
		      "xmlns:xlink=\"http://www.w3.org/1999/xlink\" viewBox=\"%.*s\" "
		      "role=\"img\" aria-labelledby=\"%stitle %sdesc\">\n<title id=\"%stitle\">",
		      (int)box_length, box, head->prefix, head->prefix, head->prefix);
	markup_text(head->title, stream);
	(void)fprintf(stream, "</title>\n<desc id=\"%sdesc\">", head->prefix);
	markup_text(head->description, stream);
	(void)fputs("</desc>\n", stream);
}

/* The root element's start is replaced by ours. */
static int root_rewrite(struct rewriting *rewriting)
{
	const char *root = strstr(rewriting->at, "<svg");
	const char *box = root ? strstr(root, "viewBox=\"") : NULL;
	const char *end = root ? strchr(root, '>') : NULL;

	if (!box || !end || box > end)
		return -EBADMSG;
	box += strlen("viewBox=\"");
	head_write(rewriting->head, box, strcspn(box, "\""), rewriting->stream);
	rewriting->at = end + 1;
	return 0;
}

/* An attribute's value, with its quotes: ids and what refers to them get the prefix. */
static void value_write(const struct rewriting *rewriting, const char *name, size_t name_length,
			const char *value, size_t length)
{
	FILE *stream = rewriting->stream;
	bool is_id = name_length == 2 && begins(name, "id");
	bool is_reference = length > 0 && value[0] == '#' && name_length >= 4 &&
			    begins(name + name_length - 4, "href");
	const char *colour = begins(value, "rgb(") ? palette_find(value) : NULL;

	if (colour)
		(void)fprintf(stream, "%.*s=\"%s\"", (int)name_length, name, colour);
	else if (is_id)
		(void)fprintf(stream, "id=\"%s%.*s\"", rewriting->head->prefix, (int)length, value);
	else if (is_reference)
		(void)fprintf(stream, "%.*s=\"#%s%.*s\"", (int)name_length, name,
			      rewriting->head->prefix, (int)length - 1, value + 1);
	else
		(void)fprintf(stream, "%.*s=\"%.*s\"", (int)name_length, name, (int)length, value);
}

/* The style sheet chooses the font. */
static bool is_wanted(const char *name, size_t length)
{
	return !(length == strlen("font-family") && begins(name, "font-family"));
}

/* An attribute, with white space around its = or without. Errors: EBADMSG. */
static int attribute_write(struct rewriting *rewriting)
{
	const char *name = rewriting->at, *value;
	size_t name_length = strcspn(name, "=> \t\n"), length;

	value = name + name_length;
	value += strspn(value, BLANKS);
	if (*value++ != '=')
		return -EBADMSG;
	value += strspn(value, BLANKS);
	if (*value != '\'' && *value != '"')
		return -EBADMSG;
	length = strcspn(value + 1, *value == '"' ? "\"" : "'");
	if (value[1 + length] != *value)
		return -EBADMSG;
	if (is_wanted(name, name_length)) {
		(void)fputc(' ', rewriting->stream);
		value_write(rewriting, name, name_length, value + 1, length);
	}
	rewriting->at = value + 1 + length + 1;
	return 0;
}

/* A tag, from its < to its >. */
static int tag_write(struct rewriting *rewriting)
{
	size_t name_length = strcspn(rewriting->at, BLANKS ">");
	int error = 0;

	(void)fwrite(rewriting->at, 1, name_length, rewriting->stream);
	rewriting->at += name_length;
	while (!error) {
		rewriting->at += strspn(rewriting->at, BLANKS);
		if (*rewriting->at == '>' || begins(rewriting->at, "/>"))
			break;
		error = attribute_write(rewriting);
	}
	if (error)
		return error;
	(void)fputs(*rewriting->at == '/' ? "/>" : ">", rewriting->stream);
	rewriting->at = strchr(rewriting->at, '>') + 1;
	return 0;
}

/* Text up to the next tag: what plot_name() has moved comes back; white space is one blank. */
static void text_write(struct rewriting *rewriting)
{
	while (*rewriting->at && *rewriting->at != '<') {
		const unsigned char *bytes = (const unsigned char *)rewriting->at;
		size_t blank = strspn(rewriting->at, " \t\n");

		if (blank > 0) {
			(void)fputc(rewriting->at[blank] == '<' ? '\n' : ' ', rewriting->stream);
			rewriting->at += blank;
		} else if (bytes[0] == 0xee && (bytes[1] & 0xfe) == 0x80 && bytes[2]) {
			markup_sign((char)((bytes[1] & 1) << 6 | (bytes[2] & 0x3f)),
				    rewriting->stream);
			rewriting->at += 3;
		} else {
			(void)fputc(*rewriting->at++, rewriting->stream);
		}
	}
}

/* Leave out an unwanted element, or a group in which nothing is. */
static bool skip(struct rewriting *rewriting)
{
	const char *end = strchr(rewriting->at, '>');
	char closing[16];

	for (const char *const *name = unwanted; *name; name++) {
		size_t length = strlen(*name);

		if (!begins(rewriting->at + 1, *name) ||
		    strchr(" >\n", rewriting->at[1 + length]) == NULL)
			continue;
		(void)snprintf(closing, sizeof(closing), "</%s>", *name);
		end = strstr(rewriting->at, closing);
		if (end)
			rewriting->at = end + strlen(closing);
		return end != NULL;
	}
	if (!begins(rewriting->at, "<g ") || !end)
		return false;
	end++;
	end += strspn(end, " \t\n");
	if (!begins(end, "</g>"))
		return false;
	rewriting->at = end + strlen("</g>");
	return true;
}

static int rewrite(struct rewriting *rewriting)
{
	int error = root_rewrite(rewriting);

	while (!error && *rewriting->at) {
		if (*rewriting->at != '<')
			text_write(rewriting);
		else if (!skip(rewriting))
			error = tag_write(rewriting);
	}
	return error;
}

int svg_rewrite(const char *drawn, const struct svg_head *head, char **ret_svg)
{
	struct rewriting rewriting = { .at = drawn, .head = head };
	char *svg = NULL;
	size_t length;
	int error;

	rewriting.stream = open_memstream(&svg, &length);
	if (!rewriting.stream)
		return -ENOMEM;
	error = rewrite(&rewriting);
	if (fclose(rewriting.stream) == EOF && !error)
		error = -ENOMEM;
	if (error)
		free(svg);
	else
		*ret_svg = svg;
	return error;
}

void svg_write_alone(const char *svg, FILE *stream)
{
	size_t head = (size_t)(strchr(svg, '>') + 1 - svg);

	(void)fwrite(svg, 1, head, stream);
	(void)fputs("\n<style>svg{background:#fff}\n"
		    "@media screen and (prefers-color-scheme:dark){svg{background:#10151c}}\n",
		    stream);
	palette_write(stream);
	(void)fputs("</style>", stream);
	(void)fputs(svg + head, stream);
}
