use super::*;
use std::collections::HashMap;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

fn with(key: &str, value: &str) -> Result<Settings, SettingError> {
    Settings::load(&Layers::default().say(key, value))
}

fn refusal(key: &str, value: &str) -> String {
    with(key, value).unwrap_err().to_string()
}

fn in_environment(name: &str, value: &str) -> Result<Settings, SettingError> {
    Settings::load(&Layers { environment: HashMap::from([(name.into(), value.into())]), ..Layers::default() })
}

fn in_file(text: &str) -> Result<Settings, SettingError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ganh.toml");
    std::fs::write(&path, text).unwrap();
    Settings::load(&Layers { file: Some(path), ..Layers::default() })
}

#[test]
fn the_compiled_in_file_is_a_whole_configuration() {
    let settings = Settings::load(&Layers::default()).unwrap();

    assert_eq!(
        (settings.store.url(), settings.sync.lease, settings.limits.hook_bytes),
        ("sqlite:ganh.db".into(), Duration::from_secs(15), 1 << 20)
    );
}

#[test]
fn every_key_is_documented_with_its_variable() {
    let mut section = "";
    let mut missing = Vec::new();
    for line in DEFAULTS.lines() {
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']');
        } else if let Some((key, _)) = line.split_once(" = ").filter(|_| !line.starts_with('#')) {
            let variable = format!("GANH_{}__{}\n{key} =", section.to_uppercase(), key.to_uppercase());
            missing.extend((!DEFAULTS.contains(&variable)).then_some(variable));
        }
    }

    assert_eq!(missing, Vec::<String>::new());
}

#[test]
fn the_operators_file_wins_over_the_default_and_the_command_line_over_all() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ganh.toml");
    std::fs::write(&path, "[sync]\npoll = \"1s\"\nlease = \"20s\"\ndrain = \"1s\"").unwrap();
    let environment = HashMap::from([
        ("GANH_SYNC__LEASE".into(), "30s".into()),
        ("GANH_SYNC__DRAIN".into(), "2s".into()),
        ("GANH_SYNC__CALLS_PER_SHOP".into(), "7".into()),
    ]);

    let sync =
        Settings::load(&Layers { file: Some(path), environment, said: vec![] }.say("sync.drain", "3s"));

    let sync = sync.unwrap().sync;
    assert_eq!((sync.poll, sync.lease, sync.drain), (seconds(1), seconds(30), seconds(3)));
    assert_eq!(sync.calls_per_shop, 7);
}

#[test]
fn an_unknown_key_is_named_with_its_file_and_the_likely_one() {
    let refusal = in_file("[sync]\norder_every = \"1s\"").unwrap_err().to_string();

    assert!(refusal.starts_with("sync.order_every in "), "{refusal}");
    assert!(refusal.ends_with("there is no such setting, perhaps sync.orders_every is meant"), "{refusal}");
}

#[test]
fn an_unknown_variable_is_named_as_it_was_written() {
    let refusal = in_environment("GANH_SYNC__LEASES", "1s").unwrap_err().to_string();

    assert_eq!(refusal, "GANH_SYNC__LEASES: there is no such setting, perhaps sync.lease is meant");
}

#[test]
fn one_underscore_where_two_belong_is_pointed_out() {
    let refusal = in_environment("GANH_SERVER_LISTEN", "[::]:80").unwrap_err().to_string();

    assert_eq!(refusal, "GANH_SERVER_LISTEN: write GANH_SERVER__LISTEN");
}

#[test]
fn a_wrong_variable_is_refused_by_its_own_name() {
    let refusal = in_environment("GANH_SYNC__LEASE", "soon").unwrap_err().to_string();

    assert_eq!(
        refusal,
        "GANH_SYNC__LEASE is \"soon\": write a time from 2s to 1h such as \"30s\", \"5m\" or \"24h\""
    );
}

#[test]
fn a_file_that_is_no_toml_is_refused_with_its_name_and_line() {
    let refusal = in_file("[store]\nurl = postgres://a:hunter2@b/c").unwrap_err().to_string();

    assert!(refusal.contains("ganh.toml") && refusal.contains("line 2"), "{refusal}");
    assert!(!refusal.contains("hunter2") && !refusal.contains('\n'), "{refusal}");
}

#[test]
fn a_named_file_that_is_absent_is_an_error() {
    let refusal = Settings::load(&Layers { file: Some("/nowhere/g.toml".into()), ..Layers::default() });

    assert!(refusal.unwrap_err().to_string().starts_with("the settings file /nowhere/g.toml does not exist"));
}

#[test]
fn a_section_that_is_no_table_is_an_error_and_no_panic() {
    assert!(in_file("sync = 3").is_err());
    assert!(in_file("[sync]\nlease = [1]").is_err());
    assert!(in_file("[sync.lease]\nx = 1").is_err());
}

