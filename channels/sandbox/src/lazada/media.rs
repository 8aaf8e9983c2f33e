//! Pictures: upload, migration from a link, and the address that serves the bytes (spec 4.5).

use std::collections::HashMap;

use axum::body::Bytes;
use serde_json::{Map, Value, json};

use crate::core::client::client;
use crate::core::lock;

use super::call::Call;
use super::envelope::{Answer, Refusal, Success};
use super::payload;
use super::world::{Shop, World};

const AT_MOST_BYTES: usize = 3_145_728;
const AT_MOST_BATCH: usize = 8;
/// The source must answer within (spec 4.5).
const FETCH_S: u64 = 5;

/// One stored picture.
#[derive(Debug, Clone)]
pub struct Picture {
    pub content_type: &'static str,
    pub bytes: Bytes,
}

/// Pictures and batches under way.
#[derive(Default)]
pub struct Media {
    pictures: HashMap<String, Picture>,
    batches: HashMap<String, (i64, Value)>,
}

impl Media {
    /// Keeps a picture under a file name.
    pub fn keep(&mut self, name: &str, picture: Picture) {
        self.pictures.insert(name.to_owned(), picture);
    }

    /// Whether an address is one of ours: `…/p/<known name>`.
    pub fn hosts(&self, url: &str) -> bool {
        url.rsplit_once("/p/").is_some_and(|(_, name)| self.pictures.contains_key(name))
    }
}

/// The address of a picture, on the host that was called.
pub fn url_of(host: &str, name: &str) -> String {
    format!("http://{host}/p/{name}")
}

/// `GET /p/<name>`: the bytes.
pub fn serve(world: &World, path: &str) -> Option<Success> {
    let media = lock(&world.media);
    let picture = media.pictures.get(path.strip_prefix("/p/")?)?;
    Some(Success::File { content_type: picture.content_type, bytes: picture.bytes.to_vec() })
}

/// Judges bytes and keeps them; the name is the digest, so the same picture is the same address.
fn take(world: &World, host: &str, bytes: &[u8]) -> Result<Value, Refusal> {
    if bytes.is_empty() {
        return Err(Refusal::isp("30", "E030: Empty Request"));
    }
    if bytes.len() > AT_MOST_BYTES {
        return Err(Refusal::isp("303", "E303: The image is too large; the limit is 3145728 bytes"));
    }
    let failed = |why: &str| Refusal::isp("300", format!("E300: Upload image failed: {why}"));
    let (content_type, ending) = match imagesize::image_type(bytes) {
        Ok(imagesize::ImageType::Jpeg) => ("image/jpeg", "jpg"),
        Ok(imagesize::ImageType::Png) => ("image/png", "png"),
        Ok(_) | Err(_) => return Err(failed("only JPG and PNG are supported")),
    };
    let size = imagesize::blob_size(bytes).map_err(|_| failed("the file is broken"))?;
    let is_fair = |side: usize| (330..=5000).contains(&side);
    if !is_fair(size.width) || !is_fair(size.height) {
        return Err(failed("width and height must be between 330 and 5000 px"));
    }
    let digest = <sha2::Sha256 as sha2::Digest>::digest(bytes);
    let hash = hex::encode(&digest[..16]);
    let name = format!("{hash}.{ending}");
    lock(&world.media).keep(&name, Picture { content_type, bytes: Bytes::copy_from_slice(bytes) });
    Ok(json!({"hash_code": hash, "url": url_of(host, &name)}))
}

/// `/image/upload`: the file part `image`.
pub fn upload(world: &World, _shop: &mut Shop, call: &Call) -> Answer {
    if call.params.contains_key("image") {
        return Err(Refusal::isp("302", "E302: Not supported URL"));
    }
    let file = call.files.iter().find(|file| file.name == "image");
    let file = file.ok_or_else(|| Refusal::isp("30", "E030: Empty Request"))?;
    call.rows.set(1);
    Ok(Success::Data(json!({"image": take(world, &call.host, &file.bytes)?})))
}

