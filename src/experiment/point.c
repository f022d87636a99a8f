#include "experiment/point.h"

#include "base/json.h"
#include "base/text.h"
#include "base/unit.h"

const char *const transport_names[] = {
	[TRANSPORT_TCP] = "tcp",
	[TRANSPORT_UDP] = "udp",
	[TRANSPORT_UNIX] = "unix",
	[TRANSPORT_COUNT] = NULL,
};

/* As people write them. */
static const char *const transport_titles[TRANSPORT_COUNT] = {
	[TRANSPORT_TCP] = "TCP",
	[TRANSPORT_UDP] = "UDP",
	[TRANSPORT_UNIX] = "UNIX",
};

static void title_make(struct point *point)
{
	char *title = point->title;

	title[0] = '\0';
	text_append(title, POINT_TITLE_MAX, "%s %u x %s", transport_titles[point->transport],
		    point->connections, size_text(point->size).text);
	if (point->depth > 1)
		text_append(title, POINT_TITLE_MAX, ", %u deep", point->depth);
	if (point->rate > 0)
		text_append(title, POINT_TITLE_MAX, ", %s/s", count_exact(point->rate).text);
	if (point->threads > 1)
		text_append(title, POINT_TITLE_MAX, ", %u threads", point->threads);
}

void point_name(struct point *point)
{
	char *name = point->name;

	name[0] = '\0';
	text_append(name, POINT_NAME_MAX, "%s-%u", transport_names[point->transport],
		    point->connections);
	if (point->depth > 1)
		text_append(name, POINT_NAME_MAX, "x%u", point->depth);
	text_append(name, POINT_NAME_MAX, "-%s", size_exact(point->size).text);
	if (point->rate > 0)
		text_append(name, POINT_NAME_MAX, "-%sps", count_exact(point->rate).text);
	if (point->threads > 1)
		text_append(name, POINT_NAME_MAX, "-%ut", point->threads);
	title_make(point);
}

bool point_is_internet(const struct point *point)
{
	return point->transport != TRANSPORT_UNIX;
}

json_t *point_to_json(const struct point *point)
{
	json_t *object = json_object();
	int error = 0;

	error |= json_put_string(object, "name", point->name);
	error |= json_put_string(object, "title", point->title);
	error |= json_put_string(object, "transport", transport_names[point->transport]);
	error |= json_put_unsigned(object, "connections", point->connections);
	error |= json_put_unsigned(object, "depth", point->depth);
	error |= json_put_unsigned(object, "size", point->size);
	error |= json_put_unsigned(object, "rate", point->rate);
	error |= json_put_unsigned(object, "threads", point->threads);
	error |= json_put_boolean(object, "reconnects", point->reconnects);
	error |= json_put_boolean(object, "asleep", point->asleep);
	return json_complete(object, error);
}
