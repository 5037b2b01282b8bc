-- Who downloads is stopped by a change (freeze, hold, blacklist, package, key): the tick looks at everybody under
-- way once after each, and keeps up to which epoch it has.
ALTER TABLE fleet ADD COLUMN stopped_epoch INTEGER NOT NULL DEFAULT 0;
