/* What a poll writes waits for the disk exactly where it must last. */
#include "tests/test.h"

#include "tests/fixture.h"
#include "tests/syncs.h"

#include "core/moment.h"
#include "db/device.h"

static const char *const at_once[] = { "first_device_alone=off", "stages=100%", NULL };

/* The syncs of one poll. */
static long
syncs_of(struct fixture *f, const char *device, const char *query, int status)
{
	long before;

	fixture_tick(f);
	before = syncs_count();
	assert_int_equal(fixture_poll(f, device, query)->status, status);
	return syncs_count() - before;
}

static struct device
stored(struct fixture *f, const char *name)
{
	struct device ret;

	assert_int_equal(db_device_get(f->session.db, &f->session.arena, name, &ret, &f->err), ERR_OK);
	return ret;
}

static void
begin(struct fixture *f)
{
	syncs_watch(0);
	fixture_begin(f);
	f->session.now_given = true; /* the clock is the test's */
	fixture_package(f, "1_0_0", NULL, 3000);
	fixture_package(f, "1_0_1", NULL, 3001);
	fixture_device(f, "SN1", "1_0_0", NULL);
	fixture_device(f, "SN2", "1_0_1", NULL);
}

static void
a_contact_is_stored_without_a_sync(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f);
	fixture_plan(&f, "p", "1_0_1", at_once);
	assert_int_equal(syncs_of(&f, "SN2", "STM32=1_0_1&battery=50", 204), 0);
	assert_int_equal(stored(&f, "SN2").last_seen, FIXTURE_NOW);
	assert_int_equal(stored(&f, "SN2").metrics.battery, 50);
	/* Within the hour nothing is stored at all. */
	f.session.now += MOMENT_DAY_S / 48;
	assert_int_equal(syncs_of(&f, "SN2", "STM32=1_0_1&battery=40", 204), 0);
	assert_int_equal(stored(&f, "SN2").last_seen, FIXTURE_NOW);
	f.session.now += MOMENT_DAY_S / 24;
	assert_int_equal(syncs_of(&f, "SN2", "STM32=1_0_1&battery=30", 204), 0);
	assert_int_equal(stored(&f, "SN2").last_seen, f.session.now);
	assert_int_equal(stored(&f, "SN2").metrics.battery, 30);
	fixture_end(&f);
}

static void
what_must_last_is_synced(void **state)
{
	static const struct {
		const char *query;
		int status;
	} polls[] = { { "STM32=1_0_0", 200 }, { "STM32=1_0_0&accept=1", 200 }, { "STM32=1_0_1", 204 } };
	struct fixture f;

	(void)state;
	begin(&f);
	fixture_plan(&f, "p", "1_0_1", at_once);
	/* An offer, an acceptance, the version that proves it; each right behind a contact that was not. */
	for (size_t i = 0; i < COUNT(polls); i++) {
		f.session.now += MOMENT_DAY_S / 12;
		assert_int_equal(syncs_of(&f, "SN2", "STM32=1_0_1", 204), 0);
		assert_true(syncs_of(&f, "SN1", polls[i].query, polls[i].status) > 0);
	}
	fixture_end(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(a_contact_is_stored_without_a_sync),
		cmocka_unit_test(what_must_last_is_synced) };

	seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
