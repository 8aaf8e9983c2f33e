//! Pictures and files (spec 7.2), the addresses that serve their bytes, and the brands of the app.

use std::collections::HashMap;

use axum::body::Bytes;
use serde_json::json;

use crate::core::lock;
use crate::core::multipart::{self, Part};

use super::brand::{self, Brand};
use super::call::Call;
use super::envelope::{Answer, Refusal, Success};
use super::world::World;

const USE_CASES: [&str; 6] = [
    "MAIN_IMAGE",
    "ATTRIBUTE_IMAGE",
    "DESCRIPTION_IMAGE",
    "CERTIFICATION_IMAGE",
    "SIZE_CHART_IMAGE",
    "CUSTOMIZATION_IMAGE",
];
const AT_MOST_BYTES: usize = 10 << 20;
/// A picture for listings that nobody uploaded one for.
pub const SAMPLE: &str = "tos-alisg-i-ganh/sandbox0000";
static SAMPLE_BYTES: &[u8] = include_bytes!("sample.png");

/// One stored picture.
#[derive(Debug, Clone)]
pub struct Picture {
    pub content_type: &'static str,
    pub bytes: Bytes,
    pub width: usize,
    pub height: usize,
}

/// All pictures, files and brands of the app.
pub struct Media {
    pub brands: Vec<Brand>,
    pictures: HashMap<String, Picture>,
    files: HashMap<u64, String>,
}

impl Media {
    /// With one picture in it.
    pub fn with_sample() -> Self {
        let sample = Picture {
            content_type: "image/png",
            bytes: Bytes::from_static(SAMPLE_BYTES),
            width: 300,
            height: 300,
        };
        let pictures = HashMap::from([(SAMPLE.to_owned(), sample)]);
        Self { brands: brand::known(), pictures, files: HashMap::new() }
    }

    /// The picture with this uri.
    pub fn find(&self, uri: &str) -> Option<&Picture> {
        self.pictures.get(uri)
    }

    /// Forgets a picture, as the platform does with unused ones.
    pub fn forget(&mut self, uri: &str) {
        self.pictures.remove(uri);
    }

    /// Whether a file has this id.
    pub fn has_file(&self, id: u64) -> bool {
        self.files.contains_key(&id)
    }
}

/// `POST /product/202309/images/upload`.
pub fn upload_image(world: &World, call: &Call) -> Answer {
    let parts = form(call)?;
    let use_case = word(&parts, "use_case").unwrap_or_else(|| "MAIN_IMAGE".to_owned());
    if !USE_CASES.contains(&use_case.as_str()) {
        return Err(Refusal::parameter(format!("Invalid use_case {use_case}.")));
    }
    let file = file(&parts)?;
    if file.bytes.len() > AT_MOST_BYTES {
        return Err(Refusal::new(12_038_005, "The image exceeds 10 MB."));
    }
    let picture = judge(file.bytes)?;
    if !(100..=20_000).contains(&picture.width) || !(100..=20_000).contains(&picture.height) {
        return Err(Refusal::new(12_038_014, "The sides of an image are 100 to 20000 px."));
    }
    let uri = format!("tos-alisg-i-ganh/{}", world.dice.hex(16));
    let data = json!({
        "uri": uri, "url": url_of(&call.host, &uri), "height": picture.height, "width": picture.width, "use_case": use_case,
    });
    lock(&world.media).pictures.insert(uri, picture);
    call.rows(1, data)
}

/// `POST /product/202309/files/upload`.
pub fn upload_file(world: &World, call: &Call) -> Answer {
    let parts = form(call)?;
    let file = file(&parts)?;
    let name = word(&parts, "name").ok_or_else(|| Refusal::required("Name"))?;
    if !file.bytes.starts_with(b"%PDF-") {
        return Err(Refusal::new(12_038_004, "The file format is not supported."));
    }
    if file.bytes.len() > 2 * AT_MOST_BYTES {
        return Err(Refusal::new(12_038_005, "The file exceeds 20 MB."));
    }
    let id = 7_321_000_000_000_000_000 + world.dice.below(1_000_000_000_000_000);
    lock(&world.media).files.insert(id, name.clone());
    let url = format!("http://{}/file/{id}", call.host);
    call.rows(1, json!({"id": id.to_string(), "url": url, "name": name, "format": "PDF"}))
}

/// `GET /img/…`: the bytes of a picture.
pub fn serve(world: &World, path: &str) -> Option<Success> {
    let uri = path.strip_prefix("/img/")?;
    let uri = uri.strip_suffix(".jpeg").unwrap_or(uri);
    let media = lock(&world.media);
    let picture = media.find(uri)?;
    Some(Success::File { content_type: picture.content_type, bytes: picture.bytes.to_vec() })
}

/// The address of a picture, on the host that was called.
pub fn url_of(host: &str, uri: &str) -> String {
    format!("http://{host}/img/{uri}")
}

fn form(call: &Call) -> Result<Vec<Part<'_>>, Refusal> {
    multipart::split(&call.content_type, &call.body)
        .ok_or_else(|| Refusal::new(36_009_023, "The request must be multipart/form-data."))
}

fn file<'a, 'b>(parts: &'a [Part<'b>]) -> Result<&'a Part<'b>, Refusal> {
    parts
        .iter()
        .find(|part| part.name == "data")
        .ok_or_else(|| Refusal::new(12_038_002, "There is no file in `data`."))
}

fn word(parts: &[Part<'_>], name: &str) -> Option<String> {
    parts
        .iter()
        .find(|part| part.name == name && !part.is_file)
        .map(Part::text)
        .filter(|text| !text.is_empty())
}

/// JPG, PNG and WEBP; of spec 7.2 the sandbox leaves out HEIC and BMP.
fn judge(bytes: &[u8]) -> Result<Picture, Refusal> {
    let refused = || Refusal::new(12_038_004, "The image format is not supported.");
    let content_type = match imagesize::image_type(bytes) {
        Ok(imagesize::ImageType::Jpeg) => "image/jpeg",
        Ok(imagesize::ImageType::Png) => "image/png",
        Ok(imagesize::ImageType::Webp) => "image/webp",
        Ok(_) | Err(_) => return Err(refused()),
    };
    let size = imagesize::blob_size(bytes).map_err(|_| refused())?;
    Ok(Picture { content_type, bytes: Bytes::copy_from_slice(bytes), width: size.width, height: size.height })
}
