#include "display.h"

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

static void held_escape(struct display *display)
{
	for (uint32_t i = 0; i < display->held_count; i++)
		(void)printf("\\x%02x", display->held[i]);
	display->held_count = 0;
}

void display_break(struct display *display)
{
	held_escape(display);
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

/* How many bytes make a character, or an end of a line, that begins so. */
static uint32_t length_wanted(uint8_t first)
{
	return first == '\r' ? 2 : (uint32_t)character_length(first);
}

static bool goes_on(uint8_t first, uint8_t byte)
{
	return first == '\r' ? byte == '\n' : (byte & 0xc0) == 0x80;
}

/* What a server sends must not move the cursor or rename the window. */
static bool is_harmless(const uint8_t *bytes, uint32_t count)
{
	return character_shown(bytes, count) == count || bytes[count - 1] == '\n' ||
	       bytes[0] == '\t';
}

/* Hold what may become a character with the bytes that follow, maybe in the next part. */
static void byte_guard(struct display *display, uint8_t byte)
{
	uint8_t *held = display->held;

	if (display->held_count > 0 && !goes_on(held[0], byte))
		held_escape(display);
	held[display->held_count++] = byte;
	if (display->held_count < length_wanted(held[0]))
		return;
	if (is_harmless(held, display->held_count))
		(void)fwrite(held, 1, display->held_count, stdout);
	else
		held_escape(display);
	display->held_count = 0;
}

static void guarded_print(struct display *display, const uint8_t *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		byte_guard(display, bytes[i]);
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
		guarded_print(display, bytes, count);
	else
		(void)fwrite(bytes, 1, count, stdout);
	display->mid_line = bytes[count - 1] != '\n';
}

void display_end(struct display *display, bool empty)
{
	held_escape(display);
	if (display->mid_line || empty)
		(void)fputc('\n', stdout);
	display->mid_line = false;
	(void)fflush(stdout);
}
