-- Orders: the raw payload first, then what we understood. "order" is a word of SQL, so the table says whose.

CREATE TABLE shop_order (
    id INTEGER NOT NULL PRIMARY KEY,
    shop_id INTEGER NOT NULL REFERENCES shop (id) ON DELETE RESTRICT,
    remote_id TEXT NOT NULL,
    -- sealed: it holds the buyer's name and address
    raw_sealed BLOB NOT NULL,
    raw_sha256 TEXT NOT NULL,
    readable INTEGER NOT NULL CHECK (readable IN (0, 1)),
    unreadable_because TEXT,
    -- derived from the lines
    stage TEXT NOT NULL,
    total_vnd INTEGER NOT NULL,
    placed_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    first_seen_at INTEGER NOT NULL,
    read_at INTEGER NOT NULL,
    -- 0: placed before the shop was connected, outside the ledger
    in_ledger INTEGER NOT NULL CHECK (in_ledger IN (0, 1)),
    unmapped_lines INTEGER NOT NULL DEFAULT 0,
    act_by_at INTEGER,
    CONSTRAINT shop_order_remote_key UNIQUE (shop_id, remote_id)
) STRICT;
CREATE INDEX shop_order_shop ON shop_order (shop_id, id);
CREATE INDEX shop_order_changed ON shop_order (shop_id, changed_at);
CREATE INDEX shop_order_unreadable ON shop_order (shop_id) WHERE readable = 0;
CREATE INDEX shop_order_unmapped ON shop_order (shop_id) WHERE unmapped_lines > 0;

CREATE TABLE order_line (
    id INTEGER NOT NULL PRIMARY KEY,
    order_id INTEGER NOT NULL REFERENCES shop_order (id) ON DELETE RESTRICT,
    remote_id TEXT NOT NULL,
    offer_id INTEGER REFERENCES offer (id) ON DELETE SET NULL,
    variant_id INTEGER REFERENCES variant (id) ON DELETE RESTRICT,
    sku TEXT,
    remote_listing_id TEXT,
    remote_offer_id TEXT,
    stage TEXT NOT NULL,
    units INTEGER NOT NULL CHECK (units >= 0),
    cancelled INTEGER NOT NULL CHECK (cancelled >= 0),
    returned INTEGER NOT NULL CHECK (returned >= 0),
    -- JSON [[variant, units of it per unit of the line, place] …]: what one unit takes, fixed when the first one is reserved
    takes TEXT,
    -- cumulative units that the ledger already took for this line
    reserved INTEGER NOT NULL DEFAULT 0,
    released INTEGER NOT NULL DEFAULT 0,
    shipped INTEGER NOT NULL DEFAULT 0,
    unit_price_vnd INTEGER NOT NULL,
    stocked_by_channel INTEGER NOT NULL CHECK (stocked_by_channel IN (0, 1)),
    CONSTRAINT order_line_remote_key UNIQUE (order_id, remote_id)
) STRICT;
CREATE INDEX order_line_variant ON order_line (variant_id, id);

-- Things to look at, from webhooks and queues: stored before they are answered, removed when looked at. Never truth.
CREATE TABLE hint (
    id INTEGER NOT NULL PRIMARY KEY,
    shop_id INTEGER NOT NULL REFERENCES shop (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('order', 'listing', 'request', 'sweep', 'access')),
    subject TEXT NOT NULL,
    not_before_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    at INTEGER NOT NULL,
    CONSTRAINT hint_subject_key UNIQUE (shop_id, kind, subject)
) STRICT;
CREATE INDEX hint_due ON hint (shop_id, not_before_at);
