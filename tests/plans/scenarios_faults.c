/*
 * Faults that were found by driving the real door, and their neighbours: each is a scenario
 * that shows it.
 */
#include "tests/plans/campaign.h"

#define HOURLY                                                                                     \
	{                                                                                          \
		{                                                                                  \
			.every = HOUR                                                              \
		}                                                                                  \
	}
#define TEN_MIN                                                                                    \
	{                                                                                          \
		{                                                                                  \
			.every = 10 * MINUTE                                                       \
		}                                                                                  \
	}
#define WELL   COMPLETED | RUNNING
#define STATUS "plan status spring --json"
#define MANUAL "--mode manual --text en=update --text zh=update "

static const char *
soaks_for_a_day(const struct result *r)
{
	return r->opened_at[3] >= 0 && r->opened_at[3] - r->opened_at[2] < 23 * HOUR
		       ? "stage 4 opens within its soak"
		       : NULL;
}

static const char *
nobody_got_it(const struct result *r)
{
	return r->got ? "devices got it" : NULL;
}

static const char *
one_is_left_out(const struct result *r)
{
	return r->got >= r->devices ? "the device on the list got it" : NULL;
}

static const char *
few_events(const struct result *r)
{
	return r->events > 200 ? "an execution keeps more than 200 events" : NULL;
}

static const char *
stage_two_is_closed(const struct result *r)
{
	return r->opened_at[1] >= 0 ? "stage 2 opened" : NULL;
}

static const char *
three_offers_a_place(const struct result *r)
{
	return r->sums[EXEC_OFFERED] > 15 ? "a stage of 5 offers to more than 15" : NULL;
}

static const char *
three_stay_canceled(const struct result *r)
{
	return r->sums[EXEC_CANCELED] != 3 ? "not three stay canceled" : NULL;
}

static const char *
few_are_pending(const struct result *r)
{
	return r->pending * 10 > r->devices ? "who runs the target is counted as pending" : NULL;
}

static const char *
nobody_is_pending(const struct result *r)
{
	return r->pending ? "who cannot get it is counted as pending" : NULL;
}

static const char *
no_time_ran_out(const struct result *r)
{
	return r->sums[EXEC_TIMED_OUT] ? "executions timed out" : NULL;
}

static const char *
the_next_event_is_named(const struct result *r)
{
	return *r->next ? NULL : "the next event has no name";
}

