-- name: check_open
SELECT 'device ' || d.name || ' has ' || count(*) || ' open executions' FROM execution e JOIN device d ON d.id = e.device
WHERE e.state IN ('offered', 'accepted', 'downloading', 'downloaded', 'installing', 'verifying')
GROUP BY e.device HAVING count(*) > 1
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
-- name: check_rows_straggler
SELECT {straggler} FROM straggler
-- name: check_rows_sample
SELECT plan, at, offered, accepted, succeeded, failed FROM sample
