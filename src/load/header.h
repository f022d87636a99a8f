/* What runs where: the circumstances without which figures say nothing. */
#ifndef LOAD_HEADER_H
#define LOAD_HEADER_H

#include "engine/choice.h"
#include "options.h"
#include "page.h"
#include "session.h"
#include "target.h"

/* Rows about the load, its engine and this host, after runs that were made. */
void header_print(const struct session *session, const struct page *page);

/* The rows about the load alone: connections and sizes, loop, times. choice: of its engines. */
void header_print_load(const struct load_options *options, const struct target *target,
		       const struct choice_result *choice, const struct page *page);

#endif
