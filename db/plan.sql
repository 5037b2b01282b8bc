-- columns: plan id, product, name, state, cause, reason, mode, priority, timezone, device_zone, start_at, end_at,
--	continuous, allow_downgrade, unknown_hold, unknown_hw_allow, require_all, whitelist_set, strategy, settings, params, salt,
--	created_at, activated_at, resumed_at, suspended_at, ended_at, max_device, targets, stage, trial, probe_at,
--	probe_done_at, activation
-- columns: pulse plan, tripped_at, tripped, tripped_abort, in_progress, succeeded, ever_succeeded, first_accepts,
--	rate_minute, rate_count, probe_taken, probe_last, tripped_scope, tripped_number, tripped_text, silent_at,
--	forgiven_at
-- columns: plan_item plan, kind, position, key, value
-- columns: interval plan, kind, opens_at, closes_at
-- columns: straggler plan, need, n, untried, comes
-- columns: plan_zone plan, zone, digest, expanded_to, changed_at, trouble, trouble_at
-- columns: stage plan, position, kind, grp, grp_name, value, draw, size, lent, taken, opened_at, done_at, stood_s, tail_at
-- name: strategy_by_name
SELECT params FROM strategy WHERE name = :name
-- name: strategy_list
SELECT name, params FROM strategy ORDER BY name
-- name: strategy_set
INSERT INTO strategy (name, params) VALUES (:name, :params)
ON CONFLICT (name) DO UPDATE SET params = excluded.params
-- name: strategy_remove
DELETE FROM strategy WHERE name = :name
-- name: strategy_used
SELECT 1 FROM plan WHERE strategy = :name AND state = 'draft' LIMIT 1
-- name: plan_add
INSERT INTO plan (name, product, state, mode, timezone, strategy, salt, created_at, cause, reason, priority,
	device_zone, start_at, end_at, continuous, allow_downgrade, unknown_hold, require_all, whitelist_set,
	settings, params, activated_at, resumed_at, suspended_at, ended_at, max_device, targets, stage, trial)
VALUES (:name, :product, 'draft', 'silent', :timezone, :strategy, :salt, :created_at, 'none', '', 0, 0, 0, 0,
	0, 0, 0, 0, 0, '', '', 0, 0, 0, 0, 0, 0, 0, 0)
-- name: plan_set
UPDATE plan SET state = :state, cause = :cause, reason = :reason, mode = :mode, priority = :priority,
	timezone = :timezone, device_zone = :device_zone, start_at = :start_at, end_at = :end_at, continuous = :continuous,
	allow_downgrade = :allow_downgrade, unknown_hold = :unknown_hold, unknown_hw_allow = :unknown_hw_allow, require_all = :require_all,
	whitelist_set = :whitelist_set, strategy = :strategy, settings = :settings, params = :params,
	activated_at = :activated_at, resumed_at = :resumed_at, suspended_at = :suspended_at,
	ended_at = :ended_at, max_device = :max_device, targets = :targets, stage = :stage, trial = :trial,
	probe_at = :probe_at, probe_done_at = :probe_done_at, activation = :activation
WHERE id = :id
-- name: plan_activated_set
UPDATE plan SET activated_params = :params WHERE id = :id
-- name: plan_activated_get
SELECT activated_params FROM plan WHERE id = :id
-- name: plan_by_name
SELECT {plan} FROM plan WHERE name = :name
-- name: plan_by_id
SELECT {plan} FROM plan WHERE id = :id
-- name: plan_newest_activation
SELECT ifnull(max(activation), 0) FROM plan
-- name: plan_newest_trial
SELECT name FROM plan WHERE trial = :package ORDER BY id DESC LIMIT 1
-- name: plan_list
SELECT {plan} FROM plan ORDER BY id
-- name: plan_ticking
SELECT p.id, p.state, p.end_at, u.tripped_at, u.silent_at, u.look_at,
	u.in_progress,
	EXISTS (SELECT 1 FROM execution e WHERE e.plan = p.id AND e.open = 1 AND e.deadline_at <= :now)
		AS overdue,
	ifnull((SELECT max(at) FROM sample WHERE plan = p.id), 0) AS sampled_at
FROM plan p JOIN pulse u ON u.plan = p.id
WHERE p.state IN ('active', 'suspended') OR (p.state = 'ended' AND u.in_progress > 0)
ORDER BY p.id
-- name: plan_running
SELECT {plan} FROM plan WHERE product = :product AND state IN ('active', 'suspended')
ORDER BY priority DESC, activation, id
-- name: plan_remove
DELETE FROM plan WHERE id = :id
-- name: pulse_add
INSERT INTO pulse (plan, product, running, tripped_at, tripped, tripped_abort, in_progress, succeeded, ever_succeeded,
	first_accepts, rate_minute, rate_count, look_at)
