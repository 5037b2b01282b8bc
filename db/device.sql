-- columns: device id, product, name, timezone, components, labels, attributes, floors, battery, charging, signal,
--	free, slot, metrics_at, held, held_reason, enrolled_at, last_seen, gap_s, gap_at,
--	gap_next_s, gap_next_at, known_at, retired_at
-- name: device_add
INSERT INTO device (name, product, timezone, components, labels, attributes, enrolled_at, floors, slot, metrics_at, held,
	held_reason, last_seen, gap_s, retired_at)
VALUES (:name, :product, :timezone, :components, :labels, :attributes, :enrolled_at, '', '', 0, :held,
	:held_reason, 0, 0, 0)
-- name: device_by_name
SELECT {device} FROM device WHERE name = :name ORDER BY retired_at > 0, retired_at DESC LIMIT 1
-- name: device_entry
SELECT {f.fleet}, t.hash IS NOT NULL AS has_token, t.hash, t.expires_at, ifnull(t.uses, -1) AS uses,
	d.name IS :name AND d.retired_at IS 0 AS found, d.id IS NOT NULL AS has_device, {d.device}
FROM fleet f LEFT JOIN device d
	ON d.id = ifnull((SELECT id FROM device WHERE name >= :name AND retired_at = 0 ORDER BY name LIMIT 1), (SELECT min(id) FROM device))
LEFT JOIN token t ON t.kind = 'device' AND t.owner = ifnull(d.id, -1)
WHERE f.id = 1
-- name: device_ties
SELECT 1, plan, list FROM plan_device WHERE device = :device
UNION ALL SELECT 2, grp, 0 FROM member WHERE device = :device
UNION ALL SELECT 3, rowid, plan FROM execution WHERE device = :device
-- name: device_key
SELECT id, product FROM device WHERE name = :name AND retired_at = 0
-- name: device_any_former
SELECT EXISTS (SELECT 1 FROM device INDEXED BY device_former WHERE retired_at > 0)
-- name: device_former
SELECT {device} FROM device INDEXED BY device_former WHERE name = :name AND retired_at > 0 ORDER BY retired_at DESC LIMIT 1
-- name: device_by_id
SELECT {device} FROM device WHERE id = :id
-- name: device_next
SELECT {device} FROM device WHERE id > :after AND retired_at = 0 ORDER BY id LIMIT :limit
-- name: device_of_product
SELECT {device} FROM device WHERE +product = :product AND retired_at = 0 ORDER BY id
-- name: device_habits
SELECT id, name, timezone, components, labels, attributes, floors, held, enrolled_at, last_seen, gap_s, gap_at
FROM device WHERE +product = :product AND retired_at = 0 ORDER BY id
-- name: device_probe
SELECT {d.device}, EXISTS (SELECT 1 FROM execution e WHERE e.device = d.id AND e.plan = :plan AND e.accepted_at > 0)
	AS started
FROM device d WHERE d.product = :product AND d.id >= :from AND d.retired_at = 0 ORDER BY d.id LIMIT 1
-- name: device_newest_of
SELECT ifnull((SELECT id FROM device WHERE product = :product ORDER BY id DESC LIMIT 1), 0)
-- name: device_zones
WITH RECURSIVE z (zone) AS (
	SELECT min(timezone) FROM device WHERE timezone <> ''
	UNION ALL SELECT (SELECT min(d.timezone) FROM device d WHERE d.timezone > z.zone AND d.timezone <> '')
	FROM z WHERE z.zone IS NOT NULL)
SELECT zone FROM z WHERE zone IS NOT NULL AND EXISTS (SELECT 1 FROM device o WHERE o.timezone = z.zone
	AND o.timezone <> '' AND o.product = :product)
-- name: device_newest
SELECT ifnull(max(id), 0) FROM device
-- name: device_held_of
SELECT count(*) FROM device d INDEXED BY device_held
WHERE d.held = 1 AND d.retired_at = 0 AND d.product = :product AND (:newest = 0 OR d.id <= :newest)
	AND (:listed = 0 OR EXISTS (SELECT 1 FROM plan_device p WHERE p.device = d.id AND p.plan = :plan AND p.list = 1))
-- name: device_set
UPDATE device SET product = :product, timezone = :timezone, labels = :labels, held = :held,
	held_reason = :held_reason
WHERE id = :id
-- name: device_seen
UPDATE device SET components = :components, attributes = :attributes, floors = :floors,
	battery = :battery, charging = :charging, signal = :signal, free = :free, slot = :slot,
	metrics_at = :metrics_at, last_seen = :last_seen, gap_s = :gap_s, gap_at = :gap_at,
	gap_next_s = :gap_next_s, gap_next_at = :gap_next_at, known_at = :known_at
