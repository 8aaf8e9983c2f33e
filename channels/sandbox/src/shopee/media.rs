//! Pictures: `upload_image` (spec 4.3) and the address that serves the bytes.

use std::collections::HashMap;

use axum::body::Bytes;
use serde_json::{Value, json};

use crate::core::lock;
use crate::core::multipart::{self, Part};

use super::call::Call;
use super::envelope::{Answer, Refusal, Success};
use super::world::World;

const AT_MOST_FILES: usize = 9;
const AT_MOST_BYTES: usize = 10 << 20;

/// One stored picture.
#[derive(Debug, Clone)]
pub struct Picture {
    pub content_type: &'static str,
    pub bytes: Bytes,
}

/// All pictures of the app.
#[derive(Default)]
pub struct Media {
    pictures: HashMap<String, Picture>,
}

impl Media {
    /// Keeps a picture under a new id.
    pub fn keep(&mut self, id: &str, picture: Picture) {
        self.pictures.insert(id.to_owned(), picture);
    }

    /// Tells whether a picture has this id.
    pub fn knows(&self, id: &str) -> bool {
        self.pictures.contains_key(id)
    }

    /// The picture with this id.
    pub fn find(&self, id: &str) -> Option<&Picture> {
        self.pictures.get(id)
    }
}

/// `POST /media_space/upload_image`: every file is judged by itself (spec 4.3).
pub fn upload_image(world: &World, call: &Call) -> Answer {
    let parts = multipart::split(&call.content_type, &call.body)
        .ok_or_else(|| Refusal::new("error_param", "request Content-Type isn't multipart/form-data"))?;
    let words = |name: &str| parts.iter().find(|part| part.name == name && !part.is_file).map(Part::text);
    if words("scene").is_some_and(|scene| !matches!(scene.as_str(), "" | "normal" | "desc")) {
        return Err(Refusal::new("error_param", "scene is invalid"));
    }
    if words("ratio").is_some_and(|ratio| !matches!(ratio.as_str(), "" | "1:1")) {
        return Err(Refusal::new("error_param", "ratio is invalid"));
    }
    let files: Vec<&Part> = parts.iter().filter(|part| part.name == "image" && part.is_file).collect();
    if files.is_empty() {
        return Err(Refusal::new("error_param", "There is no image in request."));
    }
    if files.len() > AT_MOST_FILES {
        return Err(Refusal::new("error_param", "image number is more than 9"));
    }
    call.rows.set(files.len() as u64);
    let rows: Vec<Value> = files
        .iter()
        .enumerate()
        .map(|(place, file)| match keep(world, call, file) {
            Ok(info) => json!({"id": place, "error": "", "message": "", "image_info": info}),
            Err(refusal) => json!({"id": place, "error": refusal.code, "message": refusal.message}),
        })
        .collect();
    if rows.len() == 1 && rows[0]["error"] != "" {
        return Err(Refusal::new("error_param", "image is invalid or not supported"));
    }
    let first =
        rows.iter().find(|row| row["error"] == "").map_or(Value::Null, |row| row["image_info"].clone());
    Ok(Success::Response(json!({"image_info": first, "image_info_list": rows})))
}

fn keep(world: &World, call: &Call, file: &Part) -> Result<Value, Refusal> {
    if file.bytes.len() > AT_MOST_BYTES {
        return Err(Refusal::new("error_param", "image size is over 10MB"));
    }
    let content_type = match imagesize::image_type(file.bytes) {
        Ok(imagesize::ImageType::Jpeg) => "image/jpeg",
        Ok(imagesize::ImageType::Png) => "image/png",
        Ok(_) | Err(_) => return Err(Refusal::new("error_param", "image is invalid or not supported")),
    };
    if imagesize::blob_size(file.bytes).is_err() {
        return Err(Refusal::new("error_param", "image is invalid or not supported"));
    }
    let id = format!("vn-11134207-7r98o-{}", world.core.dice.hex(14));
    lock(&world.media).keep(&id, Picture { content_type, bytes: Bytes::copy_from_slice(file.bytes) });
    let url = url_of(call, &id);
    Ok(json!({"image_id": id, "image_url_list": [{"image_url_region": "VN", "image_url": url}]}))
}

/// The address of a picture, on the host that was called.
pub fn url_of(call: &Call, id: &str) -> String {
    format!("http://{}/file/{id}", call.host)
}

/// `GET /file/{id}`: the bytes. The thumbnail `…_tn` is the picture itself.
pub fn serve(world: &World, path: &str) -> Option<Success> {
    let id = path.strip_prefix("/file/")?;
    let id = id.strip_suffix("_tn").unwrap_or(id);
    let media = lock(&world.media);
    let picture = media.find(id)?;
    Some(Success::File { content_type: picture.content_type, bytes: picture.bytes.to_vec() })
}
