//! Orders: what is stored, and how it looks in a reply (spec §8.1).

use serde_json::{Map, Value, json};

use super::price::{money, plain};
use super::product::{Meta, Type};
use super::view::{metas, times};
use super::world::World;

/// One line of an order.
#[derive(Debug, Clone, Default)]
pub struct Line {
    /// Row id.
    pub id: u64,
    /// Name as ordered.
    pub name: String,
    /// Product, 0 when unknown.
    pub product: u64,
    /// Variation, 0 when none.
    pub variation: u64,
    /// Units.
    pub quantity: i64,
    /// Before coupons, đồng.
    pub subtotal: f64,
    /// After coupons, đồng.
    pub total: f64,
    /// SKU as ordered; shown while the product exists.
    pub sku: String,
    /// Units taken out of the stock for this line (`_reduced_stock`).
    pub reduced: i64,
    /// Units given back by refunds.
    pub refunded: i64,
    /// `meta_data`.
    pub meta: Vec<Meta>,
}

impl Line {
    /// The product or variation that carries stock and SKU.
    #[must_use]
    pub const fn item(&self) -> u64 {
        if self.variation > 0 { self.variation } else { self.product }
    }
}

/// One refund of an order.
#[derive(Debug, Clone, Default)]
pub struct Refund {
    /// Id; one range with orders.
    pub id: u64,
    /// Đồng, positive.
    pub amount: f64,
    /// Why.
    pub reason: String,
    /// Seconds since 1970.
    pub created_s: i64,
    /// Line id, units, đồng (both positive).
    pub lines: Vec<(u64, i64, f64)>,
}

/// One order.
#[derive(Debug, Clone, Default)]
pub struct Order {
    /// Id; one range with products.
    pub id: u64,
    /// Status word; an open set.
    pub status: String,
    /// The status before the bin.
    pub status_before_bin: String,
    /// Currency.
    pub currency: String,
    /// Seconds since 1970.
    pub created_s: i64,
    /// Seconds since 1970: what the API shows.
    pub modified_s: i64,
    /// Milliseconds of the last change, also one that the API does not show.
    pub changed_ms: i64,
    /// Seconds since 1970.
    pub paid_s: Option<i64>,
    /// Seconds since 1970.
    pub completed_s: Option<i64>,
    /// Customer, 0: guest.
    pub customer: i64,
    /// Secret part of links.
    pub key: String,
    /// Billing address as sent.
    pub billing: Map<String, Value>,
    /// Shipping address as sent.
    pub shipping: Map<String, Value>,
    /// `cod`, `bacs` …
    pub payment_method: String,
    /// Its title.
    pub payment_title: String,
    /// Of the payment.
    pub transaction: String,
    /// Buyer's note.
    pub note: String,
    /// `checkout`, `rest-api` …
    pub created_via: String,
    /// What was ordered.
    pub lines: Vec<Line>,
    /// Shipping, fee and coupon lines as sent, with ids.
    pub extra: Map<String, Value>,
    /// `meta_data`.
    pub meta: Vec<Meta>,
    /// Refunds.
    pub refunds: Vec<Refund>,
    /// Notes: id, text, for the customer, seconds.
    pub notes: Vec<(u64, String, bool, i64)>,
    /// Stock was lowered for it.
    pub reduced: bool,
    /// Units of unpaid lines held outside of the stock: item, units.
    pub held: Vec<(u64, i64)>,
    /// Read once as rubbish.
    pub garbled: bool,
}

impl Order {
    /// Lines, shipping and fees, đồng.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.lines.iter().map(|line| line.total).sum::<f64>()
            + self.part("shipping_lines")
            + self.part("fee_lines")
    }

    fn part(&self, key: &str) -> f64 {
        let rows = self.extra.get(key).and_then(Value::as_array);
        rows.map_or(0.0, |rows| {
            rows.iter()
                .map(|row| super::price::amount(&super::wire::php_string(&row["total"])).unwrap_or(0.0))
                .sum()
        })
    }

    /// Refunded so far, đồng.
    #[must_use]
    pub fn refunded(&self) -> f64 {
        self.refunds.iter().map(|refund| refund.amount).sum()
    }
}

const ADDRESS: [&str; 11] = [
    "first_name",
    "last_name",
    "company",
    "address_1",
    "address_2",
    "city",
    "state",
    "postcode",
    "country",
    "email",
    "phone",
];

fn address(sent: &Map<String, Value>, is_billing: bool) -> Value {
    let fields = ADDRESS.iter().filter(|field| is_billing || **field != "email");
    let rows =
        fields.map(|field| ((*field).to_owned(), sent.get(*field).cloned().unwrap_or_else(|| json!(""))));
    Value::Object(rows.collect())
}

