//! The architecture that code is assembled for: a set of extensions, from an ISA string such as
//! `rv64imac_zicsr_zba`.

use crate::attributes;
use std::collections::BTreeMap;
use zktr_isa::Spec;

/// Extensions with their versions, by lower-case name. A version that the string does not give is the spec's,
/// if the spec has the extension.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Arch {
    extensions: BTreeMap<String, Option<(u16, u16)>>,
}

/// Letters of extensions that `g` stands for, besides `i`.
const GENERAL: [&str; 6] = ["m", "a", "f", "d", "zicsr", "zifencei"];

/// The extension in the spec of instructions that no ISA string names.
const PRIVILEGED: &str = "privileged";

impl Arch {
    /// Reads an ISA string for harts of this width.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str, xlen: u8) -> Result<Self, String> {
        let base = format!("rv{xlen}");
        let Some(rest) = text.strip_prefix(&base) else {
            return Err(format!(
                "architecture must begin with '{base}i', '{base}e' or '{base}g', in lower case"
            ));
        };
        if !rest.starts_with(['i', 'e', 'g']) {
            return Err(format!(
                "architecture must begin with '{base}i', '{base}e' or '{base}g', in lower case"
            ));
        }
        let mut arch = Self::default();
        for (at, part) in rest.split('_').enumerate() {
            if at > 0 && part.is_empty() {
                return Err("architecture has an empty extension name".to_owned());
            }
            if part.len() > 1 && part.starts_with(['z', 's', 'x']) {
                arch.insert_named(part)?;
            } else {
                arch.insert_letters(part)?;
            }
        }
        Ok(arch)
    }

    /// Single letters, each with an optional version; a name of several letters may follow directly.
    fn insert_letters(&mut self, part: &str) -> Result<(), String> {
        let mut rest = part;
        while let Some(letter) = rest.chars().next() {
            if !letter.is_ascii_lowercase() {
                return Err(format!("unexpected '{letter}' in an architecture"));
            }
            if matches!(letter, 'z' | 'x') || letter == 's' {
                return self.insert_named(rest);
            }
            let (version, length) = leading_version(&rest[1..]);
            if letter == 'g' {
                self.extensions.insert("i".to_owned(), None);
                for name in GENERAL {
                    self.extensions.entry(name.to_owned()).or_insert(None);
                }
            } else {
                self.extensions.insert(letter.to_string(), version);
            }
            rest = &rest[1 + length..];
        }
        Ok(())
    }

    /// A name of several letters with an optional version at its end.
    fn insert_named(&mut self, part: &str) -> Result<(), String> {
        if !part
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        {
            return Err(format!("'{part}' is no name of an extension"));
        }
        let (name, version) = trailing_version(part);
        self.extensions.insert(name.to_owned(), version);
        Ok(())
    }

    /// Adds (`+`) or removes (`-`) an extension.
    ///
    /// # Errors
    /// What is wrong with the name.
    pub fn change(&mut self, text: &str) -> Result<(), String> {
        if let Some(name) = text.strip_prefix('+') {
            if name.len() == 1 {
                return self.insert_letters(name);
            }
            return self.insert_named(name);
        }
        let Some(name) = text.strip_prefix('-') else {
            return Err("expected '+' or '-' and the name of an extension".to_owned());
        };
        match self.extensions.remove(name) {
            Some(_) => Ok(()),
            None => Err(format!("the architecture has no extension '{name}'")),
        }
    }

    /// All extensions of a spec.
    pub fn everything(spec: &Spec) -> Self {
        let names = spec.extensions.iter().map(|e| e.name.to_ascii_lowercase());
        let names = names.filter(|name| name != PRIVILEGED);
        Self {
            extensions: names.map(|name| (name, None)).collect(),
        }
    }

    /// Does it have this extension of a spec?
    pub fn has(&self, extension: &str) -> bool {
        let name = extension.to_ascii_lowercase();
        let letter = |name: &str| self.extensions.contains_key(name);
        letter(&name)
            // The base with half of the registers has the base's instructions.
            || (name == "i" && letter("e"))
            || (name == "c" && letter("zca"))
            // Once part of the base, and compilers still take them for it.
            || matches!(name.as_str(), "zicsr" | "zifencei")
            // No ISA string speaks of what code may do in which mode.
            || name == PRIVILEGED
    }

    /// The instructions of a spec that it has.
    pub fn instructions(&self, spec: &Spec) -> Vec<bool> {
        let known: BTreeMap<&str, bool> = spec
            .extensions
            .iter()
            .map(|e| (e.name.as_str(), self.has(&e.name)))
            .collect();
        let has = |name: &str| known.get(name).copied().unwrap_or_else(|| self.has(name));
        // A compressed instruction needs the extension of what it stands for too: `c.fld` is of C, and needs D.
        spec.instructions
            .iter()
            .map(|instruction| {
                let expanded = instruction.expands.as_ref();
                let meant = expanded.and_then(|e| spec.instructions.get(e.target));
                has(&instruction.extension) && meant.is_none_or(|meant| has(&meant.extension))
            })
            .collect()
    }

    /// This and all of another.
    pub fn merge(&mut self, other: &Self) {
        for (name, version) in &other.extensions {
            self.extensions.entry(name.clone()).or_insert(*version);
        }
    }

    /// Extensions of which instructions are used.
    pub fn of_used(spec: &Spec, used: &[bool]) -> Self {
        let mut arch = Self::default();
        arch.extensions.insert("i".to_owned(), None);
        for (instruction, _) in spec.instructions.iter().zip(used).filter(|x| *x.1) {
            let name = instruction.extension.to_ascii_lowercase();
            if name != PRIVILEGED {
                arch.extensions.insert(name, None);
            }
        }
        arch
    }

    /// The string in canonical order, with all versions.
    pub fn text(&self, spec: &Spec, xlen: u8) -> String {
        let mut names: Vec<(&String, &Option<(u16, u16)>)> = self.extensions.iter().collect();
        names.sort_by_key(|(name, _)| attributes::order(name));
        let versioned = names.into_iter().map(|(name, version)| {
            let of_spec = || {
                let found = spec
                    .extensions
                    .iter()
                    .find(|e| e.name.eq_ignore_ascii_case(name));
                found.map(|e| e.version)
            };
            let (major, minor) = version
                .or_else(of_spec)
                .unwrap_or_else(|| usual_version(name));
            format!("{name}{major}p{minor}")
        });
        format!("rv{xlen}{}", versioned.collect::<Vec<_>>().join("_"))
    }
}

