/*
 * The campaign's scenarios.  Without arguments: the quick form, each scenario once with its
 * smallest fleet.  A scenario that is marked `fails_today` passes only while it fails; who mends
 * the fault removes the mark.  They are counted and printed: that is the list of what is still to
 * be mended.
 *
 * CAMPAIGN_EVERY=4 takes every fourth only, SEED another seed.
 *
 *   test_campaign PART-OF-A-NAME [SEED [SIZE]]   these scenarios, and all that came of them
 *   test_campaign long SEEDS PART PARTS   every scenario, size and seed; one line of the table each
 */
#include "tests/test.h"

#include "tests/plans/campaign.h"

#include <inttypes.h>

enum { SEED = 20261121, SCENARIOS = 200, LARGE = 2000, LARGE_SEEDS = 6, PARTS = 64 };

static const struct scenario_list *const lists[] = { &scenarios_harm, &scenarios_healthy,
	&scenarios_faults, &scenarios_orders, &scenarios_herds, &scenarios_kinds };
static int marked;

static void
show(const struct result *r)
{
	char days[16] = "-";

	if (r->most_at >= 0)
		snprintf(days, sizeof days, "%.1f d", (double)r->most_at / DAY);
	print_message("%s (%d): %d harmed, %d of %d got it, 90 %% %s, %s, %.1f s\n",
		r->scenario->name, r->devices, r->harmed, r->got, r->targets, days, campaign_end(r),
		r->cpu);
}

static void
show_all(const struct result *r)
{
	show(r);
	if (r->ended_at >= 0)
		print_message("  stopped after %.2f d: %s\n", (double)r->ended_at / DAY, r->reason);
	print_message("  stages");
	for (int i = 0; i < LIMIT_STAGES; i++)
		if (r->opened_at[i] >= 0)
			print_message(" %d: %.2f d", i + 1, (double)r->opened_at[i] / DAY);
	for (int i = 0; i < LIMIT_STAGES && r->may_differ_s; i++)
		if (r->foreseen_at[i] >= 0)
			print_message("%s %d: %.2f d", i ? "" : "; foreseen", i + 1,
				(double)r->foreseen_at[i] / DAY);
	print_message("\n  waits for %s, next: %s\n ", r->wait, r->next);
	for (int i = 0; i < EXEC_STATE_MAX; i++)
		if (r->sums[i])
			print_message(" %s %" PRId64, execution_state_words[i], r->sums[i]);
	print_message(" survived %" PRId64 " pending %" PRId64 " targets %" PRId64 "\n",
		r->survived, r->pending, r->targeted);
	print_message("  most of one device: %" PRId64 " executions, %" PRId64
		      " events, files %" PRId64 " times; %" PRId64 " polls, %" PRId64 " refused\n",
		r->executions, r->events, r->served, r->polls, r->refused);
	if (r->scenario->herd)
		print_message("  polls %.2f of the interval's, 10 s: most %" PRId64
			      ", mean %.1f; tenths %" PRId64 " to %" PRId64 " %%\n",
			(double)r->poll_ratio / 100, r->burst, (double)r->burst_mean / 100,
			r->tenth_low, r->tenth_high);
	print_message("  misses: %s\n", *r->miss ? r->miss : "nothing");
}

/* --- the quick form */

static void
one(void **state)
{
	const struct scenario *s = *state;
	const char *given = getenv("SEED");
	struct result r;

	campaign_run(s, 0, given ? (unsigned)strtoul(given, NULL, 10) : SEED, &r);
	show(&r);
	if (s->fails_today) {
		marked++;
		print_message("  still to be mended (%s): %s\n", s->fails_today, r.miss);
		if (!*r.miss)
			fail_msg("%s does not fail any more: take the mark away", s->name);
	} else if (*r.miss) {
		fail_msg("%s (shows %s): %s", s->name, s->shows, r.miss);
	}
}

static int
quick(void)
{
	static struct CMUnitTest tests[SCENARIOS];
	const char *given = getenv("CAMPAIGN_EVERY");
	size_t count = 0, at = 0, every = given ? (size_t)atoi(given) : 1;
	int ret;

	for (size_t l = 0; l < sizeof lists / sizeof *lists; l++)
		for (size_t i = 0; i < lists[l]->count; i++)
			if (!lists[l]->list[i].rare && at++ % every == 0)
				tests[count++] =
					(struct CMUnitTest){ .name = lists[l]->list[i].name,
						.test_func = one,
						.initial_state =
							(void *)(uintptr_t)&lists[l]->list[i] };
	ret = _cmocka_run_group_tests("campaign", tests, count, NULL, NULL);
	print_message("%d scenarios of %zu still fail as marked\n", marked, count);
	return ret;
}

