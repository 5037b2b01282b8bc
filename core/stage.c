#include "core/stage.h"

#include "core/moment.h"
#include "core/str.h"

enum { ONE_BAD_FROM = 5 }; /* devices of a stage: one of them may always fail */

const char *const stage_wait_words[STAGE_WAIT_MAX] = {
	[STAGE_GO] = "ready",
	[STAGE_NOT_DONE] = "not_done",
	[STAGE_OPEN_DEVICES] = "devices_under_way",
	[STAGE_SOAK] = "soak",
	[STAGE_HEALTH] = "health",
	[STAGE_SURVIVAL] = "survival",
	[STAGE_WINDOW] = "advance_window",
	[STAGE_APPROVAL] = "approval",
	[STAGE_TAIL] = "tail",
	[STAGE_PROBE] = "probe",
};

static bool
stage_parse(char *word, struct stage *ret)
{
	size_t length = strlen(word);

	if (str_starts(word, "group:")) {
		ret->kind = STAGE_GROUP;
		if (!word_is(WORD_NAME, word + strlen("group:")))
			return false;
		str_copy(ret->group, sizeof ret->group, word + strlen("group:"));
		return true;
	}
	if (length && word[length - 1] == '%') {
		ret->kind = STAGE_SHARE;
		word[length - 1] = '\0';
		return str_hundredths(word, 1, STAGE_BUCKETS, &ret->value);
	}
	ret->kind = STAGE_COUNT;
	return str_int(word, 1, 100000000, &ret->value);
}

bool
stage_list_parse(const char *text, struct stage_list *ret)
{
	int64_t share = 0, places = 0;

	*ret = (struct stage_list){ 0 };
	for (;;) {
		char word[LIMIT_NAME + 8];
		size_t length = strcspn(text, ",");
		struct stage *stage = &ret->list[ret->count];

		if (!length || length >= sizeof word || ret->count == LIMIT_STAGES)
			return false;
		memcpy(word, text, length);
		word[length] = '\0';
		if (!stage_parse(word, stage))
			return false;
		if ((stage->kind == STAGE_SHARE && stage->value <= share) ||
			(stage->kind == STAGE_COUNT && stage->value <= places))
			return false;
		if (stage->kind == STAGE_SHARE)
			share = stage->value;
		if (stage->kind == STAGE_COUNT)
			places = stage->value;
		ret->count++;
		if (!text[length])
			return stage->kind != STAGE_COUNT || ret->count == 1;
		text += length + 1;
	}
}

const char *
stage_name(const struct stage *stage, char *ret)
{
	switch (stage->kind) {
	case STAGE_GROUP:
		snprintf(ret, STAGE_NAME, "group:%s", stage->group);
		break;
	case STAGE_COUNT:
		snprintf(ret, STAGE_NAME, "%lld", (long long)stage->value);
		break;
	case STAGE_SHARE:
		if (stage->value % 100)
			snprintf(ret, STAGE_NAME, "%lld.%02lld%%", (long long)(stage->value / 100),
				(long long)(stage->value % 100));
		else
			snprintf(ret, STAGE_NAME, "%lld%%", (long long)(stage->value / 100));
		break;
	}
	return ret;
}

/* A place of a count stage is left, and an offer for it where the device has none. */
static bool
place_left(const struct stage *stage, const struct stage_place *place)
{
	int64_t left = stage->size - stage->taken;

	return left > 0 && (!place->unoffered || stage->offered < STAGE_OFFERS * left);
}

static bool
admits(const struct stage *stage, size_t index, const struct stage_place *place, bool look_ahead)
{
	switch (stage->kind) {
	case STAGE_GROUP:
		return place->groups >> index & 1;
	case STAGE_COUNT:
		return place->bucket < stage->draw && !look_ahead && place_left(stage, place);
	case STAGE_SHARE:
		return place->bucket < stage->value;
	}
	return false;
}

int
stage_admits(const struct stage *stages, size_t count, const struct stage_place *place)
{
	if (place->home >= 0)
		return place->home;
	for (size_t i = 0; i < count; i++)
		if (stages[i].opened_at && admits(&stages[i], i, place, false))
			return (int)i;
	return -1;
}

bool
stage_joins_next(const struct stage *stage)
{
	return stage->size < STAGE_JOIN_BELOW && (!stage->size || stage->kind == STAGE_SHARE);
}

int64_t
stage_joined_first(const struct stage *stages, int64_t index)
{
	while (index > 0 && stages[index - 1].opened_at == stages[index].opened_at)
		index--;
	return index;
}

int64_t
stage_joined_last(const struct stage *stages, size_t count, int64_t index)
{
	while ((size_t)index + 1 < count && stages[index + 1].opened_at == stages[index].opened_at)
		index++;
	return index;
}