/// `/image/response/get`: empty lists while the batch is under way (the sandbox's decision).
pub fn response(world: &World, _shop: &mut Shop, call: &Call) -> Answer {
    let id = call.need("batch_id")?;
    let media = lock(&world.media);
    let unknown = || Refusal::isp("6", "E006: Unexpected internal error");
    let (ready_ms, outcome) = media.batches.get(id).ok_or_else(unknown)?;
    let data = if *ready_ms > call.now_ms { json!({"images": [], "errors": []}) } else { outcome.clone() };
    Ok(Success::Data(data))
}

/// `/image/migrate`: fetches one picture.
pub async fn migrate_one(world: &World, call: &Call) -> Answer {
    let payload = call.payload()?;
    let url = payload
        .root
        .get("Request")
        .and_then(|request| request.get("Image"))
        .and_then(|image| payload::filled(image, "Url"))
        .ok_or_else(|| Refusal::isp("30", "E030: Empty Request"))?;
    call.rows.set(1);
    let bytes = fetch(world, &url)
        .await
        .map_err(|why| Refusal::isp("301", format!("E301: Migrate Image Failed: {why}")))?;
    Ok(Success::Data(json!({"image": take(world, &call.host, &bytes)?})))
}

/// `/images/migrate`: fetches up to eight; what became of them is asked for later.
pub async fn migrate_many(world: &World, call: &Call) -> Answer {
    let payload = call.payload()?;
    let request = payload.root.get("Request").cloned().unwrap_or_default();
    let urls: Vec<String> = payload::rows(&request, "Images", "Url")
        .iter()
        .filter_map(|url| url.as_str().map(|url| url.trim().to_owned()))
        .collect();
    if urls.is_empty() {
        return Err(Refusal::isp("30", "E030: Empty Request"));
    }
    if urls.len() > AT_MOST_BATCH {
        return Err(Refusal::isp("203", "E203: Too many images; the limit is 8"));
    }
    call.rows.set(urls.len());
    let (mut images, mut errors) = (Vec::new(), Vec::new());
    for url in urls {
        let taken = match fetch(world, &url).await {
            Ok(bytes) => take(world, &call.host, &bytes).map_err(|refusal| refusal.message),
            Err(_) => Err("Error download image".to_owned()),
        };
        match taken {
            Ok(image) => images.push(image),
            Err(why) => errors.push(json!({"field": url, "msg": why, "original_url": url})),
        }
    }
    let id = format!("2101f05b{}", world.core.dice.hex(16));
    let ready_ms = call.now_ms + world.rule(|rules| rules.migrate_ms);
    lock(&world.media).batches.insert(id.clone(), (ready_ms, json!({"images": images, "errors": errors})));
    Ok(Success::Top(Map::from_iter([("batch_id".to_owned(), Value::String(id))])))
}

async fn fetch(world: &World, url: &str) -> Result<Bytes, String> {
    let url = url::Url::parse(url).map_err(|_| "not a URL".to_owned())?;
    if world.rule(|rules| rules.strict_picture_hosts) && !is_public(&url) {
        return Err("the host is not public".to_owned());
    }
    let request = client().ok_or("no client")?.get(url).timeout(std::time::Duration::from_secs(FETCH_S));
    let reply = request.send().await.map_err(|_| "no answer".to_owned())?;
    if reply.status().as_u16() != 200 {
        return Err(format!("status {}", reply.status().as_u16()));
    }
    reply.bytes().await.map_err(|_| "cut off".to_owned())
}

/// Port 80 or 443, a name and no address, outside of the private ranges (spec 4.5).
fn is_public(url: &url::Url) -> bool {
    matches!(url.port_or_known_default(), Some(80 | 443)) && matches!(url.host(), Some(url::Host::Domain(_)))
}
