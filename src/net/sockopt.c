#include "net/sockopt.h"

#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "base/unit.h"

#define TCP (1u << TRANSPORT_TCP)
#define INTERNET (TCP | 1u << TRANSPORT_UDP)
#define ALL ((1u << TRANSPORT_COUNT) - 1)

/* In alphabetical order, as --help prints them. */
static const struct sockopt sockopts[] = {
	{ .name = "busy_poll",
	  .help = "poll the device queue so long before sleeping",
	  .level = SOL_SOCKET,
	  .option = SO_BUSY_POLL,
	  .type = SOCKOPT_US,
	  .transports = INTERNET,
	  .max = INT_MAX },
	{ .name = "busy_poll_budget",
	  .help = "packets a busy poll takes at most",
	  .level = SOL_SOCKET,
	  .option = SO_BUSY_POLL_BUDGET,
	  .type = SOCKOPT_NUMBER,
	  .transports = INTERNET,
	  .max = UINT16_MAX },
	{ .name = "congestion",
	  .help = "congestion control: cubic, reno, bbr, dctcp ...",
	  .level = IPPROTO_TCP,
	  .option = TCP_CONGESTION,
	  .type = SOCKOPT_STRING,
	  .transports = TCP },
	{ .name = "cork",
	  .help = "send full segments only, the rest after 200 ms",
	  .level = IPPROTO_TCP,
	  .option = TCP_CORK,
	  .type = SOCKOPT_FLAG,
	  .transports = TCP },
	{ .name = "defer_accept",
	  .help = "accept connections that have sent something",
	  .level = IPPROTO_TCP,
	  .option = TCP_DEFER_ACCEPT,
	  .type = SOCKOPT_SECONDS,
	  .transports = TCP,
	  .max = INT_MAX },
	{ .name = "fastopen",
	  .help = "data in the first segment; so many pending opens",
	  .level = IPPROTO_TCP,
	  .option = TCP_FASTOPEN,
	  .type = SOCKOPT_NUMBER,
	  .transports = TCP,
	  .max = INT_MAX },
	{ .name = "incoming_cpu",
	  .help = "prefer packets that this CPU has processed",
	  .level = SOL_SOCKET,
	  .option = SO_INCOMING_CPU,
	  .type = SOCKOPT_NUMBER,
	  .transports = INTERNET,
	  .max = INT_MAX },
	{ .name = "keepalive",
	  .help = "probe idle connections",
	  .level = SOL_SOCKET,
	  .option = SO_KEEPALIVE,
	  .type = SOCKOPT_FLAG,
	  .transports = TCP },
	{ .name = "keepcnt",
	  .help = "lost probes that end a connection",
	  .level = IPPROTO_TCP,
	  .option = TCP_KEEPCNT,
	  .type = SOCKOPT_NUMBER,
	  .transports = TCP,
	  .min = 1,
	  .max = 127 },
	{ .name = "keepidle",
	  .help = "idle time before the first probe",
	  .level = IPPROTO_TCP,
	  .option = TCP_KEEPIDLE,
	  .type = SOCKOPT_SECONDS,
	  .transports = TCP,
	  .min = 1,
	  .max = 32767 },
	{ .name = "keepintvl",
	  .help = "time between probes",
	  .level = IPPROTO_TCP,
	  .option = TCP_KEEPINTVL,
	  .type = SOCKOPT_SECONDS,
	  .transports = TCP,
	  .min = 1,
	  .max = 32767 },
	{ .name = "linger",
	  .help = "how long a close waits for unsent data (0: a reset)",
	  .level = SOL_SOCKET,
	  .option = SO_LINGER,
	  .type = SOCKOPT_LINGER,
	  .transports = TCP,
	  .max = INT_MAX },
	{ .name = "mark",
	  .help = "mark packets for routing and filters",
	  .level = SOL_SOCKET,
	  .option = SO_MARK,
	  .type = SOCKOPT_NUMBER,
	  .transports = INTERNET,
	  .max = INT_MAX },
	{ .name = "maxseg",
	  .help = "bytes a segment holds at most",
	  .level = IPPROTO_TCP,
	  .option = TCP_MAXSEG,
	  .type = SOCKOPT_SIZE,
	  .transports = TCP,
	  .min = 88,
	  .max = 32767 },
	{ .name = "nodelay",
	  .help = "send small segments at once (on unless set off)",
	  .level = IPPROTO_TCP,
	  .option = TCP_NODELAY,
	  .type = SOCKOPT_FLAG,
	  .transports = TCP },
	{ .name = "notsent_lowat",
	  .help = "unsent bytes that make a socket unwritable",
	  .level = IPPROTO_TCP,
	  .option = TCP_NOTSENT_LOWAT,
	  .type = SOCKOPT_SIZE,
	  .transports = TCP,
	  .max = INT_MAX },
	{ .name = "prefer_busy_poll",
	  .help = "keep device interrupts off while polling",
	  .level = SOL_SOCKET,
	  .option = SO_PREFER_BUSY_POLL,
	  .type = SOCKOPT_FLAG,
	  .transports = INTERNET },
	{ .name = "priority",
	  .help = "priority in the queues of the device",
	  .level = SOL_SOCKET,
	  .option = SO_PRIORITY,
	  .type = SOCKOPT_NUMBER,
	  .transports = INTERNET,
	  .max = INT_MAX },
	{ .name = "quickack",
	  .help = "acknowledge at once, as long as the kernel agrees",
	  .level = IPPROTO_TCP,
	  .option = TCP_QUICKACK,
	  .type = SOCKOPT_FLAG,
	  .transports = TCP },
	{ .name = "rcvbuf",
	  .help = "receive buffer (the kernel doubles it)",
	  .level = SOL_SOCKET,
	  .option = SO_RCVBUF,
	  .type = SOCKOPT_SIZE,
	  .transports = ALL,
	  .min = 1,
	  .max = INT_MAX / 2 },
	{ .name = "sndbuf",
	  .help = "send buffer (the kernel doubles it)",
	  .level = SOL_SOCKET,
	  .option = SO_SNDBUF,
	  .type = SOCKOPT_SIZE,
	  .transports = ALL,
	  .min = 1,
	  .max = INT_MAX / 2 },
	{ .name = "tos",
	  .help = "type of service, or traffic class",
	  .level = IPPROTO_IP,
	  .option = IP_TOS,
	  .level_v6 = IPPROTO_IPV6,
	  .option_v6 = IPV6_TCLASS,
	  .type = SOCKOPT_NUMBER,
	  .transports = INTERNET,
	  .max = 255 },
	{ .name = "ttl",
	  .help = "hops a packet may take",
	  .level = IPPROTO_IP,
	  .option = IP_TTL,
	  .level_v6 = IPPROTO_IPV6,
	  .option_v6 = IPV6_UNICAST_HOPS,
	  .type = SOCKOPT_NUMBER,
	  .transports = INTERNET,
	  .min = 1,
	  .max = 255 },
	{ .name = "user_timeout",
	  .help = "how long data may stay unacknowledged",
	  .level = IPPROTO_TCP,
	  .option = TCP_USER_TIMEOUT,
	  .type = SOCKOPT_MS,
	  .transports = TCP,
	  .max = INT_MAX },
};

