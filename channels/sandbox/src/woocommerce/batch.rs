//! Batches: create, update, delete in this order; every failure in its own item; no schema (spec §7).

use serde_json::{Value, json};

use super::Woo;
use super::errors::{ApiError, error, fatal};
use super::reply::Out;
use super::resource::{Look, Resource};
use super::wire::{Args, array_of, php_id, php_json};
use crate::core::faults::{FaultKind, Hit};

/// What a batch takes.
pub const LIMIT: usize = 100;

/// What stops or spoils a batch.
struct Spoil {
    half: bool,
    dies_after: Option<usize>,
    done: usize,
}

impl Spoil {
    fn of(fault: Option<&Hit>) -> Self {
        let dies = fault.filter(|hit| hit.own == "fatal_midway");
        Self {
            half: fault.is_some_and(|hit| hit.kind == FaultKind::HalfBatch),
            dies_after: dies.map(|hit| usize::try_from(hit.after_ms).unwrap_or(0)),
            done: 0,
        }
    }

    /// Asked before each item. `Ok(true)`: this one fails.
    fn next(&mut self) -> Result<bool, ApiError> {
        if self.dies_after.is_some_and(|limit| self.done >= limit) {
            return Err(fatal());
        }
        self.done += 1;
        Ok(self.half && self.done.is_multiple_of(2))
    }
}

fn spoiled() -> ApiError {
    error(500, "db_update_error", "Could not update post in the database.")
}

fn rows(args: &Args, key: &str) -> Vec<Value> {
    match args.get(key) {
        Some(Value::Array(rows)) => rows.clone(),
        Some(Value::Object(map)) => map.values().cloned().collect(),
        Some(_) | None => Vec::new(),
    }
}

fn failed(id: Value, error: &ApiError) -> Vec<u8> {
    php_json(&json!({ "id": id, "error": error.envelope() }))
}

impl Woo {
    /// Runs a batch.
    pub(super) async fn batch(
        &self,
        resource: Resource,
        args: Args,
        fault: Option<&Hit>,
    ) -> Result<Out, ApiError> {
        let (mut create, mut update, delete) =
            (rows(&args, "create"), rows(&args, "update"), rows(&args, "delete"));
        let total = create.len() + update.len() + delete.len();
        let limited = fault.filter(|hit| hit.own == "batch_limit");
        let limit =
            limited.map_or(LIMIT, |hit| usize::try_from(hit.after_ms).ok().filter(|n| *n > 0).unwrap_or(20));
        if total > limit {
            let why = format!("Unable to accept more than {limit} items for this request.");
            return Err(error(413, "woocommerce_rest_request_entity_too_large", why));
        }
        for item in create.iter_mut().chain(&mut update).filter_map(Value::as_object_mut) {
            self.fetch_pictures(item).await;
        }
        let mut spoil = Spoil::of(fault);
        let mut parts: Vec<(&str, Vec<Vec<u8>>)> = Vec::new();
        let created = self.batch_create(resource, &create, &mut spoil)?;
        if !created.is_empty() {
            parts.push(("create", created));
        }
        let updated = self.batch_update(resource, &update, &mut spoil)?;
        if !updated.is_empty() {
            parts.push(("update", updated));
        }
        let deleted = self.batch_delete(resource, &delete, &mut spoil)?;
        if !deleted.is_empty() {
            parts.push(("delete", deleted));
        }
        if parts.is_empty() {
            return Ok(Out { status: 200, body: b"[]".to_vec(), headers: Vec::new(), rows: 0 });
        }
        let mut body = vec![b'{'];
        for (at, (key, rows)) in parts.iter().enumerate() {
            if at > 0 {
                body.push(b',');
            }
            body.extend_from_slice(format!("\"{key}\":").as_bytes());
            body.extend_from_slice(&array_of(rows));
        }
        body.push(b'}');
        Ok(Out { status: 200, body, headers: Vec::new(), rows: total })
    }

    fn batch_create(
        &self,
        resource: Resource,
        items: &[Value],
        spoil: &mut Spoil,
    ) -> Result<Vec<Vec<u8>>, ApiError> {
        let empty = Args::new();
        let secrets: Vec<String> = items.iter().map(|_| self.fresh_secret(resource)).collect();
        let made = self.with(|world| {
            let mut out = Vec::with_capacity(items.len());
            let mut ids = Vec::new();
            for (item, secret) in items.iter().zip(&secrets) {
                let made = if spoil.next()? {
                    Err(spoiled())
                } else {
                    resource.create(world, item.as_object().unwrap_or(&empty), secret)
                };
                let shown = made.and_then(|id| {
                    ids.push(id);
                    resource.show(world, id, Look::default())
                });
                out.push(shown.unwrap_or_else(|error| failed(json!(0), &error)));
            }
            Ok((out, ids))
        });
        let (out, ids) = made?;
        if resource == Resource::Webhooks {
            ids.into_iter().for_each(|id| self.post_ping(id));
        }
        Ok(out)
    }

    fn batch_update(
        &self,
        resource: Resource,
        items: &[Value],
        spoil: &mut Spoil,
    ) -> Result<Vec<Vec<u8>>, ApiError> {
        let empty = Args::new();
        self.with(|world| {
            let mut out = Vec::with_capacity(items.len());
            for item in items {
                let args = item.as_object().unwrap_or(&empty);
                let sent = args.get("id").cloned().unwrap_or(Value::Null);
                let id = php_id(Some(&sent));
                let done =
                    if spoil.next()? { Err(spoiled()) } else { resource.update(world, id, args, true) };
                let shown = done.and_then(|()| resource.show(world, id, Look::default()));
                out.push(shown.unwrap_or_else(|error| failed(sent, &error)));
            }
            Ok(out)
        })
    }

    /// Always for good; what is no number is dropped without trace.
    fn batch_delete(
        &self,
        resource: Resource,
        items: &[Value],
        spoil: &mut Spoil,
    ) -> Result<Vec<Vec<u8>>, ApiError> {
        self.with(|world| {
            let mut out = Vec::with_capacity(items.len());
            for item in items {
                let id = php_id(Some(item));
                if id == 0 {
                    continue;
                }
                let done = if spoil.next()? {
                    Err(spoiled())
                } else {
                    resource.delete(world, id, true, Look::default())
                };
                let sent = match resource {
                    Resource::Items(Some(parent)) => json!({ "id": id, "product_id": parent, "force": true }),
                    _ => item.clone(),
                };
                out.push(done.unwrap_or_else(|error| failed(sent, &error)));
            }
            Ok(out)
        })
    }
}
