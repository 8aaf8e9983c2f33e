-- What is sold: producers, products, variants, bundles, pictures, certificates.
-- Money in whole đồng, lengths in millimetres, weights in grams, time in milliseconds since 1970 UTC.

CREATE TABLE meta (
    key TEXT NOT NULL PRIMARY KEY,
    val TEXT NOT NULL
) STRICT;

-- Moves with every applied import: a plan made against an older revision is refused.
CREATE TABLE catalogue_revision (
    one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    revision INTEGER NOT NULL
) STRICT;
INSERT INTO catalogue_revision (one, revision) VALUES (1, 0);

CREATE TABLE producer (
    id INTEGER NOT NULL PRIMARY KEY,
    code TEXT NOT NULL CONSTRAINT producer_code_key UNIQUE,
    name TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('company', 'private_enterprise', 'cooperative', 'coop_group', 'household')),
    province_code_old TEXT,
    province_code_new TEXT,
    commune_code_new TEXT,
    commune_new TEXT,
    address_old TEXT,
    tax_id_sealed BLOB,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE product (
    id INTEGER NOT NULL PRIMARY KEY,
    producer_id INTEGER NOT NULL REFERENCES producer (id) ON DELETE RESTRICT,
    code TEXT NOT NULL CONSTRAINT product_code_key UNIQUE,
    kind TEXT NOT NULL CHECK (kind IN ('single', 'bundle')),
    name TEXT NOT NULL,
    search_key TEXT NOT NULL,
    description TEXT NOT NULL,
    ocop_group TEXT,
    ocop_subgroup TEXT,
    axis1 TEXT,
    axis2 TEXT,
    vat_category TEXT,
    shelf_life_days INTEGER CHECK (shelf_life_days >= 0),
    storage TEXT NOT NULL CHECK (storage IN ('ambient', 'chilled', 'frozen')),
    -- months such as 11-02
    season TEXT,
    alcohol_tenths INTEGER CHECK (alcohol_tenths >= 0),
    -- JSON [["a.jpg"] …]: file names of the pictures, the cover first; their bytes are in picture once they were brought
    pictures TEXT NOT NULL,
    -- a person stopped it: off sale everywhere
    stopped INTEGER NOT NULL DEFAULT 0 CHECK (stopped IN (0, 1)),
    -- moves when anything a listing's page shows has changed
    content_rev INTEGER NOT NULL DEFAULT 1,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX product_producer ON product (producer_id, code);

CREATE TABLE variant (
    id INTEGER NOT NULL PRIMARY KEY,
    product_id INTEGER NOT NULL REFERENCES product (id) ON DELETE RESTRICT,
    producer_id INTEGER NOT NULL REFERENCES producer (id) ON DELETE RESTRICT,
    position INTEGER NOT NULL,
    sku TEXT NOT NULL,
    -- folded as the strictest channel compares SKUs
    sku_key TEXT NOT NULL CONSTRAINT variant_sku_key UNIQUE,
    gtin TEXT,
    option1 TEXT,
    option2 TEXT,
    price_vnd INTEGER NOT NULL CHECK (price_vnd > 0),
    net_milli INTEGER CHECK (net_milli >= 0),
    net_unit TEXT,
    grams INTEGER CHECK (grams > 0),
    length_mm INTEGER,
    width_mm INTEGER,
    height_mm INTEGER,
    description TEXT,
    trace_url TEXT,
    -- units that the last sheet named; the ledger alone knows what is on hand
    sheet_stock INTEGER CHECK (sheet_stock >= 0),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX variant_product ON variant (product_id, position);
CREATE INDEX variant_gtin ON variant (gtin) WHERE gtin IS NOT NULL;

CREATE TABLE bundle_component (
    bundle_id INTEGER NOT NULL REFERENCES variant (id) ON DELETE RESTRICT,
    component_id INTEGER NOT NULL REFERENCES variant (id) ON DELETE RESTRICT,
    quantity INTEGER NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (bundle_id, component_id),
    CONSTRAINT bundle_component_not_itself CHECK (bundle_id <> component_id)
) STRICT;
CREATE INDEX bundle_component_component ON bundle_component (component_id);

CREATE TABLE picture (
    sha256 TEXT NOT NULL PRIMARY KEY CHECK (length(sha256) = 64),
    mime TEXT NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    bytes BLOB NOT NULL
) STRICT;

-- The bytes that a product's file name stands for. Names are the producer's own: two may use one name.
CREATE TABLE picture_name (
    producer_id INTEGER NOT NULL REFERENCES producer (id) ON DELETE CASCADE,
    file_name TEXT NOT NULL,
    sha256 TEXT NOT NULL REFERENCES picture (sha256) ON DELETE RESTRICT,
    PRIMARY KEY (producer_id, file_name)
) STRICT;

CREATE TABLE certificate (
    id INTEGER NOT NULL PRIMARY KEY,
    product_id INTEGER NOT NULL REFERENCES product (id) ON DELETE RESTRICT,
    -- the number, or the date of decision where there is no number
    decision TEXT NOT NULL,
    number TEXT,
    stars INTEGER NOT NULL CHECK (stars BETWEEN 3 AND 5),
    pending_five INTEGER NOT NULL CHECK (pending_five IN (0, 1)),
    decided_on TEXT,
    valid_to TEXT,
    province_printed TEXT,
    CONSTRAINT certificate_product_decision_key UNIQUE (product_id, decision)
) STRICT;
