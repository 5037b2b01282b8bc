-- A log counts what is said again, and keeps its first 20 entries and its last 180.  Before, a device that said
-- the same every second filled the database.

ALTER TABLE event ADD COLUMN count INTEGER NOT NULL DEFAULT 1;                   -- how often it was said,
ALTER TABLE event ADD COLUMN last_at INTEGER NOT NULL DEFAULT 0;                 -- and when for the last time
UPDATE event SET last_at = at;
DELETE FROM event WHERE id IN (
	SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY execution ORDER BY id) AS nth,
		row_number() OVER (PARTITION BY execution ORDER BY id DESC) AS nth_last FROM event)
	WHERE nth > 20 AND nth_last > 180);
