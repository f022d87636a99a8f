/* Who looks at what a load has found (ld --wrap of session_ending()): do its sums add up, and does
 * it end as they say? */
#ifndef SIM_LOAD_WITNESS_H
#define SIM_LOAD_WITNESS_H

#include <stdbool.h>
#include <stdint.h>

struct load_account {
	bool told;     /* it came to its end */
	int exit_code; /* that it must have */
	uint64_t answered, errors, lost;
	uint64_t corrupt; /* of the errors: wrong answers, and bytes that nobody asked for */
};

const struct load_account *load_account(void);

#endif
