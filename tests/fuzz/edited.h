/*
 * JSON documents changed as an input says: bytes that are mutated blindly are hardly ever a
 * document that gets past its parser. The first byte names one of documents/ (or says that the rest
 * is the document itself); each edit after it is a byte of what, two of where, and what it needs.
 */
#ifndef FUZZ_EDITED_H
#define FUZZ_EDITED_H

#include "fuzz.h"

/* The text of a document of these names (NULL-terminated), for the caller to free; an input ends
 * one with the edit that says so, so that several fit into it. */
char *edited_text(struct fuzz_input *input, const char *const *names);

#endif
