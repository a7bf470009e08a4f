//! Prints what the pass would do with each function of a CLIF file.
use zktr_pass::{Options, Pass};

fn main() {
    let pass = Pass::new(zktr_isa::Spec::builtin(), Options::default());
    for file in std::env::args().skip(1) {
        let text = std::fs::read_to_string(&file).expect("a readable file");
        let names: Vec<&str> = text
            .lines()
            .filter(|l| l.starts_with("; export") || l.starts_with("; internal"))
            .collect();
        let mut functions = cranelift_reader::parse_functions(&text).expect("CLIF");
        zktr_pass::inline(&mut functions);
        for (n, func) in functions.iter().enumerate() {
            println!("== {file} {}", names.get(n).unwrap_or(&""));
            print!("{}", pass.analyse(func));
        }
    }
}
