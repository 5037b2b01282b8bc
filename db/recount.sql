-- What is kept as a counter, beside what the rows say.  Each recount_* gives the rows of which a counter is wrong:
-- who they are for people, their key, each counter under its own name and what it has to be as found_*.  The
-- mend_* of the same name takes the key and the found_*.
--
-- An attempt began when it was accepted or, never accepted, when it was offered; the stages began at the activation
-- or at the newest expansion that opened them anew.
-- name: recount_execution
SELECT d.name || ' in ' || p.name AS who, x.id, x.open, x.newest, x.found_open, x.found_newest
FROM (SELECT e.id, e.plan, e.device, e.open, e.newest,
		CASE WHEN e.state IN ('offered', 'accepted', 'downloading', 'downloaded', 'installing', 'verifying')
			THEN 1 ELSE 0 END AS found_open,
		CASE WHEN e.id < (SELECT max(o.id) FROM execution o WHERE o.device = e.device AND o.plan = e.plan) THEN 0
			WHEN e.accepted_at > 0 AND h.retired_at = 0 THEN 1 ELSE e.newest END AS found_newest
	FROM execution e JOIN device h ON h.id = e.device) x
JOIN plan p ON p.id = x.plan JOIN device d ON d.id = x.device
WHERE x.open <> x.found_open OR x.newest <> x.found_newest ORDER BY x.id LIMIT :limit
-- name: mend_execution
UPDATE execution SET open = :found_open, newest = :found_newest WHERE id = :id
-- name: recount_package
SELECT 'package ' || k.id AS who, k.id, k.size, f.size AS found_size
FROM package k JOIN (SELECT package, sum(size) AS size FROM file GROUP BY package) f ON f.package = k.id
WHERE k.size <> f.size ORDER BY k.id LIMIT :limit
-- name: mend_package
UPDATE package SET size = :found_size WHERE id = :id
-- What only rises is right from there on.
-- name: recount_fleet
SELECT 'row 1' AS who, x.next_execution, x.least AS found_next_execution
FROM (SELECT next_execution, max(11, coalesce((SELECT max(id) FROM execution), 0) + 1) AS least FROM fleet) x
WHERE x.next_execution < x.least LIMIT :limit
-- name: mend_fleet
UPDATE fleet SET next_execution = :found_next_execution
-- name: recount_component
SELECT p.name || '/' || c.identity AS who, c.id, c.highest, v.counter AS found_highest
FROM component c JOIN product p ON p.id = c.product
JOIN (SELECT component, max(counter) AS counter FROM version GROUP BY component) v ON v.component = c.id
WHERE c.highest < v.counter ORDER BY c.id LIMIT :limit
-- name: mend_component
UPDATE component SET highest = :found_highest WHERE id = :id
-- name: recount_plan
SELECT p.name AS who, p.id AS plan, p.stage, s.stage AS found_stage
FROM plan p JOIN (SELECT plan, max(position) AS stage FROM stage WHERE plan = :plan AND opened_at > 0 GROUP BY plan) s
	ON s.plan = p.id
WHERE p.stage <> s.stage LIMIT :limit
-- name: mend_plan
UPDATE plan SET stage = :found_stage WHERE id = :plan
-- name: recount_tally
WITH era AS (SELECT p.name, p.resumed_at, coalesce((SELECT s.opened_at FROM stage s
		WHERE s.plan = p.id AND s.position = 0), 0) AS begun_at FROM plan p WHERE p.id = :plan),
device_now AS (SELECT e.stage, e.state, e.survived, e.late, e.fell_back,
		CASE WHEN e.began < era.begun_at THEN 1 ELSE 0 END AS base,
		CASE WHEN e.began < era.begun_at OR e.began < era.resumed_at THEN 1 ELSE 0 END AS cured
	FROM era JOIN (SELECT stage, state, survived, late, fell_back,
			CASE WHEN accepted_at > 0 THEN accepted_at ELSE offered_at END AS began
		FROM execution WHERE plan = :plan AND newest = 1) e),
