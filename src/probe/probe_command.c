/* Placeholder: the command is being written. */
#include "base/log.h"
#include "commands.h"

int command_probe(int argc, char **argv)
{
	return fail(EXIT_CANNOT, "not here yet");
}
