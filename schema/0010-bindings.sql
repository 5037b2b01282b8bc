-- What a package is bound to, read out of its manifest, so that the door need not read that.

ALTER TABLE package ADD COLUMN hw TEXT NOT NULL DEFAULT '';            -- 'B C': one of these; '' any
ALTER TABLE package ADD COLUMN requirements TEXT NOT NULL DEFAULT '';  -- 'IDENTITY >= COUNTER' lines
ALTER TABLE plan ADD COLUMN unknown_hw_allow INTEGER NOT NULL DEFAULT 0; -- 1: serve who tells no hardware

UPDATE package SET hw = (SELECT substr(rest, 1, instr(rest, char(10)) - 1)
	FROM (SELECT substr(package.manifest, instr(package.manifest, char(10) || 'hw: ') + 5) AS rest))
WHERE instr(manifest, char(10) || 'hw: ') > 0;

WITH RECURSIVE found (package, position, rest) AS (
	SELECT id, 0, substr(manifest, instr(manifest, char(10) || 'requires: ') + 11) FROM package
	WHERE instr(manifest, char(10) || 'requires: ') > 0
	UNION ALL
	SELECT package, position + 1, substr(rest, instr(rest, char(10) || 'requires: ') + 11) FROM found
	WHERE instr(rest, char(10) || 'requires: ') > 0),
ruled (package, lines) AS (
	SELECT package, group_concat(line, '') FROM (
		SELECT package, substr(rest, 1, instr(rest, char(10))) AS line FROM found ORDER BY package, position)
	GROUP BY package)
UPDATE package SET requirements = ruled.lines FROM ruled WHERE ruled.package = package.id;
