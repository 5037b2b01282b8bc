-- What happens: one execution per attempt, its components and its log, and the counters that are
-- kept in the transaction that changes it.

CREATE TABLE execution (
	id                INTEGER PRIMARY KEY,
	plan              INTEGER NOT NULL REFERENCES plan (id),
	device            INTEGER NOT NULL REFERENCES device (id) ON DELETE CASCADE,
	attempt           INTEGER NOT NULL,
	state             TEXT    NOT NULL,
	open              INTEGER NOT NULL,             -- 1 up to verifying
	newest            INTEGER NOT NULL,             -- 1: the device's newest attempt in the plan
	reason            TEXT    NOT NULL,
	stage             INTEGER NOT NULL,             -- where it is counted
	version           INTEGER NOT NULL,
	seq               INTEGER NOT NULL,
	offered_at        INTEGER NOT NULL,
	accepted_at       INTEGER NOT NULL,
	changed_at        INTEGER NOT NULL,
	closed_at         INTEGER NOT NULL,
	deadline_at       INTEGER NOT NULL,
	survived          INTEGER NOT NULL,
	late              INTEGER NOT NULL,
	fell_back         INTEGER NOT NULL,
	cancel_requested  INTEGER NOT NULL,
	counted           INTEGER NOT NULL,             -- bits: 1 concluded, 2 failed
	block             INTEGER NOT NULL,
	cohort            TEXT    NOT NULL,
	regress_at        INTEGER NOT NULL,
	retry             INTEGER NOT NULL              -- 1: an operator allows one more attempt
) STRICT;
CREATE INDEX execution_device ON execution (device, plan);
CREATE INDEX execution_plan ON execution (plan, state);
CREATE INDEX execution_deadline ON execution (plan, deadline_at) WHERE open = 1;
CREATE INDEX execution_unheard ON execution (plan, stage, closed_at) WHERE state = 'succeeded' AND survived = 0;

CREATE TABLE execution_component (
	execution  INTEGER NOT NULL REFERENCES execution (id) ON DELETE CASCADE,
	position   INTEGER NOT NULL,
	component  INTEGER NOT NULL REFERENCES component (id),
	package    INTEGER NOT NULL REFERENCES package (id),
	source     TEXT    NOT NULL,                    -- reported version when offered
	state      TEXT    NOT NULL,
	progress   INTEGER NOT NULL DEFAULT 0,
	code       INTEGER NOT NULL DEFAULT 0,
	message    TEXT    NOT NULL DEFAULT '',
	PRIMARY KEY (execution, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX execution_component_package ON execution_component (package);

CREATE TABLE event (
	id         INTEGER PRIMARY KEY,
	execution  INTEGER NOT NULL REFERENCES execution (id) ON DELETE CASCADE,
	at         INTEGER NOT NULL,
	identity   TEXT    NOT NULL DEFAULT '',
	state      TEXT    NOT NULL,
	progress   INTEGER NOT NULL DEFAULT 0,
	code       INTEGER NOT NULL DEFAULT 0,
	message    TEXT    NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX event_execution ON event (execution);

-- Devices per stage and newest state; also 'survived', 'late' and 'fell_back'.
CREATE TABLE tally (
	plan   INTEGER NOT NULL REFERENCES plan (id) ON DELETE CASCADE,
	stage  INTEGER NOT NULL,
	state  TEXT    NOT NULL,
	n      INTEGER NOT NULL,
	base   INTEGER NOT NULL DEFAULT 0,              -- of them before the newest expansion, and before
	cured  INTEGER NOT NULL DEFAULT 0,              -- the newest resume: health leaves these out
	PRIMARY KEY (plan, stage, state)
) STRICT, WITHOUT ROWID;

-- What the breaker judges: stages, cohorts of like devices, blocks of 200 acceptances.
CREATE TABLE cohort (
	plan       INTEGER NOT NULL REFERENCES plan (id) ON DELETE CASCADE,
	key        TEXT    NOT NULL,                    -- 'stage 0', 'package 7 from 1_0_0', 'hw B', 'block 3'
	concluded  INTEGER NOT NULL DEFAULT 0,
	failed     INTEGER NOT NULL DEFAULT 0,
	rejected   INTEGER NOT NULL DEFAULT 0,
	timed_out  INTEGER NOT NULL DEFAULT 0,
	regressed  INTEGER NOT NULL DEFAULT 0,
	PRIMARY KEY (plan, key)
) STRICT, WITHOUT ROWID;

-- The counters of a plan every ten minutes, for its curves.
CREATE TABLE sample (
	plan       INTEGER NOT NULL REFERENCES plan (id) ON DELETE CASCADE,
	at         INTEGER NOT NULL,
	offered    INTEGER NOT NULL,
	accepted   INTEGER NOT NULL,
	succeeded  INTEGER NOT NULL,
	failed     INTEGER NOT NULL,
	PRIMARY KEY (plan, at)
) STRICT, WITHOUT ROWID;
