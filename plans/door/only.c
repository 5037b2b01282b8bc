#include "plans/door/only.h"

#include "plans/rollout/catalog.h"

enum err_code
only_component(struct session *session, const struct device *device, bool app,
	const struct component **ret, struct err *err)
{
	const struct catalog *catalog;
	struct fleet fleet;

	*ret = NULL;
	if (session_fleet(session, &fleet, err) ||
		catalog_get(session, &fleet, device->product, &catalog, err))
		return err->code;
	for (size_t i = 0; i < catalog->component_count; i++) {
		const struct component *c = &catalog->components[i];

		if ((c->type == TYPE_APP) != app)
			continue;
		if (*ret)
			return err_set(err, ERR_NOT_FOUND,
				app ? "the product has several app components"
				    : "the product has several components with images");
		*ret = c;
	}
	if (!*ret)
		err_set(err, ERR_NOT_FOUND,
			app ? "the product has no app component"
			    : "the product has no component with images");
	return err->code;
}
