//! Names of the spec as identifiers of a target language.

use std::collections::HashSet;

/// Gives out identifiers: letters, digits and `_`, never a keyword, never the same one twice.
pub(super) struct Names {
    keywords: &'static [&'static str],
    taken: HashSet<String>,
}

impl Names {
    pub(super) fn new(keywords: &'static [&'static str]) -> Self {
        Self {
            keywords,
            taken: HashSet::new(),
        }
    }

    /// The identifier for this name. A keyword gets a `_`, a name that is taken the first number that makes it new.
    pub(super) fn unique(&mut self, name: &str) -> String {
        let mut plain = snake(name);
        if self.keywords.contains(&plain.as_str()) {
            plain.push('_');
        }
        let mut candidate = plain.clone();
        let mut number = 1u32;
        while !self.taken.insert(candidate.clone()) {
            number += 1;
            candidate = format!("{plain}_{number}");
        }
        candidate
    }
}

/// The name with `_` for everything that is no letter or digit of ASCII, and before a leading digit.
pub(super) fn snake(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 1);
    if name.starts_with(|c: char| c.is_ascii_digit()) || name.is_empty() {
        out.push('_');
    }
    out.extend(
        name.chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }),
    );
    out
}

/// The same in capitals.
pub(super) fn screaming(name: &str) -> String {
    snake(name).to_ascii_uppercase()
}

/// The same as words with capitals, as in `ZktrRlc`.
pub(super) fn camel(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for word in name.split(|c: char| !c.is_ascii_alphanumeric()) {
        let (first, rest) = word.split_at(usize::from(!word.is_empty()));
        out.push_str(&first.to_ascii_uppercase());
        out.push_str(rest);
    }
    if out.is_empty() || out.starts_with(|c: char| c.is_ascii_digit()) {
        out.insert(0, 'N');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_apart_and_away_from_keywords() {
        let mut names = Names::new(&["for"]);
        let given = ["a.b", "a_b", "a-b", "for", "for_", "9lives", "", "a_b_2"];
        let found: Vec<String> = given.iter().map(|name| names.unique(name)).collect();
        assert_eq!(
            found,
            [
                "a_b", "a_b_2", "a_b_3", "for_", "for__2", "_9lives", "_", "a_b_2_2"
            ]
        );
    }

    #[test]
    fn other_cases() {
        assert_eq!(screaming("sum-before"), "SUM_BEFORE");
        assert_eq!(camel("zktr.sum-before"), "ZktrSumBefore");
        assert_eq!((camel("ä").as_str(), camel("4x").as_str()), ("N", "N4x"));
    }
}
