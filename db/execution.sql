-- columns: execution id, plan, device, attempt, state, reason, stage, version, seq, offered_at, accepted_at,
--	changed_at, closed_at, deadline_at, survived, late, fell_back, newest, cancel_requested, counted, block, cohort,
--	retry
-- columns: execution_component execution, position, component, package, source, state, progress, code, message,
--	other_at, blank_at
-- columns: event id, at, identity, state, progress, code, message, count, last_at
-- columns: tally plan, stage, state, n, base, cured, forgiven
-- columns: cohort plan, scope, number, text, concluded, failed, rejected, timed_out, regressed, well, bad
-- columns: trace e.id AS execution, p.name AS plan, d.name AS device, e.attempt, e.state, e.reason, e.late,
--	c.identity AS component, ec.source, v.name AS target, k.kind, ec.state AS component_state, e.offered_at,
--	e.accepted_at, e.closed_at
-- name: execution_add
INSERT INTO execution (id, plan, device, attempt, state, open, stage, offered_at, changed_at, deadline_at, fell_back,
	newest, reason, version, seq, accepted_at, closed_at, survived, late, cancel_requested, counted,
	block, cohort, retry)
VALUES (:id, :plan, :device, :attempt, 'offered', 1, :stage, :offered_at, :offered_at, :deadline_at,
	:fell_back, 1, '', 1, -1, 0, 0, 0, 0, 0, 0, -1, '', 0)
-- name: execution_by_id
SELECT {execution} FROM execution WHERE id = :id
-- name: execution_of_device
SELECT {execution} FROM execution WHERE device = :device ORDER BY id
-- name: execution_of_plan
SELECT {execution} FROM execution WHERE plan = :plan AND id > :after ORDER BY id LIMIT :limit
-- name: execution_overdue_of
SELECT {execution} FROM execution WHERE plan = :plan AND open = 1 AND deadline_at <= :now ORDER BY deadline_at LIMIT :limit
-- name: execution_in_state
SELECT {execution} FROM execution WHERE plan = :plan AND state = :state AND newest = 1 LIMIT :limit
-- name: execution_stoppable
SELECT {execution} FROM execution WHERE plan = :plan AND state IN ('accepted', 'downloading', 'downloaded') AND id > :after
ORDER BY id LIMIT :limit
-- name: execution_set
UPDATE execution SET state = :state, open = :open, reason = :reason, stage = :stage, version = :version,
	seq = :seq, accepted_at = :accepted_at, changed_at = :changed_at, closed_at = :closed_at,
	deadline_at = :deadline_at, survived = :survived, late = :late, fell_back = :fell_back,
	cancel_requested = :cancel_requested, counted = :counted, block = :block, cohort = :cohort,
	retry = :retry
WHERE id = :id
-- name: execution_not_newest
UPDATE execution SET newest = 0 WHERE id = :id
-- name: execution_component_add
INSERT INTO execution_component (execution, position, component, package, source, state)
VALUES (:execution, :position, :component, :package, :source, 'offered')
-- name: execution_component_list
SELECT {ec.execution_component}, c.identity, v.name AS target FROM execution_component ec JOIN component c ON c.id = ec.component
JOIN package p ON p.id = ec.package JOIN version v ON v.id = p.version
WHERE ec.execution = :execution ORDER BY ec.position
-- name: execution_component_of_device
SELECT {ec.execution_component}, c.identity, v.name AS target FROM execution e
JOIN execution_component ec ON ec.execution = e.id JOIN component c ON c.id = ec.component
JOIN package p ON p.id = ec.package JOIN version v ON v.id = p.version
WHERE e.device = :device ORDER BY e.id, ec.position
-- name: execution_took_from
SELECT EXISTS (SELECT 1 FROM execution e JOIN execution_component ec ON ec.execution = e.id
WHERE e.device = :device AND e.id <> :execution AND e.accepted_at > 0
	AND ec.component = :component AND ec.source = :source)
-- name: execution_component_set
UPDATE execution_component SET state = :state, progress = :progress, code = :code, message = :message,
	other_at = :other_at, blank_at = :blank_at
WHERE execution = :execution AND position = :position
-- name: event_said
SELECT id FROM (SELECT * FROM event WHERE execution = :execution AND identity = :identity ORDER BY id DESC LIMIT 1)
WHERE state = :state AND code = :code AND message = :message AND progress >= :progress
-- name: event_again
UPDATE event SET count = count + 1, last_at = :at WHERE id = :id
-- name: event_add
INSERT INTO event (execution, at, identity, state, progress, code, message, count, last_at)
VALUES (:execution, :at, :identity, :state, :progress, :code, :message, 1, :at)
-- name: event_drop
DELETE FROM event WHERE id = (SELECT id FROM event WHERE execution = :execution ORDER BY id LIMIT 1 OFFSET :first)
	AND EXISTS (SELECT 1 FROM event WHERE execution = :execution LIMIT 1 OFFSET :most)
-- name: event_list
SELECT {event} FROM event WHERE execution = :execution ORDER BY id
-- name: tally_add
INSERT INTO tally (plan, stage, state, n) VALUES (:plan, :stage, :state, :n)
ON CONFLICT (plan, stage, state) DO UPDATE SET n = n + excluded.n
-- name: execution_started
SELECT x.stage, count(*) AS n FROM (SELECT e.device, max(e.stage) AS stage FROM execution e JOIN device d ON d.id = e.device
	WHERE e.plan = :plan AND e.accepted_at > 0 AND d.retired_at = 0 GROUP BY e.device) x GROUP BY x.stage
