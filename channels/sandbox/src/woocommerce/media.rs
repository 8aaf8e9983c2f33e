//! Pictures: fetched by address during the call, or uploaded to `wp/v2/media` (spec §4.9).

use axum::body::Bytes;
use serde_json::{Value, json};

use super::Woo;
use super::clean::slug;
use super::errors::{ApiError, error};
use super::wire::{Args, iso};
use super::world::World;
use crate::core::client::client;
use crate::core::market::Call;

/// Marks a picture row whose address was fetched: the attachment's id.
pub const FETCHED: &str = "\u{0}fetched";
/// Marks a picture row whose address could not be fetched: why.
pub const FAILED: &str = "\u{0}failed";

/// One attachment.
#[derive(Debug, Clone)]
pub struct Media {
    /// Id; one range with products and orders.
    pub id: u64,
    /// Public address.
    pub src: String,
    /// Name.
    pub name: String,
    /// Alternative text.
    pub alt: String,
    /// `image/png` …
    pub mime: &'static str,
    /// Pixels.
    pub width: usize,
    /// Pixels.
    pub height: usize,
    /// The file itself.
    pub bytes: Bytes,
    /// Seconds since 1970.
    pub created_s: i64,
}

impl World {
    /// Stores a picture; `None`: not a picture by content.
    pub fn add_media(&mut self, file_name: &str, bytes: Bytes) -> Option<u64> {
        let (mime, extension) = match imagesize::image_type(&bytes).ok()? {
            imagesize::ImageType::Png => ("image/png", "png"),
            imagesize::ImageType::Jpeg => ("image/jpeg", "jpg"),
            imagesize::ImageType::Gif => ("image/gif", "gif"),
            imagesize::ImageType::Webp => ("image/webp", "webp"),
            _ => return None,
        };
        let size = imagesize::blob_size(&bytes).ok()?;
        let id = self.take_id();
        let stem = file_name.rsplit_once('.').map_or(file_name, |(stem, _)| stem);
        let stem = Some(slug(stem)).filter(|stem| !stem.is_empty()).unwrap_or_else(|| "anh".to_owned());
        let created_s = self.now_s();
        let (year, month) = (iso(created_s)[..4].to_owned(), iso(created_s)[5..7].to_owned());
        self.media.insert(
            id,
            Media {
                id,
                src: format!("{}/wp-content/uploads/{year}/{month}/{stem}-{id}.{extension}", self.home),
                name: stem,
                alt: String::new(),
                mime,
                width: size.width,
                height: size.height,
                bytes,
                created_s,
            },
        );
        Some(id)
    }
}

impl Woo {
    /// Fetches all pictures that the arguments name by address, one after the other, and marks the rows.
    /// Stops at the first that fails; those before it stay in the media library.
    pub async fn fetch_pictures(&self, args: &mut Args) {
        let mut rows: Vec<&mut Value> = Vec::new();
        for (key, value) in args.iter_mut() {
            match (key.as_str(), value) {
                ("images", Value::Array(list)) => rows.extend(list.iter_mut()),
                ("image", one @ Value::Object(_)) => rows.push(one),
                _ => {}
            }
        }
        for row in rows {
            let Some(row) = row.as_object_mut() else { continue };
            row.remove(FETCHED);
            row.remove(FAILED);
            if super::wire::php_id(row.get("id")) > 0 {
                continue;
            }
            let Some(src) = row.get("src").and_then(Value::as_str).map(str::to_owned) else { continue };
            match self.fetch_picture(&src).await {
                Ok(id) => {
                    row.insert(FETCHED.to_owned(), id.into());
                }
                Err(why) => {
                    row.insert(FAILED.to_owned(), why.into());
                    return;
                }
            }
        }
    }

