-- A resume after the breaker or after silence is a probe of a few devices, and may leave a cohort out.

ALTER TABLE plan ADD COLUMN probe_at INTEGER NOT NULL DEFAULT 0;              -- the resume that began it; 0: none
ALTER TABLE plan ADD COLUMN probe_done_at INTEGER NOT NULL DEFAULT 0;         -- its devices have ended; 0: not yet
ALTER TABLE pulse ADD COLUMN probe_taken INTEGER NOT NULL DEFAULT 0;          -- devices that have accepted in it
ALTER TABLE pulse ADD COLUMN probe_last INTEGER NOT NULL DEFAULT 0;           -- newest of these acceptances
ALTER TABLE pulse ADD COLUMN tripped_scope TEXT NOT NULL DEFAULT '';          -- the cohort that tripped the breaker
ALTER TABLE pulse ADD COLUMN tripped_number INTEGER NOT NULL DEFAULT 0;
ALTER TABLE pulse ADD COLUMN tripped_text TEXT NOT NULL DEFAULT '';
ALTER TABLE stage ADD COLUMN stood_s INTEGER NOT NULL DEFAULT 0;              -- how long it stood still, suspended

-- Cohorts that a resume left out, as if blacklisted.
CREATE TABLE left_out (
	plan    INTEGER NOT NULL REFERENCES plan (id) ON DELETE CASCADE,
	scope   TEXT    NOT NULL,                      -- label, package
	number  INTEGER NOT NULL,                      -- of the package; 0 for a label
	text    TEXT    NOT NULL,                      -- label: 'hw=B'; package: the version it came from
	PRIMARY KEY (plan, scope, number, text)
) STRICT, WITHOUT ROWID;
