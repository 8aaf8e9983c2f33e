-- What each shop should show, what it accepted, what was last read. An offer is dirty while a desired revision is ahead of the acknowledged one.

CREATE TABLE listing (
    id INTEGER NOT NULL PRIMARY KEY,
    shop_id INTEGER NOT NULL REFERENCES shop (id) ON DELETE RESTRICT,
    product_id INTEGER NOT NULL REFERENCES product (id) ON DELETE RESTRICT,
    -- written on the listing itself, what `find` looks for
    code TEXT NOT NULL,
    remote_id TEXT,
    -- wanted: to be made · intended: a create left or may leave, find before another · building, reviewing: a ticket waits · live: linked · gone: vanished there
    state TEXT NOT NULL CHECK (state IN ('wanted', 'intended', 'building', 'reviewing', 'live', 'gone')),
    -- the create intent: its id doubles as idempotency key; `intent_cut_at` is set when an outcome stayed unknown (I3)
    intent TEXT,
    intent_at INTEGER,
    intent_cut_at INTEGER,
    absent_finds INTEGER NOT NULL DEFAULT 0,
    ticket TEXT,
    -- product.content_rev that the page showed when it was last made or revised
    content_rev INTEGER NOT NULL DEFAULT 0,
    -- the product's page moved on since: the listing is to be revised
    stale_since_at INTEGER,
    attempts INTEGER NOT NULL DEFAULT 0,
    next_try_at INTEGER NOT NULL DEFAULT 0,
    parked_kind TEXT,
    parked_actor TEXT CHECK (parked_actor IN ('nobody', 'producer', 'admin', 'developer')),
    parked_said TEXT,
    parked_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    CONSTRAINT listing_shop_product_key UNIQUE (shop_id, product_id)
) STRICT;
CREATE UNIQUE INDEX listing_shop_remote ON listing (shop_id, remote_id) WHERE remote_id IS NOT NULL;
-- the create loop: listings of a shop that still have to come to be
CREATE INDEX listing_unfinished ON listing (shop_id, next_try_at) WHERE state IN ('wanted', 'intended', 'building', 'reviewing') AND parked_kind IS NULL;
-- the revise loop
CREATE INDEX listing_stale ON listing (shop_id, next_try_at) WHERE stale_since_at IS NOT NULL AND state = 'live' AND parked_kind IS NULL;
CREATE INDEX listing_shop ON listing (shop_id, id);
CREATE INDEX listing_product ON listing (product_id);
CREATE INDEX listing_parked ON listing (id) WHERE parked_kind IS NOT NULL;