#define SOCKOPT_COUNT ARRAY_SIZE(sockopts)

/* How a type's value is read: the unit an integer counts, and its name in the help. */
struct value_type {
	int (*parse)(const char *text, uint64_t *ret_value);
	uint64_t unit;
	struct unit_text (*exact)(uint64_t value);
	const char *argument;
	const char *form;
};

static int flag_parse(const char *text, uint64_t *ret_value)
{
	bool on = strcmp(text, "on") == 0 || strcmp(text, "1") == 0;

	if (!on && strcmp(text, "off") != 0 && strcmp(text, "0") != 0)
		return -EINVAL;
	*ret_value = on;
	return 0;
}

static const struct value_type value_types[] = {
	[SOCKOPT_FLAG] = { flag_parse, 1, count_exact, "on|off", "on or off" },
	[SOCKOPT_NUMBER] = { count_parse, 1, count_exact, "N", "a number" },
	[SOCKOPT_SIZE] = { size_parse, 1, size_exact, "SIZE", "a size: 64Ki" },
	[SOCKOPT_SECONDS] = { duration_parse, NS_PER_S, duration_exact, "TIME",
			      "a duration of whole seconds: 10s" },
	[SOCKOPT_MS] = { duration_parse, NS_PER_MS, duration_exact, "TIME",
			 "a duration of whole milliseconds: 500ms" },
	[SOCKOPT_US] = { duration_parse, NS_PER_US, duration_exact, "TIME",
			 "a duration of whole microseconds: 50us" },
	[SOCKOPT_LINGER] = { duration_parse, NS_PER_S, duration_exact, "TIME",
			     "a duration of whole seconds, or off" },
	[SOCKOPT_STRING] = { .argument = "NAME", .form = "a name" },
};

