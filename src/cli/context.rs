//! What commands stand on: the settings of this run, the master key, the open store, the clock, the language.

use crate::clock::{Clock, SystemClock};
use crate::config::{KeySettings, Layers, Settings};
use crate::daemon::{Parts, Times, engine_with};
use crate::listing::Language;
use crate::plan::blast::Limits;
use crate::store::{Keys, ShopRow, Store};
use crate::sync::health::words;
use crate::sync::{Blind, Engine, Rules};
use anyhow::{Context as _, Result, anyhow};
use ganh_contract::Secret;
use ganh_http::LogRecorder;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use url::Url;

/// A wrong use of a command: exit status 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct WrongUse(pub String);

/// Where settings come from, how results are said. The same for all commands.
#[derive(Debug, Clone, clap::Args)]
pub struct Common {
    /// Settings file; without it, ganh.toml of the data folder is read where there is one
    #[arg(long, global = true, value_name = "FILE", env = "GANH_CONFIG")]
    pub config: Option<PathBuf>,
    /// Data folder: paths in the settings are relative to it
    #[arg(long, global = true, value_name = "DIR", env = "GANH_DATA_DIR")]
    pub data_dir: Option<PathBuf>,
    /// Results as JSON
    #[arg(long, global = true)]
    pub json: bool,
    /// Language of what is explained
    #[arg(long, global = true, value_enum, env = "GANH_LANG")]
    pub lang: Option<Lang>,
}

impl Common {
    /// The language of explanations for a command that reads no settings.
    pub fn language_of_process(&self) -> Language {
        self.language(|name| std::env::var(name).ok())
    }

    fn language(&self, variable: impl Fn(&str) -> Option<String>) -> Language {
        let is_vietnamese = || {
            let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(&variable);
            locale.is_some_and(|locale| locale.starts_with("vi"))
        };
        match self.lang {
            Some(Lang::Vi) => Language::Vi,
            Some(Lang::En) => Language::En,
            None if is_vietnamese() => Language::Vi,
            None => Language::En,
        }
    }
}

/// Vietnamese or English.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Lang {
    Vi,
    En,
}

/// One run of a command.
#[derive(Debug, Clone)]
pub struct Context {
    pub settings: Settings,
    pub common: Common,
    pub clock: Arc<dyn Clock>,
    environment: HashMap<String, String>,
}

impl Context {
    /// Reads the settings of all layers. Errors: one line that names the setting and the mend.
    pub fn open(common: &Common) -> Result<Self> {
        let mut layers = Layers::of_process(common.config.clone().or_else(|| found_config(common)));
        // Asked for by the process itself, not settings.
        layers.environment.retain(|name, _| name != "GANH_SHOP_CREDENTIALS");
        let environment = layers.environment.clone();
        let mut settings = Settings::load(&layers).map_err(|error| WrongUse(error.to_string()))?;
        if let Some(folder) = &common.data_dir {
            settings.store.path = folder.join(&settings.store.path);
            if !lies_in_credentials_folder(&settings.key, &environment) {
                settings.key.file = folder.join(&settings.key.file);
            }
        }
        Ok(Self { settings, common: common.clone(), clock: Arc::new(SystemClock), environment })
    }

    /// The folder that holds settings, store and key.
    pub fn folder(&self) -> PathBuf {
        self.common.data_dir.clone().unwrap_or_else(|| PathBuf::from("."))
    }

    /// Now, UTC.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Today in Việt Nam.
    pub fn today(&self) -> Date {
        in_vietnam(self.now()).date()
    }

    /// The language of explanations: as asked, else as the terminal's locale says.
    pub fn language(&self) -> Language {
        self.common.language(|name| self.environment.get(name).cloned())
    }

    /// True when results are written as JSON.
    pub const fn json(&self) -> bool {
        self.common.json
    }