there AS (SELECT stage, state, count(*) AS n, sum(base) AS base, sum(cured) AS cured, sum(survived) AS survived,
		sum(survived * base) AS survived_base, sum(survived * cured) AS survived_cured, sum(late) AS late,
		sum(fell_back) AS fell_back
	FROM device_now GROUP BY stage, state),
counted AS (
	SELECT stage, state, n, base, cured, CASE WHEN state = 'already' THEN n ELSE 0 END AS found_n, 0 AS found_base,
		0 AS found_cured
	FROM tally WHERE plan = :plan
	UNION ALL SELECT stage, state, 0, 0, 0, n, base, cured FROM there
	UNION ALL SELECT stage, 'survived', 0, 0, 0, survived, survived_base, survived_cured FROM there
	UNION ALL SELECT stage, 'late', 0, 0, 0, late, 0, 0 FROM there
	UNION ALL SELECT stage, 'fell_back', 0, 0, 0, fell_back, 0, 0 FROM there),
compared AS (SELECT stage, state, sum(n) AS n, sum(base) AS base, sum(cured) AS cured, sum(found_n) AS found_n,
		sum(found_base) AS found_base, sum(found_cured) AS found_cured
	FROM counted GROUP BY stage, state)
SELECT era.name || ', stage ' || (c.stage + 1) || ', ' || c.state AS who, :plan AS plan, c.stage, c.state, c.n, c.base,
	c.cured, c.found_n, c.found_base, c.found_cured
FROM compared c JOIN era
WHERE c.n <> c.found_n OR c.base <> c.found_base OR c.cured <> c.found_cured ORDER BY c.stage, c.state LIMIT :limit
-- name: mend_tally
INSERT INTO tally (plan, stage, state, n, base, cured)
VALUES (:plan, :stage, :state, :found_n, :found_base, :found_cured)
ON CONFLICT (plan, stage, state) DO UPDATE SET n = excluded.n, base = excluded.base, cured = excluded.cured
-- name: recount_pulse
SELECT x.name AS who, x.plan, x.product, x.running, x.in_progress, x.succeeded, x.ever_succeeded, x.first_accepts,
	x.probe_taken, x.rate_count, x.found_product, x.found_running, x.found_in_progress, x.found_succeeded,
	x.found_ever_succeeded, x.found_first_accepts, x.found_probe_taken, x.found_rate_count
FROM (SELECT p.name, u.plan, u.product, u.running, u.in_progress, u.succeeded, u.ever_succeeded, u.first_accepts,
		u.probe_taken, u.rate_count, p.product AS found_product,
		CASE WHEN p.state IN ('active', 'suspended') THEN 1 ELSE 0 END AS found_running,
		count(CASE WHEN e.accepted_at > 0 AND e.state IN ('accepted', 'downloading', 'downloaded', 'installing',
			'verifying') THEN 1 END) AS found_in_progress,
		count(CASE WHEN e.accepted_at > 0 AND e.accepted_at >= p.resumed_at AND e.state IN ('succeeded', 'regressed')
			THEN 1 END) AS found_succeeded,
		count(CASE WHEN e.accepted_at > 0 AND e.state IN ('succeeded', 'regressed') THEN 1 END)
			AS found_ever_succeeded,
		count(DISTINCT CASE WHEN e.accepted_at > 0 THEN e.device END) AS found_first_accepts,
		count(DISTINCT CASE WHEN p.probe_at > 0 AND e.accepted_at >= p.probe_at
			AND e.state NOT IN ('offered', 'canceled', 'expired') THEN e.device END) AS found_probe_taken,
		count(CASE WHEN e.offered_at / 60 = u.rate_minute THEN 1 END) AS found_rate_count
	FROM pulse u JOIN plan p ON p.id = u.plan LEFT JOIN execution e ON e.plan = p.id
	WHERE p.id = :plan GROUP BY u.plan) x
