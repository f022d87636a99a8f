/* Placeholder until the table of commands stands here. */
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		puts("ringside " RINGSIDE_VERSION);
		return 0;
	}
	fputs("Usage: ringside COMMAND [OPTION...]\n", stderr);
	return 2;
}