VALUES (:plan, :product, 0, 0, '', 0, 0, 0, 0, 0, 0, 0, 0)
-- name: pulse_alone_since
SELECT ifnull(min(accepted_at), 0) FROM execution WHERE plan = :plan AND open = 1 AND accepted_at > 0
-- name: pulse_set_running
UPDATE pulse SET running = :running, look_at = 0, left_due_at = 0 WHERE plan = :plan
-- name: pulse_look
UPDATE pulse SET look_at = :at WHERE plan = :plan
-- name: pulse_left
UPDATE pulse SET left_at = :at, left_until = :until, left_due_at = :due, look_at = 0 WHERE plan = :plan
-- name: pulse_left_due
UPDATE pulse SET left_due_at = :at WHERE plan = :plan
-- name: pulse_left_get
SELECT left_at, left_until FROM pulse WHERE plan = :plan
-- name: plan_uncounted
SELECT plan FROM pulse WHERE running = 1 AND left_due_at <= :now ORDER BY plan
-- name: straggler_due
SELECT left_due_at FROM pulse WHERE plan = :plan
-- name: straggler_stand
SELECT NOT EXISTS (SELECT 1 FROM straggler WHERE plan = :plan AND need IN ('frozen', 'tick_stale'))
	AND NOT EXISTS (SELECT 1 FROM audit WHERE iif(now > 0, now, at) >= :at)
	AND NOT EXISTS (SELECT 1 FROM execution WHERE offered_at >= :at OR changed_at >= :at)
	AND NOT EXISTS (SELECT 1 FROM device WHERE last_seen >= :at OR enrolled_at >= :at)
-- name: straggler_clear
DELETE FROM straggler WHERE plan = :plan
-- name: straggler_add
INSERT INTO straggler (plan, need, n, untried, comes) VALUES (:plan, :need, :n, :untried, :comes)
-- name: straggler_list
SELECT {straggler} FROM straggler WHERE plan = :plan ORDER BY comes DESC, n DESC, need
-- name: pulse_get
SELECT {pulse} FROM pulse WHERE plan = :plan
-- name: pulse_of_running
SELECT {pulse} FROM pulse WHERE product = :product AND running = 1
-- name: pulse_change
UPDATE pulse SET in_progress = in_progress + :in_progress,
	succeeded = succeeded + :succeeded, ever_succeeded = ever_succeeded + :ever_succeeded,
	first_accepts = first_accepts + :first_accepts, probe_taken = probe_taken + :probe,
	probe_last = iif(:probe > 0, :now, probe_last), look_at = 0
WHERE plan = :plan
-- name: pulse_rate
UPDATE pulse SET rate_count = iif(rate_minute = :minute, rate_count + 1, 1), rate_minute = :minute
WHERE plan = :plan
-- name: pulse_trip
UPDATE pulse SET tripped_at = :tripped_at, tripped = :tripped, tripped_abort = :tripped_abort,
	tripped_scope = :tripped_scope, tripped_number = :tripped_number, tripped_text = :tripped_text
WHERE plan = :plan AND tripped_at = 0
-- name: pulse_silent
UPDATE pulse SET silent_at = :at WHERE plan = :plan
-- name: pulse_forgiven
UPDATE pulse SET forgiven_at = :at WHERE plan = :plan
-- name: pulse_resume
UPDATE pulse SET tripped_at = 0, tripped = '', tripped_abort = 0, succeeded = 0, silent_at = 0, probe_taken = 0, probe_last = 0,
	tripped_scope = '', tripped_number = 0, tripped_text = '' WHERE plan = :plan
-- name: probe_clear_pulse
UPDATE pulse SET probe_taken = 0, probe_last = 0 WHERE plan = :plan
-- name: probe_clear_cohort
DELETE FROM cohort WHERE plan = :plan AND scope = 'probe'
-- name: plan_probe_done
UPDATE plan SET probe_done_at = :now WHERE id = :plan
-- name: left_out_add
INSERT INTO left_out (plan, scope, number, text) VALUES (:plan, :scope, :number, :text)
ON CONFLICT (plan, scope, number, text) DO NOTHING
-- name: left_out_list
SELECT number AS package, text FROM left_out WHERE plan = :plan ORDER BY scope, number, text
-- name: left_out_clear
DELETE FROM left_out WHERE plan = :plan
-- name: stage_stood
UPDATE stage SET stood_s = stood_s + :s, done_at = iif(done_at > 0, done_at + :s, 0),
	tail_at = iif(tail_at > 0, tail_at + :s, 0)