/// How an order looks in a reply; `dp`: decimals, the shop's when not asked for.
#[must_use]
pub fn view(world: &World, order: &Order, dp: Option<usize>) -> Value {
    let dp = dp.unwrap_or_else(|| world.settings.decimals());
    let mut view = Map::new();
    let mut put = |key: &str, value: Value| {
        view.insert(key.to_owned(), value);
    };
    put("id", order.id.into());
    put("parent_id", 0.into());
    put("number", order.id.to_string().into());
    put("status", order.status.clone().into());
    put("currency", order.currency.clone().into());
    put("currency_symbol", if order.currency == "VND" { "₫" } else { "$" }.into());
    put("version", world.profile.version().into());
    put("prices_include_tax", false.into());
    for (key, at) in [
        ("date_created", Some(order.created_s)),
        ("date_modified", Some(order.modified_s)),
        ("date_paid", order.paid_s),
        ("date_completed", order.completed_s),
    ] {
        let (local, gmt) = times(world, at);
        put(key, local.into());
        put(&format!("{key}_gmt"), gmt.into());
    }
    let shipping: f64 = order.part("shipping_lines");
    for (key, amount) in [
        ("discount_total", order.lines.iter().map(|line| line.subtotal - line.total).sum()),
        ("discount_tax", 0.0),
        ("shipping_total", shipping),
        ("shipping_tax", 0.0),
        ("cart_tax", 0.0),
        ("total", order.total()),
        ("total_tax", 0.0),
    ] {
        put(key, money(amount, dp).into());
    }
    put("customer_id", order.customer.into());
    put("order_key", order.key.clone().into());
    put("billing", address(&order.billing, true));
    put("shipping", address(&order.shipping, false));
    put("payment_method", order.payment_method.clone().into());
    put("payment_method_title", order.payment_title.clone().into());
    put("transaction_id", order.transaction.clone().into());
    put("customer_ip_address", "".into());
    put("customer_user_agent", "".into());
    put("created_via", order.created_via.clone().into());
    put("customer_note", order.note.clone().into());
    put("cart_hash", "".into());
    put("meta_data", metas(&order.meta));
    put("line_items", order.lines.iter().map(|line| line_view(world, line, dp)).collect());
    for key in ["shipping_lines", "fee_lines", "coupon_lines"] {
        put(key, order.extra.get(key).cloned().unwrap_or_else(|| json!([])));
    }
    put("tax_lines", json!([]));
    let refunds = order.refunds.iter();
    put(
        "refunds",
        refunds.map(|refund| json!({ "id": refund.id, "reason": refund.reason, "total": money(-refund.amount, dp) })).collect(),
    );
    let is_open = matches!(order.status.as_str(), "pending" | "failed");
    let pay =
        format!("{}/thanh-toan/order-pay/{}/?pay_for_order=true&key={}", world.home, order.id, order.key);
    put("payment_url", pay.into());
    put("is_editable", matches!(order.status.as_str(), "pending" | "on-hold" | "auto-draft").into());
    put("needs_payment", (is_open && order.total() > 0.0).into());
    put("needs_processing", true.into());
    Value::Object(view)
}

fn line_view(world: &World, line: &Line, dp: usize) -> Value {
    let item = world.items.get(&line.item());
    #[expect(clippy::cast_precision_loss, reason = "units of an order line fit a double")]
    let units = line.quantity.max(1) as f64;
    let parent =
        item.filter(|item| item.kind == Type::Variation).and_then(|item| world.items.get(&item.parent));
    let mut view = json!({
        "id": line.id, "name": line.name, "product_id": line.product, "variation_id": line.variation,
        "quantity": line.quantity, "tax_class": "", "subtotal": money(line.subtotal, dp), "subtotal_tax": money(0.0, dp),
        "total": money(line.total, dp), "total_tax": money(0.0, dp), "taxes": [], "meta_data": metas(&line.meta),
        "sku": if item.is_some() { line.sku.as_str() } else { "" },
        "price": plain(line.total / units).parse::<serde_json::Number>().map_or(Value::Null, Value::Number),
        "image": { "id": "", "src": "" }, "parent_name": parent.map(|parent| parent.name.clone()),
    });
    if world.profile.has_sku_lock() {
        view["global_unique_id"] = item.map_or("", |item| item.gtin.as_str()).into();
    }
    view
}

/// How a refund looks in a reply.
#[must_use]
pub fn refund_view(world: &World, order: &Order, refund: &Refund) -> Value {
    let dp = world.settings.decimals();
    let (created, created_gmt) = times(world, Some(refund.created_s));
    let lines = refund.lines.iter().filter_map(|(id, units, amount)| {
        let line = order.lines.iter().find(|line| line.id == *id)?;
        Some(json!({
            "id": refund.id * 1000 + id, "name": line.name, "product_id": line.product, "variation_id": line.variation,
            "quantity": -units, "subtotal": money(-amount, dp), "total": money(-amount, dp), "total_tax": money(0.0, dp),
            "sku": line.sku, "price": 0, "meta_data": [{ "id": 0, "key": "_refunded_item_id", "value": id.to_string() }],
        }))
    });
    json!({
        "id": refund.id, "parent_id": order.id, "date_created": created, "date_created_gmt": created_gmt,
        "amount": money(refund.amount, dp), "reason": refund.reason, "refunded_by": 1, "refunded_payment": false,
        "meta_data": [], "line_items": lines.collect::<Vec<_>>(), "shipping_lines": [], "tax_lines": [], "fee_lines": [],
    })
}
