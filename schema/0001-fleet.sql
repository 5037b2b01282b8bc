-- Wide tables have no DEFAULT clauses and few CHECKs: the door parses all of this in each CGI request,
-- and db/ is the only writer.

-- The fleet itself: one row of facts that everything reads, and the audit chain.

CREATE TABLE fleet (
	id              INTEGER PRIMARY KEY CHECK (id = 1),
	instance        TEXT    NOT NULL,             -- random id of this database, 32 hex digits
	generation      INTEGER NOT NULL,             -- rises when a copy is adopted
	epoch           INTEGER NOT NULL,             -- rises with every change of an operator or tick
	frozen          INTEGER NOT NULL DEFAULT 0,   -- 1: nothing is offered to anybody
	next_execution  INTEGER NOT NULL,             -- never falls, never reused
	tick_at         INTEGER NOT NULL DEFAULT 0,   -- newest tick
	tick_boot       TEXT    NOT NULL DEFAULT '',  -- the boot it ran in, and
	tick_uptime     INTEGER NOT NULL DEFAULT 0,   -- how long that was up: shows a clock that jumps
	created_at      INTEGER NOT NULL
) STRICT;

-- Who changed what.  Rows are only ever added at the end; each holds the hash of the one before.
CREATE TABLE audit (
	id       INTEGER PRIMARY KEY,
	at       INTEGER NOT NULL,          -- real time
	now      INTEGER,                   -- --now, where it was given
	actor    TEXT    NOT NULL,          -- login name, CI job, or 'tick'
	action   TEXT    NOT NULL,          -- command path: 'plan activate'
	command  TEXT    NOT NULL,          -- all its words, without secrets
	object   TEXT    NOT NULL,          -- what it changed: 'spring', 'aroma/STM32 1_0_1'
	detail   TEXT    NOT NULL,          -- old and new, options, digest of bulk input
	reason   TEXT    NOT NULL,
	hash     BLOB    NOT NULL CHECK (length(hash) = 32)
) STRICT;

CREATE TRIGGER audit_keeps_rows BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit table is append-only'); END;

CREATE TRIGGER audit_keeps_all BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit table is append-only'); END;

CREATE TRIGGER audit_keeps_order BEFORE INSERT ON audit
WHEN NEW.id IS NOT (SELECT ifnull(max(id), 0) + 1 FROM audit)
BEGIN SELECT RAISE(ABORT, 'the audit table is append-only'); END;
