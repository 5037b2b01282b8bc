#include "core/member.h"

#include "core/str.h"

#include <assert.h>

bool
member_present(const struct member *member, const void *base)
{
	bool ret = true;

	if (member->presence)
		memcpy(&ret, (const char *)base + member->presence - 1, sizeof ret);
	return ret;
}

int64_t
member_int(const struct member *member, const void *base)
{
	const void *at = member_at(member, base);
	int64_t number;
	bool truth;
	int value;

	if (member->kind == MEMBER_INT64) {
		memcpy(&number, at, sizeof number);
		return number;
	}
	if (member->kind == MEMBER_BOOL) {
		memcpy(&truth, at, sizeof truth);
		return truth;
	}
	/* An enum without negative values has the size of an int, whichever sign it takes. */
	assert(member->kind != MEMBER_FIELD && member->kind != MEMBER_TEXT &&
		member->kind != MEMBER_BLOB && member->size == sizeof value);
	memcpy(&value, at, sizeof value);
	return value;
}

const char *
member_text(const struct member *member, const void *base)
{
	const char *text;
	int64_t value;

	if (member->kind == MEMBER_FIELD)
		return member_at(member, base);
	if (member->kind == MEMBER_TEXT) {
		memcpy(&text, member_at(member, base), sizeof text);
		return text;
	}
	assert(member->kind == MEMBER_WORD);
	value = member_int(member, base);
	return value >= 0 && value < member->count ? member->words[value] : NULL;
}

static void
present(const struct member *member, void *base)
{
	const bool yes = true;

	if (member->presence)
		memcpy((char *)base + member->presence - 1, &yes, sizeof yes);
}

void
member_set_int(const struct member *member, void *base, int64_t value)
{
	void *at = (char *)base + member->offset;
	const bool truth = value;
	const int small = (int)value;

	present(member, base);
	if (member->kind == MEMBER_INT64) {
		memcpy(at, &value, sizeof value);
	} else if (member->kind == MEMBER_BOOL) {
		memcpy(at, &truth, sizeof truth);
	} else {
		assert(member->size == sizeof small && small == value);
		memcpy(at, &small, sizeof small);
	}
}

void
member_set_text(const struct member *member, void *base, const char *value)
{
	void *at = (char *)base + member->offset;

	present(member, base);
	if (member->kind == MEMBER_FIELD) {
		str_copy(at, member->size, value);
	} else {
		assert(member->kind == MEMBER_TEXT);
		memcpy(at, &value, sizeof value);
	}
}
