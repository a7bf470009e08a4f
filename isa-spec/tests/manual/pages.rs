//! The manual: well-formed pages whose links all lead somewhere, safe against any text of a spec.

use super::support::{Files, formulas, load, section_text, text_of};
use insta::assert_snapshot;
use std::collections::{BTreeSet, HashMap, HashSet};
use zktr_isa::{Parameters, Spec, manual};

const XHTML: &str = "http://www.w3.org/1999/xhtml";
const SVG: &str = "http://www.w3.org/2000/svg";

/// All elements of a page, and nothing that loads anything from elsewhere.
fn check_pages(files: &Files) {
    let mut places: HashMap<String, HashSet<String>> = HashMap::new();
    let mut ids = HashSet::new();
    for (name, page) in files.pages() {
        let own: Vec<String> = page
            .descendants()
            .filter_map(|node| node.attribute("id").map(str::to_owned))
            .collect();
        for id in &own {
            // The frame of the page is the same everywhere.
            let frame = ["content", "search", "query", "results"].contains(&id.as_str());
            assert!(frame || ids.insert(id.clone()), "{name}: {id} twice");
            assert!(
                !id.is_empty() && !id.contains(char::is_whitespace),
                "{name}: {id:?}"
            );
        }
        places.insert(name.to_owned(), own.into_iter().collect());
    }
    for (name, page) in files.pages() {
        let mut scripts = Vec::new();
        for node in page.descendants().filter(|node| node.is_element()) {
            let namespace = node.tag_name().namespace().unwrap_or_default();
            assert!([XHTML, SVG].contains(&namespace), "{name}: {namespace}");
            let tag = node.tag_name().name();
            if tag == "script" {
                scripts.push(node.attribute("src").unwrap_or("inline").to_owned());
                assert_eq!(node.text(), None);
            }
            for attribute in node.attributes() {
                assert!(!attribute.name().starts_with("on"), "{name}: {attribute:?}");
            }
            if let Some(href) = node.attribute("href") {
                let (file, id) = href.split_once('#').unwrap_or((href, ""));
                let file = if file.is_empty() { name } else { file };
                assert!(files.0.contains_key(file), "{name}: {href}");
                assert!(id.is_empty() || places[file].contains(id), "{name}: {href}");
            }
        }
        assert_eq!(scripts, ["search-index.js", "manual.js"], "{name}");
        check_outline(name, &page);
        check_mathml(name, &page);
    }
    for name in files.0.keys() {
        let plain = |c: char| c.is_ascii_alphanumeric() || ".-_".contains(c);
        assert!(name.chars().all(plain) && !name.starts_with('.'), "{name}");
    }
}

/// Headings go down by one level at a time, pictures and tables say what they are.
fn check_outline(name: &str, page: &roxmltree::Document<'_>) {
    let mut last = 0;
    for node in page.descendants().filter(|node| node.is_element()) {
        let tag = node.tag_name().name();
        if let Some(level) = tag
            .strip_prefix('h')
            .and_then(|digit| digit.parse::<u32>().ok())
        {
            assert!(level <= last + 1, "{name}: h{level} below h{last}");
            assert!(!text_of(node).is_empty());
            last = level;
        }
        if tag == "svg" {
            assert_eq!(node.attribute("role"), Some("img"));
            assert!(
                node.attribute("aria-label")
                    .is_some_and(|label| label.contains(": "))
            );
        }
        if tag == "tr" {
            let table = node
                .ancestors()
                .find(|n| n.has_tag_name((XHTML, "table")))
                .unwrap();
            let columns = table
                .descendants()
                .find(|n| n.has_tag_name((XHTML, "thead")))
                .map_or(0, |head| {
                    head.descendants()
                        .filter(|n| n.has_tag_name((XHTML, "th")))
                        .count()
                });
            assert_eq!(
                node.children().filter(|n| n.is_element()).count(),
                columns,
                "{name}"
            );
        }
    }
}

/// Elements of MathML Core with as many children as they need.
fn check_mathml(name: &str, page: &roxmltree::Document<'_>) {
    for math in page
        .descendants()
        .filter(|node| node.has_tag_name((XHTML, "math")))
    {
        for node in math.descendants().filter(|node| node.is_element()) {
            let children = node.children().filter(|n| n.is_element()).count();
            let expected = match node.tag_name().name() {
                "mi" | "mn" | "mo" | "mtext" => 0,
                "msub" | "msup" | "mtr" => 2,
                "munderover" => 3,
                "math" | "mrow" | "mtable" | "mtd" => continue,
                other => panic!("{name}: {other} is no element of MathML Core"),
            };
            assert_eq!(children, expected, "{name}: {}", node.tag_name().name());
        }
    }
}

#[test]
fn pages_are_well_formed_and_their_links_lead_somewhere() {
    check_pages(&Files::new(&Spec::builtin()));
}