WHERE x.product <> x.found_product OR x.running <> x.found_running OR x.in_progress <> x.found_in_progress
	OR x.succeeded <> x.found_succeeded OR x.ever_succeeded <> x.found_ever_succeeded
	OR x.first_accepts <> x.found_first_accepts OR x.probe_taken <> x.found_probe_taken
	OR x.rate_count <> x.found_rate_count LIMIT :limit
-- name: mend_pulse
UPDATE pulse SET product = :found_product, running = :found_running, in_progress = :found_in_progress,
	succeeded = :found_succeeded, ever_succeeded = :found_ever_succeeded, first_accepts = :found_first_accepts,
	probe_taken = :found_probe_taken, rate_count = :found_rate_count
WHERE plan = :plan
-- A device has its place where the first of its attempts holds one; who was retired while the plan ran has no
-- newest attempt any more.
-- name: recount_places
WITH holding AS (SELECT device, min(id) AS id FROM execution
	WHERE plan = :plan AND accepted_at > 0 AND state NOT IN ('offered', 'canceled', 'expired') GROUP BY device),
place AS (SELECT e.stage, count(*) AS n FROM holding h JOIN execution e ON e.id = h.id
	WHERE e.accepted_at >= (SELECT opened_at FROM stage WHERE plan = :plan AND position = 0)
		AND EXISTS (SELECT 1 FROM execution o WHERE o.device = h.device AND o.plan = :plan AND o.newest = 1)
	GROUP BY e.stage),
compared AS (SELECT s.plan, s.position, s.taken,
		CASE WHEN s.kind = 1 THEN coalesce((SELECT n FROM place WHERE stage = s.position), 0) ELSE 0 END AS found_taken
	FROM stage s WHERE s.plan = :plan)
SELECT p.name || ', stage ' || (c.position + 1) AS who, c.plan, c.position, c.taken, c.found_taken
FROM compared c JOIN plan p ON p.id = c.plan WHERE c.taken <> c.found_taken ORDER BY c.position LIMIT :limit
-- name: mend_places
UPDATE stage SET taken = :found_taken WHERE plan = :plan AND position = :position
-- Only the last stage is the tail, and not before it is open; tick finds out anew since when.
-- name: recount_tail
SELECT p.name || ', stage ' || (s.position + 1) AS who, s.plan, s.position, s.tail_at, 0 AS found_tail_at
FROM stage s JOIN plan p ON p.id = s.plan
WHERE s.plan = :plan AND s.tail_at <> 0 AND (s.tail_at < s.opened_at OR s.opened_at = 0
	OR s.position < (SELECT max(position) FROM stage WHERE plan = :plan)) ORDER BY s.position LIMIT :limit
-- name: mend_tail
UPDATE stage SET tail_at = :found_tail_at WHERE plan = :plan AND position = :position
-- Bits of execution.counted: see core/model.h.
-- name: recount_cohort
WITH era AS (SELECT name, resumed_at, probe_at FROM plan WHERE id = :plan),
ended AS (SELECT e.id, e.stage, e.block, e.cohort, e.accepted_at, e.counted / 4 % 2 AS concluded,
		e.counted / 8 % 2 AS failed, e.counted / 16 % 2 AS rejected, e.counted / 32 % 2 AS timed_out,
		e.counted / 64 % 2 AS regressed,
		CASE WHEN e.newest = 1 AND e.state = 'succeeded' THEN 1 ELSE 0 END AS well,
		CASE WHEN e.newest = 1 AND e.state IN ('failed', 'timed_out', 'regressed') THEN 1 ELSE 0 END AS bad
	FROM execution e JOIN era
	WHERE e.plan = :plan AND e.counted > 0
		AND CASE WHEN e.accepted_at > 0 THEN e.accepted_at ELSE e.offered_at END >= era.resumed_at),
