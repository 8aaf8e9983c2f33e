//! What is wrong with a batch or a product, row by row (spec 1.4, `detail`).

use serde_json::{Value, json};

use super::envelope::Refusal;

/// Complaints about one product; all of them, not only the first.
#[derive(Debug, Default)]
pub struct Complaints {
    rows: Vec<Value>,
}

impl Complaints {
    /// Something about the product.
    pub fn add(&mut self, field: &str, code: &str, words: &str) {
        self.rows.push(json!({"field": field, "code": code, "message": message(code, words)}));
    }

    /// Something about a SKU.
    pub fn add_sku(&mut self, seller_sku: &str, field: &str, code: &str, words: &str) {
        self.rows.push(
            json!({"field": field, "code": code, "message": message(code, words), "seller_sku": seller_sku}),
        );
    }

    /// Nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The overview code with everything beside it.
    pub fn refuse(self, code: &str, words: &str) -> Refusal {
        Refusal::isp(code, message(code, words)).with_detail(self.rows)
    }
}

/// `E4160: …`; symbolic codes stand by themselves.
pub fn message(code: &str, words: &str) -> String {
    if code.starts_with(|letter: char| letter.is_ascii_digit()) {
        format!("E{code:0>3}: {words}")
    } else {
        format!("{code}: {words}")
    }
}
