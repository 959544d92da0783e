//! A real browser: headless chromium, driven by Debian's chromedriver.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};
use thirtyfour::prelude::*;
use thirtyfour::{LoggingPrefsLogLevel, cdp::Cdp};

use super::{Process, START, folder};

/// A browser with one window, and the driver that steers it.
pub struct Browser {
    /// The window.
    pub driver: WebDriver,
    chromedriver: Process,
    _profile: tempfile::TempDir,
}

/// Both programs, or what to install.
pub fn installed() -> Result<(), String> {
    let there =
        |program: &str| Command::new(program).arg("--version").output().is_ok_and(|out| out.status.success());
    match there("chromium") && there("chromedriver") {
        true => Ok(()),
        false => Err("this test drives a browser: apt-get install chromium chromium-driver".to_owned()),
    }
}

impl Browser {
    /// Starts a browser whose windows are this large, in pixels.
    pub async fn start(width: u32, height: u32) -> Browser {
        // Of the two libraries that could do TLS, which nothing here needs; whoever comes first may choose.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let profile = folder();
        let mut command = Command::new("chromedriver");
        command.args(["--port=0", "--log-level=SEVERE"]);
        let mut chromedriver = Process::start("chromedriver", command);
        let port = chromedriver.printed_after("started successfully on port ", START);
        let mut wanted = DesiredCapabilities::chrome();
        let size = format!("--window-size={width},{height}");
        let data = format!("--user-data-dir={}", profile.path().display());
        // Root may not use chromium's own sandbox, and containers have little shared memory.
        let flags = [
            "--headless=new",
            "--no-sandbox",
            "--disable-dev-shm-usage",
            "--disable-gpu",
            "--hide-scrollbars",
        ];
        for flag in flags.into_iter().chain([size.as_str(), data.as_str()]) {
            wanted.add_arg(flag).unwrap();
        }
        let all = LoggingPrefsLogLevel::All;
        wanted.set_logging_prefs("browser".to_owned(), all).unwrap();
        wanted.set_logging_prefs("performance".to_owned(), all).unwrap();
        let server = format!("http://127.0.0.1:{}", port.trim_end_matches('.'));
        let driver = WebDriver::new(&server, wanted).await.unwrap();
        driver.set_script_timeout(Duration::from_secs(60)).await.unwrap();
        Browser { driver, chromedriver, _profile: profile }
    }

    /// The value of a JavaScript expression.
    pub async fn value(&self, expression: &str) -> Value {
        let script = format!("return ({expression});");
        self.driver
            .execute(script, Vec::new())
            .await
            .unwrap_or_else(|error| panic!("{expression}: {error}"))
            .json()
            .clone()
    }

    /// Waits until a JavaScript expression is true.
    pub async fn until(&self, expression: &str, patience: Duration) {
        let deadline = tokio::time::Instant::now() + patience;
        while self.value(&format!("Boolean({expression})")).await != json!(true) {
            if tokio::time::Instant::now() > deadline {
                let page = self.value("document.body.innerText").await;
                panic!(
                    "never true: {expression}\n{}\n{:?}",
                    page.as_str().unwrap_or_default(),
                    self.complaints().await
                );
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// What the console holds above a mere remark: errors, warnings, refusals of the content policy.
    pub async fn complaints(&self) -> Vec<String> {
        let log = self.driver.browser_log().await.unwrap();
        let serious = log.into_iter().filter(|entry| format!("{:?}", entry.level).to_lowercase() != "info");
        serious.map(|entry| entry.message).collect()
    }

    /// Every address that was asked for since the last look.
    pub async fn requests(&self) -> Vec<String> {
        let log = self.driver.get_log("performance").await.unwrap();
        let sent = log.into_iter().filter_map(|entry| {
            let event: Value = serde_json::from_str(&entry.message).ok()?;
            let message = &event["message"];
            (message["method"] == "Network.requestWillBeSent")
                .then(|| message["params"]["request"]["url"].as_str().unwrap_or_default().to_owned())
        });
        sent.collect()
    }

    /// Makes the window look like a screen of this width, light or dark.
    pub async fn screen(&self, (width, height): (u32, u32), dark: bool) {
        let devtools: Cdp = self.driver.cdp();
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600});
        devtools.send_raw("Emulation.setDeviceMetricsOverride", size).await.unwrap();
        let scheme = if dark { "dark" } else { "light" };
        let media = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        devtools.send_raw("Emulation.setEmulatedMedia", media).await.unwrap();
        tokio::time::sleep(Duration::from_millis(700)).await; // charts are drawn anew
    }

    /// Keeps a picture of the window, where pictures are wanted.
    pub async fn picture(&self, name: &str) {
        let Some(folder) = std::env::var_os("LOADTEST_PICTURES") else { return };
        let path = Path::new(&folder).join(name);
        self.driver.screenshot(&path).await.unwrap();
    }

    /// Closes the browser.
    pub async fn close(mut self) {
        self.driver.clone().quit().await.unwrap();
        self.chromedriver.kill();
    }
}
