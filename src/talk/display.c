#include "display.h"

#include <ctype.h>
#include <stdio.h>
#include <unistd.h>

void display_init(struct display *ret_display, bool hex)
{
	*ret_display = (struct display){ .hex = hex,
					 .asks = isatty(STDIN_FILENO) == 1,
					 .guarded = isatty(STDOUT_FILENO) == 1 };
}

void display_ask(struct display *display)
{
	if (!display->asks || display->asking)
		return;
	(void)fputs("> ", stdout);
	(void)fflush(stdout);
	display->asking = true;
}

void display_asked(struct display *display)
{
	display->asking = false;
}

void display_break(struct display *display)
{
	if (display->asking || display->mid_line)
		(void)fputc('\n', stdout);
	display->asking = false;
	display->mid_line = false;
	(void)fflush(stdout);
}

static void hex_print(struct display *display, const uint8_t *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		(void)printf("%s%02x", display->mid_line ? " " : "", bytes[i]);
		display->mid_line = true;
	}
}

/* What a server sends must not move the cursor or rename the window. */
static bool is_harmless(const uint8_t *bytes, size_t count, size_t at)
{
	if (bytes[at] == '\r')
		return at + 1 < count && bytes[at + 1] == '\n';
	return !iscntrl(bytes[at]) || bytes[at] == '\n' || bytes[at] == '\t';
}

static void guarded_print(const uint8_t *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		(void)printf(is_harmless(bytes, count, i) ? "%c" : "\\x%02x", bytes[i]);
}

void display_bytes(struct display *display, const uint8_t *bytes, size_t count)
{
	if (display->asking)
		display_break(display);
	if (count == 0)
		return;
	if (display->hex) {
		hex_print(display, bytes, count);
		return;
	}
	if (display->guarded)
		guarded_print(bytes, count);
	else
		(void)fwrite(bytes, 1, count, stdout);
	display->mid_line = bytes[count - 1] != '\n';
}

void display_end(struct display *display, bool empty)
{
	if (display->mid_line || empty)
		(void)fputc('\n', stdout);
	display->mid_line = false;
	(void)fflush(stdout);
}
