-- columns: fleet epoch, frozen, tick_at, generation, next_execution, instance
-- columns: audit id, at, ifnull(now, 0) AS now, actor, action, command, object, detail, reason, hash
-- name: fleet_add
INSERT INTO fleet (id, instance, generation, epoch, next_execution, created_at)
VALUES (1, :instance, 1, 1, 11, :now)
-- name: fleet_get
SELECT {fleet} FROM fleet WHERE id = 1
-- name: fleet_bump
UPDATE fleet SET epoch = epoch + 1 WHERE id = 1
-- name: fleet_adopt
UPDATE fleet SET generation = :generation, epoch = :epoch, next_execution = :next WHERE id = 1
-- name: fleet_freeze
UPDATE fleet SET frozen = :frozen WHERE id = 1
-- name: fleet_tick
UPDATE fleet SET tick_at = :tick_at, tick_boot = :tick_boot, tick_uptime = :tick_uptime WHERE id = 1
-- name: fleet_tick_get
SELECT tick_at, tick_boot, tick_uptime FROM fleet WHERE id = 1
-- name: fleet_stopped
UPDATE fleet SET stopped_epoch = :epoch WHERE id = 1
-- name: fleet_stopped_get
SELECT stopped_epoch FROM fleet WHERE id = 1
-- name: fleet_next_execution
UPDATE fleet SET next_execution = :next WHERE id = 1
-- name: audit_last
SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1
-- name: audit_list
SELECT {audit} FROM audit WHERE id > :after ORDER BY id
-- name: audit_add
INSERT INTO audit (id, at, now, actor, action, command, object, detail, reason, hash)
VALUES (:id, :at, nullif(:now, 0), :actor, :action, :command, :object, :detail, :reason, :hash)