WHERE plan = :plan AND position BETWEEN :first AND :last
-- name: plan_component_add
INSERT INTO plan_component (plan, position, component, version) VALUES (:plan, :position, :component, :version)
-- name: plan_component_clear
DELETE FROM plan_component WHERE plan = :plan
-- name: plan_component_list
SELECT pc.plan, pc.component, pc.version, c.identity, v.name AS target, c.type, v.counter
FROM plan_component pc JOIN component c ON c.id = pc.component JOIN version v ON v.id = pc.version
WHERE pc.plan = :plan ORDER BY pc.position
-- name: plan_item_add
INSERT INTO plan_item (plan, kind, position, key, value) VALUES (:plan, :kind, :position, :key, :value)
-- name: plan_item_clear
DELETE FROM plan_item WHERE plan = :plan AND kind = :kind
-- name: plan_item_list
SELECT {plan_item} FROM plan_item WHERE plan = :plan ORDER BY kind, position
-- name: plan_device_add
INSERT INTO plan_device (device, plan, list) VALUES (:device, :plan, :list)
ON CONFLICT (device, plan, list) DO NOTHING
-- name: plan_device_clear
DELETE FROM plan_device WHERE plan = :plan AND list = :list
-- name: plan_device_copy_group
INSERT INTO plan_device (device, plan, list)
SELECT m.device, :plan, :list FROM member m WHERE m.grp = :grp ORDER BY m.device
ON CONFLICT (device, plan, list) DO NOTHING
-- name: plan_device_copy_plan
INSERT INTO plan_device (device, plan, list)
SELECT DISTINCT e.device, :plan, :list FROM execution e
WHERE e.plan = :other AND e.state = :state AND e.newest = 1 ORDER BY e.device
ON CONFLICT (device, plan, list) DO NOTHING
-- name: plan_device_list
SELECT device, list FROM plan_device WHERE plan = :plan
-- name: plan_device_copy
INSERT INTO plan_device (device, plan, list)
SELECT device, :plan, list FROM plan_device WHERE plan = :from ORDER BY device
-- name: plan_device_both
SELECT count(*) AS count, ifnull(min(d.name), '') AS name FROM device d JOIN plan_device b ON b.device = d.id AND b.plan = :plan AND b.list = 2
JOIN plan_device w ON w.device = d.id AND w.plan = :plan AND w.list = 1
-- name: plan_device_count
SELECT count(*) FROM plan_device WHERE plan = :plan AND list = :list
-- name: plan_target_scan
SELECT d.id, d.name, d.components, d.labels, d.attributes, d.floors,
	iif(EXISTS (SELECT 1 FROM plan_device WHERE plan = :plan),
		(SELECT ifnull(sum(list), 0) FROM plan_device l WHERE l.device = d.id AND l.plan = :plan), 0)
	+ 4 * d.held AS marks,
	iif(EXISTS (SELECT 1 FROM execution WHERE plan = :plan), ifnull((SELECT iif(accepted_at > 0, accepted_at, offered_at)
		FROM execution e WHERE e.device = d.id AND e.plan = :plan AND (e.accepted_at > 0 OR e.state = 'rejected')
		ORDER BY e.id LIMIT 1), 0), 0) AS begun_at,
	iif(EXISTS (SELECT 1 FROM execution WHERE plan = :plan), ifnull((SELECT e.stage
		FROM execution e WHERE e.device = d.id AND e.plan = :plan AND (e.accepted_at > 0 OR e.state = 'rejected')
		ORDER BY e.id LIMIT 1), 0), 0) AS begun_stage
FROM device d WHERE +d.product = :product AND d.retired_at = 0 ORDER BY d.id
-- name: plan_target_short
SELECT d.id, d.name, d.components, d.floors,
	iif(EXISTS (SELECT 1 FROM plan_device WHERE plan = :plan),
		(SELECT ifnull(sum(list), 0) FROM plan_device l WHERE l.device = d.id AND l.plan = :plan), 0)
	+ 4 * d.held AS marks,
	iif(EXISTS (SELECT 1 FROM execution WHERE plan = :plan), ifnull((SELECT iif(accepted_at > 0, accepted_at, offered_at)
		FROM execution e WHERE e.device = d.id AND e.plan = :plan AND (e.accepted_at > 0 OR e.state = 'rejected')
		ORDER BY e.id LIMIT 1), 0), 0) AS begun_at,
	iif(EXISTS (SELECT 1 FROM execution WHERE plan = :plan), ifnull((SELECT e.stage
		FROM execution e WHERE e.device = d.id AND e.plan = :plan AND (e.accepted_at > 0 OR e.state = 'rejected')
		ORDER BY e.id LIMIT 1), 0), 0) AS begun_stage
