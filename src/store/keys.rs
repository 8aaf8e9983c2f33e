//! Secrets at rest: XChaCha20-Poly1305 under a master key, bound to table, column and row.
//!
//! A sealed value is `1 | key id (4) | nonce (24) | ciphertext and tag`. The key's id is the start of its hash, so a value names the key
//! that opens it. One key seals; older ones still open until everything is sealed anew.

mod rotate;

use super::Store;
use super::error::{Result, StoreError};
use super::tx::args;
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{Key, KeyInit, XChaCha20Poly1305, XNonce};
use ganh_contract::Secret;
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use std::fmt;

const FORM: u8 = 1;
const HEAD: usize = 1 + 4 + 24;
const CANARY: &[u8] = b"ganh: this key fits this store";

/// 256 bits from which nothing of it can be read back by accident.
#[derive(Clone, PartialEq, Eq)]
pub struct MasterKey {
    bytes: [u8; 32],
    id: [u8; 4],
}

impl MasterKey {
    /// A fresh key from the system's randomness.
    ///
    /// # Errors
    /// `Unavailable` when the system gives no randomness.
    pub fn generate() -> Result<Self> {
        let mut bytes = [0; 32];
        random(&mut bytes)?;
        Ok(Self::from_bytes(bytes))
    }

    /// Reads 64 hexadecimal digits; spaces around them are ignored.
    ///
    /// # Errors
    /// `WrongKey` that says what is wrong, without a digit of the text.
    pub fn parse(text: &str) -> Result<Self> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text.trim(), &mut bytes).map_err(|_| {
            StoreError::WrongKey(format!(
                "a master key is 64 hexadecimal digits, this one has {} characters: make one with `ganh key new`",
                text.trim().chars().count()
            ))
        })?;
        Ok(Self::from_bytes(bytes))
    }

    fn from_bytes(bytes: [u8; 32]) -> Self {
        let digest = Sha256::new().chain_update(b"ganh master key id").chain_update(bytes).finalize();
        Self { bytes, id: [digest[0], digest[1], digest[2], digest[3]] }
    }

    /// The key's public name: eight hexadecimal digits of its hash.
    pub fn id(&self) -> String {
        hex::encode(self.id)
    }

    /// The key as written to its file: 64 hexadecimal digits.
    pub fn to_secret(&self) -> Secret {
        Secret::new(hex::encode(self.bytes))
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&Key::from(self.bytes))
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MasterKey({})", self.id())
    }
}

/// The key that seals, and older ones that still open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    current: MasterKey,
    older: Vec<MasterKey>,
}

impl Keys {
    /// Seals with `current`; opens with all.
    pub const fn new(current: MasterKey, older: Vec<MasterKey>) -> Self {
        Self { current, older }
    }

    /// One key a line, the sealing one first; empty lines and lines that begin with `#` are skipped.
    ///
    /// # Errors
    /// `WrongKey` when a line is no key or there is none.
    pub fn parse(text: &str) -> Result<Self> {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let mut keys = lines.map(MasterKey::parse).collect::<Result<Vec<_>>>()?.into_iter();
        let current = keys.next().ok_or_else(|| {
            StoreError::WrongKey("the master key is empty: make one with `ganh key new`".into())
        })?;
        Ok(Self { current, older: keys.collect() })
    }

    /// The key that seals.
    pub const fn current(&self) -> &MasterKey {
        &self.current
    }

    /// The same keys with a new one that seals; the former ones still open.
    pub fn renewed(&self, new: MasterKey) -> Self {
        let older =
            std::iter::once(&self.current).chain(&self.older).filter(|key| **key != new).cloned().collect();
        Self { current: new, older }
    }

    pub(super) fn seal(&self, place: &Place<'_>, secret: &[u8]) -> Result<Vec<u8>> {
        let mut nonce = [0; 24];
        random(&mut nonce)?;
        let aad = place.to_string();
        let payload = Payload { msg: secret, aad: aad.as_bytes() };
        let sealed = self.current.cipher().encrypt(&XNonce::from(nonce), payload);
        let sealed = sealed.map_err(|_| StoreError::Refused(format!("{place}: too long to be sealed")))?;
        Ok([&[FORM][..], &self.current.id, &nonce, &sealed].concat())
    }

    pub(super) fn unseal(&self, place: &Place<'_>, sealed: &[u8]) -> Result<Vec<u8>> {
        let damaged = || StoreError::Corrupt(format!("{place} is no sealed value"));
        if sealed.len() < HEAD || sealed.first() != Some(&FORM) {
            return Err(damaged());
        }
        let (head, body) = sealed.split_at(HEAD);
        let nonce: [u8; 24] = head[5..].try_into().map_err(|_| damaged())?;
        let key = std::iter::once(&self.current).chain(&self.older).find(|key| key.id == head[1..5]);
        let Some(key) = key else {
            return Err(StoreError::WrongKey(format!(
                "{place} is sealed with master key {}, the key given is {}: give the right one (GANH_MASTER_KEY or its file)",
                hex::encode(&head[1..5]),
                self.current.id()
            )));
        };
        let aad = place.to_string();
        let payload = Payload { msg: body, aad: aad.as_bytes() };
        key.cipher().decrypt(&XNonce::from(nonce), payload).map_err(|_| damaged())
    }

    pub(super) fn unseal_text(&self, place: &Place<'_>, sealed: &[u8]) -> Result<String> {
        String::from_utf8(self.unseal(place, sealed)?)
            .map_err(|_| StoreError::Corrupt(format!("{place} holds no text")))
    }
}

/// Table, column and row of a sealed value: it opens nowhere else.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a>(pub &'static str, pub &'static str, pub &'a str);

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{} of {}", self.0, self.1, self.2)
    }
}

fn random(bytes: &mut [u8]) -> Result<()> {
    getrandom::fill(bytes)
        .map_err(|error| StoreError::Unavailable(format!("the system gives no randomness: {error}")))
}

pub(super) const CANARY_PLACE: Place<'static> = Place("master_key", "canary_sealed", "1");

impl Store {
    /// Proves that the keys open this store; the first start seals the proof.
    pub(super) async fn prove_keys(&self, now: Timestamp) -> Result<()> {
        let mut tx = self.write().await?;
        let keys = self.keys();
        let canary = tx.find("SELECT canary_sealed FROM master_key WHERE one = 1", args![]).await?;
        if let Some(row) = canary {
            let opened = keys.unseal(&CANARY_PLACE, &row.bytes("canary_sealed")?)?;
            return if opened == CANARY {
                Ok(())
            } else {
                Err(StoreError::Corrupt("the key's proof differs".into()))
            };
        }
        tx.execute(
            "INSERT INTO master_key (one, canary_sealed, rotated_at) VALUES (1, $1, $2)",
            args![keys.seal(&CANARY_PLACE, CANARY)?, now],
        )
        .await?;
        tx.commit().await
    }
}
