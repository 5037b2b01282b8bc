#include "plans/door/contact.h"

#include "db/device.h"
#include "plans/rollout/catalog.h"

struct contacts {
	size_t count;
	struct device list[CONTACTS_MAX];
};

size_t
contacts_kept(const struct session *session)
{
	return session->contacts ? session->contacts->count : 0;
}

enum err_code
contact_keep(struct session *session, const struct device *device, struct err *err)
{
	if (!session->contacts)
		session->contacts = arena_alloc(session_arena(session), sizeof *session->contacts);
	if (contacts_kept(session) == CONTACTS_MAX && contacts_store(session, err))
		return err->code;
	session->contacts->list[session->contacts->count++] = *device;
	return ERR_OK;
}

enum err_code
contacts_store(struct session *session, struct err *err)
{
	size_t count = contacts_kept(session);
	unsigned since;

	if (!count)
		return ERR_OK;
	session->contacts->count = 0;
	if (session_write_begin(session, err))
		return err->code;
	since = db_data_version(session->db);
	for (size_t i = 0; i < count; i++)
		if (db_device_store_contact(session->db, &session->contacts->list[i], err))
			break;
	if (!db_finish_unsynced(session->db, err->code, err))
		catalog_pulses_stand(session, since);
	return err->code;
}
