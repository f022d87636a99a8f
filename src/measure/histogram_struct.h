/* What a histogram is made of; private to histogram*.c. */
#ifndef MEASURE_HISTOGRAM_STRUCT_H
#define MEASURE_HISTOGRAM_STRUCT_H

#include <hdr/hdr_histogram.h>
#include <stdint.h>

/* HdrHistogram's own minimum, maximum and mean are those of its buckets; ours are exact. */
struct histogram {
	struct hdr_histogram *buckets;
	uint64_t min, max;
	uint64_t sum;
};

#endif