static const struct sockopt *option_find(const char *name, struct text_guess *guess)
{
	for (size_t i = 0; i < SOCKOPT_COUNT; i++) {
		if (strcmp(sockopts[i].name, name) == 0)
			return &sockopts[i];
		text_guess_offer(guess, sockopts[i].name);
	}
	return NULL;
}

static int string_set(const char *text, struct sockopt_setting *setting, struct error *ret_error)
{
	if (!*text || strlen(text) >= sizeof(setting->text))
		return error_set(ret_error, -EINVAL, "%s: '%s' is not a name of 1 to %zu letters",
				 setting->option->name, text, sizeof(setting->text) - 1);
	memcpy(setting->text, text, strlen(text) + 1);
	return 0;
}

/* A negative value stands for linger=off. */
static int value_set(const char *text, struct sockopt_setting *setting, struct error *ret_error)
{
	const struct sockopt *option = setting->option;
	const struct value_type *type = &value_types[option->type];
	uint64_t min = (uint64_t)option->min * type->unit;
	uint64_t max = (uint64_t)(option->max ? option->max : 1) * type->unit;
	uint64_t value;
	int error;

	if (option->type == SOCKOPT_STRING)
		return string_set(text, setting, ret_error);
	if (option->type == SOCKOPT_LINGER && strcmp(text, "off") == 0) {
		setting->value = -1;
		return 0;
	}
	error = type->parse(text, &value);
	if (error == -EINVAL || (!error && value % type->unit))
		return error_set(ret_error, -EINVAL, "%s: '%s' is not %s", option->name, text,
				 type->form);
	if (error || value < min || value > max)
		return error_set(ret_error, -EINVAL, "%s: %s is out of range (%s to %s)",
				 option->name, text, type->exact(min).text, type->exact(max).text);
	setting->value = (int)(value / type->unit);
	return 0;
}

int sockopt_parse(const char *text, void *list, struct error *ret_error)
{
	struct sockopt_list *settings = list;
	struct sockopt_setting setting = { .option = NULL };
	const char *equals = strchrnul(text, '=');
	char name[64]; /* no option's is so long */
	struct text_guess guess = { .word = name };
	int error;

	(void)snprintf(name, sizeof(name), "%.*s", (int)(equals - text), text);
	setting.option = option_find(name, &guess);
	if (!setting.option)
		return error_set(ret_error, -EINVAL, "there is no socket option '%s'%s%s%s", name,
				 guess.best ? "; did you mean '" : "", guess.best ? guess.best : "",
				 guess.best ? "'?" : "");
	if (!*equals)
		return error_set(ret_error, -EINVAL, "'%s' needs a value: %s=%s", name, name,
				 value_types[setting.option->type].argument);
	if (settings->count == SOCKOPT_SETTING_MAX)
		return error_set(ret_error, -EINVAL, "'%s': more than %d settings", text,
				 SOCKOPT_SETTING_MAX);
	error = value_set(equals + 1, &setting, ret_error);
	if (error)
		return error;
	settings->settings[settings->count++] = setting;
	return 0;
}

