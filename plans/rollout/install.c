#include "plans/rollout/install.h"

enum err_code
install_window(struct session *session, const struct plan *plan, const struct device *device,
	int64_t at, struct interval *ret, struct err *err)
{
	const char *zones[] = { plan->device_zone ? device->timezone : "", "" };
	struct interval *list;
	size_t count = 0;

	*ret = (struct interval){ 0, 0 };
	for (size_t i = 0; plan->install_set && !count && i < COUNT(zones); i++)
		if (db_interval_from(session->db, &session->arena, plan->id, ITEM_INSTALL, zones[i],
			    at, 1, &list, &count, err))
			return err->code;
	if (count)
		*ret = list[0];
	return ERR_OK;
}
