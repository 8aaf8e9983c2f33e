//! A browser on a leash: the driver program is started on a port of its own choosing and spoken to over plain WebDriver.

use crate::web::client;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

/// The key under which WebDriver names an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// The longest that anything is waited for.
const LIMIT: Duration = Duration::from_secs(30);

/// One window.
pub struct Browser {
    driver: Driver,
    client: reqwest::Client,
    session: String,
    /// Held open: the driver dies when nobody may read it.
    _said: BufReader<ChildStdout>,
    _folder: tempfile::TempDir,
}

impl Browser {
    /// Opens a window of this size; `None`, with a word to the reader, where no driver is named.
    pub async fn open((width, height): (u32, u32), with_script: bool) -> Option<Self> {
        let Ok(program) = std::env::var("GANH_TEST_BROWSER") else {
            eprintln!("did not run: GANH_TEST_BROWSER names no chromedriver (tests/run sets it)");
            return None;
        };
        let mut driver = Command::new(&program)
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{program} cannot be started: {error}"));
        let said = driver.stdout.take().unwrap();
        let driver = Driver(driver);
        let reading = tokio::task::spawn_blocking(|| port(said));
        let (port, said) =
            tokio::time::timeout(LIMIT, reading).await.expect("chromedriver says its port").unwrap();
        let folder = tempfile::tempdir().unwrap();
        let script = if with_script { 1 } else { 2 };
        let asked = json!({ "capabilities": { "alwaysMatch": {
            "browserName": "chrome",
            "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
            "goog:chromeOptions": {
                "args": [
                    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                    "--disable-background-networking", "--disable-component-update", "--disable-sync",
                    "--disable-dev-shm-usage", "--hide-scrollbars", "--lang=vi",
                    format!("--user-data-dir={}", folder.path().display()),
                    format!("--window-size={width},{height}"),
                ],
                "mobileEmulation": { "deviceMetrics": { "width": width, "height": height, "pixelRatio": 1.0, "touch": false } },
                "prefs": { "profile.managed_default_content_settings.javascript": script },
            },
        } } });
        let base = format!("http://127.0.0.1:{port}/session");
        let mut browser = Self { driver, client: client(), session: base, _said: said, _folder: folder };
        let opened = browser.send("", Some(asked)).await;
        let id = opened["sessionId"].as_str().expect("a session has an id").to_owned();
        browser.session = format!("{}/{id}", browser.session);
        Some(browser)
    }

    /// Loads an address to the end.
    pub async fn go(&self, url: &str) {
        self.send("/url", Some(json!({ "url": url }))).await;
    }

    /// What a person reads in the first such element.
    pub async fn text(&self, selector: &str) -> String {
        let element = self.element(selector).await;
        self.send(&format!("/element/{element}/text"), None).await.as_str().unwrap_or_default().to_owned()
    }

    /// Clicks the first such element; a link's page is loaded to the end.
    pub async fn click(&self, selector: &str) {
        let element = self.element(selector).await;
        self.send(&format!("/element/{element}/click"), Some(json!({}))).await;
    }

    /// How many such elements there are.
    pub async fn count(&self, selector: &str) -> Value {
        let found = self.send("/elements", Some(json!({ "using": "css selector", "value": selector }))).await;
        json!(found.as_array().map(Vec::len))
    }

    /// The width of the page and of the window.
    pub async fn widths(&self) -> (u64, u64) {
        let widths = self
            .run("return [document.documentElement.scrollWidth, document.documentElement.clientWidth]")
            .await;
        (widths[0].as_u64().unwrap(), widths[1].as_u64().unwrap())
    }

    /// Waits until a script says true.
    pub async fn until(&self, script: &str) {
        let told =
            tokio::time::timeout(LIMIT, async { while self.run(script).await != json!(true) {} }).await;
        assert!(told.is_ok(), "never true: {script}");
    }

    /// No script complained, and nothing was asked of anybody but us.
    pub async fn was_quiet_and_stayed_at(&self, origin: &str) {
        let complaints = self.send("/se/log", Some(json!({ "type": "browser" }))).await;
        let log = self.send("/se/log", Some(json!({ "type": "performance" }))).await;
        let elsewhere: Vec<String> = log
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|entry| serde_json::from_str::<Value>(entry["message"].as_str()?).ok())
            .filter(|entry| entry["message"]["method"] == "Network.requestWillBeSent")
            .filter_map(|entry| entry["message"]["params"]["request"]["url"].as_str().map(str::to_owned))
            .filter(|url| {
                !url.starts_with(origin) && !url.starts_with("data:") && !url.starts_with("chrome:")
            })
            .collect();

        assert_eq!(complaints, json!([]));
        assert_eq!(elsewhere, Vec::<String>::new());
    }

    /// Keeps a picture of the whole page where `GANH_TEST_PICTURES` names a folder.
    pub async fn picture(&self, name: &str) {
        let Ok(folder) = std::env::var("GANH_TEST_PICTURES") else { return };
        let element = self.element("html").await;
        let picture = self.send(&format!("/element/{element}/screenshot"), None).await;
        std::fs::write(format!("{folder}/{name}.png.base64"), picture.as_str().unwrap()).unwrap();
    }

    /// Closes the window and ends the driver.
    pub async fn close(mut self) {
        let _ = self.client.delete(&self.session).send().await;
        self.driver.end();
    }

    async fn run(&self, script: &str) -> Value {
        self.send("/execute/sync", Some(json!({ "script": script, "args": [] }))).await
    }

    async fn element(&self, selector: &str) -> String {
        let found = self.send("/element", Some(json!({ "using": "css selector", "value": selector }))).await;
        found[ELEMENT].as_str().unwrap_or_else(|| panic!("no {selector}: {found}")).to_owned()
    }

    async fn send(&self, path: &str, body: Option<Value>) -> Value {
        let url = format!("{}{path}", self.session);
        let request = match body {
            Some(body) => self.client.post(url).json(&body),
            None => self.client.get(url),
        };
        let mut answer: Value = request.send().await.unwrap().json().await.unwrap();
        assert!(answer["value"]["error"].is_null(), "{path}: {answer}");
        answer["value"].take()
    }
}

/// The driver's process; ends with its owner.
struct Driver(Child);

impl Driver {
    fn end(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.end();
    }
}

/// Reads the driver's output up to the line that names its port.
fn port(said: ChildStdout) -> (u16, BufReader<ChildStdout>) {
    let mut said = BufReader::new(said);
    let mut line = String::new();
    while said.read_line(&mut line).unwrap() > 0 {
        let port = line.trim().strip_prefix("ChromeDriver was started successfully on port ");
        if let Some(port) = port.and_then(|port| port.trim_end_matches('.').parse().ok()) {
            return (port, said);
        }
        line.clear();
    }
    panic!("chromedriver ended without naming its port")
}
