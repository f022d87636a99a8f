#include "floor.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/json.h"

int floor_read(const char *path, json_t **ret_document, struct error *ret_error)
{
	json_t *root;
	int error = json_read(path, &root, ret_error);

	if (error)
		return error;
	if (!json_is_object(json_object_get(root, "noise"))) {
		json_decref(root);
		return error_set(ret_error, -EINVAL,
				 "%s is no document of ringside noise --json: it has no noise",
				 path);
	}
	*ret_document = root;
	return 0;
}

double floor_of(const json_t *document, const char *metric, uint32_t pairs)
{
	json_t *figure = json_object_get(json_object_get(document, "noise"), metric);
	json_t *shares = json_object_get(figure, "detectable"), *share;
	unsigned long best = 0;
	double found = NAN;
	const char *key;

	/* More pairs than the document knows find no less. */
	json_object_foreach (shares, key, share) {
		unsigned long count = strtoul(key, NULL, 10);

		if (count > best && count <= pairs && json_is_number(share)) {
			best = count;
			found = json_number_value(share);
		}
	}
	/* Without one it was reckoned with none. */
	return expm1(log1p(found) -
		     log1p(json_number_value(json_object_get(figure, "least_effect"))));
}
