#include "load_trial.h"

#include <stdio.h>
#include <string.h>

static int split(struct trial *trial)
{
	char *rest = trial->line, *word;
	int count = 0;

	while (count < TRIAL_ARGUMENTS_MAX - 1 && (word = strsep(&rest, " ")))
		trial->arguments[count++] = word;
	return count;
}

int trial_parse(struct trial *ret_trial, const char *line)
{
	struct trial *trial = ret_trial;
	int count, error;

	memset(trial, 0, sizeof(*trial));
	(void)snprintf(trial->line, sizeof(trial->line), "load %s", line);
	count = split(trial);
	error = options_parse(&load_option_table, count, trial->arguments, &trial->options,
			      &trial->error);
	if (!error)
		error = target_parse(trial->options.urls.items[0], &trial->target, &trial->error);
	if (!error)
		error = load_options_check(&trial->options, &trial->target, &trial->error);
	return error;
}

void trial_finish(struct trial *trial)
{
	options_finish(&load_option_table, &trial->options);
	trial->options.urls = (struct string_list){ 0 };
}
