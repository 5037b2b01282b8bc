/*
 * What things say by MQTT, and what they are answered: topics and payloads to the commands of
 * plans/door/jobs.h.  It knows no broker: who has one hands messages in and takes others out.
 */
#pragma once

#include "plans/base/session.h"

#define BRIDGE_ROOT "$aws/things/"

struct bridge {
	struct session session;
	const char *path;     /* of the database */
	const char *base_url; /* of the URLs handed out, without a slash at the end */
	/* Send a message; what a broker that has gone does not get is lost. */
	void (*publish)(void *context, const char *topic, const char *payload);
	/* A thing has said something; by an update of a job something else may be there for it. */
	void (*heard)(void *context, int64_t device, bool update);
	void *context;
};

/* What the bridge listens to; "+" stands for any thing, and for any job. */
enum { BRIDGE_TOPICS = 4 };
extern const char *const bridge_topics[BRIDGE_TOPICS];

/* Set the clock, and open the database where it is not open.  The errors are db_open()'s. */
enum err_code bridge_ready(struct bridge *bridge, struct err *err) MUST_USE;

/*
 * Answer one message.  That the topic's thing has sent it is the broker's promise: its access list
 * lets a client write below the name of its certificate only.  A topic that is none of those above
 * is not answered; everything else is, and what is refused on ".../rejected".
 */
void bridge_message(struct bridge *bridge, const char *topic, const char *payload, size_t length);

/* Store the contacts that messages have left, once nobody waits. */
void bridge_settle(struct bridge *bridge);
