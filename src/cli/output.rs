//! Results go to standard output, talk to standard error. A reader that closes early ends the command quietly.

use crate::cli::context::Context;
use anyhow::Result;
use serde::Serialize;
use std::io::{BufRead, ErrorKind, IsTerminal, Write};

/// Standard output was closed by its reader: nothing more to do, no failure.
#[derive(Debug, thiserror::Error)]
#[error("standard output is closed")]
pub struct Closed;

/// Writes a line of the result.
pub fn line(text: impl AsRef<str>) -> Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_ref().as_bytes()).and_then(|()| out.write_all(b"\n")) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(Closed.into()),
        Err(error) => Err(anyhow::anyhow!("standard output cannot be written: {error}")),
        Ok(()) => Ok(()),
    }
}

/// Writes the result as one JSON document.
pub fn json(result: &impl Serialize) -> Result<()> {
    line(serde_json::to_string_pretty(result)?)
}

/// Writes the result as JSON where that was asked for, else as `people` writes it.
pub fn result(context: &Context, result: &impl Serialize, people: impl FnOnce() -> Result<()>) -> Result<()> {
    if context.json() { json(result) } else { people() }
}

/// Says something beside the result.
pub fn note(text: impl AsRef<str>) {
    // Nobody listens: nothing is lost.
    let _ = writeln!(std::io::stderr().lock(), "{}", text.as_ref());
}

/// Asks on a terminal; anything but a yes is a no. Error: standard input cannot be read.
pub fn asked(question: impl AsRef<str>) -> Result<bool> {
    note(question);
    let mut answer = String::new();
    let read = std::io::stdin().lock().read_line(&mut answer);
    read.map_err(|error| anyhow::anyhow!("standard input cannot be read: {error}"))?;
    Ok(matches!(answer.trim(), "yes" | "y" | "có"))
}

/// True when somebody can be asked.
pub fn may_ask(context: &Context) -> bool {
    std::io::stdin().is_terminal() && !context.json()
}

/// True when people look at the result.
pub fn is_for_people() -> bool {
    std::io::stdout().is_terminal()
}
