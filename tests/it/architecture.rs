//! The walls of the house. Inside `src/` the compiler does not hold them, so these tests read the source.
//!
//! Changing a table here is a decision about the design, not a fix. Unit tests at the bottom of a file (from `#[cfg(test)]`)
//! and files named `tests.rs` stand outside the walls, except that they too are written in their own room.

mod law;
mod source;

use law::{ADAPTERS, CLI_SHARED, CLOCKS, MARKETPLACE_ROOMS, MARKETPLACES, PURE, ROOMS};
use source::{Source, rust_files};
use std::collections::BTreeSet;

#[test]
fn a_room_uses_only_the_rooms_that_the_table_allows() {
    let mut broken = Vec::new();
    for file in rust_files("src") {
        let room = file.room();
        if room == "lib" || room == "main" {
            continue;
        }
        let Some((_, allowed)) = ROOMS.iter().find(|(name, _)| *name == room) else {
            broken.push(format!("{}: room {room} is not in the table", file.path));
            continue;
        };
        for (line, used) in file.words_after("crate::") {
            if used != room && used != "ids" && !allowed.contains(&used.as_str()) {
                broken.push(format!("{}:{line}: {room} may not use {used}", file.path));
            }
        }
        for line in file.lines_with("use crate::{") {
            broken.push(format!("{}:{line}: one room per line: `use crate::room::Thing;`", file.path));
        }
    }

    assert_eq!(broken, Vec::<String>::new(), "DESIGN §3");
}

#[test]
fn a_command_does_not_use_another_command() {
    let mut broken = Vec::new();
    for file in rust_files("src/cli") {
        let own = file.module_in("src/cli");
        for (line, used) in file.words_after("crate::cli::") {
            let is_module =
                source::exists(&format!("src/cli/{used}.rs")) || source::exists(&format!("src/cli/{used}"));
            if is_module && used != own && own != "mod" && !CLI_SHARED.contains(&used.as_str()) {
                broken.push(format!("{}:{line}: command {own} uses command {used}", file.path));
            }
        }
    }

    assert_eq!(broken, Vec::<String>::new());
}

#[test]
fn a_pure_room_does_no_io_and_reads_no_clock() {
    let mut broken = Vec::new();
    for file in rust_files("src").into_iter().filter(|file| PURE.contains(&file.room().as_str())) {
        for word in [
            "sqlx",
            "reqwest",
            "tokio",
            "axum",
            "std::fs",
            "std::net",
            "std::env",
            "getrandom",
            "async fn",
            "Instant::now",
        ] {
            broken.extend(
                file.lines_with(word).map(|line| format!("{}:{line}: {word} in a pure room", file.path)),
            );
        }
    }

    assert_eq!(broken, Vec::<String>::new());
}

#[test]
fn only_the_clock_reads_the_wall_time() {
    let mut broken = Vec::new();
    for file in everything_that_ships() {
        if CLOCKS.iter().any(|clock| file.path.starts_with(clock)) {
            continue;
        }
        for word in ["Timestamp::now", "SystemTime::now", "Zoned::now", "UNIX_EPOCH.elapsed"] {
            broken.extend(file.lines_with(word).map(|line| format!("{}:{line}: {word}", file.path)));
        }
    }

    assert_eq!(broken, Vec::<String>::new());
}

#[test]
fn only_the_store_speaks_sql() {
    let mut broken = Vec::new();
    for file in everything_that_ships() {
        if file.room() == "store" {
            continue;
        }
        for word in ["sqlx", "SELECT ", "INSERT INTO ", "DELETE FROM "] {
            broken.extend(file.lines_with(word).map(|line| format!("{}:{line}: {word}", file.path)));
        }
    }

    assert_eq!(broken, Vec::<String>::new());
}

#[test]
fn only_sync_calls_a_channel() {
    let mut broken = Vec::new();
    for file in rust_files("src") {
        if ["sync", "channels"].contains(&file.room().as_str()) {
            continue;
        }
        broken.extend(
            file.lines_with("RemoteShop")
                .filter(|line| !file.line(*line).contains("RemoteShopId"))
                .map(|line| format!("{}:{line}: a shop is called by sync", file.path)),
        );
    }

    assert_eq!(broken, Vec::<String>::new());
}

#[test]
fn only_the_register_and_its_neighbours_name_a_marketplace() {
    let mut broken = Vec::new();
    let shared = ["channels/contract/src", "channels/http/src", "tests/conformance/src"];
    let files = rust_files("src").into_iter().chain(shared.into_iter().flat_map(rust_files));
    for file in files {
        if MARKETPLACE_ROOMS.iter().any(|place| file.path.starts_with(place)) {
            continue;
        }
        for name in MARKETPLACES {
            broken.extend(file.lines_with_word(name).map(|line| format!("{}:{line}: {name}", file.path)));
        }
    }

    assert_eq!(broken, Vec::<String>::new());
}

