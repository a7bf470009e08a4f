//! Remarks as YAML documents in the format of LLVM's optimisation remarks (llvm/docs/Remarks.rst), for the tools that read
//! those: opt-viewer, llvm-opt-report, llvm-remarkutil.
//!
//! A loop that is offloaded is `!Passed`, and each guard of it an `!Analysis`; each reason against a loop is a `!Missed`
//! of its own, named after the [`Reason`](super::Reason), so that tools can count them. What a viewer prints is the values of the
//! arguments, one after the other.

use super::{Decision, Remark};
use std::fmt::{self, Write};

/// The name of the pass in its remarks.
pub const PASS: &str = "zktr";

/// Where a loop is in a file that a viewer can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    /// Name of the file.
    pub file: &'a str,
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1; 0 if it is not known.
    pub column: usize,
}

/// The documents of a remark. `function` is the name under which readers know the function, `place` is where the
/// loop is, if that is known.
pub fn documents(remark: &Remark, function: &str, place: Option<Place<'_>>) -> String {
    let mut text = String::new();
    let header = remark.header.to_string();
    let mut document = |kind: &str, name: &str, args: &[(&str, &str)]| {
        write_document(&mut text, kind, name, function, place, args)
            .expect("a string takes all text");
    };
    match &remark.decision {
        Decision::Offloaded { plan, instructions } => {
            let instructions = instructions.join(", ");
            let args = [
                ("String", "loop at "),
                ("Loop", &header),
                ("String", " offloaded to "),
                ("Instructions", &instructions),
            ];
            document("Passed", "Offloaded", &args);
            for guard in &plan.guards {
                let guard = guard.to_string();
                let args = [
                    ("String", "loop at "),
                    ("Loop", &header),
                    ("String", " guarded by "),
                    ("Guard", &guard),
                ];
                document("Analysis", "Guard", &args);
            }
        }
        Decision::Declined { reasons } => {
            for reason in reasons {
                let evidence = reason.evidence.as_ref().map(ToString::to_string);
                let mut args = vec![
                    ("String", "loop at "),
                    ("Loop", &*header),
                    ("String", " not offloaded: "),
                    ("Reason", reason.reason.text()),
                ];
                if !reason.detail.is_empty() {
                    args.extend([("String", ": "), ("Instruction", &*reason.detail)]);
                }
                if let Some(evidence) = &evidence {
                    args.extend([("String", "; "), ("Evidence", evidence)]);
                }
                document("Missed", &reason.reason.name(), &args);
            }
        }
        Decision::Enclosed => {
            let args = [
                ("String", "loop at "),
                ("Loop", &*header),
                ("String", " is part of a loop that is offloaded"),
            ];
            document("Analysis", "Enclosed", &args);
        }
    }
    text
}

fn write_document(
    out: &mut String,
    kind: &str,
    name: &str,
    function: &str,
    place: Option<Place<'_>>,
    args: &[(&str, &str)],
) -> fmt::Result {
    writeln!(out, "--- !{kind}")?;
    writeln!(out, "Pass:            {PASS}")?;
    writeln!(out, "Name:            {name}")?;
    if let Some(Place { file, line, column }) = place {
        let file = Scalar(file);
        writeln!(
            out,
            "DebugLoc:        {{ File: {file}, Line: {line}, Column: {column} }}"
        )?;
    }
    writeln!(out, "Function:        {}", Scalar(function))?;
    writeln!(out, "Args:")?;
    for (key, value) in args {
        writeln!(out, "  - {:16} {}", format!("{key}:"), Scalar(value))?;
    }
    writeln!(out, "...")
}

/// A text as a quoted scalar on one line: in single quotes, or in double quotes where something has to be escaped.
struct Scalar<'t>(&'t str);

impl fmt::Display for Scalar<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // U+2028 and U+2029 break lines too, and YAML's printable characters leave out the controls.
        let escaped = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}');
        if !self.0.chars().any(escaped) {
            return write!(f, "'{}'", self.0.replace('\'', "''"));
        }
        f.write_char('"')?;
        for c in self.0.chars() {
            match c {
                '"' | '\\' => write!(f, "\\{c}")?,
                c if !escaped(c) => f.write_char(c)?,
                c => match u32::from(c) {
                    code @ ..=0xff => write!(f, "\\x{code:02x}")?,
                    code => write!(f, "\\u{code:04x}")?,
                },
            }
        }
        f.write_char('"')
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::remark::{Reason, Rejection};
    use cranelift_codegen::ir::Block;

    fn remark(decision: Decision) -> Remark {
        Remark {
            function: "%f".to_owned(),
            header: Block::from_u32(3),
            location: None,
            decision,
        }
    }

    #[test]
    fn each_reason_is_a_document() {
        let reasons = [Reason::EarlyExit, Reason::SideEffect].map(Rejection::from);
        let remark = remark(Decision::Declined {
            reasons: reasons.to_vec(),
        });
        let place = Place {
            file: "a.clif",
            line: 7,
            column: 1,
        };
        let text = documents(&remark, "it's", Some(place));
        let expected = "--- !Missed\n\
            Pass:            zktr\n\
            Name:            EarlyExit\n\
            DebugLoc:        { File: 'a.clif', Line: 7, Column: 1 }\n\
            Function:        'it''s'\n\
            Args:\n  - String:          'loop at '\n  - Loop:            'block3'\n";
        assert!(text.starts_with(expected), "{text}");
        assert_eq!(text.matches("--- !Missed\n").count(), 2);
        assert_eq!(text.matches("\n...\n").count(), 2);
        assert!(text.contains("Name:            SideEffect\n"));
    }

    #[test]
    fn no_text_breaks_out_of_its_line() {
        for (text, scalar) in [
            ("", "''"),
            ("a: b # c", "'a: b # c'"),
            ("line\nline", "\"line\\x0aline\""),
            ("\"\\\t\"", "\"\\\"\\\\\\x09\\\"\""),
            ("\u{2028}", "\"\\u2028\""),
        ] {
            assert_eq!(Scalar(text).to_string(), scalar);
        }
    }
}
