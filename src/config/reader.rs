//! The layers put together, and the door through which a section reads its keys: every refusal names the key, who said it and the mend.

use super::DEFAULTS;
use super::units::{parse_duration, parse_size};
use config::{Config, Environment, File, FileFormat, Value, ValueKind};
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::time::Duration;

/// What is laid over the compiled-in defaults.
#[derive(Debug, Clone, Default)]
pub struct Layers {
    /// The operator's file. Named and absent is an error.
    pub file: Option<PathBuf>,
    /// The process's environment, or a test's; only `GANH_SECTION__KEY` is looked at.
    pub environment: HashMap<String, String>,
    /// Said on the command line: `section.key` → value. The strongest.
    pub said: Vec<(String, String)>,
}

impl Layers {
    /// An operator's file and this process's environment.
    pub fn of_process(file: Option<PathBuf>) -> Self {
        Self { file, environment: std::env::vars().collect(), said: Vec::new() }
    }

    /// Adds what the command line said.
    pub fn say(mut self, key: &str, value: impl Into<String>) -> Self {
        self.said.push((key.into(), value.into()));
        self
    }
}

/// A wrong setting, in one line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SettingError(pub String);

/// All keys with their values and where each was said.
pub(super) struct Reader {
    values: BTreeMap<String, Value>,
}

impl Reader {
    pub fn open(layers: &Layers) -> Result<Self, SettingError> {
        let defaults =
            flat(&build(Config::builder().add_source(File::from_str(DEFAULTS, FileFormat::Toml)))?);
        let environment = environment(layers, &defaults)?;
        let mut builder = Config::builder().add_source(File::from_str(DEFAULTS, FileFormat::Toml));
        if let Some(path) = &layers.file {
            if path.is_dir() {
                return Err(SettingError(format!(
                    "the settings file {0} is a folder: name the file in it, such as {0}/ganh.toml, or give the folder with --data-dir",
                    path.display()
                )));
            }
            if !path.exists() {
                return Err(SettingError(format!(
                    "the settings file {} does not exist: make one with `ganh init`, or leave --config out",
                    path.display()
                )));
            }
            builder = builder.add_source(File::from(path.as_path()).format(FileFormat::Toml));
        }
        builder = builder.add_source(
            Environment::with_prefix("GANH").prefix_separator("_").separator("__").source(Some(environment)),
        );
        for (key, value) in &layers.said {
            builder = builder
                .set_override(key.as_str(), value.as_str())
                .map_err(|error| SettingError(format!("{key}: {}", one_line(&error.to_string()))))?;
        }
        let values = flat(&build(builder)?);
        if let Some((key, value)) = values.iter().find(|(key, _)| !defaults.contains_key(*key)) {
            let near = defaults.keys().min_by_key(|known| distance(known, key));
            let near = near.map(|known| format!(", perhaps {known} is meant")).unwrap_or_default();
            return Err(SettingError(format!("{}: there is no such setting{near}", named(key, value))));
        }
        Ok(Self { values })
    }

