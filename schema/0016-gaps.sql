-- How long devices sleep.

-- gap_s is the longest gap between contacts of the last 8 days from now on (core/gaps.h); before, it was an average
-- of the last contacts, which says nothing about a device that is switched off at night.  So it is unknown, but a
-- device that was heard within two hours is there always, as far as anybody knows.
ALTER TABLE device ADD COLUMN gap_at INTEGER NOT NULL DEFAULT 0;        -- when that gap ended; 0: never measured
ALTER TABLE device ADD COLUMN gap_next_s INTEGER NOT NULL DEFAULT 0;    -- the longest of the gaps that ended later,
ALTER TABLE device ADD COLUMN gap_next_at INTEGER NOT NULL DEFAULT 0;   -- and when it did; 0: none
ALTER TABLE device ADD COLUMN known_at INTEGER NOT NULL DEFAULT 0;      -- its first contact, later by all absences

UPDATE device SET gap_s = 0, known_at = last_seen WHERE last_seen > 0;
UPDATE device SET gap_at = last_seen, known_at = last_seen - 8 * 86400
WHERE last_seen >= CAST(strftime('%s', 'now') AS INTEGER) - 2 * 3600;
