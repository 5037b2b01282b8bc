-- What a device was seen at after an update is remembered of each component.  Before, an execution had one moment
-- for all of them, and only for the version they came from.

ALTER TABLE execution_component ADD COLUMN other_at INTEGER NOT NULL DEFAULT 0;  -- first sight of another version
ALTER TABLE execution_component ADD COLUMN blank_at INTEGER NOT NULL DEFAULT 0;  -- and of none, without a break
UPDATE execution_component AS c SET other_at = (SELECT regress_at FROM execution WHERE id = c.execution)
WHERE execution IN (SELECT id FROM execution WHERE regress_at > 0);
ALTER TABLE execution DROP COLUMN regress_at;
