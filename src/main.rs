//! The `zktr` command; see [`zktr::cli`].

/// Sources, tables and columns are large, and written once.
#[global_allocator]
static MEMORY: zktr_memory::LargePages = zktr_memory::LargePages;

fn main() -> std::process::ExitCode {
    zktr::cli::main()
}
