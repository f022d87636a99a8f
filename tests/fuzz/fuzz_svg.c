/* What gnuplot has drawn, made fit for a page: refused, or well-formed with our head. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "report/svg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct svg_head head = { "p1-", "A & title", "a <description>" };
	char *text = fuzz_text(data, size), *svg = NULL;
	int error = svg_rewrite(text, &head, &svg);

	if (error) {
		assert(error == -EBADMSG && !svg);
	} else {
		assert(strncmp(svg, "<svg ", 5) == 0 && strstr(svg, "A &amp; title"));
		svg_write_alone(svg, fuzz_nowhere());
		(void)fflush(fuzz_nowhere());
	}
	free(svg);
	free(text);
	return 0;
}
