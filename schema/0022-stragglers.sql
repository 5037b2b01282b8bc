-- Who is left of a plan: whom its newest stage waits for, and who may still come at the end.

ALTER TABLE stage ADD COLUMN tail_at INTEGER NOT NULL DEFAULT 0;      -- the last stage is the tail since; 0: it is not
ALTER TABLE pulse ADD COLUMN left_at INTEGER NOT NULL DEFAULT 0;      -- stragglers were counted last; 0: never
ALTER TABLE pulse ADD COLUMN left_until INTEGER NOT NULL DEFAULT 0;   -- those the stage waits for have had their time
ALTER TABLE pulse ADD COLUMN left_due_at INTEGER NOT NULL DEFAULT 0;  -- when tick is to see whether to count them

-- Targets that are not done, by what each of them needs first.
CREATE TABLE straggler (
	plan     INTEGER NOT NULL REFERENCES plan (id) ON DELETE CASCADE,
	need     TEXT    NOT NULL,           -- the word of a gate, or poll, contact, acceptance, end, stage
	n        INTEGER NOT NULL,           -- devices
	untried  INTEGER NOT NULL,           -- of them: never offered anything
	comes    INTEGER NOT NULL,           -- 1: they may still get it; 0: not before somebody changes something
	PRIMARY KEY (plan, need)
) STRICT, WITHOUT ROWID;
