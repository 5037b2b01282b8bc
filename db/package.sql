-- columns: package id, version, kind, source, state, reason, remark, manifest_sha256, created_at, expires_at,
--	size, signatures, trial, hw, requirements
-- columns: file package, position, name, slot, path, size, md5, sha1, crc32, sha256, blake2b
-- columns: signature package, position, key_id, minisig
-- name: package_add
INSERT INTO package (version, kind, source, state, remark, manifest, manifest_sha256, created_at, expires_at, size,
	hw, requirements)
VALUES (:version, :kind, :source, 'draft', :remark, :manifest, :manifest_sha256, :created_at, :expires_at, :size,
	:hw, :requirements)
-- name: package_expired
SELECT EXISTS (SELECT 1 FROM package WHERE expires_at > :after AND expires_at <= :now)
-- name: package_by_id
SELECT {p.package}, v.component FROM package p JOIN version v ON v.id = p.version WHERE p.id = :id
-- name: package_by_version
SELECT {p.package}, v.component FROM package p JOIN version v ON v.id = p.version WHERE p.version = :version ORDER BY p.id
-- name: package_by_product
SELECT {p.package}, v.component FROM component c JOIN version v ON v.component = c.id JOIN package p ON p.version = v.id
WHERE c.product = :product ORDER BY c.id, v.counter, p.id
-- name: package_manifest
SELECT id, manifest FROM package WHERE id = :id
-- name: package_manifest_by_sha256
SELECT id, manifest FROM package WHERE manifest_sha256 = :sha256 AND (state <> 'draft' OR trial <> 'none') ORDER BY id LIMIT 1
-- name: package_set_state
UPDATE package SET state = :state, reason = :reason WHERE id = :id
-- name: package_set_signatures
UPDATE package SET signatures = :signatures WHERE id = :id
-- name: package_set_trial
UPDATE package SET trial = :trial WHERE id = :id
-- name: package_remove
DELETE FROM package WHERE id = :id
-- name: package_used
SELECT count(*) FROM (
	SELECT 1 FROM plan_component pc JOIN package p ON p.version = pc.version WHERE p.id = :id
	UNION ALL SELECT 1 FROM execution_component WHERE package = :id LIMIT 1)
-- name: file_add
INSERT INTO file (package, position, name, slot, path, size, md5, sha1, crc32, sha256, blake2b)
VALUES (:package, :position, :name, :slot, :path, :size, :md5, :sha1, :crc32, :sha256, :blake2b)
-- name: file_list
SELECT {file} FROM file WHERE package = :package ORDER BY position
-- name: signature_add
INSERT INTO signature (package, position, key_id, minisig) VALUES (:package, :position, :key_id, :minisig)
ON CONFLICT (package, position, key_id) DO UPDATE SET minisig = excluded.minisig
-- name: signature_list
SELECT {signature} FROM signature WHERE package = :package ORDER BY position, key_id
-- name: signature_list_manifest
SELECT {signature} FROM signature WHERE package = :package AND position = -1 ORDER BY key_id
-- name: signature_of_file
SELECT s.minisig FROM file f JOIN signature s ON s.package = f.package AND s.position = f.position
WHERE f.sha256 = :sha256 ORDER BY f.package DESC LIMIT 1