CREATE TABLE offer (
    id INTEGER NOT NULL PRIMARY KEY,
    listing_id INTEGER NOT NULL REFERENCES listing (id) ON DELETE RESTRICT,
    shop_id INTEGER NOT NULL REFERENCES shop (id) ON DELETE RESTRICT,
    variant_id INTEGER NOT NULL REFERENCES variant (id) ON DELETE RESTRICT,
    remote_listing_id TEXT,
    remote_offer_id TEXT,
    remote_kind TEXT CHECK (remote_kind IN ('alone', 'variant')),
    note TEXT NOT NULL DEFAULT '',

    desired_price INTEGER NOT NULL,
    desired_stock INTEGER NOT NULL CHECK (desired_stock >= 0),
    desired_on_sale INTEGER NOT NULL CHECK (desired_on_sale IN (0, 1)),
    price_rev INTEGER NOT NULL DEFAULT 1,
    stock_rev INTEGER NOT NULL DEFAULT 1,
    on_sale_rev INTEGER NOT NULL DEFAULT 1,
    -- when the desired figure was last computed from the ledger: the base of I5
    stock_based_at INTEGER NOT NULL,
    -- the effective allocation is strict: a raise leaves only within the slack of its pools (I7)
    strict INTEGER NOT NULL DEFAULT 0 CHECK (strict IN (0, 1)),

    acked_price INTEGER,
    acked_stock INTEGER,
    acked_on_sale INTEGER,
    price_acked_rev INTEGER NOT NULL DEFAULT 0,
    stock_acked_rev INTEGER NOT NULL DEFAULT 0,
    on_sale_acked_rev INTEGER NOT NULL DEFAULT 0,

    -- the one write in flight (I4): what left, when; cleared when it is answered
    sent_at INTEGER,
    sent_stock INTEGER,
    -- when the last write of any figure was answered: an earlier read says nothing
    answered_at INTEGER NOT NULL DEFAULT 0,
    -- bracket of the last stock write that was answered (I5)
    stock_sent_at INTEGER NOT NULL DEFAULT 0,
    stock_answered_at INTEGER NOT NULL DEFAULT 0,
    -- an outcome stayed unknown: believed only after a read later than this instant; `suspect_stock` is the highest figure it may show
    suspect_until_at INTEGER,
    suspect_stock INTEGER,
    -- a read-back is owed: zero, last units, silent answers, moved figures
    verify_at INTEGER,

    observed_price INTEGER,
    observed_stock INTEGER,
    observed_on_sale INTEGER,
    observed_reserved INTEGER,
    observed_at INTEGER,

    -- NULL when nothing is to be done; else since when
    dirty_since_at INTEGER,
    -- 0 stop · 1 zero · 2 lower · 3 price · 4 raise · 5 switch
    harm INTEGER NOT NULL DEFAULT 9,
    attempts INTEGER NOT NULL DEFAULT 0,
    next_try_at INTEGER NOT NULL DEFAULT 0,
    -- when the order that lowered the desired figure became known; taken off when the lowering call leaves (the propagation clock)
    order_known_at INTEGER,
    -- when the acknowledged figure last moved along with an order: an earlier read says nothing about it
    moved_at INTEGER NOT NULL DEFAULT 0,
    -- when our last correction of a drift left: the next one needs a fresher observation
    repaired_at INTEGER NOT NULL DEFAULT 0,
    parked_kind TEXT,
    parked_actor TEXT CHECK (parked_actor IN ('nobody', 'producer', 'admin', 'developer')),
    parked_said TEXT,
    parked_at INTEGER,
    updated_at INTEGER NOT NULL,
    CONSTRAINT offer_listing_variant_key UNIQUE (listing_id, variant_id)
) STRICT;
CREATE INDEX offer_variant ON offer (variant_id, shop_id);
CREATE UNIQUE INDEX offer_remote ON offer (shop_id, remote_listing_id, remote_offer_id) WHERE remote_listing_id IS NOT NULL;
-- the push loop: dirty, linked, unparked offers of a shop in order of harm
CREATE INDEX offer_dirty ON offer (shop_id, harm, dirty_since_at) WHERE dirty_since_at IS NOT NULL AND parked_kind IS NULL AND remote_listing_id IS NOT NULL;
-- the read-back loop
CREATE INDEX offer_verify ON offer (shop_id, verify_at) WHERE verify_at IS NOT NULL;
CREATE INDEX offer_shop ON offer (shop_id, id);
CREATE INDEX offer_parked ON offer (id) WHERE parked_kind IS NOT NULL;
CREATE INDEX offer_in_flight ON offer (shop_id) WHERE sent_at IS NOT NULL;

-- Ids that a restructuring retired: old orders still name them.
CREATE TABLE retired_offer (
    shop_id INTEGER NOT NULL REFERENCES shop (id) ON DELETE CASCADE,
    remote_listing_id TEXT NOT NULL,
    remote_offer_id TEXT NOT NULL,
    variant_id INTEGER NOT NULL REFERENCES variant (id) ON DELETE RESTRICT,
    retired_at INTEGER NOT NULL,
    PRIMARY KEY (shop_id, remote_listing_id, remote_offer_id)
) STRICT;

-- Same bytes are uploaded once per shop.
CREATE TABLE remote_picture (
    shop_id INTEGER NOT NULL REFERENCES shop (id) ON DELETE CASCADE,
    sha256 TEXT NOT NULL,
    remote_id TEXT NOT NULL,
    PRIMARY KEY (shop_id, sha256)
) STRICT;

-- What was read of a shop at first connect, before its plan is approved; and foreign listings left alone.
CREATE TABLE remote_listing (
    shop_id INTEGER NOT NULL REFERENCES shop (id) ON DELETE CASCADE,
    remote_id TEXT NOT NULL,
    code TEXT,
    title TEXT NOT NULL,
    standing TEXT NOT NULL,
    -- JSON: the offers as observed
    offers TEXT NOT NULL,
    read_at INTEGER NOT NULL,
    PRIMARY KEY (shop_id, remote_id)
) STRICT;
