use super::*;

const SECRET: &str = "ganhsecret01";

fn read_signed(topic: &str, body: &[u8], signature: &str) -> Verdict {
    let secret = Secret::new(SECRET);
    let headers = [
        ("x-wc-webhook-source".to_owned(), "https://shop.example.vn/".to_owned()),
        ("x-wc-webhook-topic".to_owned(), topic.to_owned()),
        ("x-wc-webhook-signature".to_owned(), signature.to_owned()),
    ];
    read(&Delivery { url: "https://ganh.vn/h", headers: &headers, body, secret: Some(&secret), shop: None })
}

fn read_genuine(topic: &str, body: &[u8]) -> Verdict {
    read_signed(topic, body, &hook_signature(SECRET, body))
}

fn hinted(hint: Hint) -> Verdict {
    Verdict::Hints(vec![(RemoteShopId::new("https://shop.example.vn"), hint)])
}

#[test]
fn a_signed_order_is_a_hint_to_read_it() {
    let verdict = read_genuine("order.updated", br#"{"id":131,"billing":{"first_name":"Nguy\u1ec5n"}}"#);

    assert_eq!(verdict, hinted(Hint::Order("131".into())));
}

#[test]
fn one_changed_byte_is_a_forgery() {
    let verdict = read_signed("order.updated", br#"{"id":132}"#, &hook_signature(SECRET, br#"{"id":131}"#));

    assert_eq!(verdict, Verdict::Forged);
}

#[test]
fn the_unsigned_ping_is_greeted_with_nothing() {
    let headers = [("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned())];
    let delivery = Delivery {
        url: "https://ganh.vn/h",
        headers: &headers,
        body: b"webhook_id=12",
        secret: None,
        shop: None,
    };

    assert_eq!(read(&delivery), Verdict::Greeting(String::new()));
}

#[test]
fn an_unsigned_body_is_a_forgery() {
    let secret = Secret::new(SECRET);
    let delivery = Delivery {
        url: "https://ganh.vn/h",
        headers: &[],
        body: br#"{"id":1}"#,
        secret: Some(&secret),
        shop: None,
    };

    assert_eq!(read(&delivery), Verdict::Forged);
}

#[test]
fn a_binned_product_is_a_hint_and_a_vanished_order_asks_for_a_sweep() {
    assert_eq!(read_genuine("product.deleted", br#"{"id":7}"#), hinted(Hint::Listing("7".into())));
    assert_eq!(
        read_genuine("order.updated", br#"{"code":"woocommerce_rest_shop_order_invalid_id","message":"x"}"#),
        hinted(Hint::Sweep)
    );
}

#[test]
fn the_shop_whose_address_this_is_wins_over_what_the_header_claims() {
    let secret = Secret::new(SECRET);
    let shop = RemoteShopId::new("https://other.vn");
    let body = br#"{"id":1}"#;
    let headers = [
        ("x-wc-webhook-source".to_owned(), "https://shop.example.vn/".to_owned()),
        ("x-wc-webhook-topic".to_owned(), "order.created".to_owned()),
        ("x-wc-webhook-signature".to_owned(), hook_signature(SECRET, body)),
    ];
    let delivery = Delivery {
        url: "https://ganh.vn/h",
        headers: &headers,
        body,
        secret: Some(&secret),
        shop: Some(&shop),
    };

    assert_eq!(read(&delivery), Verdict::Hints(vec![(shop.clone(), Hint::Order("1".into()))]));
}
