#include "cgi/who.h"

#include "core/str.h"
#include "plans/door/authenticate.h"

/* What a place of the path tells; NULL: nothing. */
static const char *
place(const char *value)
{
	return strcmp(value, "-") != 0 ? value : NULL;
}

enum err_code
who_enter(struct session *session, const struct request *request, const struct route_match *match,
	const char *told, struct device *ret, struct err *err)
{
	const char *product = place(match->values[0]), *token = place(match->values[1]);
	struct credentials credentials = { token ? token : request->token, request->certificate,
		request->product ? request->product : product };
	const char *name = request_query(request, "device");

	/* What belongs to one product knows no device of another, and no product is named "". */
	if (product && request->product && strcmp(product, request->product) != 0)
		credentials.product = "";
	if (!name)
		name = told ? told : request->address;
	if (!name || !word_is(WORD_DEVICE, name))
		return err_set(err, ERR_INPUT, "this is no device id");
	return authenticate_device(session, name, &credentials, ret, err);
}

enum err_code
who_named(struct session *session, const struct request *request, const struct route_match *match,
	struct device *ret, struct err *err)
{
	const struct credentials credentials = { request->token, request->certificate,
		request->product };

	if (!word_is(WORD_DEVICE, match->values[0]))
		return err_set(err, ERR_INPUT, "this is no device id");
	return authenticate_device(session, match->values[0], &credentials, ret, err);
}
