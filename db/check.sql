-- name: check_tally
SELECT p.name || ', stage ' || (x.stage + 1) || ', ' || x.state || ': ' || x.n || ' counted, ' || x.found || ' found'
FROM (SELECT plan, stage, state, sum(n) AS n, sum(found) AS found FROM (
		SELECT plan, stage, state, n, 0 AS found FROM tally
		WHERE state NOT IN ('late', 'fell_back', 'already')
		UNION ALL SELECT plan, stage, state, 0, count(*) FROM execution WHERE newest = 1
		GROUP BY plan, stage, state
		UNION ALL SELECT plan, stage, 'survived', 0, count(*) FROM execution
		WHERE newest = 1 AND survived = 1 GROUP BY plan, stage)
	GROUP BY plan, stage, state) x JOIN plan p ON p.id = x.plan
WHERE x.n <> x.found
-- name: check_pulse
SELECT p.name || ': ' || u.in_progress || ' in progress counted, ' || x.open || ' found; ' || u.first_accepts
	|| ' acceptances counted, ' || x.accepted || ' found'
FROM pulse u JOIN plan p ON p.id = u.plan JOIN (
	SELECT q.id, (SELECT count(*) FROM execution WHERE plan = q.id AND open = 1 AND accepted_at > 0) AS open,
		(SELECT count(DISTINCT device) FROM execution WHERE plan = q.id AND accepted_at > 0) AS accepted
	FROM plan q) x ON x.id = u.plan
WHERE u.in_progress <> x.open OR u.first_accepts <> x.accepted
-- name: check_places
SELECT p.name || ', stage ' || (s.position + 1) || ': ' || s.taken || ' places taken, ' || x.found || ' found'
FROM (SELECT plan, position, taken FROM stage WHERE kind = 1) s JOIN plan p ON p.id = s.plan
JOIN (SELECT g.plan, g.position, (SELECT count(DISTINCT e.device) FROM execution e JOIN device d ON d.id = e.device
		WHERE d.retired_at = 0 AND e.plan = g.plan
		AND e.stage = g.position AND e.accepted_at > 0 AND e.state NOT IN ('offered', 'canceled', 'expired')) AS found
	FROM stage g) x ON x.plan = s.plan AND x.position = s.position
WHERE s.taken <> x.found
-- name: check_open
SELECT 'device ' || d.name || ' has ' || count(*) || ' open executions' FROM execution e JOIN device d ON d.id = e.device
WHERE e.open = 1 GROUP BY e.device HAVING count(*) > 1
-- name: check_files
SELECT DISTINCT sha256, size FROM file ORDER BY sha256
-- name: check_packages_of
SELECT DISTINCT package FROM file WHERE sha256 = :sha256
-- name: check_rows_fleet
SELECT {fleet} FROM fleet
-- name: check_rows_clock
SELECT tick_boot, tick_uptime FROM fleet
-- name: check_rows_audit
SELECT {audit} FROM audit
-- name: check_rows_product
SELECT {product} FROM product
-- name: check_rows_component
SELECT {component} FROM component
-- name: check_rows_version
SELECT {version} FROM version
-- name: check_rows_key
SELECT {key} FROM key
-- name: check_rows_file
SELECT {file} FROM file
-- name: check_rows_signature
SELECT {signature} FROM signature
-- name: check_rows_device
SELECT {device} FROM device
-- name: check_rows_strategy
SELECT name, params FROM strategy
-- name: check_rows_plan
SELECT {plan} FROM plan
-- name: check_rows_pulse
SELECT {pulse} FROM pulse
-- name: check_rows_plan_item
SELECT {plan_item} FROM plan_item
-- name: check_rows_interval
SELECT {interval} FROM interval
-- name: check_rows_plan_zone
SELECT {plan_zone}, '' AS name FROM plan_zone
-- name: check_rows_stage
SELECT {stage} FROM stage
-- name: check_rows_execution
SELECT {execution} FROM execution
-- name: check_rows_event
SELECT {event} FROM event
-- name: check_rows_tally
SELECT {tally} FROM tally
-- name: check_rows_cohort
SELECT {cohort}, '' AS identity, '' AS target FROM cohort
-- name: check_rows_package
SELECT {p.package}, v.component FROM package p JOIN version v ON v.id = p.version
-- name: check_rows_execution_component
SELECT {execution_component}, '' AS identity, '' AS target FROM execution_component
-- name: check_rows_token
SELECT owner, kind, hash, expires_at, ifnull(uses, -1) AS uses FROM token
-- name: check_rows_sample
SELECT plan, at, offered, accepted, succeeded, failed FROM sample
