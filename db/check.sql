-- name: check_tally
SELECT p.name || ', stage ' || (x.stage + 1) || ', ' || x.state || ': ' || x.n || ' counted, ' || x.found || ' found'
FROM (SELECT plan, stage, state, sum(n) AS n, sum(found) AS found FROM (
		SELECT plan, stage, state, n, 0 AS found FROM tally
		WHERE state NOT IN ('survived', 'late', 'fell_back')
		UNION ALL SELECT plan, stage, state, 0, count(*) FROM execution WHERE newest = 1
		GROUP BY plan, stage, state)
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
-- name: check_open
SELECT 'device ' || d.name || ' has ' || count(*) || ' open executions' FROM execution e JOIN device d ON d.id = e.device
WHERE e.open = 1 GROUP BY e.device HAVING count(*) > 1
-- name: check_files
SELECT DISTINCT sha256, size FROM file ORDER BY sha256
-- name: check_packages_of
SELECT DISTINCT package FROM file WHERE sha256 = :sha256