FROM device d WHERE +d.product = :product AND d.retired_at = 0 ORDER BY d.id
-- name: plan_left_scan
SELECT d.id, d.name, d.components, d.labels, d.attributes, d.floors,
	iif(EXISTS (SELECT 1 FROM plan_device WHERE plan = :plan),
		(SELECT ifnull(sum(list), 0) FROM plan_device l WHERE l.device = d.id AND l.plan = :plan), 0)
	+ 4 * d.held AS marks,
	EXISTS (SELECT 1 FROM execution e WHERE e.device = d.id AND e.plan = :plan
		AND (e.accepted_at > 0 OR e.state = 'rejected')) AS begun_at, 0 AS begun_stage
FROM device d WHERE +d.product = :product AND d.retired_at = 0 AND NOT EXISTS (SELECT 1 FROM execution e
	WHERE e.device = d.id AND e.plan = :plan AND e.newest = 1 AND e.retry = 0
		AND e.state IN ('succeeded', 'rejected', 'regressed'))
ORDER BY d.id
-- name: interval_add
INSERT INTO interval (plan, kind, zone, closes_at, opens_at) VALUES (:plan, :kind, :zone, :closes_at, :opens_at)
ON CONFLICT (plan, kind, zone, closes_at) DO NOTHING
-- name: interval_clear
DELETE FROM interval WHERE plan = :plan AND kind = :kind AND zone = :zone AND closes_at > :after
-- name: interval_next
SELECT {interval} FROM interval
WHERE plan = :plan AND kind = :kind AND zone = :zone AND closes_at > :now ORDER BY closes_at LIMIT :limit
-- name: interval_near
SELECT {interval} FROM interval
WHERE plan = :plan AND kind = :kind AND zone = :zone AND closes_at > :now AND closes_at <= ifnull(
	(SELECT min(closes_at) FROM interval WHERE plan = :plan AND kind = :kind AND zone = :zone AND closes_at > :until),
	:until)
ORDER BY closes_at
-- name: interval_zones
WITH RECURSIVE z (zone) AS (
	SELECT min(zone) FROM interval WHERE plan = :plan AND kind = :kind
	UNION ALL SELECT (SELECT min(i.zone) FROM interval i WHERE i.plan = :plan AND i.kind = :kind AND i.zone > z.zone)
	FROM z WHERE z.zone IS NOT NULL)
SELECT zone FROM z WHERE zone IS NOT NULL ORDER BY zone
-- name: plan_zone_set
INSERT INTO plan_zone (plan, zone, digest, expanded_to, changed_at, trouble, trouble_at)
VALUES (:plan, :zone, :digest, :expanded_to, :changed_at, :trouble, :trouble_at)
ON CONFLICT (plan, zone) DO UPDATE SET digest = excluded.digest, expanded_to = excluded.expanded_to,
	changed_at = excluded.changed_at, trouble = excluded.trouble, trouble_at = excluded.trouble_at
-- name: plan_zone_list
SELECT {plan_zone}, iif(zone = '', (SELECT timezone FROM plan WHERE id = :plan), zone) AS name
FROM plan_zone WHERE plan = :plan ORDER BY zone
-- name: plan_zone_used
SELECT {plan_zone}, iif(zone = '', (SELECT timezone FROM plan WHERE id = :plan), zone) AS name
FROM plan_zone WHERE plan = :plan AND (zone = '' OR EXISTS (SELECT 1 FROM device d WHERE d.timezone = zone
	AND d.timezone <> '' AND d.product = (SELECT product FROM plan WHERE id = :plan)))
ORDER BY zone
-- name: stage_add
INSERT INTO stage (plan, position, kind, grp, grp_name, value, draw, size, lent, opened_at)
VALUES (:plan, :position, :kind, :grp, :grp_name, :value, :draw, :size, :lent, :opened_at)
-- name: stage_list
SELECT {stage} FROM stage WHERE plan = :plan ORDER BY position
-- name: stage_clear
DELETE FROM stage WHERE plan = :plan
-- name: stage_open
UPDATE stage SET opened_at = :now WHERE plan = :plan AND position = :position
-- name: stage_done
UPDATE stage SET done_at = :now WHERE plan = :plan AND position = :position
-- name: stage_tail
UPDATE stage SET tail_at = :at WHERE plan = :plan AND position = :position
-- name: stage_take
UPDATE stage SET taken = taken + :n WHERE plan = :plan AND position = :position
-- name: stage_size
UPDATE stage SET size = :size, lent = :lent WHERE plan = :plan AND position = :position
-- name: plan_targets_add
UPDATE plan SET targets = targets + :n WHERE id = :plan
-- name: plan_targets_set
UPDATE plan SET targets = :n WHERE id = :plan
-- name: stage_taken
SELECT taken, ifnull((SELECT n FROM tally WHERE plan = :plan AND stage = :position AND state = 'offered'), 0) AS offered
FROM stage WHERE plan = :plan AND position = :position