static const struct scenario list[] = {
	/* Windows in the zones of devices. */
	{ .name = "windows in each device's zone",
		.shows = "B1",
		.sizes = { 100 },
		.mix = HOURLY,
		.zones = true,
		.plan = "--timezone-of device --push 06:00-18:00",
		.days = 6,
		.settled = HOUR,
		.expect = { .ends = WELL, .tenths = { 45 } } },
	/* Places of count stages. */
	{ .name = "fails once, then battery",
		.shows = "H1 M7",
		.sizes = { 60 },
		.mix = TEN_MIN,
		.hw = 200,
		.update = { FAILS_THEN_REFUSES, .hw_only = true },
		.plan = "--set first_device_alone=off --set retry_interval=0 --set breaker=off",
		.days = 1,
		.expect = { .ends = 0, .may_stall = true } },
	{ .name = "battery again and again",
		.shows = "M7",
		.sizes = { 60 },
		.mix = TEN_MIN,
		.hw = 100,
		.update = { REFUSES, .hw_only = true },
		.plan = "--strategy all-at-once --set retry_interval=0",
		.days = 1,
		.acts = { { .at_end = true, .text = "db check", .wants = "whole" } },
		.expect = { .ends = 0 } },
	{ .name = "the battery is flat by turns",
		.shows = "low",
		.sizes = { 20 },
		.mix = { { .every = HOUR, .says = "&battery=80", .or_says = "&battery=5" } },
		.plan = MANUAL "--strategy all-at-once",
		.days = 3,
		.expect = { .ends = 0, .rows = 1 } },
	{ .name = "survived is taken back",
		.shows = "M7",
		.sizes = { 60 },
		.mix = HOURLY,
		.update = { FALLS_BACK, 10 * HOUR },
		.days = 3,
		.expect = { .harmed = { 5 }, .ends = BY_BREAKER } },
	/* A fleet that is there already. */
	{ .name = "95 % are at the target",
		.shows = "H7 M6",
		.sizes = { 200, 1000 },
		.mix = HOURLY,
		.at_target = 95,
		.days = 7,
		.settled = 2 * DAY,
		.expect = { .ends = WELL, .tenths = { 50, 60 }, .also = few_are_pending } },
	{ .name = "60 % are at the target",
		.shows = "H7",
		.sizes = { 200, 1000 },
		.mix = HOURLY,
		.at_target = 60,
		.days = 6,
		.settled = 2 * DAY,
		.expect = { .ends = WELL, .tenths = { 42, 52 } } },
	{ .name = "the canary group runs the target",
		.shows = "D04",
		.sizes = { 100 },
		.mix = HOURLY,
		.at_target = 5,
		.plan = "--set stages=group:lab,100% --set soak=0",
		.acts = { { .early = true, .text = "group add lab d00000 d00019 d00046 d00073" } },
		.days = 9,
		.settled = DAY,
		.expect = { .ends = WELL, .tenths = { 30 } } },
	{ .name = "the canary group is scrapped",
		.shows = "D08",
		.sizes = { 60 },
		.mix = HOURLY,
		.plan = "--set stages=group:lab,100% --set soak=0",
		.acts = { { .early = true, .text = "group add lab d00001 d00002 d00003" },
			{ .text = "device remove d00001" }, { .text = "device remove d00002" },
			{ .text = "device remove d00003" } },
		.days = 9,
		.settled = DAY,
		.expect = { .ends = WELL, .tenths = { 30 } } },
	{ .name = "one removed device",
		.shows = "M6 D08",
		.sizes = { 20 },
		.mix = HOURLY,
		.acts = { { .text = "device remove d00001" } },
		.days = 9,
		.expect = { .ends = COMPLETED } },
	{ .name = "a device with a history is retired",
		.shows = "retirement",
		.sizes = { 40 },
		.mix = HOURLY,
		.acts = { { 2 * DAY, .text = "device remove %w --reason scrapped",
			.whom = INSTALLED, .count = 1 } },
		.days = 9,
		.expect = { .ends = COMPLETED } },
	/* Lists name ids. */
	{ .name = "blacklisted, removed, enrolled again",
		.shows = "D09",
		.sizes = { 20 },
		.mix = HOURLY,
		.plan = "--blacklist d00007 --continuous --strategy all-at-once",
		.acts = { { HOUR, .text = "device remove d00007" },
			{ 2 * HOUR, .verb = ENROL, .count = 1 } },
		.days = 2,
		.expect = { .ends = 0, .also = one_is_left_out } },
	{ .name = "held, removed, enrolled again",
		.shows = "D09",
		.sizes = { 20 },
		.mix = HOURLY,
		.plan = "--continuous --strategy all-at-once",
		.acts = { { .early = true, .text = "device hold d00007 --reason demo" },
			{ HOUR, .text = "device remove d00007" },
			{ 2 * HOUR, .verb = ENROL, .count = 1 } },
		.days = 2,
		.expect = { .ends = 0, .also = one_is_left_out } },
	{ .name = "added to the blacklist of an active plan",
		.shows = "M5",
		.sizes = { 40 },
		.mix = HOURLY,
		.acts = { { .text = "plan blacklist spring d00007 --reason demo" } },
		.days = 9,
		.settled = DAY,
		.expect = { .ends = WELL, .also = one_is_left_out } },
	/* Versions. */
	{ .name = "a version that is spelled otherwise",
		.shows = "D07",
		.sizes = { 60 },
		.mix = TEN_MIN,
		.update = { MISSPELT, .to = "1_0_1b" },
		.days = 3,
		.expect = { .harmed = { 2 }, .ends = BY_BREAKER, .within = DAY, .served = 4 } },
	{ .name = "spelled otherwise, all at once",
		.shows = "D07",
		.sizes = { 60 },
		.mix = TEN_MIN,
		.update = { MISSPELT, .to = "1_0_1b" },
		.plan = "--strategy all-at-once",
		.days = 2,
		.expect = { .harmed = { 60 },
			.ends = BY_BREAKER,
			.within = 3 * HOUR,
			.served = 4 } },
	{ .name = "bound to other hardware",
		.shows = "D05",
		.sizes = { 60 },
		.mix = HOURLY,
		.hw = 500,
		.package = "--hw B",
		.plan = "--strategy all-at-once",
		.days = 2,
		.expect = { .ends = 0 } },
	{ .name = "a battery of 9.5",
		.shows = "D03",
		.sizes = { 20 },
		.mix = { { 50, .every = HOUR, .body = ",\"battery\":9.5" },
			{ .every = HOUR, .body = ",\"battery\":\"9\"" } },
		.plan = "--strategy all-at-once",
		.days = 1,
		.expect = { .may_refuse = true, .also = nobody_got_it } },
	{ .name = "a battery of 9",
		.shows = "D03",
		.sizes = { 20 },
		.mix = { { .every = HOUR, .body = ",\"battery\":9" } },
		.plan = "--strategy all-at-once",
		.days = 1,
		.expect = { .also = nobody_got_it } },
	{ .name = "says the same again and again",
		.shows = "D17",
		.sizes = { 5 },
		.mix = { { .every = HOUR, .repeated = 300000 } },
		.plan = "--strategy all-at-once",
		.days = 1,
		.expect = { .ends = 0, .also = few_events } },
	/* Who comes first. */
	{ .name = "a weekly caller comes first and bricks",
		.shows = "D11",
		.sizes = { 100 },
		.hw = 1,
		.mix = { { 1, .every = 7 * DAY }, { .every = HOUR } },
		.update = { BRICKS, .hw_only = true },
		.days = 20,
		.settled = HOUR,
		/* Its stage of five waits for it until its deadline; the others of the stage do not. */
		.acts = { { DAY, .text = STATUS, .wants = "\"succeeded\":\t4," } },
		.expect = { .harmed = { 1 }, .ends = WELL, .tenths = { 160 } } },
	{ .name = "six are updated by cable",
		.shows = "low",
		.sizes = { 40 },
		.mix = HOURLY,
		.plan = MANUAL,
		.acts = { { 2 * HOUR, .verb = CABLE, .whom = WAITING, .count = 6 } },
		.days = 3,
		.expect = { .ends = 0, .may_stall = true, .also = stage_two_is_closed } },
	{ .name = "a stage of five offers to few",
		.shows = "low",
		.sizes = { 200 },
		.mix = HOURLY,
		.plan = MANUAL,
		.days = 1,
		.expect = { .ends = 0, .also = three_offers_a_place } },
	{ .name = "what an operator cancels stays canceled",
		.shows = "D10",
		.sizes = { 20 },
		.mix = HOURLY,
		.plan = MANUAL "--strategy all-at-once",
		.acts = { { 2 * HOUR, .text = "execution cancel spring %w --reason no",
			.whom = WAITING, .count = 3 } },
		.days = 1,
		.expect = { .ends = 0, .also = three_stay_canceled } },
	/* The end. */
	{ .name = "three of seven are off for good",
		.shows = "M6",
		.sizes = { 7 },
		.mix = { { 40, .every = 0 }, { .every = HOUR } },
		.days = 45,
		.tick = HOUR,
		.acts = { { 20 * DAY, .text = "plan status spring",
				  .wants = "waits for 3 devices, ends by itself at" },
			{ 20 * DAY, .text = "plan status spring",
				.wants = "3 need contact: to be heard again" } },
		.expect = { .ends = COMPLETED } },
	{ .name = "three of seven are held for good",
		.shows = "M6",
		.sizes = { 7 },
		.mix = HOURLY,
		.acts = { { .text = "device hold d00001 d00003 d00004 --reason demo" },
			{ .at_end = true,
				.text = "plan status spring",
				.wants = "3 did not get it, they would have needed device_held" } },
		.days = 9,
		.expect = { .ends = COMPLETED, .within = 5 * DAY, .also = nobody_is_pending } },
	{ .name = "three of seven come back in the tail",
		.shows = "M6",
		.sizes = { 7 },
		.mix = { { 40, .every = 20 * DAY }, { .every = HOUR } },
		.days = 45,
		.tick = HOUR,
		.expect = { .ends = COMPLETED, .least = 100 } },
	{ .name = "a twentieth has used up its retries",
		.shows = "M6",
		.sizes = { 200 },
		.mix = HOURLY,
		.hw = 50,
		.update = { FAILS, .hw_only = true },
		.plan = "--strategy all-at-once --set breaker=off --set retry_interval=1m",
		.days = 12,
		.expect = { .harmed = { 20 }, .ends = COMPLETED, .also = nobody_is_pending } },
	{ .name = "all users say no",
		.shows = "M6",
		.sizes = { 40 },
		.mix = HOURLY,
		.update = { DECLINES },
		.plan = MANUAL "--strategy all-at-once",
		.days = 9,
		.acts = { { .at_end = true, .text = "plan status spring", .wants = "0 of 40" } },
		.expect = { .ends = COMPLETED } },
	/* Clocks. */
	{ .name = "the clock is 26 h ahead for half an hour",
		.shows = "M4 D06",
		.sizes = { 200 },
		.mix = HOURLY,
		.acts = { { 28 * HOUR, .verb = CLOCK, .text = "93600" },
			{ 28 * HOUR + 30 * MINUTE, .verb = CLOCK, .text = "0" } },
		.days = 6,
		.settled = HOUR,
		.expect = { .ends = WELL, .may_stall = true, .also = soaks_for_a_day } },
	{ .name = "the clock is 8 h ahead, devices are under way",
		.shows = "M4",
		.sizes = { 100 },
		.mix = HOURLY,
		.plan = "--set stages=5,100% --set soak=2h",
		.tick = MINUTE,
		.acts = { { 3 * HOUR + 30 * MINUTE, 9 * HOUR, .verb = CLOCK, .text = "28800" },
			{ 9 * HOUR, .verb = CLOCK, .text = "0" } },
		.days = 3,
		.settled = HOUR,
		.expect = { .ends = WELL, .may_stall = true, .also = no_time_ran_out } },
	{ .name = "the clock is 400 days ahead for half an hour",
		.shows = "D06",
		.sizes = { 40 },
		.mix = HOURLY,
		.plan = "--end 2027-01-31",
		.tick = MINUTE,
		.acts = { { 28 * HOUR, .verb = CLOCK, .text = "34560000" },
			{ 28 * HOUR + 30 * MINUTE, .verb = CLOCK, .text = "0" } },
		.days = 6,
		.settled = HOUR,
		.expect = { .ends = WELL, .may_stall = true } },
	{ .name = "the clock is ahead for one tick",
		.shows = "M4",
		.sizes = { 40 },
		.mix = HOURLY,
		.plan = "--end 2027-01-31",
		.acts = { { 28 * HOUR, .verb = CLOCK, .text = "34560000" },
			{ 28 * HOUR + 9 * MINUTE, .verb = CLOCK, .text = "0" } },
		.days = 6,
		.settled = HOUR,
		.expect = { .ends = WELL, .may_stall = true } },
	{ .name = "the clock goes back ten days for 3 h",
		.shows = "M4",
		.sizes = { 100 },
		.mix = HOURLY,
		.acts = { { DAY, .verb = CLOCK, .text = "-864000" },
			{ DAY + 3 * HOUR, .verb = CLOCK, .text = "0" } },
		.days = 9,
		.settled = HOUR,
		.expect = { .ends = WELL, .may_stall = true, .tenths = { 50 } } },
	{ .name = "the clock goes back ten days for good",
		.shows = "M4",
		.sizes = { 100 },
		.mix = HOURLY,
		.acts = { { 30 * HOUR, .verb = CLOCK, .text = "-864000" } },
		.days = 9,
		.settled = HOUR,
		.expect = { .ends = WELL, .may_stall = true, .tenths = { 60 } } },
	{ .name = "the clock is 26 h ahead for good",
		.shows = "M4",
		.sizes = { 100 },
		.mix = HOURLY,
		.acts = { { 30 * HOUR, .verb = CLOCK, .text = "93600" } },
		.days = 9,
		.settled = HOUR,
		.expect = { .ends = WELL,
			.may_stall = true,
			.tenths = { 60 },
			.also = no_time_ran_out } },
	{ .name = "the clock is 8 h ahead between two ticks",
		.shows = "M4",
		.sizes = { 100 },
		.mix = HOURLY,
		.plan = "--set stages=5,100% --set soak=2h",
		.acts = { { 3 * HOUR + 32 * MINUTE, .verb = CLOCK, .text = "28800" },
			{ 3 * HOUR + 40 * MINUTE, .verb = CLOCK, .text = "0" },
			{ 3 * HOUR + 42 * MINUTE, .verb = CLOCK, .text = "-864000" },
			{ 3 * HOUR + 50 * MINUTE, .verb = CLOCK, .text = "0" } },
		.days = 3,
		.settled = HOUR,
		.expect = { .ends = WELL, .also = no_time_ran_out } },
	{ .name = "the clock goes back ten days, devices are under way",
		.shows = "M4",
		.sizes = { 100 },
		.mix = HOURLY,
		.plan = "--set stages=5,100% --set soak=2h",
		.tick = MINUTE,
		.acts = { { 3 * HOUR + 30 * MINUTE, 9 * HOUR, .verb = CLOCK, .text = "-864000" },
			{ 9 * HOUR, .verb = CLOCK, .text = "0" } },
		.days = 3,
		.settled = HOUR,
		.expect = { .ends = WELL, .may_stall = true, .also = no_time_ran_out } },
	{ .name = "a clock that jumped is accepted",
		.shows = "M4",
		.sizes = { 100 },
		.mix = HOURLY,
		.acts = { { 30 * HOUR, .verb = CLOCK, .text = "93600" },
			{ 31 * HOUR, .text = "tick --accept-clock --reason right",
				.wants = "jumped by 26 h, is trusted; suspended 1 plan" },
			{ HOUR, .after_stop = true, .text = "plan explain spring d00001",
				.wants = "suspended, clock" },
			{ 2 * HOUR, .after_stop = true,
				.text = "tick --accept-clock --reason right",
				.wants = "unchanged" },
			{ 2 * HOUR, .after_stop = true,
				.text = "plan resume spring --reason on" } },
		.days = 9,
		.settled = HOUR,
		.expect = { .ends = WELL, .tenths = { 60 }, .also = no_time_ran_out } },
	{ .name = "a clock that went back is accepted",
		.shows = "M4",
		.sizes = { 40 },
		.mix = HOURLY,
		.acts = { { 30 * HOUR, .verb = CLOCK, .text = "-864000" },
			{ 31 * HOUR, .text = "tick --accept-clock --reason right" } },
		.days = 3,
		.expect = { .ends = BY_CLOCK, .reason = "-10 d" } },
	{ .name = "a zone gets other rules",
		.shows = "D14",
		.sizes = { 40 },
		.mix = HOURLY,
		.plan = "--timezone Europe/Berlin --push 10:00-14:00",
		.acts = { { .early = true, .verb = TZDATA, .text = "Europe/Berlin=Asia/Tokyo" },
			{ HOUR, .verb = TZDATA, .text = "" },
			{ 23 * HOUR + 30 * MINUTE, .text = "plan status spring",
				.wants = "zone Europe/Berlin: other rules since",
				.not = "a push window opens" } },
		.days = 2,
		.expect = { .ends = 0, .also = the_next_event_is_named } },
};

const struct scenario_list scenarios_faults = { list, COUNT(list) };
