/* --allow-uid and --unix-mode: what is taken, and where it can be kept. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>

#include "net/url.h"
#include "serve/admission.h"

static struct uid_list list;
static struct error problem;

/* "0,1,2" and so on, so many. */
static const char *users(uint32_t count)
{
	static char text[8 * UID_LIST_MAX];
	int length = 0;

	for (uint32_t i = 0; i < count; i++)
		length += snprintf(text + length, sizeof(text) - (size_t)length, "%s%u",
				   i > 0 ? "," : "", i);
	return text;
}

Test(uid_list, each_one_given_adds_to_it)
{
	cr_assert_eq(uid_list_parse("0,1000", &list, &problem), 0);
	cr_assert_eq(uid_list_parse("4294967294", &list, &problem), 0);
	cr_assert_eq(list.count, 3);
	cr_assert_eq(list.items[0], 0);
	cr_assert_eq(list.items[1], 1000);
	cr_assert_eq(list.items[2], 4294967294u);
}

Test(uid_list, there_is_room_for_so_many_and_no_more)
{
	cr_assert_eq(uid_list_parse(users(UID_LIST_MAX), &list, &problem), 0);
	cr_assert_eq(list.count, UID_LIST_MAX);
	cr_assert_eq(list.items[UID_LIST_MAX - 1], UID_LIST_MAX - 1);
	cr_assert_eq(uid_list_parse("1", &list, &problem), -EINVAL);
	cr_assert_str_eq(problem.text, "there are more than 64 users");
	list.count = 0;
	cr_assert_eq(uid_list_parse(users(UID_LIST_MAX + 1), &list, &problem), -EINVAL);
	cr_assert_eq(list.count, 0, "a failure leaves the list alone");
}

Test(uid_list, what_is_no_user_is_told)
{
	static const char *const wrong[] = { "",
					     "me",
					     "-1",
					     "1,",
					     ",1",
					     "1 2",
					     "4294967295",
					     "0x10",
					     "1,two,3",
					     " 1",
					     "99999999999999999999" };

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		cr_assert_eq(uid_list_parse(wrong[i], &list, &problem), -EINVAL, "%s", wrong[i]);
		cr_assert_not_null(strstr(problem.text, "is no list of user numbers"));
	}
	cr_assert_eq(list.count, 0);
}

Test(uid_list, it_can_be_kept_where_peers_connect_to_a_unix_socket)
{
	const uint32_t tcp = 1u << TRANSPORT_TCP, unix_stream = 1u << TRANSPORT_UNIX,
		       packet = 1u << TRANSPORT_UNIXPACKET, datagram = 1u << TRANSPORT_UNIXGRAM;

	cr_assert_eq(uid_list_check(&list, tcp | datagram, &problem), 0, "nothing to keep");
	cr_assert_eq(uid_list_parse("0", &list, &problem), 0);
	cr_assert_eq(uid_list_check(&list, tcp | unix_stream, &problem), 0);
	cr_assert_eq(uid_list_check(&list, packet, &problem), 0);
	cr_assert_eq(uid_list_check(&list, unix_stream | datagram, &problem), -EINVAL);
	cr_assert_not_null(strstr(problem.text, "unixgram is not"), "%s", problem.text);
	cr_assert_eq(uid_list_check(&list, tcp, &problem), -EINVAL);
	cr_assert_not_null(strstr(problem.text, "there is no such listener"), "%s", problem.text);
}

Test(uid_list, modes_are_octal)
{
	mode_t mode = 0;

	cr_assert_eq(unix_mode_parse("0660", &mode, &problem), 0);
	cr_assert_eq(mode, 0660);
	cr_assert_eq(unix_mode_parse("777", &mode, &problem), 0);
	cr_assert_eq(mode, 0777);
	cr_assert_eq(unix_mode_parse("1000", &mode, &problem), -EINVAL);
	cr_assert_eq(unix_mode_parse("668", &mode, &problem), -EINVAL);
	cr_assert_eq(unix_mode_parse("", &mode, &problem), -EINVAL);
	cr_assert_eq(unix_mode_parse("u+rw", &mode, &problem), -EINVAL);
	cr_assert_eq(mode, 0777);
}
