-- What a stage waits for, without counting a fleet.

-- Who is under way since before the stage was done; the oldest of all.
CREATE INDEX execution_under_way ON execution (plan, accepted_at) WHERE open = 1 AND accepted_at > 0;

-- The cohort's devices by their present state: a repair takes from `bad` what it adds to `well`.
ALTER TABLE cohort ADD COLUMN well INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cohort ADD COLUMN bad INTEGER NOT NULL DEFAULT 0;
