//! Source files as the laws look at them: code without comments, without unit tests.

use std::fs;
use std::path::Path;

/// One file: where it stands and its lines of code.
pub struct Source {
    /// From the top of the repository, with `/`.
    pub path: String,
    /// Lines as written, tests and comments included.
    pub length: usize,
    code: Vec<String>,
}

impl Source {
    fn new(path: String, text: &str) -> Self {
        let mut code = Vec::new();
        if !path.ends_with("/tests.rs") && !path.contains("/tests/") {
            code = text
                .lines()
                .take_while(|line| !line.starts_with("#[cfg(test)]"))
                .map(without_comment)
                .collect();
        }
        Self { length: text.lines().count(), code, path }
    }

    /// The room of `src/`, or the crate's folder elsewhere.
    pub fn room(&self) -> String {
        match self.path.strip_prefix("src/") {
            Some(inside) => inside.split('/').next().unwrap_or_default().trim_end_matches(".rs").to_owned(),
            None => self.path.split('/').take(2).collect::<Vec<_>>().join("/"),
        }
    }

    /// The module directly under `place` that this file belongs to.
    pub fn module_in(&self, place: &str) -> String {
        let inside = self.path.trim_start_matches(place).trim_start_matches('/');
        inside.split('/').next().unwrap_or_default().trim_end_matches(".rs").to_owned()
    }

    /// A line of code, counted from 1, without its comment.
    pub fn line(&self, number: usize) -> &str {
        &self.code[number - 1]
    }

    /// Numbers of the lines of code with `text` in them.
    pub fn lines_with(&self, text: &str) -> impl Iterator<Item = usize> {
        let code = self.code.iter().enumerate();
        code.filter(move |(_, line)| line.contains(text))
            .map(|(at, _)| at + 1)
            .collect::<Vec<_>>()
            .into_iter()
    }

    /// Numbers of the lines of code with `word` standing alone, in any case of letters, or as a part of a name between `_`.
    pub fn lines_with_word(&self, word: &str) -> impl Iterator<Item = usize> {
        let code = self.code.iter().enumerate();
        let has =
            |line: &str| line.to_lowercase().split(|c: char| !c.is_alphanumeric()).any(|part| part == word);
        code.filter(move |(_, line)| has(line)).map(|(at, _)| at + 1).collect::<Vec<_>>().into_iter()
    }

    /// Each name that directly follows `prefix`, where `prefix` is not the end of a longer name.
    pub fn words_after(&self, prefix: &str) -> impl Iterator<Item = (usize, String)> {
        let mut found = Vec::new();
        for (at, line) in self.code.iter().enumerate() {
            for (start, _) in line.match_indices(prefix) {
                let before = line[..start].chars().next_back();
                let word: String = line[start + prefix.len()..]
                    .chars()
                    .take_while(|c| c.is_alphanumeric() || *c == '_')
                    .collect();
                if before.is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != '$') && !word.is_empty() {
                    found.push((at + 1, word));
                }
            }
        }
        found.into_iter()
    }
}

/// The line up to a `//` that does not stand inside a string.
fn without_comment(line: &str) -> String {
    let end = line.match_indices("//").find(|(at, _)| line[..*at].matches('"').count().is_multiple_of(2));
    line[..end.map_or(line.len(), |(at, _)| at)].to_owned()
}

/// All `.rs` files under a folder of the repository, in order; none where the folder does not exist.
pub fn rust_files(place: &str) -> Vec<Source> {
    let mut files = Vec::new();
    let mut open = vec![place.to_owned()];
    while let Some(folder) = open.pop() {
        let Ok(entries) = fs::read_dir(top().join(&folder)) else { continue };
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = format!("{folder}/{name}");
            if entry.path().is_dir() {
                open.push(path);
            } else if name.ends_with(".rs") {
                let text = read(&path);
                files.push(Source::new(path, &text));
            }
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

/// A file of the repository as text.
pub fn read(path: &str) -> String {
    fs::read_to_string(top().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Whether the repository has this file or folder.
pub fn exists(path: &str) -> bool {
    top().join(path).exists()
}

fn top() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