json_t *sockopt_to_json(const void *list)
{
	const struct sockopt_list *settings = list;
	json_t *object = json_object();
	int error = 0;

	for (uint32_t i = 0; i < settings->count; i++) {
		const struct sockopt_setting *setting = &settings->settings[i];

		if (setting->option->type == SOCKOPT_STRING)
			error |= json_put_string(object, setting->option->name, setting->text);
		else
			error |= json_put_integer(object, setting->option->name, setting->value);
	}
	return json_complete(object, error);
}

/* "tcp", "tcp and udp" */
static const char *transports_name(uint32_t mask)
{
	return mask == TCP ? "tcp" : mask == INTERNET ? "tcp and udp" : "every transport";
}

int sockopt_check(const struct sockopt_list *list, uint32_t transports_used,
		  struct error *ret_error)
{
	for (uint32_t i = 0; i < list->count; i++) {
		const struct sockopt *option = list->settings[i].option;

		if (!(option->transports & transports_used))
			return error_set(ret_error, -EINVAL,
					 "socket option '%s' is for %s, which no URL here is",
					 option->name, transports_name(option->transports));
	}
	return 0;
}

static int setting_apply(const struct sockopt_setting *setting, int fd, int level, int option)
{
	const struct linger linger = { .l_onoff = setting->value >= 0,
				       .l_linger = setting->value >= 0 ? setting->value : 0 };
	const void *value = &setting->value;
	socklen_t size = sizeof(setting->value);

	if (setting->option->type == SOCKOPT_STRING) {
		value = setting->text;
		size = (socklen_t)strlen(setting->text);
	} else if (setting->option->type == SOCKOPT_LINGER) {
		value = &linger;
		size = sizeof(linger);
	}
	return setsockopt(fd, level, option, value, size) < 0 ? -errno : 0;
}

/* What the kernel means by an error that says something else to most people. */
static struct error refusal_of(const struct sockopt_setting *setting, int error)
{
	struct error reason;

	if (error == -ENOENT && setting->option->type == SOCKOPT_STRING)
		(void)error_set(&reason, 0, "this kernel has no '%s'", setting->text);
	else if (error == -EPERM)
		(void)error_set(&reason, 0, "it needs CAP_NET_ADMIN");
	else
		(void)error_set(&reason, 0, "%s", strerror(-error));
	return reason;
}

static bool is_v6(int fd)
{
	int family = AF_UNSPEC;
	socklen_t size = sizeof(family);

	(void)getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &size);
	return family == AF_INET6;
}

int sockopt_apply(const struct sockopt_list *list, int fd, enum transport transport,
		  struct error *ret_error)
{
	bool v6 = is_v6(fd);

	for (uint32_t i = 0; i < list->count; i++) {
		const struct sockopt_setting *setting = &list->settings[i];
		const struct sockopt *option = setting->option;
		int error;

		if (!(option->transports & 1u << transport))
			continue;
		error = setting_apply(setting, fd, option->level, option->option);
		if (!error && v6 && option->level_v6)
			error = setting_apply(setting, fd, option->level_v6, option->option_v6);
		if (error)
			return error_set(ret_error, error, "socket option '%s' on a %s socket: %s",
					 option->name, transports[transport].name,
					 refusal_of(setting, error).text);
	}
	return 0;
}

void sockopt_print(FILE *stream)
{
	char name[40];

	for (size_t i = 0; i < SOCKOPT_COUNT; i++) {
		const struct sockopt *option = &sockopts[i];

		(void)snprintf(name, sizeof(name), "%s=%s", option->name,
			       value_types[option->type].argument);
		(void)fprintf(stream, "  %-24s %s\n", name, option->help);
	}
}
