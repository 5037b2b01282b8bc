#include "core/probe.h"

const char *const probe_wait_words[PROBE_WAIT_MAX] = {
	[PROBE_ACCEPTS] = "accepts",
	[PROBE_WIDENS] = "widens",
	[PROBE_SOAKS] = "soaks",
	[PROBE_FAILS] = "fails",
	[PROBE_OVER] = "over",
};

/* Nobody accepted for a while: since the newest acceptance, the resume or the newest stage. */
static bool
nobody_comes(const struct plan *plan, const struct probe_tally *tally, int64_t now)
{
	int64_t since = tally->last > plan->probe_at ? tally->last : plan->probe_at;
	int64_t opened_at = plan->stages[plan->stage].opened_at;

	since = opened_at > since ? opened_at : since;
	return now - since >= STAGE_PATIENCE_S;
}

static bool
in_tail(const struct plan *plan, int64_t now)
{
	return (size_t)plan->stage + 1 >= plan->stage_count &&
	       stage_tail_from(&plan->stages[plan->stage], plan->strategy.soak, now);
}

struct probe_verdict
probe_decide(const struct plan *plan, const struct probe_tally *tally, int64_t now)
{
	struct probe_verdict ret = { .wait = PROBE_ACCEPTS };
	bool idle = nobody_comes(plan, tally, now), more = tally->pending > 0;
	bool full = tally->taken >= PROBE_DEVICES, next;

	next = (size_t)plan->stage + 1 < plan->stage_count;
	if (in_tail(plan, now)) {
		ret.wait = PROBE_OVER;
		return ret;
	}
	ret.done = plan->probe_done_at ||
		   (!tally->open && tally->finished &&
			   (full || (idle && (more || !next)) || (!more && !next)));
	if (!ret.done) {
		if (!full && next && (!more || (idle && !tally->finished && !tally->open)))
			ret.wait = PROBE_WIDENS;
		return ret;
	}
	ret.at = (plan->probe_done_at ? plan->probe_done_at : now) + plan->strategy.soak;
	if (now < ret.at)
		ret.wait = PROBE_SOAKS;
	else
		ret.wait = tally->bad > (full ? PROBE_BAD - 1 : 0) ? PROBE_FAILS : PROBE_OVER;
	return ret;
}
