-- Where it is sold: platforms (our app on a channel), consents, shops, who drives them. Secrets are sealed.

CREATE TABLE platform (
    id INTEGER NOT NULL PRIMARY KEY,
    channel TEXT NOT NULL,
    -- channel's own id of the app, or the base address; one row per app
    handle TEXT NOT NULL,
    base_url TEXT NOT NULL,
    settings TEXT NOT NULL,
    secret_sealed BLOB,
    hints_ack TEXT,
    created_at INTEGER NOT NULL,
    CONSTRAINT platform_channel_handle_key UNIQUE (channel, handle)
) STRICT;

-- One token, perhaps for several shops. `renewing_*` is the intent that is written before a renewal leaves (I12).
CREATE TABLE consent (
    id INTEGER NOT NULL PRIMARY KEY,
    platform_id INTEGER NOT NULL REFERENCES platform (id) ON DELETE RESTRICT,
    grant_sealed BLOB NOT NULL,
    access_until_at INTEGER,
    renewal TEXT NOT NULL CHECK (renewal IN ('not_needed', 'from_keys', 'reusable', 'single_use', 'never')),
    ends_at INTEGER,
    generation INTEGER NOT NULL DEFAULT 1,
    renewing_owner TEXT,
    renewing_at INTEGER,
    failed_at INTEGER,
    failure TEXT,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX consent_due ON consent (access_until_at) WHERE access_until_at IS NOT NULL;

CREATE TABLE shop (
    id INTEGER NOT NULL PRIMARY KEY,
    -- NULL: the operator's, for goods of all producers
    producer_id INTEGER REFERENCES producer (id) ON DELETE RESTRICT,
    platform_id INTEGER NOT NULL REFERENCES platform (id) ON DELETE RESTRICT,
    consent_id INTEGER NOT NULL REFERENCES consent (id) ON DELETE RESTRICT,
    channel TEXT NOT NULL,
    -- name on the command line and in logs, such as shopee/hanoi-1
    handle TEXT NOT NULL CONSTRAINT shop_handle_key UNIQUE,
    remote_id TEXT NOT NULL,
    title TEXT NOT NULL,
    -- new: nothing may change there yet; active; paused by a person; revoked: the seller or admin must act; gone
    state TEXT NOT NULL CHECK (state IN ('new', 'active', 'paused', 'revoked', 'gone')),
    state_reason TEXT,
    settings TEXT NOT NULL,
    hook_secret_sealed BLOB,
    capability TEXT,
    -- the highest stock figure that it takes, from the capability
    max_units INTEGER NOT NULL DEFAULT 4294967295,
    surveyed_at INTEGER,
    -- orders placed before this instant stay out of the ledger
    orders_since_at INTEGER NOT NULL,
    -- every order changed up to here is stored
    orders_until_at INTEGER NOT NULL,
    -- when the request that proved it left
    orders_read_at INTEGER NOT NULL DEFAULT 0,
    swept_at INTEGER NOT NULL DEFAULT 0,
    audit_cursor TEXT,
    audited_at INTEGER NOT NULL DEFAULT 0,
    frozen_until_at INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    CONSTRAINT shop_platform_remote_key UNIQUE (platform_id, remote_id)
) STRICT;

-- At most one owner writes to a shop; the term fences a stale one off (I11).
CREATE TABLE lease (
    shop_id INTEGER NOT NULL PRIMARY KEY REFERENCES shop (id) ON DELETE CASCADE,
    owner TEXT NOT NULL,
    term INTEGER NOT NULL,
    until_at INTEGER NOT NULL
) STRICT;
-- a row for each shop from the start: taking walks the ones that ran out
CREATE INDEX lease_until ON lease (until_at, shop_id);

-- Price and stock rules. Precedence: offer > product > shop > producer > default (scope_id 0).
CREATE TABLE policy (
    scope TEXT NOT NULL CHECK (scope IN ('default', 'producer', 'shop', 'product', 'offer')),
    scope_id INTEGER NOT NULL,
    stock TEXT NOT NULL,
    price TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (scope, scope_id)
) STRICT;
