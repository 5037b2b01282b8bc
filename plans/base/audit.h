/*
 * The audit chain: every change by a person, cron or breaker is a row that holds the hash of the
 * one before it.  Who keeps an anchor (a row's number and hash) elsewhere can prove later that
 * nothing up to it was edited, taken out, added or reordered.
 */
#pragma once

#include "plans/base/session.h"

/* The hash of a row behind another; sets row->hash. */
void audit_link(struct session *session, const uint8_t previous[32], struct audit *row);

/* A cursor over the rows behind `after`, in order. */
struct stmt *audit_cursor(struct session *session, int64_t after);

/* The next row; its texts live until the next step.  DB_FAILED: *err says why. */
enum db_step audit_each(struct stmt *cursor, struct audit *ret, struct err *err);

struct audit_anchor {
	char instance[INSTANCE_HEX];
	int64_t row; /* 0: the table is empty */
	uint8_t hash[32];
};

/* The present head of the chain. */
enum err_code audit_head(
	struct session *session, struct audit_anchor *ret, struct err *err) MUST_USE;

/* An anchor as a short text file, in the arena. */
char *anchor_format(struct session *session, const struct audit_anchor *anchor);

/* The anchor of a text that anchor_format() made; ERR_INPUT when it is none. */
enum err_code anchor_parse(const char *text, struct audit_anchor *ret, struct err *err) MUST_USE;

/*
 * Walk the whole chain.  ERR_FINDINGS names the first row that was tampered with, or says that the
 * chain does not lead to the anchor (may be NULL).  *rows is how many were read.
 */
enum err_code audit_verify(struct session *session, const struct audit_anchor *anchor,
	int64_t *rows, struct err *err) MUST_USE;
