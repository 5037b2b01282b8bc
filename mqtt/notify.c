#include "mqtt/notify.h"

#include "core/moment.h"
#include "plans/door/jobwire.h"
#include "plans/door/peek.h"

#include <stdio.h>
#include <stdlib.h>

enum { HEARD_S = 30 * 86400, PAGE = 200 };

static void
tell(struct bridge *bridge, const struct device *device, const struct offer *offer)
{
	struct session *session = &bridge->session;
	const struct job_wire wire = {
		.wire = { session, bridge->base_url }, .thing = device->name, .stamped = true
	};
	struct err err = ERR_NONE;
	const char *next;

	bridge->publish(bridge->context,
		arena_printf(&session->arena, BRIDGE_ROOT "%s/jobs/notify", device->name),
		jobwire_notice(&wire, offer));
	if (!jobwire_execution(&wire, offer, false, &next, &err))
		bridge->publish(bridge->context,
			arena_printf(
				&session->arena, BRIDGE_ROOT "%s/jobs/notify-next", device->name),
			next);
}

/* Look at one thing, and tell it once of each plan. */
static enum err_code
look(struct bridge *bridge, const struct device *device, struct notify_thing *thing,
	struct err *err)
{
	struct peek peek;

	if (peek_run(&bridge->session, device, &peek, err))
		return err->code;
	if (peek.has_offer && peek.offer.plan->id != thing->plan)
		tell(bridge, device, &peek.offer);
	thing->plan = peek.has_offer ? peek.offer.plan->id : 0;
	thing->due = peek.earliest;
	return ERR_OK;
}

/* Where a device stands in a list, or would. */
static size_t
place(const struct notify_list *list, int64_t device)
{
	size_t low = 0, high = list->count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (list->list[middle].device < device)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The entry of a device, or NULL. */
static struct notify_thing *
find(const struct notify_list *list, int64_t device)
{
	size_t at = place(list, device);

	return at < list->count && list->list[at].device == device ? &list->list[at] : NULL;
}

/* The same; where there is none it is made, and due. */
static struct notify_thing *
add(struct notify_list *list, int64_t device)
{
	size_t at = place(list, device);

	if (at < list->count && list->list[at].device == device)
		return &list->list[at];
	if (list->count == list->room) {
		size_t room = list->room ? 2 * list->room : PAGE;
		void *larger = reallocarray(list->list, room, sizeof *list->list);

		if (!larger)
			abort();
		list->list = larger;
		list->room = room;
	}
	memmove(&list->list[at + 1], &list->list[at], (list->count - at) * sizeof *list->list);
	list->list[at] = (struct notify_thing){ .device = device };
	list->count++;
	return &list->list[at];
}

/* The next page of all things. */
static enum err_code
scan(struct notify *n, struct bridge *bridge, struct err *err)
{
	struct session *session = &bridge->session;
	struct device *list;
	size_t count;

	if (peek_page(session, n->after, PAGE, &list, &count, err))
		return err->code;
	for (size_t i = 0; i < count; i++) {
		const struct device *device = &list[i];
		const struct notify_thing *known = find(&n->things, device->id);
		struct notify_thing *thing;

		n->after = device->id;
		if (device->last_seen < session->now - HEARD_S)
			continue;
		thing = add(&n->fresh, device->id);
		if (known)
			thing->plan = known->plan;
		if (look(bridge, device, thing, err))
			return err->code;
	}
	if (count == PAGE)
		return ERR_OK;
	free(n->things.list);
	n->things = n->fresh;
	n->fresh = (struct notify_list){ .list = NULL };
	n->epoch = n->scanned;
	n->scanned = 0;
	return ERR_OK;
}

/* Those whose time has come. */
static enum err_code
look_due(struct notify *n, struct bridge *bridge, struct err *err)
{
	struct session *session = &bridge->session;
	struct device *list;
	size_t looked = 0, count;

	for (size_t i = 0; i < n->things.count && looked < PAGE; i++) {
		struct notify_thing *thing = &n->things.list[i];

		if (thing->due > session->now)
			continue;
		looked++;
		thing->due = MOMENT_NEVER;
		if (peek_page(session, thing->device - 1, 1, &list, &count, err))
			return err->code;
		/* It may have been taken out of service. */
		if (count && list->id == thing->device && look(bridge, list, thing, err))
			return err->code;
	}
	return ERR_OK;
}

static enum err_code
step(struct notify *n, struct bridge *bridge, struct err *err)
{
	struct fleet fleet;

	if (session_read_begin(&bridge->session, err) ||
		session_fleet(&bridge->session, &fleet, err) || session_keys(&bridge->session, err))
		return err->code;
	if (!n->scanned && fleet.epoch != n->epoch) {
		n->scanned = fleet.epoch;
		n->after = 0;
	}
	return n->scanned ? scan(n, bridge, err) : look_due(n, bridge, err);
}

void
notify_step(struct notify *notify, struct bridge *bridge)
{
	struct err err = ERR_NONE;

	if (bridge_ready(bridge, &err) || step(notify, bridge, &err))
		fprintf(stderr, "otactl-mqtt: things were not looked at: %s: %s\n", err.what,
			err.why);
	session_read_end(&bridge->session);
	arena_reset(&bridge->session.arena);
}

void
notify_heard(struct notify *notify, int64_t device, bool ended)
{
	struct notify_list *lists[] = { &notify->things,
		notify->scanned && device <= notify->after ? &notify->fresh : NULL };

	for (size_t i = 0; i < COUNT(lists) && lists[i]; i++) {
		struct notify_thing *thing = add(lists[i], device);

		if (ended)
			thing->due = thing->plan = 0;
	}
}

void
notify_end(struct notify *notify)
{
	free(notify->things.list);
	free(notify->fresh.list);
	*notify = (struct notify){ .epoch = 0 };
}
