/* The plan of a load, printed instead of carried out. */
#ifndef LOAD_DRY_RUN_H
#define LOAD_DRY_RUN_H

#include "base/error.h"
#include "options.h"
#include "page.h"
#include "target.h"

/*
 * Print what a load of these options would be. The target's name is looked up, but nobody is
 * connected to; engines are opened, as the load would open them, and closed again. Errors, with the
 * sentence that the load would end with: of the name, of open files, of engines, ENOMEM.
 */
int dry_run_print(const struct load_options *options, const struct target *target,
		  const struct page *page, struct error *ret_error);

#endif
