//! `zktr spec export`: where the files go, and what is refused.

mod cli_support;

use cli_support::Place;

const SPEC: &str = include_str!("../examples/weighted-sum/weighted-sum.toml");

#[test]
fn one_file_goes_to_a_path_or_to_standard_output() {
    let place = Place::new("export_one").file("weighted-sum.toml", SPEC);
    place.run_to(0, &["spec", "export", "c", "-o", "zktr.h"]);
    let written = String::from_utf8(place.read("zktr.h")).unwrap();
    let shown = place.run_to(0, &["spec", "export", "c"]).stdout;
    assert_eq!(written, shown);
    assert!(shown.contains("struct zktr_rlc_descriptor {"), "{shown}");
    let other = ["--major", "custom-0", "spec", "export", "c"];
    assert!(place.run_to(0, &other).stdout.contains(".insn r 0xb, "));
    let mine = ["--spec", "weighted-sum.toml", "spec", "export", "asm"];
    assert!(place.run_to(0, &mine).stdout.contains("\n.macro wsum.run "));
}

#[test]
fn several_files_go_to_a_folder() {
    let place = Place::new("export_several");
    place.run_to(0, &["spec", "export", "udb", "-o", "entries/deep"]);
    let entry = String::from_utf8(place.read("entries/deep/inst/Xzktr/zktr.rlc.yaml")).unwrap();
    assert!(entry.contains("\nkind: instruction\n"), "{entry}");
    let shown = place.run_to(0, &["spec", "export", "udb"]).stdout;
    let title = "# ==== inst/Xzktr/zktr.rlc.yaml ====\n";
    assert!(shown.contains(&format!("{title}{entry}")), "{shown}");
}

#[test]
fn extensions_are_chosen_by_name() {
    let place = Place::new("export_chosen");
    let chosen = ["spec", "export", "asm", "--extension", "zba"];
    let text = place.run_to(0, &chosen).stdout;
    assert!(
        text.contains(".macro sh1add ") && !text.contains("zktr.rlc"),
        "{text}"
    );
    let all = place.run_to(0, &["spec", "export", "asm", "--all"]).stdout;
    assert!(all.contains(".macro sh1add ") && all.contains(".macro zktr.rlc "));
    let unknown = place.run_to(1, &["spec", "export", "asm", "--extension", "Xzkt"]);
    assert!(
        unknown.stderr.contains("did you mean `Xzktr`?"),
        "{unknown}"
    );
    let unknown = place.run_to(2, &["spec", "export", "cobol"]);
    assert!(unknown.stderr.contains("systemverilog"), "{unknown}");
    place.run_to(2, &["spec", "export", "asm", "--all", "--extension", "I"]);
    place.run_to(2, &["spec", "export", "c", "-o", "no/such/folder/x.h"]);
}

#[test]
fn the_builders_methods_are_one_of_the_exports() {
    let place = Place::new("export_builder");
    place.write(
        "x.toml",
        "part-of = \"Xzktr\"\n[inst.\"my.op\"]\ntitle = \"Add\"\n\
         encoding = { format = \"rocc\", funct7 = 0x44 }\n\
         operands = { rd = \"write\", rs1 = \"read\", rs2 = \"read\" }\nsem = \"rd = rs1 + rs2;\"\n",
    );
    let module = place
        .run_to(0, &["spec", "export", "rust-builder", "--spec", "x.toml"])
        .stdout;
    assert!(module.contains("fn my_op(&mut self, rd: Reg, rs1: Reg, rs2: Reg)"));
    assert!(module.contains("fn fld(&mut self, rd: FloatReg,"));
}

#[test]
fn the_schema_is_one_of_the_exports() {
    let place = Place::new("export_schema");
    let schema = place.run_to(0, &["spec", "export", "json-schema"]).stdout;
    let schema: serde_json::Value = serde_json::from_str(&schema).unwrap();
    assert_eq!(
        schema["$schema"],
        "https://json-schema.org/draft/2020-12/schema"
    );
}
