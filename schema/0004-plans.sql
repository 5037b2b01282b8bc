-- What shall happen: strategies and plans.

CREATE TABLE strategy (
	id      INTEGER PRIMARY KEY,
	name    TEXT NOT NULL UNIQUE,
	params  TEXT NOT NULL                           -- key=value lines
) STRICT;

CREATE TABLE plan (
	id               INTEGER PRIMARY KEY,
	name             TEXT    NOT NULL UNIQUE,
	product          INTEGER NOT NULL REFERENCES product (id),
	state            TEXT    NOT NULL,                      -- draft, active, suspended, ended
	cause            TEXT    NOT NULL,
	reason           TEXT    NOT NULL,
	mode             TEXT    NOT NULL,                      -- silent, manual
	priority         INTEGER NOT NULL,
	timezone         TEXT    NOT NULL,
	device_zone      INTEGER NOT NULL,              -- 1: windows are read in each device's own zone
	start_at         INTEGER NOT NULL,
	end_at           INTEGER NOT NULL,
	continuous       INTEGER NOT NULL,
	allow_downgrade  INTEGER NOT NULL,
	unknown_hold     INTEGER NOT NULL,
	require_all      INTEGER NOT NULL,
	whitelist_set    INTEGER NOT NULL,              -- 1: only who is listed, be it nobody
	strategy         TEXT    NOT NULL,
	settings         TEXT    NOT NULL,              -- the --set overrides
	params           TEXT    NOT NULL,              -- all parameters, frozen at activation
	salt             BLOB    NOT NULL CHECK (length(salt) = 16),
	created_at       INTEGER NOT NULL,
	activated_at     INTEGER NOT NULL,
	resumed_at       INTEGER NOT NULL,
	suspended_at     INTEGER NOT NULL,
	ended_at         INTEGER NOT NULL,
	max_device       INTEGER NOT NULL,              -- newest device at activation
	targets          INTEGER NOT NULL,
	expanded_to      INTEGER NOT NULL,              -- windows are expanded up to here
	stage            INTEGER NOT NULL,              -- newest opened one
	trial            INTEGER NOT NULL               -- the package under trial; 0: an ordinary plan
) STRICT;
CREATE INDEX plan_product ON plan (product, state);

-- What acceptances and ends change, apart from the plan's wide row: a poll reads the pulses of all
-- running plans of its product.
CREATE TABLE pulse (
	plan            INTEGER PRIMARY KEY REFERENCES plan (id) ON DELETE CASCADE,
	product         INTEGER NOT NULL,
	running         INTEGER NOT NULL,              -- 1: the plan is active or suspended
	tripped_at      INTEGER NOT NULL,              -- the breaker's latch
	tripped         TEXT    NOT NULL,              -- criterion and numbers
	tripped_abort   INTEGER NOT NULL,
	in_progress     INTEGER NOT NULL,              -- accepted and not ended
	succeeded       INTEGER NOT NULL,              -- devices since activation or resume
	ever_succeeded  INTEGER NOT NULL,
	first_accepts   INTEGER NOT NULL,              -- distinct devices that accepted
	rate_minute     INTEGER NOT NULL,              -- clock minute of rate_count
	rate_count      INTEGER NOT NULL,              -- offers made in it
	look_at         INTEGER NOT NULL               -- until then time alone makes nothing due for tick
) STRICT;
CREATE INDEX pulse_running ON pulse (product) WHERE running = 1;

CREATE TABLE plan_component (
	plan       INTEGER NOT NULL REFERENCES plan (id) ON DELETE CASCADE,
	position   INTEGER NOT NULL,
	component  INTEGER NOT NULL REFERENCES component (id),
	version    INTEGER NOT NULL REFERENCES version (id),
	PRIMARY KEY (plan, component)
) STRICT, WITHOUT ROWID;
CREATE INDEX plan_component_version ON plan_component (version);

-- Everything of a plan that may be given several times.
CREATE TABLE plan_item (
	plan      INTEGER NOT NULL REFERENCES plan (id) ON DELETE CASCADE,
	kind      TEXT    NOT NULL,                      -- whitelist, blacklist, push, blackout, install, text, from, allow
	position  INTEGER NOT NULL,
	key       TEXT    NOT NULL DEFAULT '',          -- language of a text; id, group, label or plan of a list
	value     TEXT    NOT NULL,
	PRIMARY KEY (plan, kind, position)
) STRICT, WITHOUT ROWID;

-- Single devices of a whitelist (1) and blacklist (2).  The device stands first, so that a poll
-- reads all its entries in all plans at once.
CREATE TABLE plan_device (
	device  INTEGER NOT NULL REFERENCES device (id) ON DELETE CASCADE,
	plan    INTEGER NOT NULL REFERENCES plan (id) ON DELETE CASCADE,
	list    INTEGER NOT NULL,                      -- enum plan_list
	PRIMARY KEY (device, plan, list)
) STRICT, WITHOUT ROWID;

-- Push and install windows as UTC intervals, so that no decision asks the zone database.
CREATE TABLE interval (
	plan       INTEGER NOT NULL REFERENCES plan (id) ON DELETE CASCADE,
	kind       TEXT    NOT NULL,                      -- push, install
	zone       TEXT    NOT NULL,                    -- '' the plan's own, else a device's
	closes_at  INTEGER NOT NULL,
	opens_at   INTEGER NOT NULL,
	PRIMARY KEY (plan, kind, zone, closes_at)
) STRICT, WITHOUT ROWID;

CREATE TABLE stage (
	plan       INTEGER NOT NULL REFERENCES plan (id) ON DELETE CASCADE,
	position   INTEGER NOT NULL,
	kind       INTEGER NOT NULL,                    -- enum stage_kind
	grp        INTEGER NOT NULL DEFAULT 0,
	grp_name   TEXT    NOT NULL DEFAULT '',
	value      INTEGER NOT NULL,                    -- devices, or hundredths of a percent
	draw       INTEGER NOT NULL DEFAULT 0,          -- count stages: buckets below may take a place
	size       INTEGER NOT NULL,                    -- devices it adds
	taken      INTEGER NOT NULL DEFAULT 0,          -- count stages: places taken
	opened_at  INTEGER NOT NULL DEFAULT 0,
	done_at    INTEGER NOT NULL DEFAULT 0,
	PRIMARY KEY (plan, position)
) STRICT, WITHOUT ROWID;
