-- What the breaker counts, told apart by fields.  Before, a text for people was the key ('stage 1', 'block 4',
-- 'hw=B', 'STM32 1_0_1 package 7 from 1_0_0'), and who read it back had to guess what it was.

ALTER TABLE cohort RENAME TO cohort_by_key;
CREATE TABLE cohort (
	plan       INTEGER NOT NULL REFERENCES plan (id) ON DELETE CASCADE,
	scope      TEXT    NOT NULL,                    -- stage, block, label, package
	number     INTEGER NOT NULL,                    -- of the stage or block, from 0; of the package; 0 for a label
	text       TEXT    NOT NULL,                    -- label: 'hw=B'; package: the version it came from, '' unknown
	concluded  INTEGER NOT NULL DEFAULT 0,          -- devices that came to an end at least once
	failed     INTEGER NOT NULL DEFAULT 0,          -- of them: at least once
	rejected   INTEGER NOT NULL DEFAULT 0,
	timed_out  INTEGER NOT NULL DEFAULT 0,
	regressed  INTEGER NOT NULL DEFAULT 0,
	PRIMARY KEY (plan, scope, number, text)
) STRICT, WITHOUT ROWID;

-- Neither identities, versions of ours, label keys nor label values hold a blank; what a device reports may.  So
-- the first blanks cut a key: none is a label, one a stage or block, four or more a package.
WITH first (plan, key, word, rest) AS (
	SELECT plan, key, substr(key, 1, instr(key, ' ') - 1), substr(key, instr(key, ' ') + 1)
	FROM cohort_by_key WHERE instr(key, ' ') > 0),
fourth (plan, key, rest) AS (
	SELECT plan, key, substr(rest, instr(rest, ' package ') + length(' package ')) FROM (
		SELECT plan, key, substr(rest, instr(rest, ' ')) rest FROM first WHERE instr(rest, ' ') > 0)),
fields (plan, key, scope, number, text) AS (
	SELECT plan, key, 'label', 0, key FROM cohort_by_key WHERE instr(key, ' ') = 0
	UNION ALL
	SELECT plan, key, word, CAST(rest AS INTEGER) - 1, '' FROM first WHERE instr(rest, ' ') = 0
	UNION ALL
	SELECT plan, key, 'package', CAST(rest AS INTEGER), substr(rest, instr(rest, ' from ') + length(' from '))
	FROM fourth)
INSERT INTO cohort (plan, scope, number, text, concluded, failed, rejected, timed_out, regressed)
SELECT f.plan, f.scope, f.number, iif(f.scope = 'package' AND f.text = 'unknown', '', f.text), k.concluded,
	k.failed, k.rejected, k.timed_out, k.regressed
FROM fields f JOIN cohort_by_key k ON k.plan = f.plan AND k.key = f.key;

DROP TABLE cohort_by_key;