-- name: tally_set
INSERT INTO tally (plan, stage, state, n) VALUES (:plan, :stage, :state, :n)
ON CONFLICT (plan, stage, state) DO UPDATE SET n = excluded.n
-- name: tally_add_before
UPDATE tally SET cured = cured + :n, base = base + :base WHERE plan = :plan AND stage = :stage AND state = :state
-- name: execution_history
SELECT device, plan FROM execution
-- name: execution_before
SELECT count(*) FROM execution WHERE plan = :plan AND open = 1 AND accepted_at > 0 AND accepted_at <= :done
	AND stage BETWEEN :first AND :last
-- name: execution_contacts
SELECT d.last_seen, d.gap_s, d.gap_at, d.gap_next_s, d.gap_next_at, d.known_at, e.survived, e.closed_at
FROM execution e CROSS JOIN device d ON d.id = e.device
WHERE e.plan = :plan AND e.stage = :stage AND e.state = 'succeeded' AND e.newest = 1 AND d.retired_at = 0
	AND (e.id * 40503 & 65535) < :below AND NOT EXISTS (
		SELECT 1 FROM execution o
		WHERE o.device = e.device AND o.plan <> e.plan AND o.accepted_at >= e.closed_at)
-- name: tally_cure
UPDATE tally SET cured = n WHERE plan = :plan AND state NOT IN ('late', 'fell_back', 'already')
-- name: tally_unforgive
UPDATE tally SET forgiven = 0 WHERE plan = :plan
-- name: tally_forgiven
UPDATE tally SET forgiven = :n WHERE plan = :plan AND stage = :stage AND state = :state
-- name: sample_add
INSERT INTO sample (plan, at, offered, accepted, succeeded, failed)
VALUES (:plan, :at, :offered, :accepted, :succeeded, :failed) ON CONFLICT (plan, at) DO NOTHING
-- name: execution_open_of
SELECT {execution} FROM execution WHERE plan = :plan AND open = 1 ORDER BY deadline_at
-- name: tally_list
SELECT {tally} FROM tally WHERE plan = :plan
-- name: cohort_add
INSERT INTO cohort (plan, scope, number, text, concluded, failed, rejected, timed_out, regressed, well, bad)
VALUES (:plan, :scope, :number, :text, :concluded, :failed, :rejected, :timed_out, :regressed, :well, :bad)
ON CONFLICT (plan, scope, number, text) DO UPDATE SET concluded = concluded + excluded.concluded,
	failed = failed + excluded.failed, rejected = rejected + excluded.rejected,
	timed_out = timed_out + excluded.timed_out, regressed = regressed + excluded.regressed,
	well = well + excluded.well, bad = bad + excluded.bad
-- name: cohort_get
SELECT {cohort}, '' AS identity, '' AS target FROM cohort
WHERE plan = :plan AND scope = :scope AND number = :number AND text = :text
-- name: cohort_list
SELECT {h.cohort}, ifnull(c.identity, '') AS identity, ifnull(v.name, '') AS target
FROM cohort h LEFT JOIN package p ON h.scope = 'package' AND p.id = h.number
LEFT JOIN version v ON v.id = p.version LEFT JOIN component c ON c.id = v.component
WHERE h.plan = :plan ORDER BY h.scope = 'stage', h.scope DESC, h.number, h.text
-- name: cohort_bad
SELECT {cohort}, '' AS identity, '' AS target FROM cohort WHERE plan = :plan AND bad > 0
-- name: cohort_join
INSERT INTO cohort (plan, scope, number, text, concluded, failed, rejected, timed_out, regressed, well, bad)
SELECT plan, scope, :last, text, sum(concluded), sum(failed), sum(rejected), sum(timed_out), sum(regressed), sum(well),
	sum(bad)
FROM cohort WHERE plan = :plan AND scope = 'stage' AND number >= :first AND number < :last GROUP BY plan, scope, text
ON CONFLICT (plan, scope, number, text) DO UPDATE SET concluded = concluded + excluded.concluded,
	failed = failed + excluded.failed, rejected = rejected + excluded.rejected,
	timed_out = timed_out + excluded.timed_out, regressed = regressed + excluded.regressed,
	well = well + excluded.well, bad = bad + excluded.bad
-- name: cohort_joined
DELETE FROM cohort WHERE plan = :plan AND scope = 'stage' AND number >= :first AND number < :last
-- name: cohort_clear
DELETE FROM cohort WHERE plan = :plan
-- name: execution_done_components
SELECT ec.component, e.plan, p.activation
FROM execution e JOIN plan p ON p.id = e.plan JOIN execution_component ec ON ec.execution = e.id
WHERE e.device = :device AND e.state = 'succeeded'
-- name: trace_of_version
SELECT {trace} FROM package k JOIN execution_component ec ON ec.package = k.id JOIN execution e ON e.id = ec.execution
JOIN plan p ON p.id = e.plan JOIN device d ON d.id = e.device JOIN component c ON c.id = ec.component
JOIN version v ON v.id = k.version
WHERE k.version = :version ORDER BY e.id DESC, ec.position LIMIT :limit
-- name: trace_of_device
SELECT {trace} FROM execution e JOIN execution_component ec ON ec.execution = e.id JOIN package k ON k.id = ec.package
JOIN plan p ON p.id = e.plan JOIN device d ON d.id = e.device JOIN component c ON c.id = ec.component
JOIN version v ON v.id = k.version
WHERE e.device = :device ORDER BY e.id DESC, ec.position LIMIT :limit
-- name: trace_states
SELECT ec.state, count(*) AS count FROM package k JOIN execution_component ec ON ec.package = k.id
WHERE k.version = :version GROUP BY ec.state ORDER BY ec.state
-- name: trace_plans
SELECT p.name, p.state, p.activated_at FROM plan_component c JOIN plan p ON p.id = c.plan
WHERE c.version = :version ORDER BY p.id
