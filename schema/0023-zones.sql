-- The rules by which windows were expanded, beside the intervals: a zone may get others.

CREATE TABLE plan_zone (
	plan         INTEGER NOT NULL REFERENCES plan (id) ON DELETE CASCADE,
	zone         TEXT    NOT NULL,              -- '' the plan's own, else a device's
	digest       TEXT    NOT NULL,              -- of the zone's file when its windows were expanded; '' unknown
	expanded_to  INTEGER NOT NULL,              -- they are expanded up to here; 0: never
	changed_at   INTEGER NOT NULL,              -- when another digest was met last; 0: never
	trouble      TEXT    NOT NULL,              -- why the rules cannot be read now; '' they can
	trouble_at   INTEGER NOT NULL,              -- since when
	PRIMARY KEY (plan, zone)
) STRICT, WITHOUT ROWID;

-- By which rules running plans were expanded nobody knows: the next tick expands them anew.
INSERT INTO plan_zone (plan, zone, digest, expanded_to, changed_at, trouble, trouble_at)
SELECT id, '', '', expanded_to, 0, '', 0 FROM plan
WHERE state IN ('active', 'suspended') AND (expanded_to > 0 OR params NOT LIKE '%advance_window=off%');
INSERT INTO plan_zone (plan, zone, digest, expanded_to, changed_at, trouble, trouble_at)
SELECT DISTINCT p.id, i.zone, '', p.expanded_to, 0, '', 0 FROM plan p JOIN interval i ON i.plan = p.id
WHERE p.state IN ('active', 'suspended') AND i.zone <> '';

-- The horizon is a zone's.
ALTER TABLE plan DROP COLUMN expanded_to;