    /// The text of a key; `None` where it is empty.
    pub fn text(&self, key: &str) -> Result<Option<String>, SettingError> {
        let value = self.value(key)?;
        match &value.kind {
            ValueKind::String(text) => Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty())),
            ValueKind::I64(_) | ValueKind::Float(_) | ValueKind::Boolean(_) => Ok(Some(value.to_string())),
            _ => Err(self.wrong(key, "a text in quotes")),
        }
    }

    /// The text of a key that may not be empty.
    pub fn said(&self, key: &str, mend: &str) -> Result<String, SettingError> {
        self.text(key)?.ok_or_else(|| self.wrong(key, mend))
    }

    /// A whole number within bounds.
    pub fn number(&self, key: &str, least: u32, most: u32) -> Result<u32, SettingError> {
        let number = self.text(key)?.and_then(|text| text.parse::<u32>().ok());
        number
            .filter(|number| (least..=most).contains(number))
            .ok_or_else(|| self.wrong(key, &format!("a whole number from {least} to {most}")))
    }

    /// A length of time within bounds, both in seconds.
    pub fn duration(&self, key: &str, least_ms: u64, most_s: u64) -> Result<Duration, SettingError> {
        let (least, most) = (Duration::from_millis(least_ms), Duration::from_secs(most_s));
        let duration = self.text(key)?.and_then(|text| parse_duration(&text));
        duration.filter(|duration| (least..=most).contains(duration)).ok_or_else(|| {
            self.wrong(
                key,
                &format!("a time from {least:?} to {}h such as \"30s\", \"5m\" or \"24h\"", most_s / 3600),
            )
        })
    }

    /// A size in bytes within bounds, both in bytes.
    pub fn size(&self, key: &str, least: u64, most: u64) -> Result<u64, SettingError> {
        let size = self.text(key)?.and_then(|text| parse_size(&text));
        size.filter(|size| (least..=most).contains(size)).ok_or_else(|| {
            self.wrong(
                key,
                &format!("a size from {} KiB to {} MiB such as \"10 MiB\"", least.div_ceil(1024), most >> 20),
            )
        })
    }

    /// One of some words.
    pub fn word<T: Copy>(&self, key: &str, words: &[(&str, T)]) -> Result<T, SettingError> {
        let text = self.text(key)?.unwrap_or_default();
        words.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning).ok_or_else(|| {
            let all: Vec<_> = words.iter().map(|(word, _)| format!("\"{word}\"")).collect();
            self.wrong(key, &format!("one of {}", all.join(", ")))
        })
    }

    /// The refusal of a key's value.
    pub fn wrong(&self, key: &str, mend: &str) -> SettingError {
        match self.values.get(key) {
            Some(value) => SettingError(format!("{} is \"{value}\": write {mend}", named(key, value))),
            None => SettingError(format!("{key}: write {mend}")),
        }
    }

    fn value(&self, key: &str) -> Result<&Value, SettingError> {
        self.values
            .get(key)
            .ok_or_else(|| SettingError(format!("{key} is missing from the compiled-in settings")))
    }
}

/// The variables that name settings. One underscore where two belong is pointed out: it would be silently ignored otherwise.
fn environment(
    layers: &Layers,
    defaults: &BTreeMap<String, Value>,
) -> Result<HashMap<String, String>, SettingError> {
    let mut taken = HashMap::new();
    for (name, value) in &layers.environment {
        let Some(rest) = name.strip_prefix("GANH_") else { continue };
        if rest.contains("__") {
            taken.insert(name.clone(), value.clone());
        } else if let Some(key) = defaults.keys().find(|key| key.replace('.', "_").eq_ignore_ascii_case(rest))
        {
            return Err(SettingError(format!(
                "{name}: write GANH_{}",
                key.replace('.', "__").to_uppercase()
            )));
        }
    }
    Ok(taken)
}

fn build(builder: config::ConfigBuilder<config::builder::DefaultState>) -> Result<Config, SettingError> {
    builder.build().map_err(|error| {
        SettingError(format!("the settings cannot be read: {}", one_line(&error.to_string())))
    })
}

/// `section.key` → value; a section that is no table stays under its own name.
fn flat(config: &Config) -> BTreeMap<String, Value> {
    let mut values = BTreeMap::new();
    let mut open = vec![(String::new(), config.cache.clone())];
    while let Some((path, value)) = open.pop() {
        match value.kind {
            ValueKind::Table(table) => open.extend(
                table
                    .into_iter()
                    .map(|(key, value)| (if path.is_empty() { key } else { format!("{path}.{key}") }, value)),
            ),
            _ => {
                values.insert(path, value);
            }
        }
    }
    values
}

/// The key with where it was said: in a file, or as which variable.
fn named(key: &str, value: &Value) -> String {
    match value.origin() {
        Some("the environment") => format!("GANH_{}", key.replace('.', "__").to_uppercase()),
        Some(file) => format!("{key} in {file}"),
        None => key.to_owned(),
    }
}

/// What an error says, without the lines of the file that it quotes: one may hold a password.
fn one_line(said: &str) -> String {
    let quoted =
        |line: &&str| line.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ').starts_with('|');
    let kept: Vec<_> = said.lines().filter(|line| !quoted(line)).map(str::trim).collect();
    kept.join(" ")
}

/// How many letters differ: for guessing which key was meant.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let substituted = corner + usize::from(from != *to);
            corner = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(corner + 1);
        }
    }
    row[b.len()]
}
