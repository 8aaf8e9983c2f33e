-- The ledger: append-only movements with a unique cause; balances are their sums, kept beside them in the same transaction.

CREATE TABLE place (
    id INTEGER NOT NULL PRIMARY KEY,
    producer_id INTEGER NOT NULL REFERENCES producer (id) ON DELETE RESTRICT,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('warehouse', 'consignment', 'fair')),
    sells_online INTEGER NOT NULL CHECK (sells_online IN (0, 1)),
    CONSTRAINT place_producer_code_key UNIQUE (producer_id, code)
) STRICT;

CREATE TABLE balance (
    variant_id INTEGER NOT NULL REFERENCES variant (id) ON DELETE RESTRICT,
    place_id INTEGER NOT NULL REFERENCES place (id) ON DELETE RESTRICT,
    on_hand INTEGER NOT NULL,
    reserved INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (variant_id, place_id)
) STRICT;

CREATE TABLE movement (
    id INTEGER NOT NULL PRIMARY KEY,
    variant_id INTEGER NOT NULL REFERENCES variant (id) ON DELETE RESTRICT,
    place_id INTEGER NOT NULL REFERENCES place (id) ON DELETE RESTRICT,
    kind TEXT NOT NULL CHECK (kind IN ('receive', 'adjust', 'reserve', 'release', 'ship', 'return', 'write_off', 'transfer_out', 'transfer_in', 'oversold')),
    units INTEGER NOT NULL,
    on_hand_change INTEGER NOT NULL,
    reserved_change INTEGER NOT NULL,
    -- shop, order, line, kind, cumulative units; or the command that made it: unique, so that a repeat has no effect (I2)
    cause TEXT NOT NULL,
    order_id INTEGER,
    who TEXT NOT NULL,
    at INTEGER NOT NULL,
    CONSTRAINT movement_cause_key UNIQUE (cause, variant_id)
) STRICT;
CREATE INDEX movement_variant ON movement (variant_id, id);
