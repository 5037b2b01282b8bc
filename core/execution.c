#include "core/execution.h"

enum { SIGHTS_APART_S = 60 };

const char *const refusal_words[REFUSAL_MAX] = {
	[REFUSAL_USER] = "user",
	[REFUSAL_BATTERY] = "battery",
	[REFUSAL_SIGNAL] = "signal",
	[REFUSAL_STORAGE] = "storage",
	[REFUSAL_BUSY] = "busy",
	[REFUSAL_OTHER] = "other",
};

struct step
execution_step(
	enum execution_state state, enum execution_state told, enum refusal refusal, bool trusted)
{
	struct step same = { STEP_SAME, state };

	if (!execution_open(state))
		return (struct step){ STEP_CLOSED, state };
	if (told == EXEC_OFFERED)
		return same;
	if (told == EXEC_REJECTED)
		return (struct step){ STEP_CHANGED,
			refusal == REFUSAL_USER ? EXEC_REJECTED : EXEC_CANCELED };
	if (told == EXEC_CANCELED)
		return (struct step){ STEP_CHANGED, EXEC_CANCELED };
	if (state == EXEC_OFFERED && told != EXEC_ACCEPTED)
		return (struct step){ STEP_TOO_EARLY, state };
	if (told == EXEC_FAILED)
		return (struct step){ STEP_CHANGED, EXEC_FAILED };
	if (told == EXEC_SUCCEEDED) {
		if (trusted)
			return (struct step){ STEP_CHANGED, EXEC_SUCCEEDED };
		told = EXEC_VERIFYING;
	}
	return told > state ? (struct step){ STEP_CHANGED, told } : same;
}

enum execution_state
execution_combined(const enum execution_state *states, size_t count)
{
	/* Ends from the gravest to the mildest: the first that occurs is the execution's. */
	static const enum execution_state gravest[] = { EXEC_REGRESSED, EXEC_FAILED, EXEC_TIMED_OUT,
		EXEC_REJECTED, EXEC_CANCELED, EXEC_EXPIRED };
	enum execution_state open = EXEC_STATE_MAX;

	for (size_t i = 0; i < count; i++)
		if (execution_open(states[i]) && (open == EXEC_STATE_MAX || states[i] < open))
			open = states[i];
	if (open != EXEC_STATE_MAX)
		return open;
	for (size_t g = 0; g < COUNT(gravest); g++)
		for (size_t i = 0; i < count; i++)
			if (states[i] == gravest[g])
				return gravest[g];
	return EXEC_SUCCEEDED;
}

int64_t
execution_deadline(const struct execution *execution, const struct strategy *strategy, bool manual,
	int64_t gap_s)
{
	int64_t step, last, sleeper = execution->changed_at + gap_s + gap_s / 2;

	if (execution->state == EXEC_OFFERED) {
		last = execution->offered_at + strategy_offer_timeout(strategy, manual);
		return sleeper > last ? sleeper : last;
	}
	step = execution->state <= EXEC_DOWNLOADING  ? strategy->download
	       : execution->state <= EXEC_INSTALLING ? strategy->install
						     : strategy_verify(strategy);
	step += execution->changed_at;
	last = execution->accepted_at + strategy->exec_timeout;
	if (step < last)
		last = step;
	return sleeper > last ? sleeper : last;
}

enum execution_state
execution_overdue(const struct execution *execution)
{
	if (execution->state == EXEC_OFFERED)
		return EXEC_EXPIRED;
	return execution->cancel_requested ? EXEC_CANCELED : EXEC_TIMED_OUT;
}

bool
execution_takes_files(enum execution_state state)
{
	return state != EXEC_OFFERED && state <= EXEC_INSTALLING;
}

/* Remember the first sight of a kind; true where this one is the second. */
static bool
seen_again(int64_t *first, int64_t now)
{
	/* A clock that went back begins anew. */
	if (*first > 0 && now >= *first)
		return now - *first >= SIGHTS_APART_S;
	*first = now;
	return false;
}

bool
execution_sight(struct execution_component *component, enum sight sight, int64_t now)
{
	if (sight == SIGHT_NOTHING)
		return false;
	if (sight == SIGHT_BLANK)
		return seen_again(&component->blank_at, now);
	component->blank_at = 0;
	return sight == SIGHT_OTHER && seen_again(&component->other_at, now);
}

bool
execution_starts_over(enum execution_state state, enum execution_state told)
{
	return told == EXEC_DOWNLOADING && (state == EXEC_DOWNLOADED || state == EXEC_INSTALLING);
}

bool
execution_under_way(enum execution_state state)
{
	return state != EXEC_OFFERED && execution_open(state);
}

bool
execution_finished(enum execution_state state)
{
	return state == EXEC_SUCCEEDED || state == EXEC_FAILED || state == EXEC_REJECTED ||
	       state == EXEC_TIMED_OUT || state == EXEC_REGRESSED;
}

int64_t
execution_began_at(const struct execution *execution)
{
	return execution->accepted_at ? execution->accepted_at : execution->offered_at;
}

bool
execution_repairable(enum execution_state state)
{
	return execution_open(state) || state == EXEC_TIMED_OUT || state == EXEC_FAILED ||
	       state == EXEC_CANCELED || state == EXEC_EXPIRED;
}

int64_t
execution_bad(const int64_t *counted)
{
	int64_t ret = 0;

	for (enum execution_state state = 0; state < EXEC_STATE_MAX; state++)
		ret += execution_is_bad(state) ? counted[state] : 0;
	return ret;
}

bool
execution_holds_place(enum execution_state state)
{
	return state != EXEC_OFFERED && state != EXEC_CANCELED && state != EXEC_EXPIRED;
}
