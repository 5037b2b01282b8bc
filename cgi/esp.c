/*
 * One request does it all: who asks for an image polls, takes what it is offered, and downloads
 * it.  Serving the image is the acceptance; a HEAD, which the SDK sends first, and a question for
 * the version accept nothing.
 */
#include "cgi/esp.h"

#include "cgi/files.h"
#include "cgi/who.h"
#include "core/execution.h"
#include "core/str.h"
#include "plans/door/only.h"
#include "plans/door/poll.h"
#include "plans/door/ticket.h"

/* What a query may tell, and what the Arduino cores say under the name of their chip. */
static const struct field query_fields[] = {
	TOLD_BATTERY("battery"),
	TOLD_CHARGING("charging"),
	TOLD_SIGNAL("signal"),
	TOLD_FREE("free"),
};
static const struct field free_space = TOLD_FREE("free-space");

/* Two slots of one flash: who asks for one runs from the other. */
static const struct {
	const char *asked, *runs;
} slots[] = { { "user1", "user2" }, { "user2", "user1" } };

/* A request as these devices mean it. */
struct wish {
	const char *family; /* "ESP8266" or "ESP32" by its headers; NULL: it sent none */
	bool arduino;
	bool version;	  /* it asks for the version alone */
	const char *slot; /* whose image it wants; "" any */
	const char *runs; /* the slot it runs from; "" unknown */
	const struct component *component;
};

/* What it asked for, and why it does not get it. */
struct outcome {
	const struct artifact *file; /* NULL: nothing for it */
	const char *why;	     /* "" */
};

/* A header of the Arduino cores, or NULL. */
static const char *
told_header(const struct request *request, const char *family, const char *name)
{
	char header[40];

	if (!family)
		return NULL;
	snprintf(header, sizeof header, "x-%s-%s", family, name);
	return request_header(request, header);
}

static bool
sends_headers_of(const struct request *request, const char *family)
{
	static const char *const names[] = { "STA-MAC", "AP-MAC", "mode", "free-space", "version" };

	for (size_t i = 0; i < COUNT(names); i++)
		if (told_header(request, family, names[i]))
			return true;
	return false;
}

/* ERR_INPUT where it speaks for two chips. */
static enum err_code
family_read(const struct request *request, struct wish *ret, struct err *err)
{
	bool small = sends_headers_of(request, "ESP8266"),
	     large = sends_headers_of(request, "ESP32");
	const char *agent = request_header(request, "User-Agent");

	if (small && large)
		return err_set(err, ERR_INPUT, "the headers are those of two chips");
	ret->family = small ? "ESP8266" : large ? "ESP32" : NULL;
	/* Some proxies let no header of its own through: the library still wants its answers. */
	ret->arduino = ret->family || (agent && str_ends(agent, "-http-Update"));
	return ERR_OK;
}

/* The image that is meant: by the file's name, or by what is to be flashed. */
static enum err_code
wish_read(const struct request *request, const char *path, struct wish *ret, struct err *err)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path, *mode;

	*ret = (struct wish){ .slot = "", .runs = "" };
	if (!*name)
		return err_set(err, ERR_NOT_FOUND, "the path names no file");
	if (family_read(request, ret, err))
		return err->code;
	for (size_t i = 0; i < COUNT(slots); i++)
		if (str_starts(name, slots[i].asked)) {
			ret->slot = slots[i].asked;
			ret->runs = slots[i].runs;
		}
	mode = told_header(request, ret->family, "mode");
	ret->version = mode && !strcmp(mode, "version");
	/* "spiffs", and what later cores call it: a file system is no sketch. */
	if (mode && !ret->version && strcmp(mode, "sketch") != 0)
		ret->slot = mode;
	return ERR_OK;
}

/* An image for the one family bricks the other, so it is not even offered. */
static bool
other_chip(const struct wish *wish)
{
	const char *chip = wish->component->chip;

	if (!wish->family || !str_starts(chip, "esp"))
		return false;
	return !strcmp(wish->family, "ESP8266") != !strcmp(chip, "esp8266");
}

static enum err_code
told_read(const struct request *request, const struct wish *wish, struct told *ret, struct err *err)
{
	const char *version = told_header(request, wish->family, "version"),
		   *space = told_header(request, wish->family, "free-space");

	for (size_t i = 0; i < request->query_count; i++) {
		const struct pair *pair = &request->query[i];
		const struct field *field =
			field_find(query_fields, COUNT(query_fields), pair->key);

		if (field && field_read_text(field, pair->value, ret, err))
			return err->code;
	}
	if (space && field_read_text(&free_space, space, ret, err))
		return err->code;
	str_copy(ret->metrics.slot, sizeof ret->metrics.slot, wish->runs);
	if (!version)
		version = request_query(request, "version");
	return version ? told_component(ret, wish->component->identity, version, err) : ERR_OK;
}

