//! What an offer's note holds: its seller SKU, by which failures may name it (spec §1.4), and its parcel, which `product/update` wants with
//! every SKU (§4.7).

use crate::wire::Sku;
use ganh_contract::{Draft, DraftOffer};
use serde::{Deserialize, Serialize};

/// Kilograms and centimetres as text, as the wire has them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Note {
    pub sku: String,
    pub weight: String,
    pub size: [String; 3],
}

impl Note {
    /// Reads a note; a strange one is empty.
    pub(crate) fn parse(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }

    /// The note as it is kept.
    pub(crate) fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Of an offer that is sent.
    pub(crate) fn of_draft(draft: &Draft, offer: &DraftOffer) -> Self {
        Self {
            sku: offer.sku.as_str().to_owned(),
            weight: kilograms(offer.grams.unwrap_or(draft.grams)),
            size: draft.size_mm.map(|size| size.map(centimetres)).unwrap_or_default(),
        }
    }

    /// Of an offer that was read.
    pub(crate) fn of_sku(sku: &Sku) -> Self {
        let plain = |text: &str| {
            let text = text.trim();
            if text.contains('.') {
                text.trim_end_matches('0').trim_end_matches('.').to_owned()
            } else {
                text.to_owned()
            }
        };
        Self {
            sku: sku.seller_sku.as_str().trim().to_owned(),
            weight: plain(sku.package_weight.as_str()),
            size: [&sku.package_length, &sku.package_width, &sku.package_height]
                .map(|side| plain(side.as_str())),
        }
    }
}

/// Grams as kilograms with two decimals, rounded up (§4.6).
pub(crate) fn kilograms(grams: u32) -> String {
    let hundredths = grams.div_ceil(10);
    decimal(hundredths / 100, hundredths % 100)
}

/// Millimetres as centimetres (§4.6).
pub(crate) fn centimetres(mm: u32) -> String {
    decimal(mm / 10, mm % 10 * 10)
}

fn decimal(whole: u32, hundredths: u32) -> String {
    match hundredths {
        0 => whole.to_string(),
        part if part.is_multiple_of(10) => format!("{whole}.{}", part / 10),
        part => format!("{whole}.{part:02}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_and_sizes_are_decimals_without_idle_zeros() {
        assert_eq!([550, 551, 1, 40_000, 1_400].map(kilograms), ["0.55", "0.56", "0.01", "40", "1.4"]);
        assert_eq!([200, 125, 7].map(centimetres), ["20", "12.5", "0.7"]);
    }

    #[test]
    fn a_note_of_what_was_sent_is_the_note_of_what_is_read() {
        let read: Sku =
            serde_json::from_value(serde_json::json!({ "SellerSku": "A", "package_weight": "0.550",
            "package_length": "10.00", "package_width": 12.5, "package_height": "26" }))
            .expect("a SKU");

        let note = Note::of_sku(&read);

        assert_eq!(Note::parse(&note.text()), note);
        assert_eq!(
            (note.weight.as_str(), note.size.each_ref().map(String::as_str)),
            ("0.55", ["10", "12.5", "26"])
        );
        assert_eq!(Note::parse("not a note"), Note::default());
    }
}
