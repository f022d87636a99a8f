#include "usage/proc_net.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

enum source { SNMP, NETSTAT };

static const struct counter_row {
	size_t offset;
	enum source source;
	const char *table, *column; /* of a pair of lines: names, then values */
	const char *ipv6;	    /* the same in snmp6; NULL: counted together */
} rows[] = {
	{ .offset = offsetof(struct network_usage, udp_receive_buffer_errors),
	  .table = "Udp:",
	  .column = "RcvbufErrors",
	  .ipv6 = "Udp6RcvbufErrors" },
	{ .offset = offsetof(struct network_usage, udp_send_buffer_errors),
	  .table = "Udp:",
	  .column = "SndbufErrors",
	  .ipv6 = "Udp6SndbufErrors" },
	{ .offset = offsetof(struct network_usage, udp_in_errors),
	  .table = "Udp:",
	  .column = "InErrors",
	  .ipv6 = "Udp6InErrors" },
	{ .offset = offsetof(struct network_usage, udp_no_ports),
	  .table = "Udp:",
	  .column = "NoPorts",
	  .ipv6 = "Udp6NoPorts" },
	{ .offset = offsetof(struct network_usage, tcp_retransmissions),
	  .table = "Tcp:",
	  .column = "RetransSegs" },
	{ .offset = offsetof(struct network_usage, tcp_listen_overflows),
	  .source = NETSTAT,
	  .table = "TcpExt:",
	  .column = "ListenOverflows" },
	{ .offset = offsetof(struct network_usage, tcp_listen_drops),
	  .source = NETSTAT,
	  .table = "TcpExt:",
	  .column = "ListenDrops" },
};

static const char *next_line(const char *at)
{
	const char *end = strchr(at, '\n');

	return end ? end + 1 : NULL;
}

/* A word ends at white space. */
static bool is_word(const char *at, const char *word)
{
	size_t length = strcspn(at, " \t\n");

	return length == strlen(word) && strncmp(at, word, length) == 0;
}

/* The line whose first word that is, from the line at on, or NULL. */
static const char *find_line(const char *at, const char *word)
{
	while (at && !is_word(at, word))
		at = next_line(at);
	return at;
}

/* The next word of a line, or NULL at its end. */
static const char *next_word(const char *at)
{
	at += strcspn(at, " \t\n");
	at += strspn(at, " \t");
	return *at == '\n' || *at == '\0' ? NULL : at;
}

/* The value that stands below its name. */
static int table_find(const char *text, const char *table, const char *column, uint64_t *ret_value)
{
	const char *name = find_line(text, table);
	const char *value = name ? find_line(next_line(name), table) : NULL;

	while (name && value && !is_word(name, column)) {
		name = next_word(name);
		value = next_word(value);
	}
	if (!name || !value)
		return -EINVAL;
	*ret_value = strtoull(value, NULL, 10);
	return 0;
}

/* The value behind its name, on a line of its own; 0 if it is not there. */
static uint64_t list_find(const char *text, const char *name)
{
	const char *line = find_line(text, name);
	const char *value = line ? next_word(line) : NULL;

	return value ? strtoull(value, NULL, 10) : 0;
}

int proc_net_parse(const char *snmp, const char *snmp6, const char *netstat,
		   struct network_usage *ret_network)
{
	struct network_usage network = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint64_t *field = (uint64_t *)(void *)((char *)&network + rows[i].offset);
		int error = table_find(rows[i].source == NETSTAT ? netstat : snmp, rows[i].table,
				       rows[i].column, field);

		if (error)
			return error;
		if (snmp6 && rows[i].ipv6)
			*field += list_find(snmp6, rows[i].ipv6);
	}
	*ret_network = network;
	return 0;
}
