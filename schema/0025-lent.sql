-- Which stage a count stage takes its devices from is kept, so that a stage's size follows each device exactly.
ALTER TABLE stage ADD COLUMN lent INTEGER NOT NULL DEFAULT 0;          -- of its own devices: what count stages add

-- What counts in the cohorts of the breaker is kept with each attempt (core/model.h): the first conclusion of its
-- device since the resume, and its first failure in the state it came to.  Of one that was repaired since, that
-- state is not known any more.
WITH since AS (SELECT e.id, e.plan, e.device, e.counted, e.state FROM execution e JOIN plan p ON p.id = e.plan
	WHERE e.counted > 0 AND iif(e.accepted_at > 0, e.accepted_at, e.offered_at) >= p.resumed_at),
first AS (SELECT plan, device, min(id) AS id FROM since GROUP BY plan, device),
bad AS (SELECT plan, device, min(id) AS id FROM since WHERE counted & 2 GROUP BY plan, device)
UPDATE execution SET counted = counted | iif(id IN (SELECT id FROM first), 4, 0) | iif(id IN (SELECT id FROM bad),
	CASE state WHEN 'rejected' THEN 16 WHEN 'timed_out' THEN 32 WHEN 'regressed' THEN 64 ELSE 8 END, 0)
WHERE counted > 0;

-- All plans that have begun are counted anew, those that have ended as well.
UPDATE fleet SET recount = 1 WHERE EXISTS (SELECT 1 FROM plan WHERE activated_at > 0);
