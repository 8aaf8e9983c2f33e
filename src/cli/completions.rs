//! `ganh completions`: what a shell needs to complete our commands.

use crate::cli::{command_line, output};
use anyhow::Result;
use clap_complete::Shell;

/// Completions for a shell.
#[derive(Debug, clap::Args)]
pub struct Completions {
    shell: Shell,
}

/// Writes the shell's script.
pub fn run(command: &Completions) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(command.shell, &mut command_line(), "ganh", &mut script);
    output::line(String::from_utf8_lossy(&script))
}
