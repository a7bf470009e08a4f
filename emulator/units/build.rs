//! A function for each instruction of the built-in spec that has a descriptor, under its symbol.

use std::fmt::Write;
use zktr_isa::Spec;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    let mut out = String::new();
    for (index, instruction) in Spec::builtin().instructions.iter().enumerate() {
        if !instruction.is_bulk() {
            continue;
        }
        let (symbol, title) = (instruction.symbol(), &instruction.title);
        write!(
            out,
            "/// {title}.\n\
             ///\n\
             /// # Safety\n\
             /// See [`offload`].\n\
             #[unsafe(no_mangle)]\n\
             pub unsafe extern \"C\" fn {symbol}(descriptor: u64, count: u64) -> u64 {{\n    \
                 // SAFETY: the caller vouches for it.\n    \
                 unsafe {{ offload({index}, descriptor, count) }}\n\
             }}\n"
        )?;
    }
    let folder = std::path::PathBuf::from(std::env::var("OUT_DIR")?);
    std::fs::write(folder.join("symbols.rs"), out)?;
    Ok(())
}
