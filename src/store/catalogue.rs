//! The master catalogue in the database: read for a plan, written all or nothing, paged and searched for people.

mod apply;
pub(super) mod existing;
mod page;
mod picture;

pub use apply::{Applied, NewPicture};
pub use page::{ProducerRow, ProductRow, VariantRow};
pub use picture::PictureRow;