/// Versions of ratified extensions that a spec may lack (unprivileged specification 20191213, chapter 1).
fn usual_version(name: &str) -> (u16, u16) {
    match name {
        "f" | "d" | "q" => (2, 2),
        "e" => (2, 0),
        "zmmul" => (1, 0),
        _ => (1, 0),
    }
}

/// A version at the start, as `2p1`, and its length.
fn leading_version(text: &str) -> (Option<(u16, u16)>, usize) {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let major_length = digits(text);
    let Ok(major) = text[..major_length].parse() else {
        return (None, 0);
    };
    let rest = &text[major_length..];
    if let Some(minor) = rest.strip_prefix('p')
        && let length = digits(minor)
        && let Ok(minor) = minor[..length].parse()
    {
        return (Some((major, minor)), major_length + 1 + length);
    }
    (Some((major, 0)), major_length)
}

/// A version at the end, as in `zba1p0`; a number alone is part of the name, as in `zvl128b` or `zve32x`.
fn trailing_version(text: &str) -> (&str, Option<(u16, u16)>) {
    let trim = |text: &str| text.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let minor_at = trim(text);
    let Some(before) = text[..minor_at].strip_suffix('p') else {
        return (text, None);
    };
    let major_at = trim(before);
    match (before[major_at..].parse(), text[minor_at..].parse()) {
        (Ok(major), Ok(minor)) => (&before[..major_at], Some((major, minor))),
        _ => (text, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_made_canonical() {
        let spec = Spec::builtin();
        let cases = [
            ("rv64imac", "rv64i2p1_m2p0_a2p1_c2p0"),
            ("rv64i2p0_m2p0_zba1p0", "rv64i2p0_m2p0_zba1p0"),
            (
                "rv64gc",
                "rv64i2p1_m2p0_a2p1_f2p2_d2p2_c2p0_zicsr2p0_zifencei2p0",
            ),
            ("rv64ic_xzktr_zbb", "rv64i2p1_c2p0_zbb1p0_xzktr0p2"),
            ("rv64izba", "rv64i2p1_zba1p0"),
        ];
        for (given, expected) in cases {
            let arch = Arch::parse(given, 64).unwrap();
            assert_eq!(arch.text(&spec, 64), expected, "{given}");
            assert_eq!(Arch::parse(expected, 64).unwrap().text(&spec, 64), expected);
        }
    }

    #[test]
    fn wrong_strings_are_refused() {
        for text in [
            "rv32i",
            "rv64",
            "rv64x",
            "rv64i__m",
            "rv64iM",
            "RV64I",
            "rv64i_zb-a",
        ] {
            assert!(Arch::parse(text, 64).is_err(), "{text}");
        }
    }

    #[test]
    fn extensions_are_added_and_removed() {
        let mut arch = Arch::parse("rv64i", 64).unwrap();
        arch.change("+c").unwrap();
        arch.change("+zbb1p0").unwrap();
        assert!(arch.has("C") && arch.has("Zbb") && !arch.has("M"));
        arch.change("-c").unwrap();
        assert!(!arch.has("C") && arch.change("-c").is_err() && arch.change("c").is_err());
    }
}
