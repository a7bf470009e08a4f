//! A page of HTML about what the pass decided: for each function its loops, the decision about each with guards or
//! reasons, and its text with the loops marked in it.
//!
//! The page stands alone: no script, and nothing that is loaded. What comes out of files is escaped.

use std::collections::BTreeMap;
use std::fmt::{self, Write};
use zktr_pass::{Decision, Reason, Rejection, Remark};

/// A function of the report.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// Its name in the file.
    pub name: &'a str,
    /// Its name in the source, if there is one.
    pub title: Option<&'a str>,
    /// Its text before the pass.
    pub text: &'a str,
    /// The line of its head in the file, from 1.
    pub line: usize,
    /// What became of its loops.
    pub remarks: &'a [Remark],
}

const STYLE: &str = "
body { font: 15px/1.45 system-ui, sans-serif; margin: 2em auto; max-width: 76em; padding: 0 1em; color: #1b1b1b; background: #fff; }
h1 { font-size: 1.5em; } h2 { font-size: 1.15em; margin: 2em 0 .4em; }
table { border-collapse: collapse; margin: .5em 0; } td, th { padding: .2em .7em; text-align: left; vertical-align: top; border-bottom: 1px solid #ddd; }
td.n { text-align: right; font-variant-numeric: tabular-nums; }
code, pre { font: 13px/1.4 ui-monospace, monospace; } pre { overflow-x: auto; background: #f7f7f7; padding: .6em; }
ul { margin: .2em 0; padding-left: 1.2em; }
.offloaded { background: #d8f0e3; } .declined { background: #fde4cf; } .enclosed { background: #e6eef8; }
td.offloaded, td.declined, td.enclosed { white-space: nowrap; }
pre .at { font-weight: bold; }
@media (prefers-color-scheme: dark) { body { background: #16181b; color: #e4e4e4; } pre { background: #1f2226; } td, th { border-color: #3a3d42; }
.offloaded { background: #1d4631; } .declined { background: #5a3313; } .enclosed { background: #24374f; } a { color: #8ab8ff; } }
";

/// The page for the functions of a file, in their order. Functions without a remark are counted only.
pub fn page(file: &str, subjects: &[Subject<'_>]) -> String {
    let mut html = String::new();
    write_page(&mut html, file, subjects).expect("a string takes all text");
    html
}

fn write_page(html: &mut String, file: &str, subjects: &[Subject<'_>]) -> fmt::Result {
    let file = Escaped(file);
    write!(
        html,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <title>{file}: loops</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>Loops of {file}</h1>\n"
    )?;
    summary(html, subjects)?;
    for (number, subject) in subjects.iter().enumerate() {
        if !subject.remarks.is_empty() {
            function(html, number, subject)?;
        }
    }
    html.push_str("</body>\n</html>\n");
    Ok(())
}

/// Figures of the file: loops by decision, instructions, and reasons, with links to the functions.
fn summary(html: &mut String, subjects: &[Subject<'_>]) -> fmt::Result {
    let remarks = || subjects.iter().flat_map(|subject| subject.remarks);
    let mut instructions: BTreeMap<String, usize> = BTreeMap::new();
    let mut reasons: BTreeMap<Reason, usize> = BTreeMap::new();
    let (mut offloaded, mut declined, mut enclosed) = (0, 0, 0);
    for remark in remarks() {
        match &remark.decision {
            Decision::Offloaded {
                instructions: names,
                ..
            } => {
                offloaded += 1;
                *instructions.entry(names.join(", ")).or_default() += 1;
            }
            Decision::Enclosed => enclosed += 1,
            Decision::Declined { reasons: found } => {
                declined += 1;
                for rejection in found {
                    *reasons.entry(rejection.reason).or_default() += 1;
                }
            }
        }
    }
    let functions = subjects.len();
    writeln!(
        html,
        "<p>{functions} functions, {} loops looked at: {offloaded} offloaded with {enclosed} in them, {declined} not.</p>",
        offloaded + declined + enclosed
    )?;
    let mut table = |title: &str, rows: Vec<(String, usize)>| {
        if rows.is_empty() {
            return Ok(());
        }
        write!(html, "<table>\n<tr><th></th><th>{title}</th></tr>\n")?;
        for (text, count) in rows {
            let text = Escaped(&text);
            writeln!(html, "<tr><td class=\"n\">{count}</td><td>{text}</td></tr>")?;
        }
        writeln!(html, "</table>")
    };
    table("offloaded to", by_count(instructions))?;
    let named = reasons
        .into_iter()
        .map(|(reason, count)| (reason.text().to_owned(), count));
    table("not, because", by_count(named.collect()))?;
    html.push_str("<table>\n<tr><th>function</th><th>loops</th><th>offloaded</th></tr>\n");
    for (number, subject) in subjects.iter().enumerate() {
        if subject.remarks.is_empty() {
            continue;
        }
        let is_offloaded = |r: &&Remark| matches!(r.decision, Decision::Offloaded { .. });
        writeln!(
            html,
            "<tr><td><a href=\"#f{number}\">{}</a></td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>",
            Name(subject),
            subject.remarks.len(),
            subject.remarks.iter().filter(is_offloaded).count()
        )?;
    }
    html.push_str("</table>\n");
    Ok(())
}

/// Most frequent first.
fn by_count(counts: BTreeMap<String, usize>) -> Vec<(String, usize)> {
    let mut rows: Vec<_> = counts.into_iter().collect();
    rows.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    rows
}

fn function(html: &mut String, number: usize, subject: &Subject<'_>) -> fmt::Result {
    write!(
        html,
        "<h2 id=\"f{number}\">{}</h2>\n<table>\n",
        Name(subject)
    )?;
    for remark in subject.remarks {
        let header = remark.header;
        let class = class(&remark.decision);
        write!(
            html,
            "<tr><td><a href=\"#f{number}-{header}\"><code>{header}</code></a>"
        )?;
        if let Some(location) = remark.location {
            write!(html, " (source {location})")?;
        }
        write!(html, "</td><td class=\"{class}\">{class}</td><td>")?;
        match &remark.decision {
            Decision::Offloaded { plan, instructions } => {
                write!(
                    html,
                    "to <code>{}</code>",
                    Escaped(&instructions.join(", "))
                )?;
                let guards = plan.guards.iter().map(ToString::to_string);
                list(html, "if", guards)?;
            }
            Decision::Enclosed => html.push_str("part of a loop that is offloaded"),
            Decision::Declined { reasons } => {
                let with_evidence = |reason: &Rejection| match &reason.evidence {
                    Some(evidence) => format!("{reason} \u{2014} {evidence}"),
                    None => reason.to_string(),
                };
                list(html, "", reasons.iter().map(with_evidence))?;
            }
        }
        html.push_str("</td></tr>\n");
    }
    html.push_str("</table>\n<details><summary>CLIF</summary>\n<pre>");
    let headers: BTreeMap<String, &Remark> = subject
        .remarks
        .iter()
        .map(|remark| (remark.header.to_string(), remark))
        .collect();
    for (offset, line) in subject.text.lines().enumerate() {
        let at = subject.line + offset;
        let text = Escaped(line);
        let label = line.split(['(', ':']).next().unwrap_or_default();
        match headers.get(label) {
            Some(remark) => writeln!(
                html,
                "<span id=\"f{number}-{label}\" class=\"at {}\">{at:6}  {text}</span>",
                class(&remark.decision)
            )?,
            None => match reason_at(subject.remarks, line) {
                Some(reason) => writeln!(
                    html,
                    "<span class=\"declined\" title=\"{}\">{at:6}  {text}</span>",
                    Escaped(reason.text())
                )?,
                None => writeln!(html, "{at:6}  {text}")?,
            },
        }
    }
    html.push_str("</pre>\n</details>\n");
    Ok(())
}

/// The reason that is about the instruction of a line.
fn reason_at(remarks: &[Remark], line: &str) -> Option<Reason> {
    let text = line.split(';').next().unwrap_or_default().trim();
    let about = |remark: &Remark| match &remark.decision {
        Decision::Declined { reasons } => reasons
            .iter()
            .find(|r| !text.is_empty() && r.inst.is_some() && r.detail.trim() == text)
            .map(|r| r.reason),
        _ => None,
    };
    remarks.iter().find_map(about)
}

fn list(html: &mut String, title: &str, items: impl Iterator<Item = String>) -> fmt::Result {
    let items: Vec<String> = items.collect();
    if items.is_empty() {
        return Ok(());
    }
    write!(html, " {title}<ul>")?;
    for item in items {
        write!(html, "<li>{}</li>", Escaped(&item))?;
    }
    html.push_str("</ul>");
    Ok(())
}

/// The class of a decision in the page's style, which is its word, too.
fn class(decision: &Decision) -> &'static str {
    match decision {
        Decision::Offloaded { .. } => "offloaded",
        Decision::Declined { .. } => "declined",
        Decision::Enclosed => "enclosed",
    }
}

/// A function's names.
struct Name<'a, 's>(&'a Subject<'s>);

impl fmt::Display for Name<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<code>{}</code>", Escaped(self.0.name))?;
        if let Some(title) = self.0.title {
            write!(f, " {}", Escaped(title))?;
        }
        Ok(())
    }
}

/// Text that is no markup, whatever is in it.
struct Escaped<'t>(&'t str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cranelift_codegen::ir::Block;

    #[test]
    fn names_and_text_are_no_markup() {
        let remarks = [Remark {
            function: "%f".to_owned(),
            header: Block::from_u32(1),
            location: None,
            decision: Decision::Declined {
                reasons: vec![Rejection::new(Reason::Address, "<script>".to_owned())],
            },
        }];
        let subject = Subject {
            name: "%f",
            title: Some("a<b>&\"c\""),
            text: "function %f() {\nblock1(v1: i64):\n    return ; <i>\n}",
            line: 5,
            remarks: &remarks,
        };
        let html = page("x<y.clif", &[subject]);
        for raw in ["<script>", "a<b>", "<i>", "x<y"] {
            assert!(!html.contains(raw), "{raw}");
        }
        assert!(html.contains("a&lt;b&gt;&amp;&quot;c&quot;"));
        assert!(html.contains("id=\"f0-block1\" class=\"at declined\">     6  block1(v1: i64):"));
    }
}
