//! The command line: one file per command. Results on standard output, talk on standard error; exit status 0, 1 failed, 2 wrong use.

pub mod context;
pub mod output;
pub mod pictures;
pub mod progress;
pub mod rules;
pub mod table;

mod completions;
mod demo;
mod doctor;
mod explain;
mod import;
mod init;
mod key;
mod orders;
mod plan;
mod policy;
mod producer;
mod product;
mod retry;
mod sandbox;
mod serve;
mod shop;
mod status;
mod stock;
mod stop;
mod sync;

use crate::cli::context::{Common, WrongUse};
use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// One master catalogue in step with every place it is sold.
#[derive(Debug, Parser)]
#[command(name = "ganh", version, disable_help_subcommand = true, max_term_width = 110)]
struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// The whole product on simulated marketplaces, on this machine alone
    Demo(demo::Demo),
    /// Makes the data folder: settings, master key, empty store
    Init(init::Init),
    /// Reads sheets of products into the catalogue: a plan first, then --apply
    Import(import::Import),
    /// Producers (chủ thể) of the catalogue
    #[command(subcommand)]
    Producer(producer::Producer),
    /// Products of the catalogue
    #[command(subcommand)]
    Product(product::Product),
    /// The daemon: drives all shops and serves the page, until it is told to stop
    Serve(serve::Serve),
    /// Shops: connect, look at, pause
    #[command(subcommand)]
    Shop(shop::Shop),
    /// What connecting a shop would do; for a shop that is driven, what is still to be sent
    Plan(plan::Plan),
    /// Lets a shop's plan come true
    Apply(plan::Apply),
    /// Drives all shops until nothing is left to do
    Sync(sync::Sync),
    /// What all shops hold, wait for and are missing
    Status(status::Status),
    /// Orders as read from the shops, newest first
    Orders(orders::Orders),
    /// Stock by hand: receive, adjust, show
    #[command(subcommand)]
    Stock(stock::Stock),
    /// Stops selling a SKU, or all of a producer's goods, in every shop; --lift takes it back
    Stop(stop::Stop),
    /// Rules of stock and price, by layer
    #[command(subcommand)]
    Policy(policy::Policy),
    /// Why a shop shows this stock and price
    Explain(explain::Explain),
    /// Gives parked offers and listings another try
    Retry(retry::Retry),
    /// A simulated marketplace, for rehearsals
    Sandbox(sandbox::Sandbox),
    /// The master key that seals credentials
    #[command(subcommand)]
    Key(key::Key),
    /// Looks for what is wrong with this installation and says the mend
    Doctor(doctor::Doctor),
    /// Completions for a shell
    Completions(completions::Completions),
}

/// Runs the command of this process's arguments.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            output::note(format!("ganh: the system gives no threads: {error}"));
            return ExitCode::from(1);
        }
    };
    let ended = runtime.block_on(run(cli));
    // A blocked thread must not hold the process.
    runtime.shutdown_background();
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is::<output::Closed>() => ExitCode::SUCCESS,
        Err(error) => {
            output::note(format!("ganh: {error:#}"));
            ExitCode::from(if error.is::<WrongUse>() { 2 } else { 1 })
        }
    }
}

async fn run(cli: Cli) -> anyhow::Result<()> {
    let common = &cli.common;
    match cli.command {
        Command::Demo(command) => demo::run(common, command).await,
        Command::Init(command) => init::run(common, command).await,
        Command::Import(command) => import::run(common, command).await,
        Command::Producer(command) => producer::run(common, command).await,
        Command::Product(command) => product::run(common, command).await,
        Command::Serve(command) => serve::run(common, command).await,
        Command::Shop(command) => shop::run(common, command).await,
        Command::Plan(command) => plan::run(common, command).await,
        Command::Apply(command) => plan::apply::run(common, command).await,
        Command::Sync(command) => sync::run(common, command).await,
        Command::Status(command) => status::run(common, command).await,
        Command::Orders(command) => orders::run(common, command).await,
        Command::Stock(command) => stock::run(common, command).await,
        Command::Stop(command) => stop::run(common, command).await,
        Command::Policy(command) => policy::run(common, command).await,
        Command::Explain(command) => explain::run(common, command).await,
        Command::Retry(command) => retry::run(common, command).await,
        Command::Sandbox(command) => sandbox::run(common, command).await,
        Command::Key(command) => key::run(common, command).await,
        Command::Doctor(command) => doctor::run(common, command).await,
        Command::Completions(command) => completions::run(&command),
    }
}

/// The whole command line, for completions.
fn command_line() -> clap::Command {
    <Cli as clap::CommandFactory>::command()
}
