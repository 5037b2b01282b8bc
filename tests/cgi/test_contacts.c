/* What a poll writes waits for the disk exactly where it must last. */
#include "tests/test.h"

#include "tests/fixture.h"
#include "tests/syncs.h"

#include "core/moment.h"
#include "db/device.h"
#include "plans/door/contact.h"

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

static void
a_busy_door_stores_many_contacts_at_once(void **state)
{
	struct fixture f;
	long before;

	(void)state;
	begin(&f);
	fixture_plan(&f, "p", "1_0_1", at_once);
	fixture_tick(&f);
	f.busy = true;
	fixture_poll(&f, "SN2", "STM32=1_0_1&battery=50");
	assert_int_equal(contacts_kept(&f.door), 1);
	assert_int_equal(stored(&f, "SN2").last_seen, 0);
	/* The same device again, before its row tells of the first contact: the later one stands. */
	f.session.now += 7;
	fixture_poll(&f, "SN2", "STM32=1_0_1&battery=40");
	assert_int_equal(contacts_kept(&f.door), 2);
	before = syncs_count();
	assert_int_equal(contacts_store(&f.door, &f.err), ERR_OK);
	assert_int_equal(syncs_count(), before);
	assert_int_equal(contacts_kept(&f.door), 0);
	assert_int_equal(stored(&f, "SN2").last_seen, FIXTURE_NOW + 7);
	assert_int_equal(stored(&f, "SN2").metrics.battery, 40);
	/* What must last does not wait for them, and takes none of them along. */
	f.session.now += MOMENT_DAY_S;
	fixture_tick(&f);
	fixture_poll(&f, "SN2", "STM32=1_0_1");
	before = syncs_count();
	assert_int_equal(fixture_poll(&f, "SN1", "STM32=1_0_0")->status, 200);
	assert_true(syncs_count() > before);
	assert_int_equal(contacts_kept(&f.door), 1);
	fixture_end(&f);
}

static void
no_more_contacts_are_kept_than_fit(void **state)
{
	struct fixture f;
	struct device device;

	(void)state;
	begin(&f);
	fixture_poll(&f, "SN2", "STM32=1_0_1");
	device = stored(&f, "SN2");
	for (int i = 1; i <= CONTACTS_MAX; i++) {
		device.last_seen = FIXTURE_NOW + i;
		assert_int_equal(contact_keep(&f.door, &device, &f.err), ERR_OK);
	}
	assert_int_equal(stored(&f, "SN2").last_seen, FIXTURE_NOW);
	device.last_seen++;
	assert_int_equal(contact_keep(&f.door, &device, &f.err), ERR_OK);
	assert_int_equal(contacts_kept(&f.door), 1);
	assert_int_equal(stored(&f, "SN2").last_seen, FIXTURE_NOW + CONTACTS_MAX);
	fixture_end(&f);
}

static void
a_late_contact_takes_nothing_back(void **state)
{
	struct fixture f;
	struct device device;

	(void)state;
	begin(&f);
	fixture_poll(&f, "SN2", "STM32=1_0_1&battery=60");
	device = stored(&f, "SN2");
	device.last_seen = FIXTURE_NOW - 1;
	device.metrics.battery = 70;
	assert_int_equal(contact_keep(&f.door, &device, &f.err), ERR_OK);
	assert_int_equal(contacts_store(&f.door, &f.err), ERR_OK);
	assert_int_equal(stored(&f, "SN2").last_seen, FIXTURE_NOW);
	assert_int_equal(stored(&f, "SN2").metrics.battery, 60);
	fixture_end(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(a_contact_is_stored_without_a_sync),
		cmocka_unit_test(what_must_last_is_synced),
		cmocka_unit_test(a_busy_door_stores_many_contacts_at_once),
		cmocka_unit_test(no_more_contacts_are_kept_than_fit),
		cmocka_unit_test(a_late_contact_takes_nothing_back) };

	seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
