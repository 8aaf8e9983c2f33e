//! The command `ganh`. Everything it does is in the library.

fn main() -> std::process::ExitCode {
    ganh::cli::main()
}