    async fn fetch_picture(&self, src: &str) -> Result<u64, String> {
        let getting = |why: &str| format!("Error getting remote image {src}. Error: {why}");
        if !src.starts_with("http://") && !src.starts_with("https://") {
            return Err(getting("A valid URL was not provided."));
        }
        let client = client().ok_or_else(|| getting("cURL error 35: no TLS"))?;
        let reply = client.get(src).send().await.map_err(|error| {
            let why = if error.is_timeout() {
                "cURL error 28: Operation timed out"
            } else {
                "cURL error 7: Failed to connect"
            };
            getting(why)
        })?;
        if !reply.status().is_success() {
            return Err(getting(reply.status().canonical_reason().unwrap_or("Error")));
        }
        let bytes = reply.bytes().await.map_err(|_| getting("cURL error 18: transfer closed"))?;
        let path = src.split(['?', '#']).next().unwrap_or(src);
        let name = path.rsplit('/').next().unwrap_or("anh");
        self.with(|world| world.add_media(name, bytes)).ok_or_else(|| {
            format!("Invalid image: Sorry, you are not allowed to upload this file type. {src}")
        })
    }

    /// `POST wp/v2/media`: raw bytes with a file name, or a form with a file.
    pub(super) fn upload(&self, call: &Call) -> Result<Value, ApiError> {
        // File names come as raw UTF-8 as well.
        let disposition =
            call.headers.get("content-disposition").map(|value| String::from_utf8_lossy(value.as_bytes()));
        let disposition = disposition.as_deref().unwrap_or("");
        let kind = call.header("content-type").unwrap_or("");
        let (name, bytes) = if let Some(boundary) = kind.split("boundary=").nth(1) {
            form_file(&call.body, boundary.trim_matches('"'))
                .ok_or_else(|| error(400, "rest_upload_no_data", "No data supplied."))?
        } else {
            let name = file_name(disposition).ok_or_else(|| {
                error(400, "rest_upload_no_content_disposition", "No Content-Disposition supplied.")
            })?;
            (name, call.body.clone())
        };
        if bytes.is_empty() {
            return Err(error(400, "rest_upload_no_data", "No data supplied."));
        }
        self.with(|world| {
            let id = world.add_media(&name, bytes).ok_or_else(|| {
                error(
                    500,
                    "rest_upload_sideload_error",
                    "Sorry, you are not allowed to upload this file type.",
                )
            })?;
            world.media.get(&id).map(|media| view(world, media)).ok_or_else(super::errors::fatal)
        })
    }
}

/// How an attachment looks in a reply.
#[must_use]
pub fn view(world: &World, media: &Media) -> Value {
    json!({
        "id": media.id, "date": iso(media.created_s + world.offset_s), "date_gmt": iso(media.created_s),
        "slug": media.name, "type": "attachment", "status": "inherit", "link": format!("{}/{}/", world.home, media.name),
        "title": { "rendered": media.name, "raw": media.name }, "alt_text": media.alt, "media_type": "image",
        "mime_type": media.mime, "source_url": media.src,
        "media_details": { "width": media.width, "height": media.height, "filesize": media.bytes.len(), "sizes": {} },
    })
}

fn file_name(disposition: &str) -> Option<String> {
    let (_, rest) = disposition.split_once("filename=")?;
    let name = rest.split(';').next().unwrap_or(rest).trim().trim_matches('"');
    (!name.is_empty()).then(|| name.to_owned())
}

/// The first part of a multipart body that has a file name.
fn form_file(body: &Bytes, boundary: &str) -> Option<(String, Bytes)> {
    let mark = format!("--{boundary}").into_bytes();
    let mut from = 0;
    while let Some(start) = find(body, &mark, from) {
        let head_from = start + mark.len();
        let head_end = find(body, b"\r\n\r\n", head_from)?;
        let end = find(body, &mark, head_end)?;
        let head = String::from_utf8_lossy(&body[head_from..head_end]);
        if let Some(name) = file_name(head.lines().find(|line| line.contains("filename="))?) {
            return Some((name, body.slice(head_end + 4..end.saturating_sub(2).max(head_end + 4))));
        }
        from = end;
    }
    None
}

fn find(body: &[u8], needle: &[u8], from: usize) -> Option<usize> {
    body.get(from..)?.windows(needle.len()).position(|window| window == needle).map(|at| at + from)
}
