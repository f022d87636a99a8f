/* Values of metrics as people read them. */
#ifndef COMPARE_VALUE_H
#define COMPARE_VALUE_H

#include "base/unit.h"
#include "measure/statistics.h"

/* Three digits and the unit: "265 k/s", "8.10 us", "1.53". */
struct unit_text value_text(double value, const char *unit);

/* How far the interval goes from the median, in percent: "1 %"; a sign of infinity if there are too
 * few values for an interval of this confidence; "" of values that do not differ. */
struct unit_text value_spread(const struct estimate *estimate, double confidence);

/* "0.952 [0.940, 0.961]"; "-" if it is not known. */
struct unit_text value_ratio(const struct estimate *ratio);

/* "0.001", "<0.001"; "-". */
struct unit_text value_p(double p);

/* A change as a share of the base, for a sentence: "4.8 %". */
struct unit_text value_percent(double share);

#endif
