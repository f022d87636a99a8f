/* A batch of several listeners' messages: each is put to its own service, and counted there. */
#include <criterion/criterion.h>
#include <string.h>

#include "serve/serving.h"

enum { ECHO, DAYTIME, GREETING, LISTENER_COUNT };

static const struct serve_options options = { .text = "Hello Dave" };
static struct listener_list listeners;
static struct guard guard;
static struct serving serving;
static uint8_t data[8][64];
static struct message batch[8];
static uint32_t count;

static void init(void)
{
	static const char *const names[] = { "echo", "daytime", "greeting" };

	listeners.count = LISTENER_COUNT;
	for (int i = 0; i < LISTENER_COUNT; i++) {
		listeners.items[i].service = service_find(names[i], strlen(names[i]));
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
