#include "timetext.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "answer.h"

static const char day_names[7][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };

static const char month_names[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
					 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

/* The bytes of an answer. 'a' stands for a letter, '9' for a digit, '_' for a digit or a space. */
#define CTIME_SHAPE "aaa aaa _9 99:99:99 9999"

static const struct shape {
	const char *pattern;
	bool open_ended; /* anything may follow */
} shapes[] = {
	{ .pattern = CTIME_SHAPE },				 /* ctime */
	{ .pattern = CTIME_SHAPE "\r\n" },			 /* daytime */
	{ .pattern = "99 aaa 9999 99:99:99 aaa\r\n" },		 /* daytime */
	{ .pattern = "9999-99-99T99:99:99Z\r\n" },		 /* daytime */
	{ .pattern = "[" CTIME_SHAPE "] ", .open_ended = true }, /* stamped */
};

void timetext_ctime(int64_t second, char text[static CTIME_LENGTH])
{
	time_t time = second;
	struct tm local;
	char line[64];

	(void)localtime_r(&time, &local);
	(void)snprintf(line, sizeof(line), "%s %s %2d %02d:%02d:%02d %4d", day_names[local.tm_wday],
		       month_names[local.tm_mon], local.tm_mday, local.tm_hour, local.tm_min,
		       local.tm_sec, local.tm_year + 1900);
	memcpy(text, line, CTIME_LENGTH);
}

uint32_t timetext_smtp(int64_t second, char *text)
{
	time_t time = second;
	struct tm utc;
	const char *month;

	(void)gmtime_r(&time, &utc);
	month = month_names[utc.tm_mon];
	return (uint32_t)snprintf(text, SERVICE_TEXT_MAX, "%02d %c%c%c %4d %02d:%02d:%02d UTC",
				  utc.tm_mday, month[0], month[1] - 'a' + 'A', month[2] - 'a' + 'A',
				  utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
}

uint32_t timetext_iso8601(int64_t second, char *text)
{
	time_t time = second;
	struct tm utc;

	(void)gmtime_r(&time, &utc);
	return (uint32_t)snprintf(text, SERVICE_TEXT_MAX, "%04d-%02d-%02dT%02d:%02d:%02dZ",
				  utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour,
				  utc.tm_min, utc.tm_sec);
}

void timetext_renew(struct service_state *state, int64_t wall_ns, timetext_writer *write)
{
	int64_t second = wall_ns / NS_PER_S;

	if (second == state->text_second)
		return;
	state->text_length = write(&state->options, second, state->text);
	state->text_second = second;
}

static bool is_digit(uint8_t byte)
{
	return byte >= '0' && byte <= '9';
}

static bool byte_fits(uint8_t byte, char pattern)
{
	switch (pattern) {
	case 'a':
		return (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z');
	case '9':
		return is_digit(byte);
	case '_':
		return is_digit(byte) || byte == ' ';
	default:
		return byte == (uint8_t)pattern;
	}
}

static bool has_shape(const struct message *message, const struct shape *shape)
{
	size_t length = strlen(shape->pattern);

	if (message->length < length || (message->length > length && !shape->open_ended))
		return false;
	for (size_t i = 0; i < length; i++)
		if (!byte_fits(message->data[i], shape->pattern[i]))
			return false;
	return true;
}

bool timetext_is_answer(const struct message *message)
{
	if (!(message->flags & MESSAGE_DATAGRAM))
		return false;
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
		if (has_shape(message, &shapes[i]))
			return true;
	return false;
}
