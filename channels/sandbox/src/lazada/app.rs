//! The apps that call: key, secrets, callback (spec 2.3, 3.1).

use super::sign::Signer;

/// One app of the open platform.
#[derive(Clone)]
pub struct App {
    pub key: String,
    /// Newest first; an older one dies at its time (spec 2.3: two valid secrets during the overlap).
    pub secrets: Vec<Secret>,
    /// The registered callback; `None`: any.
    pub callback: Option<String>,
    /// A service-market app: its tokens cannot be refreshed (spec 3.3).
    pub is_service: bool,
    /// Switched off by the platform.
    pub is_dead: bool,
    /// Where pushes go.
    pub hook_url: Option<String>,
    /// Calls of the day that began at `day`.
    pub calls: u64,
    /// Days since 1970.
    pub day: i64,
}

/// One secret of an app.
#[derive(Clone)]
pub struct Secret {
    pub text: String,
    pub signer: Signer,
    /// Milliseconds since 1970; `None`: for good.
    pub until_ms: Option<i64>,
}

impl Secret {
    /// A secret for good.
    pub fn new(text: &str) -> Self {
        Self { text: text.to_owned(), signer: Signer::new(text), until_ms: None }
    }
}

impl App {
    /// An online app with one secret.
    pub fn new(key: String, secret: &str) -> Self {
        Self {
            key,
            secrets: vec![Secret::new(secret)],
            callback: None,
            is_service: false,
            is_dead: false,
            hook_url: None,
            calls: 0,
            day: 0,
        }
    }

    /// The secret to use now.
    pub fn newest(&self) -> &Secret {
        &self.secrets[0]
    }

    /// Gives the app a new secret; the old ones live `overlap_ms` longer.
    pub fn rotate(&mut self, secret: &str, overlap_ms: i64, now_ms: i64) {
        for old in &mut self.secrets {
            old.until_ms = Some(old.until_ms.unwrap_or(i64::MAX).min(now_ms + overlap_ms));
        }
        self.secrets.insert(0, Secret::new(secret));
    }

    /// Counts a call; false: the day's are used up. Days begin at midnight UTC (guess: the zone is not documented).
    pub fn count(&mut self, limit: u64, now_ms: i64) -> bool {
        let day = now_ms.div_euclid(86_400_000);
        if self.day != day {
            self.day = day;
            self.calls = 0;
        }
        if self.calls >= limit {
            return false;
        }
        self.calls += 1;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_secret_lives_through_the_overlap() {
        let mut app = App::new("1".to_owned(), "old");
        app.rotate("new", 1_000, 0);

        assert_eq!(app.newest().text, "new");
        assert_eq!(app.secrets[1].until_ms, Some(1_000));
    }

    #[test]
    fn a_days_calls_end() {
        let mut app = App::new("1".to_owned(), "s");

        assert!(app.count(1, 0) && !app.count(1, 1) && app.count(1, 86_400_000));
    }
}