/* The component of an offer that these devices speak of; NULL: it is about others. */
static const struct offer_component *
component_of(const struct poll_answer *answer, const struct wish *wish)
{
	for (size_t i = 0; answer->has_offer && i < answer->offer.component_count; i++)
		if (answer->offer.components[i].component.component == wish->component->id)
			return &answer->offer.components[i];
	return NULL;
}

/* Exactly the slot that was asked for, of which there is one; or the only image there is. */
static const struct artifact *
image_of(const struct package *package, const char *slot)
{
	const struct artifact *ret = NULL;
	size_t count = 0;

	for (size_t i = 0; i < package->file_count; i++)
		if (!strcmp(package->files[i].slot, slot)) {
			ret = &package->files[i];
			count++;
		}
	if (!count && !*slot && package->file_count == 1)
		return &package->files[0];
	return count == 1 ? ret : NULL;
}

/* What an answer holds for it: nothing that it could not flash as it comes. */
static struct outcome
outcome_of(const struct poll_answer *answer, const struct wish *wish)
{
	const struct offer_component *c = component_of(answer, wish);
	struct outcome ret = { NULL, "" };

	if (!c ||
		(c->component.state != EXEC_OFFERED && !execution_takes_files(c->component.state)))
		return ret;
	if (c->package.kind != KIND_FULL)
		return (struct outcome){ NULL, "the package offered is no full image" };
	if (c->file_count)
		ret.file = image_of(&c->package, wish->slot);
	if (!ret.file)
		ret.why = "the package offered has no image for this slot";
	return ret;
}

/* Nothing for it: in the words of its library, and never with a body. */
static void
answer_nothing(struct session *session, const struct poll_answer *answer, const struct wish *wish,
	const char *why, struct reply *reply)
{
	reply_begin(reply, &session->arena, wish->arduino ? 304 : 404);
	reply_retry_after(reply, answer->retry_after_s);
	reply_header(reply, "OTA-Verdict", verdict_words[answer->verdict]);
	reply_bare(reply, why);
}

/* The version that is offered, else the one it has: then it stays. */
static void
answer_version(struct session *session, const struct poll_answer *answer, const struct told *told,
	const struct wish *wish, struct reply *reply)
{
	const struct offer_component *c = component_of(answer, wish);
	const char *version = outcome_of(answer, wish).file
				      ? c->component.target
				      : pairs_get(&told->components, wish->component->identity);

	if (!version) {
		answer_nothing(session, answer, wish, "", reply);
		return;
	}
	reply_begin(reply, &session->arena, 200);
	reply_header(reply, "x-version", version);
}

/* The file for who may have it. */
static enum err_code
answer_file(struct session *session, const struct request *request, int64_t execution,
	const struct artifact *offered, struct reply *reply, struct err *err)
{
	struct artifact file;

	if (ticket_file(session, execution, offered->sha256, &file, err)) {
		if (err->code != ERR_UNTRUSTED)
			return err->code;
		reply_begin(reply, &session->arena, 403);
		reply_bare(reply, err->what);
		*err = ERR_NONE;
		return ERR_OK;
	}
	return files_send(session, request, &file, false, reply, err);
}

static enum err_code
answer(struct session *session, const struct request *request, const struct device *device,
	const struct wish *wish, struct reply *reply, struct err *err)
{
	struct told told = { .arena = &session->arena };
	struct poll_answer found;
	struct outcome outcome;

	if (told_read(request, wish, &told, err) ||
		poll_run(session, device, &told, false, &found, err))
		return err->code;
	outcome = outcome_of(&found, wish);
	if (wish->version) {
		answer_version(session, &found, &told, wish, reply);
		return ERR_OK;
	}
	/* The bytes that a GET would bring. */
	if (outcome.file && request->method == METHOD_HEAD)
		return files_send(session, request, outcome.file, false, reply, err);
	if (outcome.file && found.offer.execution.state == EXEC_OFFERED) {
		if (poll_take(session, device, &told, &found, err))
			return err->code;
		outcome = outcome_of(&found, wish);
		if (outcome.file && found.offer.execution.state == EXEC_OFFERED)
			outcome = (struct outcome){ NULL, "the offer cannot be taken now" };
	}
	if (outcome.file)
		return answer_file(
			session, request, found.offer.execution.id, outcome.file, reply, err);
	answer_nothing(session, &found, wish, outcome.why, reply);
	return ERR_OK;
}

static enum err_code
image(struct session *session, const struct request *request, const struct route_match *match,
	struct reply *reply, struct err *err)
{
	struct device device;
	struct wish wish;

	if (wish_read(request, match->values[2], &wish, err) ||
		who_enter(session, request, match, told_header(request, wish.family, "STA-MAC"),
			&device, err) ||
		only_component(session, &device, false, &wish.component, err))
		return err->code;
	if (other_chip(&wish)) {
		reply_begin(reply, &session->arena, 403);
		reply_bare(reply, "the product is for another chip");
		return ERR_OK;
	}
	return answer(session, request, &device, &wish, reply, err);
}

const struct route esp_routes[ESP_ROUTES] = {
	{ METHOD_GET, "/esp/*/*/**", image },
};
