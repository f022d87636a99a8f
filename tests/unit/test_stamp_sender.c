/* STAMP's Session-Sender: what an answer is of, when its numbers begin anew. */
#include <criterion/criterion.h>

#include "load/client.h"
#include "load/trip_protocol.h"
#include "load/trips.h"
#include "load/worker.h"
#include "wire/stamp.h"

#define NUMBER 0xffffff80u /* a request's, and such as greetings have */
#define SSID 1u		   /* of the first session */
#define GREETING_SSID 0x8000u

static struct trip_slots slots[1];
static struct trips trips;
static struct client client = { .trips = &trips };
static struct load_options options;
static struct target target = { .url.transport = TRANSPORT_UDP, .protocol = &stamp_protocol };
static struct worker worker = { .options = &options, .target = &target, .size = STAMP_LENGTH };

static void begin(void)
{
	cr_assert_eq(stamp_protocol.open(&worker, &worker.protocol_state), 0);
	trip_table_init(&trips.table, slots, 1);
}

static void end(void)
{
	stamp_protocol.close(worker.protocol_state);
}

TestSuite(stamp_sender, .init = begin, .fini = end);

static enum trip_message read_answer(uint32_t number, uint16_t ssid)
{
	const struct stamp_packet packet = { .sender_sequence = number, .ssid = ssid };
	uint8_t bytes[STAMP_LENGTH];
	struct trip_answer answer = { .right = true };

	stamp_write_reflector(bytes, false, &packet);
	return stamp_protocol.read(&worker, &client, bytes, sizeof(bytes), &answer);
}

Test(stamp_sender, a_greeting_is_known_by_its_number)
{
	cr_assert_eq(read_answer(NUMBER, SSID | GREETING_SSID), TRIP_MESSAGE_SESSION);
	/* A reflector that knows no SSIDs. */
	cr_assert_eq(read_answer(NUMBER, 0), TRIP_MESSAGE_SESSION);
}

Test(stamp_sender, after_four_thousand_million_requests_they_have_the_numbers_of_greetings)
{
	(void)trip_table_use(&trips.table, NUMBER);
	cr_assert_eq(read_answer(NUMBER, SSID), TRIP_MESSAGE_ANSWER);
	cr_assert_eq(read_answer(NUMBER, 0), TRIP_MESSAGE_ANSWER);
	cr_assert_eq(read_answer(NUMBER, SSID | GREETING_SSID), TRIP_MESSAGE_SESSION);
}
