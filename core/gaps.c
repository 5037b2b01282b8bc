#include "core/gaps.h"

/* An absence moves what was measured before it to its end. */
static void
shift(struct gaps *g, int64_t by)
{
	if (g->longest_at)
		g->longest_at += by;
	if (g->next_at)
		g->next_at += by;
	if (g->known_at)
		g->known_at += by;
}

/* What ended 8 days ago or earlier is over. */
static void
fade(struct gaps *g, int64_t now)
{
	for (int i = 0; i < 2; i++) {
		if (!g->longest_at || now - g->longest_at < GAP_LONGEST_S)
			return;
		g->longest_s = g->next_s;
		g->longest_at = g->next_at;
		g->next_s = g->next_at = 0;
	}
}

void
gaps_take(struct gaps *g, int64_t last_seen, int64_t now)
{
	int64_t gap = now - last_seen;

	if (!last_seen || !g->known_at) {
		g->known_at = now;
		return;
	}
	if (gap > GAP_LONGEST_S) {
		shift(g, gap);
		return;
	}
	if (gap < GAP_STORE_S)
		return;
	if (gap < GAP_PROMPT_S)
		gap = 0;
	fade(g, now);
	if (!g->longest_at || gap >= g->longest_s) {
		g->longest_s = gap;
		g->longest_at = now;
		g->next_s = g->next_at = 0;
	} else if (!g->next_at || gap >= g->next_s) {
		g->next_s = gap;
		g->next_at = now;
	}
}

bool
gaps_measured(const struct gaps *g)
{
	return g->longest_at;
}

bool
gaps_known(const struct gaps *g, int64_t last_seen)
{
	return g->known_at && last_seen - g->known_at >= GAP_LONGEST_S;
}

int64_t
gaps_deadline(const struct gaps *g, int64_t last_seen)
{
	if (!gaps_measured(g))
		return GAP_LONGEST_S;
	if (gaps_known(g, last_seen) || g->longest_s > GAP_YOUNG_S)
		return g->longest_s;
	return GAP_YOUNG_S;
}

bool
gaps_absent(const struct gaps *g, int64_t away_s)
{
	int64_t usual = g->longest_s + g->longest_s / 2;

	if (!gaps_measured(g))
		return away_s > GAP_LONGEST_S;
	return away_s > (usual > GAP_YOUNG_S ? usual : GAP_YOUNG_S);
}
