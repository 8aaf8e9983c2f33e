//! What is sold: producers, products, variants, pictures, certificates; how sheets of them are read.
//!
//! Pure: no I/O, no clock. Bytes, the store's present state and `today` come in; values and a plan go out.

pub mod certificate;
pub mod damage;
pub mod dates;
pub mod gtin;
pub mod import;
pub mod markup;
pub mod money;
pub mod picture;
pub mod problem;
pub mod producer;
pub mod product;
pub mod province;
pub mod quantity;
pub mod season;
pub mod sheet;
pub mod tax_id;
pub mod text;

pub use certificate::{Certificate, Standing, Stars};
pub use gtin::Gtin;
pub use import::{
    Change, Effects, Existing, ImportPlan, RowPlan, RowResult, SheetKind, SheetRead, StockFigure, Totals,
};
pub use problem::{Action, Code, Problem};
pub use producer::{Producer, ProducerCode, ProducerKind};
pub use product::{
    BundleComponent, OcopGroup, Product, ProductCode, ProductKind, Storage, Variant, VatCategory,
};
pub use quantity::{NetQuantity, Parcel};
pub use season::Season;
pub use tax_id::{TaxId, TaxIdKind};
