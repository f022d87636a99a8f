/* The chapters of a report: what is said of a document of each kind, and of several loads. */
#ifndef REPORT_CHAPTER_H
#define REPORT_CHAPTER_H

#include "content.h"
#include "input.h"

/* The loads among the inputs, side by side; nothing if there are not two. */
void overview_add(struct content *content, const struct input_list *inputs);

void load_add(struct content *content, const struct input *input);
void experiment_add_chapter(struct content *content, const struct input *input);
void comparison_add(struct content *content, const struct input *input);

#endif
