#include "edited.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"

#define DOCUMENTS_MAX 16
#define EDITS_MAX 12
#define TEXT_MAX 64
#define ITSELF 0xff

/* A value in its document: the one that holds it, and its key or its place there. */
struct node {
	json_t *parent, *value;
	const char *key; /* NULL: the parent is an array */
	size_t index;
};

/* The nodes of a document are counted until the one that is wanted. */
struct walk {
	size_t left;
	struct node *ret_node;
};

static const json_int_t integers[] = {
	0,	    1,	       -1,	  2,	     10,	  1000,	     1000000000,
	4294967295, INT64_MAX, INT64_MIN, 1ll << 53, 60000000000, INT32_MAX, INT64_MAX / 2,
};
static const double reals[] = { 0.0, 0.5, 1, -1, 1e300, 1e-300, 0.1, 100 };

static bool walk_in(json_t *parent, struct walk *walk);

static bool walk_at(struct node node, struct walk *walk)
{
	if (walk->left-- > 0)
		return walk_in(node.value, walk);
	*walk->ret_node = node;
	return true;
}

/* In the order in which they stand. True: it was found. */
static bool walk_in(json_t *parent, struct walk *walk)
{
	json_t *value;
	const char *key;
	size_t index;

	json_object_foreach (parent, key, value) {
		if (walk_at((struct node){ parent, value, key, 0 }, walk))
			return true;
	}
	json_array_foreach (parent, index, value) {
		if (walk_at((struct node){ parent, value, NULL, index }, walk))
			return true;
	}
	return false;
}

static size_t node_count(json_t *root)
{
	struct walk walk = { .left = SIZE_MAX };

	(void)walk_in(root, &walk);
	return SIZE_MAX - walk.left;
}

/* False: the document is empty. */
static bool node_pick(json_t *root, uint16_t number, struct node *ret_node)
{
	size_t count = node_count(root);
	struct walk walk = { .left = count > 0 ? number % count : 0, .ret_node = ret_node };

	return count > 0 && walk_in(root, &walk);
}

/* Takes value over. */
static void node_set(const struct node *node, json_t *value)
{
	if (node->key)
		(void)json_object_set_new_nocheck(node->parent, node->key, value);
	else
		(void)json_array_set_new(node->parent, node->index, value);
}

static void node_remove(const struct node *node)
{
	if (node->key)
		(void)json_object_del(node->parent, node->key);
	else
		(void)json_array_remove(node->parent, node->index);
}

static json_t *text_value(struct fuzz_input *input)
{
	uint8_t text[TEXT_MAX];
	size_t length = fuzz_take(input, text, fuzz_below(input, TEXT_MAX));
	json_t *value = json_stringn((const char *)text, length);

	return value ? value : json_string("\xc2\x85 ");
}

static json_t *new_value(uint8_t what, struct fuzz_input *input)
{
	uint64_t bits;
	double real;

	switch (what % 10) {
	case 0:
		return json_null();
	case 1:
		return json_boolean(fuzz_byte(input) & 1);
	case 2:
		return json_integer(integers[fuzz_below(input, ARRAY_SIZE(integers))]);
	case 3:
		return json_real(reals[fuzz_below(input, ARRAY_SIZE(reals))]);
	case 4:
		return text_value(input);
	case 5:
		return json_object();
	case 6:
		return json_array();
	case 7:
		return json_integer((json_int_t)fuzz_number64(input));
	case 8:
		return json_string("");
	}
	bits = fuzz_number64(input);
	memcpy(&real, &bits, sizeof(real));
	return json_real(real); /* NULL: it is not finite */
}

/* One more of an array's element, or of a member under another name. */
static void node_double(const struct node *node, json_t *copy)
{
	if (!node->key)
		(void)json_array_append_new(node->parent, copy);
	else
		(void)json_object_set_new_nocheck(node->parent, "another", copy);
}

enum edit { EDIT_END, EDIT_REMOVE, EDIT_COPY, EDIT_DOUBLE, EDIT_MOVE, EDIT_SET };

/* False: this document has no more. */
static bool edit(json_t *root, struct fuzz_input *input)
{
	uint8_t what = fuzz_byte(input);
	struct node node, other;

	if (what == EDIT_END)
		return false;
	if (!node_pick(root, fuzz_number16(input), &node))
		return true;
	if (what == EDIT_REMOVE) {
		node_remove(&node);
	} else if (what == EDIT_DOUBLE) {
		node_double(&node, json_deep_copy(node.value));
	} else if (what == EDIT_COPY || what == EDIT_MOVE) {
		if (node_pick(root, fuzz_number16(input), &other))
			node_set(&node, json_deep_copy(other.value));
	} else {
		json_t *value = new_value(what, input);

		node_set(&node, value ? value : json_null());
	}
	return true;
}

/* Read once. */
static json_t *document_of(const char *name)
{
	static struct {
		const char *name;
		json_t *root;
	} known[DOCUMENTS_MAX];
	char path[512];

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		if (known[i].name && strcmp(known[i].name, name) == 0)
			return known[i].root;
		if (known[i].name)
			continue;
		(void)snprintf(path, sizeof(path), FUZZ_DOCUMENTS "/%s.json", name);
		known[i].root = json_load_file(path, 0, NULL);
		known[i].name = name;
		assert(known[i].root);
		return known[i].root;
	}
	abort();
}

char *edited_text(struct fuzz_input *input, const char *const *names)
{
	uint8_t which = fuzz_byte(input);
	uint32_t count = 0;
	json_t *root;
	char *text;

	if (which == ITSELF)
		return fuzz_line(input);
	while (names[count])
		count++;
	root = json_deep_copy(document_of(names[which % count]));
	for (int i = 0; i < EDITS_MAX && input->left > 0; i++)
		if (!edit(root, input))
			break;
	text = json_dumps(root, JSON_COMPACT | JSON_ENCODE_ANY);
	assert(text);
	json_decref(root);
	return text;
}
