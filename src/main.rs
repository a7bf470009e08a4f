//! The `zktr` command; see [`zktr::cli`].

fn main() -> std::process::ExitCode {
    zktr::cli::main()
}
