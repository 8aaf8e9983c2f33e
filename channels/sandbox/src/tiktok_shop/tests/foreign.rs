//! A published client that we did not write works unchanged (`tests/foreign/tiktok_shop`).

use std::process::Command;

use super::Client;

const STORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/foreign/tiktok_shop/story.py");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_foreign_client_of_tiktok_shop_works_unchanged() {
    let Ok(python) = std::env::var("GANH_FOREIGN_TIKTOK_SHOP") else {
        eprintln!(
            "did not run: GANH_FOREIGN_TIKTOK_SHOP is not set (tests/foreign/tiktok_shop/prepare prints it)"
        );
        return;
    };
    let client = Client::new("quick").await;
    let keys = client.running.credentials().to_string();

    let told = tokio::task::spawn_blocking(move || Command::new(python).args([STORY, &keys]).output());
    let told = told.await.unwrap().unwrap();

    assert!(
        told.status.success(),
        "{}{}",
        String::from_utf8_lossy(&told.stdout),
        String::from_utf8_lossy(&told.stderr)
    );
}
