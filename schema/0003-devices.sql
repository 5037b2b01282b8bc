-- Who can be updated.  Nothing about a rollout is on the device's row: scattered updates of a
-- large table cost many times more than rows of their own.

-- components, labels, attributes and floors are "key=value" lines sorted by key (core/pairs.h).
CREATE TABLE device (
	id           INTEGER PRIMARY KEY,
	name         TEXT    NOT NULL UNIQUE,
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
	gap_s        INTEGER NOT NULL               -- usual time between its contacts
) STRICT;
CREATE INDEX device_timezone ON device (timezone, product) WHERE timezone <> '';

-- Keyed hashes of tokens, never the tokens.  owner: a device; a product for enrolment tokens; a product or
-- group for tokens of gateways that act for its devices.
CREATE TABLE token (
	kind        TEXT    NOT NULL,               -- device, enrolment, gateway-product, gateway-group
	owner       INTEGER NOT NULL,
	name        TEXT    NOT NULL,               -- of a gateway
	hash        BLOB    NOT NULL CHECK (length(hash) = 32),
	created_at  INTEGER NOT NULL,
	expires_at  INTEGER NOT NULL,               -- 0: never
	uses        INTEGER,                        -- enrolment: how many are left; NULL: any number
	PRIMARY KEY (owner, kind, hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE grp (
	id    INTEGER PRIMARY KEY,
	name  TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE member (
	device  INTEGER NOT NULL REFERENCES device (id) ON DELETE CASCADE,
	grp     INTEGER NOT NULL REFERENCES grp (id) ON DELETE CASCADE,
	PRIMARY KEY (device, grp)
) STRICT, WITHOUT ROWID;
CREATE INDEX member_group ON member (grp);
