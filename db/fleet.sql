-- columns: fleet epoch, frozen, tick_at, clock_at, clock_boot, clock_uptime, jump_by, jump_at, generation, next_execution, instance,
--	recount
-- columns: audit id, at, ifnull(now, 0) AS now, actor, action, command, object, detail, reason, hash
-- name: fleet_add
INSERT INTO fleet (id, instance, generation, epoch, next_execution, created_at)
VALUES (1, :instance, 1, 1, 11, :now)
-- name: fleet_get
SELECT {fleet} FROM fleet WHERE id = 1
-- name: fleet_recounted
UPDATE fleet SET recount = 0 WHERE id = 1
-- name: fleet_bump
UPDATE fleet SET epoch = epoch + 1 WHERE id = 1
-- name: fleet_adopt
UPDATE fleet SET generation = :generation, epoch = :epoch, next_execution = :next WHERE id = 1
-- name: fleet_freeze
UPDATE fleet SET frozen = :frozen WHERE id = 1
-- name: fleet_tick
UPDATE fleet SET clock_at = :clock_at, clock_boot = :clock_boot, clock_uptime = :clock_uptime, tick_at = :tick_at,
	tick_boot = :tick_boot, tick_uptime = :tick_uptime, jump_by = :jump_by, jump_at = :jump_at
WHERE id = 1
-- name: fleet_tick_get
SELECT tick_boot, tick_uptime FROM fleet WHERE id = 1
-- name: fleet_stopped
UPDATE fleet SET stopped_epoch = :epoch WHERE id = 1
-- name: fleet_stopped_get
SELECT stopped_epoch FROM fleet WHERE id = 1
-- name: clock_shift_plans
UPDATE plan SET activated_at = activated_at + iif(activated_at > 0, :by, 0),
	resumed_at = resumed_at + iif(resumed_at > 0, :by, 0),
	suspended_at = suspended_at + iif(suspended_at > 0, :by, 0),
	probe_at = probe_at + iif(probe_at > 0, :by, 0), probe_done_at = probe_done_at + iif(probe_done_at > 0, :by, 0)
WHERE id IN (SELECT plan FROM pulse WHERE running = 1 OR in_progress > 0)
-- name: clock_shift_pulses
UPDATE pulse SET tripped_at = tripped_at + iif(tripped_at > 0, :by, 0),
	silent_at = silent_at + iif(silent_at > 0, :by, 0),
	forgiven_at = forgiven_at + iif(forgiven_at > 0, :by, 0),
	probe_last = probe_last + iif(probe_last > 0, :by, 0), left_at = left_at + iif(left_at > 0, :by, 0),
	left_until = left_until + iif(left_until > 0, :by, 0), left_due_at = 0, look_at = 0, rate_minute = 0, rate_count = 0
WHERE running = 1 OR in_progress > 0
-- name: clock_shift_stages
UPDATE stage SET opened_at = opened_at + iif(opened_at > 0, :by, 0), done_at = done_at + iif(done_at > 0, :by, 0),
	tail_at = tail_at + iif(tail_at > 0, :by, 0)
WHERE plan IN (SELECT plan FROM pulse WHERE running = 1 OR in_progress > 0)
-- name: clock_shift_executions
UPDATE execution SET offered_at = offered_at + iif(offered_at > 0, :by, 0),
	accepted_at = accepted_at + iif(accepted_at > 0, :by, 0),
	changed_at = changed_at + iif(changed_at > 0, :by, 0),
	closed_at = closed_at + iif(closed_at > 0, :by, 0),
	deadline_at = deadline_at + iif(deadline_at > 0, :by, 0)
WHERE plan IN (SELECT plan FROM pulse WHERE running = 1 OR in_progress > 0) OR open = 1
-- name: clock_shift_sights
UPDATE execution_component SET other_at = other_at + iif(other_at > 0, :by, 0),
	blank_at = blank_at + iif(blank_at > 0, :by, 0)
WHERE other_at > 0 OR blank_at > 0
-- name: clock_shift_devices
UPDATE device SET last_seen = last_seen + :by, metrics_at = metrics_at + iif(metrics_at > 0, :by, 0),
	known_at = known_at + iif(known_at > 0, :by, 0),
	gap_at = gap_at + iif(gap_at > 0, :by, 0), gap_next_at = gap_next_at + iif(gap_next_at > 0, :by, 0)
WHERE last_seen > 0
-- name: fleet_next_execution
UPDATE fleet SET next_execution = :next WHERE id = 1
-- name: audit_last
SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1
-- name: audit_newest
SELECT ifnull(now, at) AS at FROM audit WHERE action = :action AND object = :object ORDER BY id DESC LIMIT 1
-- name: audit_list
SELECT {audit} FROM audit WHERE id > :after ORDER BY id
-- name: audit_add
INSERT INTO audit (id, at, now, actor, action, command, object, detail, reason, hash)
VALUES (:id, :at, nullif(:now, 0), :actor, :action, :command, :object, :detail, :reason, :hash)
