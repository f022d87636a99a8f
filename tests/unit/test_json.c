/* JSON documents: members that JSON cannot hold, and files that are never half there. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"

static char folder[] = "/tmp/ringside-json-XXXXXX";
static char path[64];

static void make_folder(void)
{
	cr_assert_not_null(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/result.json", folder);
}

static void remove_folder(void)
{
	(void)unlink(path);
	cr_expect_eq(rmdir(folder), 0, "something was left behind");
}

TestSuite(json, .init = make_folder, .fini = remove_folder);

Test(json, members_are_set)
{
	json_t *object = json_object();
	int error = 0;

	error |= json_put_integer(object, "integer", -5);
	error |= json_put_unsigned(object, "unsigned", 5);
	error |= json_put_real(object, "real", 0.5);
	error |= json_put_string(object, "string", "text");
	error |= json_put_boolean(object, "boolean", true);
	cr_assert_eq(error, 0);
	cr_assert_eq(json_integer_value(json_object_get(object, "integer")), -5);
	cr_assert_eq(json_integer_value(json_object_get(object, "unsigned")), 5);
	cr_assert_float_eq(json_real_value(json_object_get(object, "real")), 0.5, 1e-12);
	cr_assert_str_eq(json_string_value(json_object_get(object, "string")), "text");
	cr_assert(json_is_true(json_object_get(object, "boolean")));
	json_decref(object);
}

Test(json, what_was_saved_is_read)
{
	struct error reason;
	json_t *document = NULL;

	cr_assert_eq(json_read(path, &document, &reason), -ENOENT);
	cr_expect(strstr(reason.text, "cannot read"), "%s", reason.text);
	cr_assert_eq(json_save(json_pack("{s:i}", "a", 7), path, &reason), 0);
	cr_assert_eq(json_read(path, &document, &reason), 0, "%s", reason.text);
	cr_expect_eq(json_integer_value(json_object_get(document, "a")), 7);
	json_decref(document);
	cr_assert_eq(json_read(folder, &document, &reason), -EINVAL);
	cr_expect(strstr(reason.text, "cannot read"), "%s", reason.text);
}

Test(json, values_that_json_lacks_are_replaced)
{
	json_t *object = json_object();

	cr_assert_eq(json_put_real(object, "nan", 0.0 / 0.0), 0);
	cr_assert_eq(json_put_string(object, "none", NULL), 0);
	cr_assert_eq(json_put_string(object, "bytes", "a\xff"), 0);
	cr_assert_eq(json_put_unsigned(object, "large", UINT64_MAX), 0);
	cr_assert(json_is_null(json_object_get(object, "nan")));
	cr_assert(json_is_null(json_object_get(object, "none")));
	cr_assert_str_eq(json_string_value(json_object_get(object, "bytes")), "a?");
	cr_assert_eq(json_integer_value(json_object_get(object, "large")), INT64_MAX);
	json_decref(object);
}

Test(json, failed_value_fails_the_chain)
{
	json_t *object = json_object();

	cr_assert_eq(json_put_value(object, "key", NULL), -ENOMEM);
	cr_assert_eq(json_put_integer(NULL, "key", 1), -ENOMEM);
	json_decref(object);
}

Test(json, runs_end_with_a_value_or_with_nothing)
{
	json_t *array = json_array();

	cr_assert_eq(json_append(array, json_text("a")), 0);
	cr_assert_eq(json_append(array, json_text(NULL)), 0);
	cr_assert_eq(json_append(array, NULL), -ENOMEM);
	cr_assert_eq(json_complete(array, 0), array);
	cr_assert_eq(json_array_size(array), 2);
	cr_assert_null(json_complete(array, -ENOMEM));
}

static int saved_run(void)
{
	json_t *read = json_load_file(path, 0, NULL);
	int run = (int)json_integer_value(json_object_get(read, "run"));

	json_decref(read);
	return run;
}

Test(json, document_is_written_and_replaced)
{
	struct error problem;

	cr_assert_eq(json_save(json_pack("{s:i}", "run", 1), path, &problem), 0);
	cr_assert_eq(saved_run(), 1);
	cr_assert_eq(json_save(json_pack("{s:i}", "run", 2), path, &problem), 0);
	cr_assert_eq(saved_run(), 2);
}

Test(json, device_is_written_to_and_stays_a_device)
{
	struct stat status;

	cr_assert_eq(json_save(json_object(), "/dev/null", NULL), 0);
	cr_assert_eq(stat("/dev/null", &status), 0);
	cr_assert(S_ISCHR(status.st_mode));
}

Test(json, what_is_replaced_keeps_its_mode)
{
	struct stat status;

	cr_assert_eq(json_save(json_pack("{s:i}", "run", 1), path, NULL), 0);
	cr_assert_eq(chmod(path, 0640), 0);
	cr_assert_eq(json_save(json_pack("{s:i}", "run", 2), path, NULL), 0);
	cr_assert_eq(stat(path, &status), 0);
	cr_assert_eq(status.st_mode & 0777, 0640);
}

Test(json, no_name_is_no_file)
{
	struct error problem;

	cr_assert_eq(json_try_path("", &problem), -ENOENT);
}

Test(json, link_stays_a_link_to_what_is_replaced)
{
	char link[80];
	struct stat status;

	(void)snprintf(link, sizeof(link), "%s.link", path);
	cr_assert_eq(json_save(json_pack("{s:i}", "run", 1), path, NULL), 0);
	cr_assert_eq(symlink("result.json", link), 0);
	cr_assert_eq(json_save(json_pack("{s:i}", "run", 2), link, NULL), 0);
	cr_assert_eq(lstat(link, &status), 0);
	cr_assert_eq(unlink(link), 0);
	cr_assert(S_ISLNK(status.st_mode));
	cr_assert_eq(saved_run(), 2);
}

Test(json, failure_names_the_file)
{
	struct error problem;

	cr_assert_eq(json_save(json_object(), "/nowhere/result.json", &problem), -ENOENT);
	cr_assert_str_eq(problem.text,
			 "cannot write /nowhere/result.json: No such file or directory");
	cr_assert_eq(json_save(json_object(), "/dev/full", &problem), -ENOSPC);
	cr_assert_eq(json_save(NULL, path, &problem), -ENOMEM);
}

Test(json, path_is_tried_without_a_trace)
{
	struct error problem;

	cr_assert_eq(json_try_path(NULL, &problem), 0);
	cr_assert_eq(json_try_path("-", &problem), 0);
	cr_assert_eq(json_try_path("/dev/null", &problem), 0);
	cr_assert_eq(json_try_path(path, &problem), 0);
	cr_assert_neq(access(path, F_OK), 0);
	cr_assert_eq(json_save(json_pack("{s:i}", "run", 1), path, &problem), 0);
	cr_assert_eq(json_try_path(path, &problem), 0);
	cr_assert_eq(saved_run(), 1);
	cr_assert_eq(json_try_path(folder, &problem), -EISDIR);
	cr_assert_eq(json_try_path("/nowhere/result.json", &problem), -ENOENT);
	cr_assert_str_eq(problem.text,
			 "cannot write /nowhere/result.json: No such file or directory");
}
