/* "Did you mean ...?" */
#include <criterion/criterion.h>

#include "base/text.h"

static const char *guess(const char *word, const char *const *candidates)
{
	struct text_guess guess = { .word = word };

	for (; *candidates; candidates++)
		text_guess_offer(&guess, *candidates);
	return guess.best;
}

static const char *const commands[] = { "serve", "load", "talk", "bench", "probe", NULL };

Test(text, distance_counts_changed_letters)
{
	cr_assert_eq(text_distance("", ""), 0);
	cr_assert_eq(text_distance("serve", "serve"), 0);
	cr_assert_eq(text_distance("serve", "server"), 1);
	cr_assert_eq(text_distance("kitten", "sitting"), 3);
	cr_assert_eq(text_distance("", "abc"), 3);
}

Test(text, misspelt_word_is_guessed)
{
	cr_assert_str_eq(guess("server", commands), "serve");
	cr_assert_str_eq(guess("sevre", commands), "serve");
	cr_assert_str_eq(guess("laod", commands), "load");
	cr_assert_str_eq(guess("prob", commands), "probe");
	cr_assert_str_eq(guess("be", commands), "bench");
}

Test(text, the_word_itself_is_nearer_than_one_like_it)
{
	static const char *const words[] = { "gro", "gso", NULL };

	cr_assert_str_eq(guess("gso", words), "gso");
}

Test(text, nothing_like_it_is_no_guess)
{
	cr_assert_null(guess("x", commands));
	cr_assert_null(guess("http", commands));
	cr_assert_null(guess("", commands));
}

Test(text, long_words_are_far_from_everything)
{
	char word[200];

	memset(word, 'a', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	cr_assert_null(guess(word, commands));
}

Test(text, what_is_appended_is_cut_where_there_is_no_more_room)
{
	char text[8] = "";

	text_append(text, sizeof(text), "%s-%d", "a", 1);
	text_append(text, sizeof(text), "%s", "");
	cr_assert_str_eq(text, "a-1");
	text_append(text, sizeof(text), ", %s", "abcdefgh");
	cr_assert_str_eq(text, "a-1, ab");
	text_append(text, sizeof(text), "%s", "x");
	cr_assert_str_eq(text, "a-1, ab");
}