counted AS (
	SELECT scope, number, text, concluded, failed, rejected, timed_out, regressed, well, bad, 0 AS found_concluded,
		0 AS found_failed, 0 AS found_rejected, 0 AS found_timed_out, 0 AS found_regressed, 0 AS found_well, 0 AS found_bad
	FROM cohort WHERE plan = :plan
	UNION ALL SELECT 'stage', coalesce((SELECT max(o.position) FROM stage s JOIN stage o ON o.plan = s.plan
			AND o.opened_at = s.opened_at WHERE s.plan = :plan AND s.position = x.stage AND s.opened_at > 0), x.stage),
		'', 0, 0, 0, 0, 0, 0, 0, concluded, failed, rejected, timed_out, regressed, well, bad
	FROM (SELECT stage, sum(concluded) AS concluded, sum(failed) AS failed, sum(rejected) AS rejected,
			sum(timed_out) AS timed_out, sum(regressed) AS regressed, sum(well) AS well, sum(bad) AS bad
		FROM ended GROUP BY stage) x
	UNION ALL SELECT 'probe', 0, '', 0, 0, 0, 0, 0, 0, 0, concluded, failed, rejected, timed_out, regressed, well, bad
	FROM ended JOIN era WHERE era.probe_at > 0 AND ended.accepted_at >= era.probe_at
	UNION ALL SELECT 'block', block, '', 0, 0, 0, 0, 0, 0, 0, concluded, failed, rejected, timed_out, regressed, well, bad
	FROM ended WHERE block >= 0
	UNION ALL SELECT 'label', 0, :label || '=' || cohort, 0, 0, 0, 0, 0, 0, 0, concluded, failed, rejected, timed_out,
		regressed, well, bad FROM ended WHERE cohort <> ''
	UNION ALL SELECT 'package', c.package, c.source, 0, 0, 0, 0, 0, 0, 0, e.concluded, e.failed, e.rejected,
		e.timed_out, e.regressed, e.well, e.bad
	FROM ended e JOIN execution_component c ON c.execution = e.id),
compared AS (SELECT scope, number, text, sum(concluded) AS concluded, sum(failed) AS failed, sum(rejected) AS rejected,
		sum(timed_out) AS timed_out, sum(regressed) AS regressed, sum(well) AS well, sum(bad) AS bad,
		sum(found_concluded) AS found_concluded, sum(found_failed) AS found_failed,
		sum(found_rejected) AS found_rejected, sum(found_timed_out) AS found_timed_out,
		sum(found_regressed) AS found_regressed, sum(found_well) AS found_well, sum(found_bad) AS found_bad
	FROM counted GROUP BY scope, number, text)
SELECT era.name || ', ' || c.scope || ' ' || c.number || ' ' || c.text AS who, :plan AS plan, c.scope, c.number, c.text,
	c.concluded, c.failed, c.rejected, c.timed_out, c.regressed, c.well, c.bad, c.found_concluded, c.found_failed,
	c.found_rejected, c.found_timed_out, c.found_regressed, c.found_well, c.found_bad
FROM compared c JOIN era
WHERE c.concluded <> c.found_concluded OR c.failed <> c.found_failed OR c.rejected <> c.found_rejected
	OR c.timed_out <> c.found_timed_out OR c.regressed <> c.found_regressed OR c.well <> c.found_well
	OR c.bad <> c.found_bad
ORDER BY c.scope, c.number, c.text LIMIT :limit
-- name: mend_cohort
INSERT INTO cohort (plan, scope, number, text, concluded, failed, rejected, timed_out, regressed, well, bad)
VALUES (:plan, :scope, :number, :text, :found_concluded, :found_failed, :found_rejected, :found_timed_out,
	:found_regressed, :found_well, :found_bad)
ON CONFLICT (plan, scope, number, text) DO UPDATE SET concluded = excluded.concluded, failed = excluded.failed,
	rejected = excluded.rejected, timed_out = excluded.timed_out, regressed = excluded.regressed, well = excluded.well,
	bad = excluded.bad
