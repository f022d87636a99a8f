#include "account.h"

#include <errno.h>

#include "base/json.h"

int account_read(const json_t *document, struct account *ret_account)
{
	json_t *backend = json_object_get(document, "backend");
	json_t *features = json_object_get(document, "features");

	if (!json_is_object(backend) || !json_is_object(features))
		return -EPROTO;
	*ret_account = (struct account){
		.backend = json_incref(backend),
		.features = json_incref(features),
	};
	return 0;
}

void account_finish(struct account *account)
{
	json_decref(account->backend);
	json_decref(account->features);
	*account = (struct account){ 0 };
}

int account_put(const struct account *account, json_t *object)
{
	int error = 0;

	error |= json_put_shared(object, "backend", account->backend);
	error |= json_put_shared(object, "features", account->features);
	return error;
}

json_t *account_to_json(const struct account *account)
{
	json_t *object;

	if (!account->backend)
		return json_null();
	object = json_object();
	return json_complete(object, account_put(account, object));
}