int
stage_later(const struct stage *stages, size_t count, const struct stage_place *place)
{
	for (size_t i = 0; i < count; i++)
		if (admits(&stages[i], i, place, true))
			return (int)i;
	return -1;
}

/* True where the stage has a place for it, or will have one. */
static bool
may_admit(const struct stage *stage, size_t index, const struct stage_place *place)
{
	if (stage->kind == STAGE_COUNT)
		return place->bucket < stage->draw && stage->taken < stage->size;
	return admits(stage, index, place, true);
}

/* When the stage behind the newest opened one opens at the soonest. */
static int64_t
next_opens_from(const struct stage *stages, int64_t newest, int64_t soak, int64_t now)
{
	int64_t size = 0, done_at = stages[newest].done_at ? stages[newest].done_at : now;

	for (int64_t i = stage_joined_first(stages, newest); i <= newest; i++)
		size += stages[i].size;
	return size && done_at + soak > now ? done_at + soak : now;
}

int64_t
stage_admits_from(const struct stage *stages, size_t count, int64_t newest,
	const struct stage_place *place, int64_t soak, int64_t now)
{
	int64_t ret = next_opens_from(stages, newest, soak, now);

	for (size_t i = 0; i < count; i++) {
		bool opened = stages[i].opened_at;

		if (may_admit(&stages[i], i, place))
			return opened ? now : ret;
		if (!opened && !stage_joins_next(&stages[i]))
			ret += soak;
	}
	return MOMENT_NEVER;
}

bool
stage_healthy(int64_t size, int64_t well, int64_t bad, int64_t percent)
{
	int64_t allowed = ((100 - percent) * (well + bad) + 99) / 100;

	if (well * 100 >= percent * (well + bad))
		return true;
	return size >= ONE_BAD_FROM && bad <= (allowed > 1 ? allowed : 1);
}

static bool
enough_finished(const struct stage *stage, const struct stage_tally *tally,
	const struct stage_rules *rules, int64_t now)
{
	if (tally->finished * 100 < rules->advance_finished * tally->accepted)
		return false;
	if (tally->finished * 2 >= stage->size)
		return true;
	return now - stage->opened_at - stage->stood_s >= STAGE_PATIENCE_S &&
	       tally->finished >= 1 && tally->finished * 10 >= stage->size;
}

int64_t
stage_tail_from(const struct stage *last, int64_t soak, int64_t now)
{
	if (last->tail_at)
		return last->tail_at;
	return last->done_at && now >= last->done_at + soak ? last->done_at + soak : 0;
}

struct stage_verdict
stage_decide(const struct stage *stage, const struct stage_tally *tally,
	const struct stage_rules *rules, int64_t now)
{
	struct stage_verdict ret = { .wait = STAGE_NOT_DONE,
		.stalled = now - stage->opened_at - stage->stood_s >= rules->stage_wait &&
			   now >= rules->until };

	/* Whom it was for is there already, or gone: nothing is learned by waiting. */
	if (!stage->size && !tally->accepted)
		return (struct stage_verdict){ .wait = STAGE_GO, .done = true };
	ret.done = stage->done_at || enough_finished(stage, tally, rules, now);
	if (rules->last && stage_tail_from(stage, rules->soak, now))
		return (struct stage_verdict){ .wait = STAGE_TAIL, .done = ret.done };
	if (!ret.done)
		return ret;
	ret.at = (stage->done_at ? stage->done_at : now) + rules->soak;
	if (rules->last)
		ret.wait = now < ret.at ? STAGE_SOAK : STAGE_TAIL;
	else if (tally->before)
		ret.wait = STAGE_OPEN_DEVICES;
	else if (now < ret.at)
		ret.wait = STAGE_SOAK;
	else if (tally->sick ||
		 !stage_healthy(stage->size, tally->well, tally->bad, rules->advance_success))
		ret.wait = STAGE_HEALTH;
	else if (tally->survived * 100 < rules->survived * tally->succeeded)
		ret.wait = STAGE_SURVIVAL;
	else if (rules->window_shut)
		ret.wait = STAGE_WINDOW;
	else if (rules->approve)
		ret.wait = STAGE_APPROVAL;
	else
		ret.wait = STAGE_GO;
	/* What has a time is no stall. */
	ret.stalled &= ret.wait != STAGE_GO && ret.wait != STAGE_TAIL && ret.wait != STAGE_SOAK;
	return ret;
}

int64_t
stage_rate(int64_t base, int64_t factor_hundredths, int64_t step, int64_t cap, int64_t successes)
{
	int64_t rate = base * 100;

	for (int64_t n = successes / step; n > 0 && rate < cap * 100; n--) {
		rate = rate * factor_hundredths / 100;
		if (factor_hundredths == 100)
			break;
	}
	return rate / 100 < cap ? rate / 100 : cap;
}
