-- Whom a resume forgave their silence: only one that followed silence does.

ALTER TABLE pulse ADD COLUMN forgiven_at INTEGER NOT NULL DEFAULT 0;  -- who was silent then is not counted; 0: nobody

UPDATE pulse SET forgiven_at = ifnull((SELECT resumed_at FROM plan WHERE id = pulse.plan), 0);
