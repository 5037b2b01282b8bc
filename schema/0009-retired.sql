-- A device that was taken out of service keeps its row, as retired, for its history and for the lists that name
-- it: enrolled again under its id it is another device, whom they still mean.  Row numbers never come back.

CREATE TABLE device_again (
	id           INTEGER PRIMARY KEY AUTOINCREMENT,
	name         TEXT    NOT NULL,
	product      INTEGER NOT NULL REFERENCES product (id),
	timezone     TEXT    NOT NULL,
	components   TEXT    NOT NULL,              -- identity=version, as last reported
	labels       TEXT    NOT NULL,              -- the operator's
	attributes   TEXT    NOT NULL,              -- the device's own
	floors       TEXT    NOT NULL,              -- identity=highest floor it has proved
	battery      INTEGER,                       -- percent
	charging     INTEGER,
	signal       INTEGER,                       -- dBm
	free         INTEGER,                       -- bytes
	slot         TEXT    NOT NULL,
	metrics_at   INTEGER NOT NULL,
	held         INTEGER NOT NULL,
	held_reason  TEXT    NOT NULL,
	enrolled_at  INTEGER NOT NULL,
	last_seen    INTEGER NOT NULL,
	gap_s        INTEGER NOT NULL,              -- usual time between its contacts
	retired_at   INTEGER NOT NULL               -- 0: in service; of one id each time is another
) STRICT;

INSERT INTO device_again (id, name, product, timezone, components, labels, attributes, floors, battery, charging,
	signal, free, slot, metrics_at, held, held_reason, enrolled_at, last_seen, gap_s, retired_at)
SELECT id, name, product, timezone, components, labels, attributes, floors, battery, charging, signal, free, slot,
	metrics_at, held, held_reason, enrolled_at, last_seen, gap_s, 0
FROM device ORDER BY id;

DROP TABLE device;
ALTER TABLE device_again RENAME TO device;
CREATE UNIQUE INDEX device_name ON device (name, retired_at);
CREATE INDEX device_timezone ON device (timezone, product) WHERE timezone <> '';

-- Numbers above the highest row were given once, as far as plans tell.
INSERT INTO sqlite_sequence (name, seq)
SELECT 'device', 0 WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'device');
UPDATE sqlite_sequence SET seq = max(seq, ifnull((SELECT max(max_device) FROM plan), 0)) WHERE name = 'device';
