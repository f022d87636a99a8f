/* Times as text, for the services that tell the time, and how to recognise such an answer. */
#ifndef SERVICE_TIMETEXT_H
#define SERVICE_TIMETEXT_H

#include <ringside/service.h>

/* Of ctime() without its newline: "Sun Nov 22 11:15:22 2026". */
#define CTIME_LENGTH 24

/* Writes the text of one second and returns its length, at most SERVICE_TEXT_MAX. */
typedef uint32_t timetext_writer(const struct service_options *options, int64_t second, char *text);

/* ctime() in the local time zone, whatever the locale. Not terminated. */
void timetext_ctime(int64_t second, char text[static CTIME_LENGTH]);

/* RFC 867's second popular form, in UTC: "22 NOV 2026 11:15:54 UTC". Returns its length. */
uint32_t timetext_smtp(int64_t second, char *text);

/* In UTC: "2026-11-22T11:15:54Z". Returns its length. */
uint32_t timetext_iso8601(int64_t second, char *text);

/* Put the text of wall_ns into the state, calling the writer once a second. */
void timetext_renew(struct service_state *state, int64_t wall_ns, timetext_writer *write);

/* Is this the answer of a service that tells the time? Two of them, of whatever kinds, that
 * answered each other's answers would never stop. */
bool timetext_is_answer(const struct message *message);

#endif
