//! What a marketplace must be able to do for us, in words that no marketplace owns.
//!
//! No I/O, no clock, no retry, no marketplace's name. Adapters translate between these words and a wire;
//! the engine (`ganh::sync`) decides when a verb is called and what its outcome means.
//!
//! * [`platform::Platform`] is one registered app: consent, renewal, hooks, the hint queue. It opens shops.
//! * [`shop::RemoteShop`] is one authorised account: listings, offers, orders.
//! * [`exchange::Exchange`] is a channel whose files a person carries.
//! * [`offer`] is the hot path: price, stock and on-sale, one call = one request.
//! * [`capability`] is what a shop allows, as data with a source beside each number.
//! * [`fault`] answers three questions of each failure: was it applied, may I try again, who must act?

pub mod capability;
pub mod exchange;
pub mod fault;
pub mod listing;
pub mod offer;
pub mod order;
pub mod platform;
pub mod reading;
pub mod shop;
pub mod words;

pub use capability::{
    AfterUnknown, Batch, CallShape, Capability, Counted, CreateRules, Deletion, Lag, OrderRules, ParcelRules,
    PictureRules, PriceRules, Section, Source, StockFigure, StockRules, TextRules, VariationRules,
};
pub use exchange::{Exchange, File, Imported};
pub use fault::{Actor, Again, Applied, Complaint, Fault, FaultKind, Reach, Result, Thing};
pub use listing::{
    Draft, DraftOffer, Found, Link, Linked, Observed, ObservedOffer, PictureRef, Progress, Stage, Standing,
    Start,
};
pub use offer::{Facet, OfferCall, OfferKind, OfferRef, OfferRow, Outcome, Price, Sale, Sent, Took, Units};
pub use order::{Acted, Action, ActionKind, Choice, LineStage, Move, Order, OrderHead, OrderLine, Window};
pub use platform::{Consent, Delivery, Grant, Hint, HintBatch, Platform, Renewal, Verdict, Way};
pub use reading::{Head, ListingHead, Next, Page, Reading, Seen};
pub use shop::{Attribute, Category, CategoryRules, RemoteShop, Survey};
pub use words::{
    Cursor, RemoteCategoryId, RemoteLineId, RemoteListingId, RemoteOfferId, RemoteOrderId, RemotePackageId,
    RemotePictureId, RemotePlaceId, RemoteShopId, Secret, Sku, Ticket, Vnd,
};
