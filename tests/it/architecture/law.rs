//! Who may use whom (DESIGN §3).

/// The rooms of `src/` in the order data walks, and the rooms each may use. `ids` may be used by all.
pub const ROOMS: &[(&str, &[&str])] = &[
    ("ids", &[]),
    ("mutant", &[]),
    ("clock", &[]),
    ("config", &[]),
    ("catalogue", &[]),
    ("stock", &[]),
    ("orders", &[]),
    ("listing", &["catalogue", "stock"]),
    ("plan", &["listing"]),
    ("store", &["catalogue", "listing", "stock", "orders"]),
    ("channels", &["config", "store", "listing", "sync"]),
    ("sync", &["plan", "store", "listing", "stock", "orders", "clock"]),
    ("web", &["store", "catalogue", "listing", "stock", "orders", "config"]),
    ("daemon", &["sync", "store", "channels", "web", "config", "clock"]),
    (
        "cli",
        &[
            "catalogue",
            "stock",
            "orders",
            "listing",
            "plan",
            "store",
            "channels",
            "sync",
            "web",
            "daemon",
            "config",
            "clock",
        ],
    ),
];

/// Rooms without I/O, `async`, clock or randomness: the same input gives the same answer.
pub const PURE: &[&str] = &["ids", "catalogue", "stock", "orders", "listing", "plan"];

/// The readers of wall time: the daemon's clock, and the one under a limited call.
pub const CLOCKS: &[&str] = &["src/clock.rs", "channels/http/src/clock.rs"];

/// The crates that speak a marketplace's wire.
pub const ADAPTERS: &[&str] = &["shopee", "tiktok_shop", "woocommerce"];

/// Names that nobody but the register, the adapters and the simulated marketplaces may know.
pub const MARKETPLACES: &[&str] =
    &["shopee", "lazada", "tiki", "sendo", "voso", "tiktok", "tiktok_shop", "woocommerce", "haravan"];

/// Where the daemon may name a marketplace: the register, and the two commands that start simulated ones.
pub const MARKETPLACE_ROOMS: &[&str] = &["src/channels", "src/cli/demo", "src/cli/sandbox"];

/// What several commands stand on: reading settings, printing tables.
pub const CLI_SHARED: &[&str] = &["context", "output", "pictures", "progress", "rules", "table"];
