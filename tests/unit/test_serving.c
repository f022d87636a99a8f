/* A batch of several listeners' messages: each is put to its own service, and counted there. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/clock.h"
#include "serve/serving.h"

enum { ECHO, DAYTIME, GREETING, TELLER, LISTENER_COUNT };

static const struct serve_options options = { .text = "Hello Dave" };
static struct listener_list listeners;
static struct guard guard;
static struct serving serving;
static uint8_t data[8][64];
static struct message batch[8];
static uint32_t count;

/* A service that says when its answers leave: of each of them, and to us. */
static int64_t left_ns[8];
static uint32_t left, told;

static void teller_answer(struct service_state *state, struct message *run, uint32_t run_length,
			  int64_t wall_ns)
{
	(void)state;
	(void)wall_ns;
	for (uint32_t i = 0; i < run_length; i++)
		if (run[i].kind == MESSAGE_DATA && run[i].data[0] != '-')
			run[i].reply = run[i].length;
}

static void teller_depart(struct service_state *state, uint8_t *answer, uint32_t length,
			  int64_t wall_ns)
{
	(void)state;
	cr_assert_eq(length, 3);
	answer[0] = '!';
	left_ns[left++] = wall_ns;
}

static void teller_departed(struct service_state *state, const struct message *message)
{
	(void)state;
	told += message->departure;
}

static const struct service teller = {
	.name = "teller",
	.answer = teller_answer,
	.depart = teller_depart,
	.departed = teller_departed,
};

static void init(void)
{
	static const char *const names[] = { "echo", "daytime", "greeting" };

	listeners.count = LISTENER_COUNT;
	for (int i = 0; i < LISTENER_COUNT; i++) {
		listeners.items[i].service = i == TELLER ? &teller
							 : service_find(names[i], strlen(names[i]));
		listeners.items[i].url.transport = TRANSPORT_UNIXPACKET;
	}
	guard_init(&guard);
	cr_assert_eq(serving_init(&serving, &options, &listeners, &guard, 16), 0);
}

static void finish(void)
{
	serving_finish(&serving);
}

TestSuite(serving, .init = init, .fini = finish);

static const struct message *add(uint16_t listener, enum message_kind kind, const char *text)
{
	struct message *message = &batch[count];

	*message = (struct message){
		.data = data[count],
		.length = (uint32_t)strlen(text),
		.capacity = sizeof(data[0]),
		.listener = listener,
		.kind = (uint8_t)kind,
		.flags = MESSAGE_DATAGRAM,
	};
	memcpy(data[count], text, strlen(text));
	count++;
	return message;
}

static void assert_answer(const struct message *message, const char *text)
{
	cr_assert_eq(message->reply, strlen(text));
	cr_assert_arr_eq(message->data, text, strlen(text));
}

Test(serving, puts_each_message_to_the_service_of_its_listener)
{
	const struct message *first = add(ECHO, MESSAGE_DATA, "one");
	const struct message *second = add(GREETING, MESSAGE_DATA, "two");
	const struct message *third = add(GREETING, MESSAGE_DATA, "three");
	const struct message *fourth = add(ECHO, MESSAGE_DATA, "four");
	const struct message *fifth = add(DAYTIME, MESSAGE_OPENED, "");

	serving_answer(&serving, NULL, batch, count);
	assert_answer(first, "one");
	assert_answer(second, "Hello Dave");
	assert_answer(third, "Hello Dave");
	assert_answer(fourth, "four");
	cr_assert_eq(fifth->reply, 26);
	cr_assert(fifth->flags & MESSAGE_HANG_UP);
}

Test(serving, counts_by_listener)
{
	(void)add(ECHO, MESSAGE_OPENED, "");
	(void)add(ECHO, MESSAGE_DATA, "12345");
	(void)add(ECHO, MESSAGE_DATA, "");
	(void)add(GREETING, MESSAGE_DATA, "Hello Dave");
	(void)add(GREETING, MESSAGE_DATA, "Hello");
	(void)add(ECHO, MESSAGE_CLOSED, "");

	serving_answer(&serving, NULL, batch, count);
	cr_assert_eq(serving.tallies[ECHO].connected, 1);
	cr_assert_eq(serving.tallies[ECHO].disconnected, 1);
	cr_assert_eq(serving.tallies[ECHO].messages, 2);
	cr_assert_eq(serving.tallies[ECHO].bytes, 5);
	cr_assert_eq(serving.tallies[ECHO].answers, 2, "an empty answer is one, too");
	cr_assert_eq(serving.tallies[ECHO].answer_bytes, 5);
	cr_assert_eq(serving.tallies[GREETING].messages, 2);
	cr_assert_eq(serving.tallies[GREETING].answers, 1);
	cr_assert_eq(serving.tallies[GREETING].refused[REFUSED_LOOP], 1);
	cr_assert_eq(serving.tallies[DAYTIME].messages, 0);
}

Test(serving, answers_say_when_they_leave)
{
	int64_t before_ns = clock_wall_ns();
	const struct message *first, *third;

	first = add(TELLER, MESSAGE_DATA, "one");
	(void)add(TELLER, MESSAGE_DATA, "-no");
	(void)add(ECHO, MESSAGE_DATA, "two");
	third = add(TELLER, MESSAGE_DATA, "six");
	serving_answer(&serving, NULL, batch, count);
	assert_answer(first, "!ne");
	assert_answer(third, "!ix");
	cr_assert_eq(left, 2);
	cr_assert_geq(left_ns[0], before_ns);
	cr_assert_geq(left_ns[1], left_ns[0]);
}

Test(serving, the_clock_is_read_once_a_batch_where_that_will_do)
{
	serving.departures.once = true;
	(void)add(TELLER, MESSAGE_DATA, "one");
	(void)add(TELLER, MESSAGE_DATA, "two");
	(void)add(ECHO, MESSAGE_DATA, "xyz");
	(void)add(TELLER, MESSAGE_DATA, "six");
	serving_answer(&serving, NULL, batch, count);
	cr_assert_eq(left, 3);
	cr_assert_eq(left_ns[0], left_ns[1]);
	cr_assert_eq(left_ns[0], left_ns[2]);
}

Test(serving, departures_are_told_to_their_service)
{
	(void)add(TELLER, MESSAGE_DEPARTED, "");
	batch[0].departure = 5;
	(void)add(ECHO, MESSAGE_DEPARTED, "");
	batch[1].departure = 7;
	serving_answer(&serving, NULL, batch, count);
	cr_assert_eq(told, 5);
	cr_assert_eq(serving.tallies[TELLER].messages, 0);
	cr_assert_eq(serving.tallies[TELLER].answers, 0);
}

Test(serving, the_clocks_quality_is_known_from_the_start)
{
	struct clock_quality quality;

	clock_quality_read(&quality);
	cr_assert_eq(serving.clock.synchronised, quality.synchronised);
	cr_assert_gt(serving.clock.error_ns, 0);
}
