-- What can be rolled out: products, their components and versions, signed packages, trusted keys.

CREATE TABLE product (
	id           INTEGER PRIMARY KEY,
	name         TEXT    NOT NULL UNIQUE,
	auth         TEXT    NOT NULL DEFAULT 'token',  -- token, certificate, none
	enrol        INTEGER NOT NULL DEFAULT 0,      -- 1: the enrolment token creates unknown devices
	frozen       INTEGER NOT NULL DEFAULT 0,
	signatures   INTEGER NOT NULL DEFAULT 1,      -- distinct trusted keys a package needs; 0 none
	max_files    INTEGER NOT NULL DEFAULT 5,
	max_file_mb  INTEGER NOT NULL DEFAULT 100,
	extensions   TEXT    NOT NULL,                -- '.bin .zip ...'
	languages    TEXT    NOT NULL DEFAULT 'en zh' -- texts that manual plans need
) STRICT;

CREATE TABLE component (
	id        INTEGER PRIMARY KEY,
	product   INTEGER NOT NULL REFERENCES product (id),
	identity  TEXT    NOT NULL,
	type      TEXT    NOT NULL,                      -- module, mcu, app
	chip      TEXT    NOT NULL,                      -- what images must be made for; '' any
	slot_size INTEGER NOT NULL,                      -- bytes an image may have; 0 not declared
	highest   INTEGER NOT NULL,                      -- highest counter ever given: it never comes back
	UNIQUE (product, identity)
) STRICT;

-- Versions are opaque; the counter orders them and the floor only rises with it.
CREATE TABLE version (
	id         INTEGER PRIMARY KEY,
	component  INTEGER NOT NULL REFERENCES component (id),
	name       TEXT    NOT NULL,
	counter    INTEGER NOT NULL CHECK (counter >= 1),
	floor      INTEGER NOT NULL DEFAULT 0 CHECK (floor BETWEEN 0 AND counter),
	UNIQUE (component, name),
	UNIQUE (component, counter)
) STRICT;

CREATE TABLE package (
	id               INTEGER PRIMARY KEY,
	version          INTEGER NOT NULL REFERENCES version (id),
	kind             TEXT    NOT NULL,                      -- full, delta, minimal
	source           TEXT    NOT NULL DEFAULT '',   -- delta, minimal: the version it starts from
	state            TEXT    NOT NULL,                      -- draft, published, quarantined, retired, revoked
	reason           TEXT    NOT NULL DEFAULT '',   -- why quarantined or revoked
	remark           TEXT    NOT NULL DEFAULT '',
	manifest         TEXT    NOT NULL,              -- exact bytes, as signed
	manifest_sha256  TEXT    NOT NULL,
	created_at       INTEGER NOT NULL,
	expires_at       INTEGER NOT NULL DEFAULT 0,    -- 0: never
	size             INTEGER NOT NULL,              -- of all files
	signatures       INTEGER NOT NULL DEFAULT 0,    -- valid ones by distinct trusted keys
	trial            TEXT    NOT NULL DEFAULT 'none', -- none, running, passed, failed
	CHECK ((kind = 'full') = (source = '')),
	UNIQUE (version, kind, source)
) STRICT;
CREATE INDEX package_manifest ON package (manifest_sha256);

-- The files of a package; bytes are in the artifact store under their SHA-256.
CREATE TABLE file (
	package   INTEGER NOT NULL REFERENCES package (id) ON DELETE CASCADE,
	position  INTEGER NOT NULL,
	name      TEXT    NOT NULL,
	slot      TEXT    NOT NULL DEFAULT '',
	path      TEXT    NOT NULL DEFAULT '',          -- app files: where they go
	size      INTEGER NOT NULL CHECK (size > 0),
	md5       TEXT    NOT NULL,
	sha1      TEXT    NOT NULL,
	crc32     TEXT    NOT NULL,
	sha256    TEXT    NOT NULL,
	blake2b   TEXT    NOT NULL,
	PRIMARY KEY (package, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX file_sha256 ON file (sha256);

-- minisign signatures, of the manifest (position -1) and of each file.
CREATE TABLE signature (
	package   INTEGER NOT NULL REFERENCES package (id) ON DELETE CASCADE,
	position  INTEGER NOT NULL,
	key_id    TEXT    NOT NULL,                     -- 16 hex digits
	minisig   TEXT    NOT NULL,                     -- the file's text
	PRIMARY KEY (package, position, key_id)
) STRICT, WITHOUT ROWID;

-- The trust store: which public keys may sign for which product.
CREATE TABLE key (
	id          INTEGER PRIMARY KEY,
	product     INTEGER NOT NULL REFERENCES product (id),
	name        TEXT    NOT NULL,
	key_id      TEXT    NOT NULL,
	public_key  BLOB    NOT NULL CHECK (length(public_key) = 32),
	revoked     INTEGER NOT NULL DEFAULT 0,
	not_before  INTEGER NOT NULL DEFAULT 0,
	not_after   INTEGER NOT NULL DEFAULT 0,
	UNIQUE (product, public_key)
) STRICT;