#[test]
fn times_and_sizes_are_refused_with_an_example() {
    assert_eq!(
        refusal("sync.lease", "1s"),
        "sync.lease is \"1s\": write a time from 2s to 1h such as \"30s\", \"5m\" or \"24h\""
    );
    assert_eq!(
        refusal("limits.hook", "10 MB"),
        "limits.hook is \"10 MB\": write a size from 1 KiB to 64 MiB such as \"10 MiB\""
    );
    assert!(refusal("limits.picture", "99999999999 GiB").contains("write a size"));
    assert!(refusal("sync.poll", "-5s").contains("write a time"));
}

#[test]
fn numbers_are_refused_with_their_bounds() {
    assert_eq!(
        refusal("sync.calls_per_shop", "0"),
        "sync.calls_per_shop is \"0\": write a whole number from 1 to 64"
    );
    assert!(refusal("store.connections", "many").contains("a whole number from 1 to 100"));
    assert!(refusal("limits.rows", "-1").contains("a whole number from 1 to 1000000"));
    assert!(refusal("blast.max_zeroed_percent", "1.5").contains("a whole number from 0 to 100"));
}

#[test]
fn words_are_refused_with_the_choice() {
    assert_eq!(refusal("log.format", "xml"), "log.format is \"xml\": write one of \"text\", \"json\"");
    assert!(refusal("log.level", "loud").contains("write error, warn, info"));
}

#[test]
fn addresses_are_refused_with_an_example() {
    assert!(refusal("server.listen", "8080").contains("such as 127.0.0.1:8080"));
    assert!(refusal("server.public_url", "ganh.example.vn").contains("such as https://ganh.example.vn"));
    assert!(refusal("server.hooks_url", "ftp://a.vn").contains("such as https://ganh.example.vn"));
}

#[test]
fn a_wrong_store_address_is_refused_without_repeating_its_password() {
    let refusal = refusal("store.url", "mysql://a:hunter2@b/c");

    assert!(refusal.starts_with("store.url names no PostgreSQL server") && !refusal.contains("hunter2"));
}

#[test]
fn i13_debug_of_the_store_settings_hides_the_address() {
    let settings = with("store.url", "postgres://ganh:hunter2@db/ganh").unwrap();

    assert!(!format!("{settings:?}").contains("hunter2"));
}

#[test]
fn hooks_have_the_public_address_unless_they_have_their_own() {
    let layers = Layers::default().say("server.public_url", "https://a.vn/g/");
    let own = layers.clone().say("server.hooks_url", "https://b.vn");

    let shared = Settings::load(&layers).unwrap().server.hook_url("x", "k");
    let own = Settings::load(&own).unwrap().server.hook_url("x", "k");

    assert_eq!(shared.as_deref(), Some("https://a.vn/g/hooks/x/k"));
    assert_eq!(own.as_deref(), Some("https://b.vn/hooks/x/k"));
}

#[test]
fn a_key_file_that_others_may_read_is_refused_with_the_command_that_mends_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ganh.key");
    std::fs::write(&path, "ab".repeat(32)).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();

    let refusal = KeySettings { file: path.clone() }.secret(&HashMap::new()).unwrap_err().to_string();

    let shown = path.display();
    assert_eq!(
        refusal,
        format!("key.file {shown} has mode 640, others may read it: run `chmod 600 {shown}`")
    );
}

#[test]
fn a_key_is_read_from_its_file_and_the_environment_wins() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ganh.key");
    std::fs::write(&path, "from-file\n").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    let key = KeySettings { file: path };

    let from_file = key.secret(&HashMap::new()).unwrap();
    let said = key.secret(&HashMap::from([("GANH_MASTER_KEY".into(), "from-env".into())])).unwrap();

    assert_eq!((from_file.expose(), said.expose()), ("from-file", "from-env"));
}

#[test]
fn an_absent_key_file_names_both_ways_to_give_one() {
    let key = KeySettings { file: "/nowhere/ganh.key".into() };

    let refusal = key.secret(&HashMap::new()).unwrap_err().to_string();

    assert!(refusal.contains("/nowhere/ganh.key") && refusal.contains("GANH_MASTER_KEY"), "{refusal}");
}

#[test]
fn a_file_of_authorities_that_is_none_is_named_with_the_mend() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("ca.pem"), "ganh").unwrap();

    let of = |file| with("http.extra_ca", file).unwrap().http.extra_ca(folder.path());

    assert_eq!(of("").unwrap(), Vec::<u8>::new());
    assert!(of("ca.pem").unwrap_err().to_string().contains("holds no certificate: write them as PEM"));
    assert!(of("nowhere.pem").unwrap_err().to_string().contains("nowhere.pem cannot be read"));
}

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}
