-- A clock that jumps is watched for longer than one tick: the newest moment at which it agreed with the time since
-- boot, and the jump that stands since.  tick_at stays the sign of life, by the clock that is trusted; tick_boot and
-- tick_uptime are those of the newest tick.

ALTER TABLE fleet ADD COLUMN clock_at INTEGER NOT NULL DEFAULT 0;      -- the newest tick whose clock was trusted; 0: none
ALTER TABLE fleet ADD COLUMN clock_boot TEXT NOT NULL DEFAULT '';      -- the boot it ran in, and
ALTER TABLE fleet ADD COLUMN clock_uptime INTEGER NOT NULL DEFAULT 0;  -- how long that was up
ALTER TABLE fleet ADD COLUMN jump_by INTEGER NOT NULL DEFAULT 0;       -- seconds the clock is ahead of it; 0: it is right
ALTER TABLE fleet ADD COLUMN jump_at INTEGER NOT NULL DEFAULT 0;       -- since when, by the clock that jumped

UPDATE fleet SET clock_at = tick_at, clock_boot = tick_boot, clock_uptime = tick_uptime;
