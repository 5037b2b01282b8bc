-- columns: product id, name, auth, enrol, frozen, signatures, max_files, max_file_mb, extensions, languages
-- columns: component id, product, identity, type, chip, slot_size
-- columns: version id, component, name, counter, floor
-- columns: key id, product, name, key_id, public_key, revoked, not_before, not_after
-- name: product_add
INSERT INTO product (name, auth, enrol, frozen, signatures, max_files, max_file_mb, extensions, languages)
VALUES (:name, :auth, :enrol, :frozen, :signatures, :max_files, :max_file_mb, :extensions, :languages)
-- name: product_by_name
SELECT {product} FROM product WHERE name = :name
-- name: product_by_id
SELECT {product} FROM product WHERE id = :id
-- name: product_list
SELECT {product} FROM product ORDER BY name
-- name: product_set
UPDATE product SET auth = :auth, enrol = :enrol, frozen = :frozen, signatures = :signatures,
	max_files = :max_files, max_file_mb = :max_file_mb, extensions = :extensions, languages = :languages
WHERE id = :id
-- name: product_remove
DELETE FROM product WHERE id = :id
-- name: component_add
INSERT INTO component (product, identity, type, chip, slot_size, highest)
VALUES (:product, :identity, :type, :chip, :slot_size, 0)
-- name: component_by_identity
SELECT {component} FROM component WHERE product = :product AND identity = :identity
-- name: component_by_id
SELECT {component} FROM component WHERE id = :id
-- name: component_list
SELECT {component} FROM component WHERE product = :product ORDER BY id
-- name: component_set
UPDATE component SET type = :type, chip = :chip, slot_size = :slot_size WHERE id = :id
-- name: component_remove
DELETE FROM component WHERE id = :id
-- name: version_add
INSERT INTO version (component, name, counter, floor) VALUES (:component, :name, :counter, :floor)
-- name: version_by_name
SELECT {version} FROM version WHERE component = :component AND name = :name
-- name: version_by_id
SELECT {version} FROM version WHERE id = :id
-- name: version_list
SELECT {version} FROM version WHERE component = :component ORDER BY counter
-- name: version_highest
SELECT highest FROM component WHERE id = :component
-- name: component_raise
UPDATE component SET highest = max(highest, :counter) WHERE id = :component
-- name: version_floor_below
SELECT ifnull(max(floor), 0) FROM version WHERE component = :component AND counter < :counter
-- name: version_floor_above
SELECT floor FROM version WHERE component = :component AND counter > :counter ORDER BY floor LIMIT 1
-- name: version_remove_unused
DELETE FROM version WHERE id = :id AND id NOT IN (SELECT version FROM package)
	AND id NOT IN (SELECT version FROM plan_component)
-- name: key_add
INSERT INTO key (product, name, key_id, public_key, not_before, not_after)
VALUES (:product, :name, :key_id, :public_key, :not_before, :not_after)
-- name: key_revoke
UPDATE key SET revoked = 1 WHERE id = :id
-- name: key_set_dates
UPDATE key SET not_before = :not_before, not_after = :not_after WHERE id = :id
-- name: key_remove
DELETE FROM key WHERE id = :id
-- name: key_list
SELECT {key} FROM key WHERE product = :product ORDER BY id
-- name: key_revoked
SELECT p.name AS product, k.name, k.key_id, k.public_key
FROM key k JOIN product p ON p.id = k.product WHERE k.revoked = 1 ORDER BY p.name, k.id
-- name: counter_list
SELECT p.name AS product, c.identity AS component, c.highest AS counter
FROM component c JOIN product p ON p.id = c.product
WHERE c.highest > 0 ORDER BY p.name, c.id
