//! A provincial site behind TLS, as the real ones are: what ends TLS is rustls with certificates made here, the site is the simulated
//! WooCommerce with Basic, and the program is the real one.

use super::program::{Folder, Said};
use super::shops;
use ganh_sandbox::{Options, Running};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::pki_types::PrivateKeyDer;
use std::sync::Arc;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// A site behind TLS, and the authority that signed for it.
struct Site {
    sandbox: Running,
    url: String,
    authority_pem: String,
}

/// The site shows a certificate for `name` that ended when `year` began.
async fn given_a_site(name: &str, year: i32) -> Site {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let sandbox =
        ganh_sandbox::woocommerce::start(Options { seed: 11, behind_tls: true, ..Options::default() })
            .await
            .unwrap();
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_key = KeyPair::generate().unwrap();
    let authority_pem = authority.self_signed(&authority_key).unwrap().pem();
    let issuer = Issuer::new(authority, authority_key);
    let mut leaf = CertificateParams::new(vec![name.to_owned()]).unwrap();
    leaf.not_before = date_time_ymd(2020, 1, 1);
    leaf.not_after = date_time_ymd(year, 1, 1);
    let leaf_key = KeyPair::generate().unwrap();
    let chain = vec![leaf.signed_by(&leaf_key, &issuer).unwrap().der().clone()];
    let key = PrivateKeyDer::try_from(leaf_key.serialize_der()).unwrap();
    let tls = rustls::ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key).unwrap();

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    sandbox.control("POST", "home", Some(serde_json::json!({ "url": url }))).await;
    let behind = sandbox.base_url().trim_start_matches("http://").to_owned();
    tokio::spawn(async move {
        let acceptor = TlsAcceptor::from(Arc::new(tls));
        while let Ok((client, _)) = listener.accept().await {
            let (acceptor, behind) = (acceptor.clone(), behind.clone());
            tokio::spawn(async move {
                // A client that refuses the certificate goes away: that is its answer.
                let Ok(mut client) = acceptor.accept(client).await else { return };
                let mut site = TcpStream::connect(behind).await.unwrap();
                let _ = copy_bidirectional(&mut client, &mut site).await;
            });
        }
    });
    Site { sandbox, url, authority_pem }
}

/// `ganh shop add` for this site; `believes`: the site's authority is named in the settings.
fn add(folder: &Folder, site: &Site, believes: bool) -> Said {
    folder.write("keys.json", shops::keys(&site.sandbox));
    folder.write("ca.pem", &site.authority_pem);
    let variables: &[_] = if believes { &[("GANH_HTTP__EXTRA_CA", "ca.pem")] } else { &[] };
    folder.ganh_with(
        &[
            "shop",
            "add",
            "woocommerce",
            "--base-url",
            &site.url,
            "--credentials",
            "keys.json",
            "--handle",
            "site",
            "--set",
            "limits/unlimited=true",
        ],
        variables,
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn goods_reach_a_site_whose_own_authority_is_named_in_the_settings() {
    let site = given_a_site("localhost", 2100).await;
    let folder = shops::goods();

    add(&folder, &site, true).succeeds();
    let settings = folder.write("ganh.toml", "[http]\nextra_ca = \"ca.pem\"\n");
    let settings = settings.display().to_string();
    let plan = folder.json(&["plan", "site", "--config", &settings]);
    let name = plan["name"].as_str().expect("a plan's name");
    folder.ganh(&["apply", "site", "--plan", name, "--config", &settings]).succeeds();
    folder.ganh(&["sync", "--once", "--config", &settings]).succeeds();

    let books = site.sandbox.control("GET", "books", None).await;
    assert_eq!(books["listings"].as_array().unwrap().len(), 2);
    assert_eq!(books["listings"][0]["standing"], "on_sale");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authority_nobody_knows_is_one_line_with_host_and_mend_and_nothing_is_kept() {
    let site = given_a_site("localhost", 2100).await;
    let folder = shops::goods();

    let said = add(&folder, &site, false);

    said.fails(1, &["the certificate of localhost is signed by an authority", "http.extra_ca"]);
    assert_eq!(folder.json(&["shop", "list"]), serde_json::json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_out_of_date_is_one_line_with_host_and_mend() {
    let site = given_a_site("localhost", 2021).await;

    let said = add(&shops::goods(), &site, true);

    said.fails(1, &["the certificate of localhost is out of date", "renew it"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_for_another_name_is_one_line_with_host_and_mend() {
    let site = given_a_site("cho-khac.vn", 2100).await;

    let said = add(&shops::goods(), &site, true);

    said.fails(1, &["the certificate that localhost shows is for other names", "correct the shop's address"]);
}
