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
    address TEXT,
    tax_id_sealed BLOB,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE product (
    id INTEGER NOT NULL PRIMARY KEY,
    producer_id INTEGER NOT NULL REFERENCES producer (id) ON DELETE RESTRICT,
    code TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('single', 'bundle')),
    name TEXT NOT NULL,
    search_key TEXT NOT NULL,
    description TEXT NOT NULL,
    ocop_group TEXT NOT NULL,
    ocop_subgroup TEXT,
    axis1 TEXT,
    axis2 TEXT,
    vat_category TEXT,
    shelf_life_days INTEGER,
    storage TEXT,
    season_from INTEGER CHECK (season_from BETWEEN 1 AND 12),
    season_to INTEGER CHECK (season_to BETWEEN 1 AND 12),
    alcohol_bp INTEGER,
    trace_url TEXT,
    -- moves when anything a listing's page shows has changed
    content_rev INTEGER NOT NULL DEFAULT 1,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    CONSTRAINT product_producer_code_key UNIQUE (producer_id, code)
) STRICT;

CREATE TABLE variant (
    id INTEGER NOT NULL PRIMARY KEY,
    product_id INTEGER NOT NULL REFERENCES product (id) ON DELETE RESTRICT,
    producer_id INTEGER NOT NULL REFERENCES producer (id) ON DELETE RESTRICT,
    position INTEGER NOT NULL,
    sku TEXT NOT NULL,
    -- folded as the strictest channel compares SKUs
    sku_key TEXT NOT NULL,
    gtin TEXT,
    option1 TEXT,
    option2 TEXT,
    price_vnd INTEGER NOT NULL CHECK (price_vnd > 0),
    net_quantity TEXT,
    net_unit TEXT,
    grams INTEGER NOT NULL CHECK (grams >= 0),
    length_mm INTEGER,
    width_mm INTEGER,
    height_mm INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    CONSTRAINT variant_producer_sku_key UNIQUE (producer_id, sku_key)
) STRICT;
CREATE INDEX variant_product ON variant (product_id, position);
CREATE INDEX variant_sku ON variant (sku_key);

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
    file_name TEXT NOT NULL,
    mime TEXT NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    bytes BLOB NOT NULL
) STRICT;

CREATE TABLE product_picture (
    product_id INTEGER NOT NULL REFERENCES product (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    sha256 TEXT NOT NULL REFERENCES picture (sha256) ON DELETE RESTRICT,
    PRIMARY KEY (product_id, position)
) STRICT;

CREATE TABLE certificate (
    id INTEGER NOT NULL PRIMARY KEY,
    product_id INTEGER NOT NULL REFERENCES product (id) ON DELETE RESTRICT,
    number TEXT NOT NULL,
    issuer TEXT,
    stars INTEGER CHECK (stars BETWEEN 3 AND 5),
    decided_on TEXT,
    valid_to TEXT,
    revoked_on TEXT,
    CONSTRAINT certificate_product_number_key UNIQUE (product_id, number)
) STRICT;
