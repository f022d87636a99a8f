/*
 * Lets Criterion's tests run under the thread sanitizer. Criterion shares memory with its children
 * at an address that it picks with rand_r(): 0x200000000000 + (r & 0x3fffff << 24). The sanitizer
 * accepts fixed mappings only where it expects a program's memory, of which Criterion's range
 * holds 0x550000000000 to 0x568000000000 (x86-64). So here rand_r() picks there, below where the
 * program itself is loaded.
 */
#include <stdlib.h>

int rand_r(unsigned int *seed)
{
	*seed = *seed * 1103515245u + 12345u;
	return (int)(0x350000 + (*seed >> 16) % 0x4000);
}
