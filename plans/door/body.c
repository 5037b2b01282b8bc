#include "plans/door/body.h"

#include "db/fleet.h"
#include "db/json.h"

enum err_code
body_read(
	struct session *session, const char *body, size_t length, struct doc *ret, struct err *err)
{
	return db_json_read(session->db, &session->arena, body, length, ret, err);
}

enum err_code
body_health(struct session *session, struct err *err)
{
	struct fleet fleet;

	return db_fleet_get(session->db, &fleet, err);
}
