-- Selling that a person stopped in every shop at once: of one SKU, or of all that a producer has. A lifted one stays as history.
CREATE TABLE selling_stop (
    id INTEGER NOT NULL PRIMARY KEY,
    variant_id INTEGER REFERENCES variant (id) ON DELETE RESTRICT,
    producer_id INTEGER REFERENCES producer (id) ON DELETE RESTRICT,
    reason TEXT NOT NULL CHECK (length(reason) <= 500),
    who TEXT NOT NULL,
    since_at INTEGER NOT NULL,
    lifted_at INTEGER,
    lifted_by TEXT,
    -- the last variant whose figures follow the stop or its lifting; NULL when all of them do
    swept_to INTEGER,
    CONSTRAINT selling_stop_one_thing CHECK ((variant_id IS NULL) <> (producer_id IS NULL)),
    CONSTRAINT selling_stop_lifted_by_check CHECK ((lifted_at IS NULL) = (lifted_by IS NULL))
) STRICT;
CREATE UNIQUE INDEX selling_stop_variant ON selling_stop (variant_id) WHERE lifted_at IS NULL AND variant_id IS NOT NULL;
CREATE UNIQUE INDEX selling_stop_producer ON selling_stop (producer_id) WHERE lifted_at IS NULL AND producer_id IS NOT NULL;
-- after a crash: stops that still have to reach some figures
CREATE INDEX selling_stop_sweep ON selling_stop (id) WHERE swept_to IS NOT NULL;

-- Selling of it is stopped: its zero goes before everything else.
ALTER TABLE offer ADD COLUMN stopped INTEGER NOT NULL DEFAULT 0 CHECK (stopped IN (0, 1));
-- stopped offers whose zero was not yet seen to stand
CREATE INDEX offer_stopping ON offer (shop_id) WHERE stopped = 1
    AND (dirty_since_at IS NOT NULL OR sent_at IS NOT NULL OR suspect_until_at IS NOT NULL OR verify_at IS NOT NULL);
