-- What happened, for people: drift, alarms, propagation, the nodes that are alive.

CREATE TABLE drift (
    id INTEGER NOT NULL PRIMARY KEY,
    shop_id INTEGER NOT NULL REFERENCES shop (id) ON DELETE CASCADE,
    offer_id INTEGER NOT NULL REFERENCES offer (id) ON DELETE CASCADE,
    field TEXT NOT NULL CHECK (field IN ('price', 'stock', 'on_sale', 'missing')),
    expected TEXT NOT NULL,
    observed TEXT NOT NULL,
    observed_at INTEGER NOT NULL,
    repaired_at INTEGER,
    CONSTRAINT drift_offer_field_key UNIQUE (offer_id, field, observed_at)
) STRICT;
CREATE INDEX drift_offer_open ON drift (offer_id) WHERE repaired_at IS NULL;
CREATE INDEX drift_open ON drift (shop_id, observed_at) WHERE repaired_at IS NULL;

CREATE TABLE alarm (
    id INTEGER NOT NULL PRIMARY KEY,
    shop_id INTEGER REFERENCES shop (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    actor TEXT NOT NULL CHECK (actor IN ('nobody', 'producer', 'admin', 'developer')),
    said TEXT NOT NULL,
    raised_at INTEGER NOT NULL,
    cleared_at INTEGER,
    CONSTRAINT alarm_subject_key UNIQUE (kind, subject)
) STRICT;
CREATE INDEX alarm_open ON alarm (raised_at) WHERE cleared_at IS NULL;

CREATE TABLE node (
    name TEXT NOT NULL PRIMARY KEY,
    started_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL
) STRICT;

-- One sealed canary proves at start that the master key fits this store.
CREATE TABLE master_key (
    one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    canary_sealed BLOB NOT NULL,
    rotated_at INTEGER NOT NULL
) STRICT;
