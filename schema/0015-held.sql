-- Who is held, without looking at everybody.

CREATE INDEX device_held ON device (product) WHERE held = 1;
