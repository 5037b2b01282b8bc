-- Plans that run were counted by an earlier program, as some of the counters mean something else now.  A bucket is
-- a keyed hash, so that this cannot be mended here: the next tick counts them anew, and until then the door waits.
ALTER TABLE fleet ADD COLUMN recount INTEGER NOT NULL DEFAULT 0;
UPDATE fleet SET recount = 1 WHERE EXISTS (SELECT 1 FROM plan WHERE state IN ('active', 'suspended'));
