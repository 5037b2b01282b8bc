#include "mqtt/bridge.h"

#include "core/str.h"
#include "plans/door/authenticate.h"
#include "plans/door/contact.h"
#include "plans/door/jobs.h"

#include <stdio.h>
#include <time.h>

const char *const bridge_topics[BRIDGE_TOPICS] = {
	BRIDGE_ROOT "+/jobs/get",
	BRIDGE_ROOT "+/jobs/start-next",
	BRIDGE_ROOT "+/jobs/+/get",
	BRIDGE_ROOT "+/jobs/+/update",
};

/* One message on its way. */
struct asked {
	enum jobs_command command;
	const char *thing, *job; /* job: of the last two */
	struct device device;
	struct job_request request;
};

/* False for what is no topic of ours. */
static bool
topic_read(struct arena *arena, const char *topic, struct asked *ret)
{
	static const char jobs[] = "/jobs/";
	const char *thing = topic + strlen(BRIDGE_ROOT), *rest, *slash;
	size_t length;

	if (!str_starts(topic, BRIDGE_ROOT))
		return false;
	length = strcspn(thing, "/");
	rest = thing + length;
	if (!length || !str_starts(rest, jobs))
		return false;
	ret->thing = arena_copy_n(arena, thing, length);
	rest += strlen(jobs);
	slash = strchr(rest, '/');
	if (!slash) {
		ret->command = !strcmp(rest, "get") ? JOBS_PENDING : JOBS_START_NEXT;
		return !strcmp(rest, "get") || !strcmp(rest, "start-next");
	}
	ret->job = arena_copy_n(arena, rest, (size_t)(slash - rest));
	ret->command = !strcmp(slash, "/get") ? JOBS_DESCRIBE : JOBS_UPDATE;
	return *ret->job && (!strcmp(slash, "/get") || !strcmp(slash, "/update"));
}

enum err_code
bridge_ready(struct bridge *bridge, struct err *err)
{
	struct session *session = &bridge->session;

	session_set_now(session, (int64_t)time(NULL));
	if (session->db)
		return ERR_OK;
	session->actor = "door";
	return session_open_at(session, bridge->path, DB_DOOR, err);
}

static enum err_code
run(struct bridge *bridge, struct asked *asked, const char *payload, size_t length,
	struct jobs_answer *ret, struct err *err)
{
	struct session *session = &bridge->session;
	const struct credentials credentials = { NULL, asked->thing, NULL };
	struct told told = { .arena = &session->arena };
	struct jobs jobs;

	if (!word_is(WORD_DEVICE, asked->thing))
		return err_set(err, ERR_INPUT, "this is no thing's name");
	if (length > LIMIT_BODY)
		return err_set(err, ERR_INPUT, "the message is too large");
	if (session_read_begin(session, err) ||
		authenticate_device(session, asked->thing, &credentials, &asked->device, err) ||
		jobwire_read(session, payload, length, &asked->request, err))
		return err->code;
	jobs = (struct jobs){ .wire = { .wire = { session, bridge->base_url },
				      .thing = asked->thing,
				      .stamped = true,
				      .client_token = asked->request.client_token },
		.device = &asked->device };
	return jobs_run(&jobs, asked->command, asked->job, &told, &asked->request, ret, err);
}

/* What went wrong inside is not the device's business. */
static const char *
refusal(struct arena *arena, const struct err *err)
{
	bool ours = err->code == ERR_INTERNAL || err->code == ERR_IO || err->code == ERR_BUSY;

	if (ours)
		fprintf(stderr, "otactl-mqtt: %s: %s\n", err->what, err->why);
	return jobwire_error(arena, err->code, ours ? "busy" : err->what);
}

static void
answer(struct bridge *bridge, const char *topic, struct asked *asked, const char *payload,
	size_t length)
{
	struct arena *arena = &bridge->session.arena;
	struct jobs_answer found = { .body = NULL };
	struct err err = ERR_NONE;
	bool accepted;

	asked->request = jobs_request(arena, asked->command);
	if (bridge_ready(bridge, &err) || run(bridge, asked, payload, length, &found, &err))
		found.body = refusal(arena, &err);
	session_read_end(&bridge->session);
	accepted = !err.code && found.outcome == JOBS_DONE;
	bridge->publish(bridge->context,
		arena_printf(arena, "%s/%s", topic, accepted ? "accepted" : "rejected"),
		found.body);
	if (accepted)
		bridge->heard(bridge->context, asked->device.id, asked->command == JOBS_UPDATE);
	/*
	 * The service gives an answer to who has asked, whatever that has subscribed to; a broker
	 * does not, and some clients listen to this topic alone.
	 */
	if (accepted && found.document && asked->command == JOBS_DESCRIBE)
		bridge->publish(bridge->context,
			arena_printf(arena, BRIDGE_ROOT "%s/jobs/get/accepted", asked->thing),
			found.body);
}

void
bridge_message(struct bridge *bridge, const char *topic, const char *payload, size_t length)
{
	struct asked asked = { .job = NULL };

	if (topic_read(&bridge->session.arena, topic, &asked))
		answer(bridge, topic, &asked, payload, length);
	arena_reset(&bridge->session.arena);
}

void
bridge_settle(struct bridge *bridge)
{
	struct err err = ERR_NONE;

	if (bridge->session.db && contacts_kept(&bridge->session) &&
		contacts_store(&bridge->session, &err))
		fprintf(stderr, "otactl-mqtt: contacts were not stored: %s: %s\n", err.what,
			err.why);
}