    /// The value of a variable of this process, `None` when empty.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.environment.get(name).map(String::as_str).filter(|text| !text.trim().is_empty())
    }

    /// The master key as written. Errors: no file, wrong mode; with the mend.
    pub fn key_text(&self) -> Result<Secret> {
        Ok(self.settings.key.secret(&self.environment)?)
    }

    /// True when the master key comes from the environment and not from a file.
    pub fn key_is_in_environment(&self) -> bool {
        self.variable(KeySettings::VARIABLE).is_some()
    }

    /// The file of the master key, wherever the service's credentials lie.
    pub fn key_path(&self) -> PathBuf {
        self.settings.key.path(&self.environment)
    }

    /// The master keys.
    pub fn keys(&self) -> Result<Keys> {
        let text = self.key_text()?;
        Keys::parse(text.expose()).map_err(|error| anyhow!("{}: {error}", self.key_source()))
    }

    /// Where the key was taken from, for messages.
    pub fn key_source(&self) -> String {
        if self.key_is_in_environment() {
            KeySettings::VARIABLE.to_owned()
        } else {
            format!("key.file {}", self.key_path().display())
        }
    }

    /// How the store is opened.
    pub fn store_settings(&self) -> crate::store::Settings {
        let store = &self.settings.store;
        crate::store::Settings {
            url: store.url(),
            connections: store.connections,
            cache_kib: store.cache_kib,
        }
    }

    /// Where the store is, without a password.
    pub fn store_place(&self) -> String {
        match &self.settings.store.server {
            Some(_) => "the server of store.url".to_owned(),
            None => self.settings.store.path.display().to_string(),
        }
    }

    /// The open store. Errors: no store, no key, another key; with the mend.
    pub async fn store(&self) -> Result<Store> {
        let store = &self.settings.store;
        if store.server.is_none() && !store.path.exists() {
            return Err(anyhow!(
                "there is no store at {}: make one with `ganh init`, or name its folder with --data-dir",
                store.path.display()
            ));
        }
        self.make_store().await
    }

    /// The open store, made when there is none.
    pub async fn make_store(&self) -> Result<Store> {
        let keys = self.keys()?;
        Store::open(&self.store_settings(), keys, self.now())
            .await
            .with_context(|| format!("store {}", self.store_place()))
    }

    /// What drives shops, for a command that a person waits for. Makes no call.
    pub fn engine(&self, store: &Store) -> Result<Engine> {
        let parts = Parts {
            store: store.clone(),
            clock: self.clock.clone(),
            recorder: Arc::new(LogRecorder),
            witness: Arc::new(Blind),
            rules: self.rules(),
            owner: self.owner(),
        };
        engine_with(self.http()?, parts).map_err(|fault| anyhow!("calls cannot be made: {}", words(&fault)))
    }

    /// How marketplaces are called, from the settings.
    pub fn http(&self) -> Result<ganh_http::Settings> {
        let extra_ca = self.settings.http.extra_ca(&self.folder())?;
        ganh_http::believable(&extra_ca).map_err(|why| {
            anyhow!("http.extra_ca holds a certificate that cannot be read ({why}): name a file with whole PEM certificates")
        })?;
        Ok(ganh_http::Settings { extra_ca, ..ganh_http::Settings::default() })
    }

    /// How often and how much, from the settings.
    pub fn rules(&self) -> Rules {
        let (sync, server) = (&self.settings.sync, &self.settings.server);
        let base = |url: &Option<Url>| url.as_ref().map(|url| url.as_str().trim_end_matches('/').to_owned());
        Rules {
            poll_orders: sync.orders_every,
            sweep_orders: sync.sweep_every,
            sweep_span: sync.look_back,
            look_again: sync.poll,
            audit_page: sync.audit_pace,
            calls_at_once: usize::try_from(sync.calls_per_shop).unwrap_or(usize::MAX),
            renew_before: sync.renew_before,
            pictures_url: base(&server.public_url),
            hooks_url: base(&server.hooks_url),
            ..Rules::default()
        }
    }

    /// How long leases live and how patient the end is, from the settings.
    pub fn times(&self) -> Times {
        let sync = &self.settings.sync;
        Times {
            lease: sync.lease,
            most_shops: usize::try_from(sync.shops_per_node).unwrap_or(usize::MAX),
            drain: sync.drain,
            ..Times::default()
        }
    }

    /// Name of this process among the nodes: no two are alike.
    pub fn owner(&self) -> Arc<str> {
        let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        let unique = uuid::Uuid::now_v7().simple().to_string();
        format!("{}/{}/{}", host.trim(), std::process::id(), &unique[20..]).into()
    }

    /// The shop of this handle. Errors: none such, with those that there are.
    pub async fn shop(&self, store: &Store, handle: &str) -> Result<ShopRow> {
        if let Some(shop) = store.find_shop_by_handle(handle).await? {
            return Ok(shop);
        }
        let known: Vec<String> = store.shops().await?.into_iter().map(|shop| shop.handle).collect();
        Err(anyhow!("there is no shop {handle}: {}", choices(&known, "add one with `ganh shop add`")))
    }

    /// How much a plan may do without asking.
    pub fn limits(&self) -> Limits {
        let blast = &self.settings.blast;
        let count = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        Limits {
            max_zeroed: count(blast.max_zeroed),
            max_zeroed_pct: blast.max_zeroed_percent,
            max_reprice_bp: blast.max_reprice_percent.saturating_mul(100),
            max_delisted: count(blast.max_delisted),
        }
    }

    /// Who acts, for the ledger: as said, else who is logged in.
    pub fn who(&self, said: Option<&str>) -> String {
        let logged_in = ["SUDO_USER", "USER", "LOGNAME"].iter().find_map(|name| self.variable(name));
        said.or(logged_in).unwrap_or("cli").to_owned()
    }
}

/// `22/11/2026 14:05 +07:00`.
pub fn moment(at: Timestamp) -> String {
    in_vietnam(at).strftime("%d/%m/%Y %H:%M %:z").to_string()
}

fn in_vietnam(at: Timestamp) -> jiff::Zoned {
    at.to_zoned(TimeZone::fixed(Offset::constant(7)))
}

/// `use one of a, b`, or what to do when there is none.
pub fn choices(known: &[String], none: &str) -> String {
    match known {
        [] => none.to_owned(),
        [..] => format!("use one of {}", known.join(", ")),
    }
}

fn found_config(common: &Common) -> Option<PathBuf> {
    let file = common.data_dir.as_deref().unwrap_or(Path::new(".")).join("ganh.toml");
    file.is_file().then_some(file)
}

fn lies_in_credentials_folder(key: &KeySettings, environment: &HashMap<String, String>) -> bool {
    key.path(environment) != key.file
}