/* --- the long form */

static int
by_harm(const void *left, const void *right)
{
	const struct result *const *l = left, *const *r = right;

	return (*l)->harmed - (*r)->harmed;
}

static int
by_days(const void *left, const void *right)
{
	const struct result *const *l = left, *const *r = right;

	return (*l)->most_at < (*r)->most_at ? -1 : (*l)->most_at > (*r)->most_at;
}

/* One line of the table; true when more than a tenth of the seeds miss and nobody has said so. */
static bool
row(const struct result **list, int count)
{
	const struct result *first = list[0];
	char ends[300] = "", days[16] = "-";
	int misses = 0;
	double cpu = 0;

	for (int i = 0; i < count; i++) {
		size_t used = strlen(ends);

		misses += *list[i]->miss != '\0';
		cpu += list[i]->cpu;
		if (*list[i]->miss)
			fprintf(stderr, "%s %d, seed %u misses: %s\n", first->scenario->name,
				first->devices, list[i]->seed, list[i]->miss);
		if (!strstr(ends, campaign_end(list[i])) && used + 40 < sizeof ends)
			snprintf(ends + used, sizeof ends - used, "%s%s", used ? "; " : "",
				campaign_end(list[i]));
	}
	qsort(list, (size_t)count, sizeof *list, by_days);
	if (list[count / 2]->most_at >= 0)
		snprintf(days, sizeof days, "%.1f", (double)list[count / 2]->most_at / DAY);
	qsort(list, (size_t)count, sizeof *list, by_harm);
	printf("| %s | %d | %d | %d | %d | %s | %s | %d%s |\n", first->scenario->name,
		first->devices, count, list[count / 2]->harmed, list[count - 1]->harmed, days, ends,
		misses, first->scenario->fails_today ? " (marked)" : "");
	fflush(stdout);
	fprintf(stderr, "%s %d: %.0f s\n", first->scenario->name, first->devices, cpu);
	return !first->scenario->fails_today && misses * 10 > count;
}

static bool
row_run(const struct scenario *s, int size, int seeds)
{
	struct result *results = calloc((size_t)seeds, sizeof *results);
	const struct result **list = calloc((size_t)seeds, sizeof *list);
	bool missed;

	for (int i = 0; i < seeds; i++) {
		campaign_run(s, size, (unsigned)(SEED + i), &results[i]);
		list[i] = &results[i];
	}
	missed = row(list, seeds);
	free(list);
	free(results);
	return missed;
}

/* About how many polls a row has. */
static double
weight(const struct scenario *s, int devices, int seeds)
{
	int64_t every = s->mix[0].every ? s->mix[0].every : DAY;

	return (double)devices * seeds * (double)(s->days * DAY + s->hours * HOUR) / (double)every;
}

/* Each part takes the next row while it has had the least; so all parts agree who plays what. */
static int
table(int seeds, int part, int parts)
{
	double had[PARTS] = { 0 };
	int ret = 0;

	for (size_t l = 0; l < sizeof lists / sizeof *lists; l++)
		for (size_t i = 0; i < lists[l]->count; i++)
			for (int size = 0; size < CAMPAIGN_SIZES; size++) {
				const struct scenario *s = &lists[l]->list[i];
				bool large = s->sizes[size] >= LARGE && seeds > LARGE_SEEDS;
				int count = large ? LARGE_SEEDS : seeds, least = 0;

				for (int p = 1; p < parts; p++)
					least = had[p] < had[least] ? p : least;
				had[least] += weight(s, s->sizes[size], count);
				if (s->sizes[size] && least == part)
					ret |= row_run(s, size, count);
			}
	return ret;
}

static int
some(const char *part, const char *given, int size)
{
	unsigned seed = given ? (unsigned)strtoul(given, NULL, 10) : SEED;

	for (size_t l = 0; l < sizeof lists / sizeof *lists; l++)
		for (size_t i = 0; i < lists[l]->count; i++) {
			struct result r;

			if (!strstr(lists[l]->list[i].name, part) || !lists[l]->list[i].sizes[size])
				continue;
			campaign_run(&lists[l]->list[i], size, seed, &r);
			show_all(&r);
		}
	return 0;
}

int
main(int argc, char **argv)
{
	int ret;

	if (argc == 5 && !strcmp(argv[1], "long"))
		ret = table(atoi(argv[2]), atoi(argv[3]), atoi(argv[4]) % (PARTS + 1));
	else if (argc > 1)
		ret = some(argv[1], argc > 2 ? argv[2] : NULL,
			argc > 3 ? atoi(argv[3]) % CAMPAIGN_SIZES : 0);
	else
		ret = quick();
	campaign_done();
	return ret;
}
