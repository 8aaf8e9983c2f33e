//! The daemon as a process: ready, reachable, gone when told.

use super::program::{Folder, program};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

/// The running daemon and its address; killed when dropped.
pub struct Daemon {
    child: Child,
    address: String,
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // It has ended already where the test went well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn serving(folder: &Folder) -> Daemon {
    let mut child = program(&folder.path(""))
        .args(["serve", "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    Daemon { child, address: first.trim().trim_start_matches("http://").to_owned() }
}

fn get(daemon: &Daemon, path: &str) -> String {
    let mut socket = TcpStream::connect(&daemon.address).unwrap();
    write!(socket, "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", daemon.address).unwrap();
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn the_daemon_is_ready_answers_and_ends_when_it_is_told() {
    let folder = Folder::with_goods();
    let mut daemon = serving(&folder);

    let answers = ["/healthz", "/readyz", "/metrics", "/"].map(|path| get(&daemon, path));
    let told = Command::new("kill").args(["-TERM", &daemon.child.id().to_string()]).status().unwrap();
    let ended = daemon.child.wait().unwrap();

    assert!(answers.iter().all(|answer| answer.starts_with("HTTP/1.1 200")), "{answers:?}");
    assert!(told.success() && ended.success(), "{ended}");
}

#[test]
fn an_address_that_is_taken_is_refused_in_one_line() {
    let folder = Folder::with_goods();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();

    folder.ganh(&["serve", "--listen", &address]).fails(1, &[&address, "server.listen"]);
}

#[test]
fn another_key_is_refused_in_one_line() {
    let folder = Folder::with_goods();

    let said =
        folder.ganh_with(&["serve", "--listen", "127.0.0.1:0"], &[("GANH_MASTER_KEY", &"ab".repeat(32))]);

    said.fails(1, &["master key", "GANH_MASTER_KEY"]);
}
