//! CSRs that say what the units have: a bit for each code, from the code that the spec says on.

use zktr_isa::span::Source;
use zktr_isa::{Parameters, Spec};

fn load(text: &str) -> Result<std::sync::Arc<Spec>, String> {
    let loaded = Spec::load_with(&[Source::new("csr.toml", text)], &Parameters::default());
    loaded.map_err(|messages| messages.iter().map(ToString::to_string).collect())
}

#[test]
fn two_halves_are_all_codes() {
    let spec = Spec::builtin();
    let value = |name: &str| spec.csr_constant(spec.csr_by_name(name).unwrap()).unwrap();
    for (low, high) in [
        ("zktr.formats", "zktr.formatsh"),
        ("zktr.functions", "zktr.functionsh"),
    ] {
        assert_eq!(value(low) >> 32, value(high));
        assert!(value(high) != 0);
    }
    for format in &spec.formats {
        assert_eq!(
            value("zktr.formats") >> format.code & 1,
            1,
            "{}",
            format.name
        );
    }
    assert_eq!(
        value("zktr.formats").count_ones() as usize,
        spec.formats.len()
    );
    assert_eq!(spec.csr_constant(spec.csr_by_name("cycle").unwrap()), None);
}

#[test]
fn a_page_of_a_users_shows_its_formats() {
    let page = |from: u32| {
        let text = format!(
            "[extension]\nname = \"Xpage\"\nversion = \"1.0\"\n\
             [format]\nfar = {{ code = 200, field = \"babybear\" }}\n\
             [csr.\"page.it\"]\nnumber = 0xCF0\nvalue = \"formats\"\nfrom = {from}\n"
        );
        let spec = load(&text).unwrap();
        spec.csr_constant(spec.csr_by_name("page.it").unwrap())
            .unwrap()
    };
    assert_eq!((page(200), page(192), page(137)), (1, 1 << 8, 1 << 63));
    assert_eq!((page(201), page(136)), (0, 0));
}

#[test]
fn a_first_code_needs_codes() {
    for value in ["value = \"version\"", "value = \"hart\"", ""] {
        let text =
            format!("part-of = \"Xzktr\"\n[csr.\"page.it\"]\nnumber = 0xCF0\n{value}\nfrom = 32\n");
        let message = load(&text).unwrap_err();
        assert!(
            message.contains("the code that bit 0 stands for"),
            "{message}"
        );
    }
    let message = load(
        "part-of = \"Xzktr\"\n[csr.\"page.it\"]\nnumber = 0xCF0\nvalue = \"formats\"\nfrom = 256\n",
    )
    .unwrap_err();
    assert!(message.contains("csr.toml:5:"), "{message}");
}