WHERE id = :id
-- name: device_contact
UPDATE device SET battery = :battery, charging = :charging, signal = :signal, free = :free, slot = :slot,
	metrics_at = :metrics_at, last_seen = :last_seen, gap_s = :gap_s, gap_at = :gap_at,
	gap_next_s = :gap_next_s, gap_next_at = :gap_next_at, known_at = :known_at
WHERE id = :id AND last_seen <= :last_seen
-- name: device_remove
DELETE FROM device WHERE id = :id
-- name: device_retire
UPDATE device SET retired_at = max(:now, 1 + (SELECT max(d.retired_at) FROM device d WHERE d.name = device.name))
WHERE id = :id
-- name: device_tied
SELECT 1 FROM execution WHERE device = :id UNION ALL SELECT 1 FROM plan_device WHERE device = :id
UNION ALL SELECT 1 FROM member WHERE device = :id LIMIT 1
-- name: device_lists_move
UPDATE plan_device SET device = :to WHERE device = :from
-- name: device_groups_move
UPDATE member SET device = :to WHERE device = :from
-- name: token_add
INSERT INTO token (kind, owner, name, hash, created_at, expires_at, uses)
VALUES (:kind, :owner, :name, :hash, :created_at, :expires_at, nullif(:uses, -1))
-- name: token_use
UPDATE token SET uses = uses - 1 WHERE kind = :kind AND owner = :owner AND hash = :hash AND uses > 0
-- name: gateway_tokens
SELECT t.hash IS NOT NULL AS has_token, t.hash, t.expires_at, ifnull(t.uses, -1) AS uses,
	p.auth = 'none' AS open
FROM product p LEFT JOIN token t
ON (t.kind = 'gateway-product' AND t.owner = p.id)
	OR (t.kind = 'gateway-group' AND t.owner IN (SELECT grp FROM member WHERE device = :device))
WHERE p.id = :product
-- name: gateway_list
SELECT t.name, t.kind, ifnull(ifnull(p.name, g.name), '') AS scope, t.created_at, t.expires_at FROM token t
LEFT JOIN product p ON t.kind = 'gateway-product' AND p.id = t.owner
LEFT JOIN grp g ON t.kind = 'gateway-group' AND g.id = t.owner
WHERE t.kind IN ('gateway-product', 'gateway-group') ORDER BY t.name
-- name: gateway_remove
DELETE FROM token WHERE name = :name AND kind IN ('gateway-product', 'gateway-group')
-- name: token_list
SELECT hash, expires_at, ifnull(uses, -1) AS uses FROM token WHERE kind = :kind AND owner = :owner
-- name: token_expire
UPDATE token SET expires_at = :expires_at
WHERE kind = :kind AND owner = :owner AND (expires_at = 0 OR expires_at > :expires_at)
-- name: token_remove
DELETE FROM token WHERE kind = :kind AND owner = :owner
-- name: group_add
INSERT INTO grp (name) VALUES (:name)
-- name: group_by_name
SELECT id FROM grp WHERE name = :name
-- name: group_list
SELECT g.name, (SELECT count(*) FROM member m WHERE m.grp = g.id) AS members FROM grp g ORDER BY g.name
-- name: group_remove
DELETE FROM grp WHERE id = :id
-- name: group_used
SELECT 1 FROM plan_item i JOIN plan p ON p.id = i.plan
WHERE i.kind IN ('whitelist', 'blacklist') AND i.key = 'group' AND i.value = :name AND p.state <> 'ended'
UNION ALL SELECT 1 FROM stage s JOIN plan p ON p.id = s.plan
WHERE s.grp_name = :name AND p.state <> 'ended' LIMIT 1
-- name: group_members
SELECT d.name FROM member m JOIN device d ON d.id = m.device WHERE m.grp = :grp ORDER BY d.name
-- name: member_add
INSERT INTO member (device, grp) VALUES (:device, :grp) ON CONFLICT (device, grp) DO NOTHING
-- name: member_remove
DELETE FROM member WHERE device = :device AND grp = :grp
-- name: member_list
SELECT device FROM member WHERE grp = :grp
-- name: member_of
SELECT grp FROM member WHERE device = :device ORDER BY grp
-- name: member_names
SELECT g.name FROM member m JOIN grp g ON g.id = m.grp WHERE m.device = :device ORDER BY g.name
