/*
 * Contacts: that a device was heard and what it measured, where its poll changes nothing else.
 * They are kept in memory until contacts_store(), so that a busy worker stores many in one
 * transaction, which waits for no disk; a later durable commit syncs them as well.  One that is
 * lost is told again by the device's next poll: a contact is no acknowledgement.
 */
#pragma once

#include "plans/base/session.h"

#include "core/model.h"

enum { CONTACTS_MAX = 64 }; /* so many fit; who serves many polls stores them no later */

/*
 * Keep the contact of a device, whose row is as it shall be stored.  Where no more fits those kept
 * are stored first, for which no transaction may be open; the errors are those of contacts_store().
 */
enum err_code contact_keep(
	struct session *session, const struct device *device, struct err *err) MUST_USE;

/* How many are kept, at most CONTACTS_MAX. */
size_t contacts_kept(const struct session *session);

/*
 * Store what is kept, in one transaction of its own without a sync; afterwards nothing is kept,
 * even if it failed.  A row that is newer than its contact stays.  ERR_BUSY, ERR_IO.
 */
enum err_code contacts_store(struct session *session, struct err *err) MUST_USE;
