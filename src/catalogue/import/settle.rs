//! Laying one given value against the present one: unchanged, changed, or in conflict with an earlier line.

use crate::catalogue::import::Change;
use crate::catalogue::tax_id::TaxId;
use crate::catalogue::{
    Gtin, NetQuantity, OcopGroup, Parcel, ProducerKind, ProductKind, Season, Stars, Storage, VatCategory,
};
use ganh_contract::Vnd;
use jiff::civil::Date;
use std::collections::HashSet;

/// How a value is shown as old or new; `None` when it says nothing.
pub(super) trait Shown {
    fn shown(&self) -> Option<String>;
}

impl Shown for String {
    fn shown(&self) -> Option<String> {
        (!self.is_empty()).then(|| self.clone())
    }
}

impl<T: Shown> Shown for Option<T> {
    fn shown(&self) -> Option<String> {
        self.as_ref().and_then(Shown::shown)
    }
}

impl Shown for Vec<String> {
    fn shown(&self) -> Option<String> {
        (!self.is_empty()).then(|| self.join(" | "))
    }
}

impl Shown for Vnd {
    fn shown(&self) -> Option<String> {
        (self.get() != 0).then(|| self.to_string())
    }
}

impl Shown for Parcel {
    fn shown(&self) -> Option<String> {
        let size = self
            .size_mm
            .map(|[long, wide, high]| format!(", {long} × {wide} × {high} mm"))
            .unwrap_or_default();
        Some(format!("{} g{size}", self.grams))
    }
}

macro_rules! shown {
    ($($kind:ty => $show:expr),+ $(,)?) => { $(
        impl Shown for $kind {
            fn shown(&self) -> Option<String> {
                let show: fn(&$kind) -> String = $show;
                Some(show(self))
            }
        }
    )+ };
}

shown! {
    u32 => ToString::to_string,
    u16 => ToString::to_string,
    bool => ToString::to_string,
    Stars => |stars| stars.get().to_string(),
    Date => ToString::to_string,
    Gtin => ToString::to_string,
    NetQuantity => ToString::to_string,
    Season => ToString::to_string,
    TaxId => ToString::to_string,
    ProducerKind => |kind| kind.slug().to_owned(),
    ProductKind => |kind| kind.slug().to_owned(),
    OcopGroup => |group| group.slug().to_owned(),
    Storage => |storage| storage.slug().to_owned(),
    VatCategory => |vat| vat.slug().to_owned(),
}

/// Settles the fields of one thing, line by line.
pub(super) struct Settle<'s> {
    entity: String,
    spoken: &'s mut HashSet<(String, &'static str)>,
    /// What changes.
    pub changes: Vec<Change>,
    /// Fields on which an earlier line of this import said otherwise, with what this line says.
    pub conflicts: Vec<(&'static str, String)>,
}

impl<'s> Settle<'s> {
    /// Begins with one thing, named so that later lines find what was said about it.
    pub fn new(entity: String, spoken: &'s mut HashSet<(String, &'static str)>) -> Self {
        Self { entity, spoken, changes: Vec::new(), conflicts: Vec::new() }
    }

    /// Puts a given value in its place. Nothing given changes nothing.
    pub fn field<T: PartialEq + Shown>(&mut self, field: &'static str, place: &mut T, given: Option<T>) {
        let Some(given) = given else { return };
        let is_first = self.spoken.insert((self.entity.clone(), field));
        if *place == given {
            return;
        }
        let new = given.shown().unwrap_or_default();
        if !is_first {
            self.conflicts.push((field, new));
            return;
        }
        self.changes.push(Change { field: field.to_owned(), old: place.shown(), new });
        *place = given;
    }
}