#[test]
fn an_adapter_knows_the_contract_and_http_and_nothing_else_of_ours() {
    let mut broken = Vec::new();
    for adapter in ADAPTERS {
        for file in rust_files(&format!("channels/{adapter}/src")) {
            for (line, used) in file.words_after("ganh_") {
                if used != "contract" && used != "http" {
                    broken.push(format!("{}:{line}: ganh_{used}", file.path));
                }
            }
            for word in ["sleep(", "tracing::", "sqlx", "reqwest", "Instant::now", "tokio::spawn"] {
                broken.extend(file.lines_with(word).map(|line| format!("{}:{line}: {word}", file.path)));
            }
            for other in ADAPTERS.iter().filter(|other| *other != adapter) {
                broken
                    .extend(file.lines_with_word(other).map(|line| format!("{}:{line}: {other}", file.path)));
            }
        }
    }

    assert_eq!(broken, Vec::<String>::new());
}

#[test]
fn the_sandbox_shares_no_code_with_what_it_tests() {
    let mut broken = Vec::new();
    for file in rust_files("channels/sandbox/src") {
        broken.extend(
            file.words_after("ganh_").map(|(line, used)| format!("{}:{line}: ganh_{used}", file.path)),
        );
    }
    let manifest = source::read("channels/sandbox/Cargo.toml");

    assert_eq!(broken, Vec::<String>::new());
    assert!(
        !manifest.contains("ganh-contract") && !manifest.contains("ganh-http"),
        "channels/sandbox/Cargo.toml"
    );
}

#[test]
fn the_unmaintained_backoff_is_named_in_one_file_only() {
    let mut broken = Vec::new();
    for file in everything_that_ships() {
        if file.path != "channels/http/src/wait.rs" {
            broken.extend(file.lines_with("backoff::").map(|line| format!("{}:{line}", file.path)));
        }
    }

    assert_eq!(broken, Vec::<String>::new());
}

#[test]
fn the_page_of_guarantees_names_every_test_of_a_guarantee_and_no_other() {
    let is_of_a_guarantee = |name: &str| {
        let rest = name.trim_start_matches('i').trim_start_matches(|c: char| c.is_ascii_digit());
        name.starts_with('i') && rest.starts_with('_') && !name.starts_with("i_")
    };
    let mut tests: BTreeSet<String> = BTreeSet::new();
    for folder in ["src", "channels", "tests"] {
        for file in rust_files(folder) {
            for line in source::read(&file.path).lines() {
                let declared = line.trim_start().trim_start_matches("async ");
                if let Some(name) = declared.strip_prefix("fn ").and_then(|rest| rest.split('(').next())
                    && is_of_a_guarantee(name)
                {
                    tests.insert(name.to_owned());
                }
            }
        }
    }
    let page = source::read("docs/guarantees.md");
    let named: BTreeSet<String> = page
        .lines()
        .filter_map(|line| line.strip_prefix("- `")?.strip_suffix('`'))
        .map(str::to_owned)
        .collect();

    assert_eq!(tests.difference(&named).collect::<Vec<_>>(), Vec::<&String>::new(), "not on the page");
    assert_eq!(named.difference(&tests).collect::<Vec<_>>(), Vec::<&String>::new(), "on the page, no test");
}

#[test]
fn no_file_is_longer_than_six_hundred_lines() {
    let mut sizes: Vec<(usize, String)> = ["src", "channels", "tests"]
        .into_iter()
        .flat_map(rust_files)
        .map(|file| (file.length, file.path))
        .collect();
    sizes.sort();
    let median = sizes[sizes.len() / 2].0;
    let ninth = sizes[sizes.len() * 9 / 10].0;
    println!("{} files, median {median} lines, nine in ten under {ninth}", sizes.len());

    let long: Vec<_> = sizes.into_iter().filter(|(length, _)| *length > 600).collect();

    assert_eq!(long, Vec::new());
}

/// Sources of the daemon and of the crates under it: not tests, not the simulated marketplaces.
fn everything_that_ships() -> impl Iterator<Item = Source> {
    let adapters = ADAPTERS.iter().map(|adapter| format!("channels/{adapter}/src"));
    let places = ["src".to_owned(), "channels/contract/src".to_owned(), "channels/http/src".to_owned()];
    places.into_iter().chain(adapters).flat_map(|place| rust_files(&place))
}