#[test]
fn the_markdown_has_all_of_it_with_links_that_lead_somewhere() {
    let spec = Spec::builtin();
    let text = manual::whole_markdown(&spec);
    let anchors: HashSet<&str> = text
        .split("<a id=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    assert_eq!(anchors.len(), text.matches("<a id=").count());
    let mut links = 0;
    for target in text
        .split("](#")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
    {
        assert!(anchors.contains(target), "{target}");
        links += 1;
    }
    assert!(links > spec.instructions.len());
    for instruction in &spec.instructions {
        assert!(text.contains(&format!("## `{}` — ", instruction.name)));
    }
}

#[test]
fn the_same_spec_gives_the_same_bytes() {
    let again = || {
        let spec = Spec::load(&[]).unwrap();
        (manual::html(&spec), manual::whole_markdown(&spec))
    };
    assert!(again() == again());
}

#[test]
fn every_instruction_has_an_entry_with_its_words() {
    let spec = Spec::load_with(&[], &Parameters::default().with("major", "custom-1")).unwrap();
    let files = Files::new(&spec);
    let pages: String = files.0.values().map(String::as_str).collect();
    for (index, instruction) in spec.instructions.iter().enumerate() {
        let example = manual::example(&spec, index)
            .unwrap_or_else(|| panic!("no example of {}", instruction.name));
        assert_eq!(example.word & instruction.mask, instruction.bits);
        let xlen = instruction.xlen[0];
        assert_eq!(spec.decode(example.word, xlen).unwrap().instruction, index);
        assert!(pages.contains(&format!("{}    # {}", example.text, example.hex())));
    }
    // The major opcode is the chosen one.
    assert!(pages.contains(".insn r 0x2b, 7, 0x0d, a0, a1, a2"));
}

const SAXPY: &str = r#"
[extension]
name    = "Xsaxpy"
version = "1.0"
doc     = "Weighted sums of vectors."

[descriptor.saxpy]
size = 192
fields = [
  { name = "w",   at = 8,  type = "felt<ext>", doc = "The weight." },
  { name = "out", at = 56, type = "view<ext, n>", access = "write", doc = "The sums." },
  { name = "a",   at = 80, type = "view<ext, n>", access = "read",  doc = "What is weighted." },
  { name = "b",   at = 104, type = "view<ext, n>", access = "read",  doc = "What is added." },
  { name = "reduction", at = 128, type = "reduction", doc = "The reduction polynomial." },
]

[inst."saxpy.run"]
title    = "Weighted sum"
doc      = "Compare `zktr.rlc`."
encoding = { format = "rocc", funct7 = 0x40 }
operands = { rd = "status", rs1 = "descriptor saxpy", rs2 = "count n" }
in-place = ["out = b"]
sem      = """
for i < n { out[i] = w * a[i] + b[i]; }
"""

[descriptor.tally]
size = 128
fields = [
  { name = "w",   at = 4,  type = "u32", max = 65536, status = "shape", doc = "How many counters." },
  { name = "out", at = 8,  type = "view<base, w>", access = "update", doc = "The counters." },
  { name = "a",   at = 24, type = "view<u32, n>", access = "read", doc = "What is counted." },
  { name = "r",   at = 40, type = "view<ext, n>", access = "write", doc = "Noise." },
]

[inst."saxpy.tally"]
title    = "Histogram with noise"
encoding = { format = "rocc", funct7 = 0x42 }
operands = { rd = "status", rs1 = "descriptor tally", rs2 = "count n" }
sem      = """
for i < n {
    let c = a[i];
    refuse index unless int(c) < w;
    out[int(c)] += 1;
    r[i] = random(ext);
}
"""

[inst."saxpy.odd"]
title    = "Forms of terms"
encoding = { format = "R", opcode = "major", funct7 = 0x41, funct3 = 0 }
sem      = """
carry s = rs1;
carry t = rs2;
for i < 3 { s = s + t * rs1; for j < 2 { if s == t { t = t - (s - 1); } } }
let x = -(s + t) & ~(rs1 | 3) ^ 1;
let y = if lt_s(x, 0) { div_s(x, s) } else { if x < s { x % s } else { rotr(s, x) << 1 } };
rd = sum(k < 4) { prod(l < 2) { x } * y + 1 } * (y >> 2) - shr_s(y, 3);
"#;

/// The end of [`SAXPY`], which has a text in quotes of its own.
fn saxpy() -> String {
    format!("{SAXPY}\"\"\"\n")
}

#[test]
fn an_instruction_of_a_user_is_in_it_like_any_other() {
    let files = Files::new(&load(&saxpy()));
    check_pages(&files);
    let page = files.page("ext-xsaxpy");
    let entry = section_text(&page, "inst-saxpy.run");
    for expected in [
        "saxpy.run — Weighted sum",
        "Compare zktr.rlc.",
        "match 0x8000707b",
        "zktr.version",
    ] {
        assert!(entry.contains(expected), "{expected}: {entry}");
    }
    assert_eq!(
        formulas(&page, "inst-saxpy.run"),
        ["for i=0,…,n−1:", "  outi=w·ai+bi"]
    );
    let tally = section_text(&page, "inst-saxpy.tally");
    for expected in ["added to", "int(c)<w index", "has no bits but async"] {
        assert!(tally.contains(expected), "{expected}: {tally}");
    }
    assert!(text_of(files.page("index").root_element()).contains("Xsaxpy"));
    assert!(text_of(files.page("opcodes").root_element()).contains("saxpy.run"));
    assert!(files.0["search-index.js"].contains("\"saxpy.run\",\"instruction\""));
    assert!(files.0["ext-xsaxpy.html"].contains("href=\"ext-xzktr.html#inst-zktr.rlc\""));
}

#[test]
fn formulas_say_what_the_terms_say() {
    let files = Files::new(&load(&saxpy()));
    let mut out = String::new();
    for (page, id) in [
        ("ext-xsaxpy", "inst-saxpy.odd"),
        ("ext-xsaxpy", "inst-saxpy.tally"),
        ("ext-xzktr", "inst-zktr.logup"),
        ("ext-xzktr", "inst-zktr.scan"),
        ("ext-xzktr", "inst-zktr.wait"),
        ("ext-m", "inst-mulhsu"),
        ("ext-a", "inst-sc.w"),
        ("ext-zicsr", "inst-csrrs"),
        ("ext-i", "inst-jalr"),
        ("ext-zbb", "inst-clzw"),
    ] {
        out.push_str(&format!("{id}\n"));
        for line in formulas(&files.page(page), id) {
            out.push_str(&format!("    {line}\n"));
        }
    }
    assert_snapshot!(out);
}

/// Text that would be markup, code or the end of something, if it were not escaped.
const HOSTILE: &str = r##"
[extension]
name    = "X<script>alert(1)</script>/../../etc"
version = "1.0"
doc     = "</p><script src='//evil/'></script> & &amp; ]]> `code <b>` $x$ [link](javascript:1) | ``` <img onerror=1>"

[csr."my<i>csr"]
number = 0x8C0
doc    = "\u0001 control, \"quotes\" and 'these' -->"
fields = [{ name = "<u>", bits = "15:0", doc = "<style>*{}</style>" }]

[status]
odd = { code = 33, phase = "check", doc = "<script>alert(2)</script>" }

[descriptor.evil]
size = 64
fields = [
  { name = "out", at = 8, type = "view<ext, n>", access = "write", doc = "\u2028 </script><svg onload=alert(3)>" },
  { name = "a",   at = 32, type = "view<ext, n>", access = "read", doc = "{{7*7}} <!-- " },
]

[inst."evil.run"]
title    = "\"><script>alert(4)</script>"
doc      = "A `backtick without partner, and **stars** and <a href='x'>tags</a>."
encoding = { format = "rocc", funct7 = 0x40 }
operands = { rd = "status", rs1 = "descriptor evil", rs2 = "count n" }
sem      = "for i < n { out[i] = a[i]; } # <script>alert(5)</script>"
"##;

#[test]
fn text_of_a_spec_is_never_markup() {
    let spec = load(HOSTILE);
    let files = Files::new(&spec);
    check_pages(&files);
    let allowed: BTreeSet<&str> = BTreeSet::from([
        "a",
        "body",
        "caption",
        "code",
        "div",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "head",
        "header",
        "html",
        "input",
        "label",
        "li",
        "line",
        "link",
        "main",
        "math",
        "meta",
        "mi",
        "mn",
        "mo",
        "mrow",
        "msub",
        "msup",
        "mtable",
        "mtd",
        "mtext",
        "mtr",
        "munderover",
        "nav",
        "p",
        "pre",
        "rect",
        "script",
        "strong",
        "svg",
        "table",
        "tbody",
        "td",
        "text",
        "th",
        "thead",
        "title",
        "tr",
        "ul",
    ]);
    for (name, page) in files.pages() {
        for node in page.descendants().filter(|node| node.is_element()) {
            assert!(
                allowed.contains(node.tag_name().name()),
                "{name}: {:?}",
                node.tag_name()
            );
        }
    }
    let index = text_of(files.page("index").root_element());
    assert!(
        index.contains("</p><script src='//evil/'></script> & &amp; ]]> code <b>"),
        "{index}"
    );
    // An attribute value is a value: the picture's label has the title in it.
    assert!(!files.0["search-index.js"].contains('<'));

    let markdown = manual::whole_markdown(&spec);
    // Outside of code, `<` is escaped, but for anchors.
    let mut fenced = false;
    let mut bare = Vec::new();
    for line in markdown.lines() {
        if line.starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            let outside: String = line.split('`').step_by(2).collect();
            let rest = outside
                .replace("\\<", "")
                .replace("<a id=", "")
                .replace("</a>", "");
            if rest.contains('<') {
                bare.push(line);
            }
        }
    }
    assert_eq!(bare, Vec::<&str>::new());
}
