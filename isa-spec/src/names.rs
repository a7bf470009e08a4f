//! Spelling suggestions.

use crate::span::Diagnostic;

/// "did you mean `x`?" for the candidate nearest to `word`, if one is near.
#[must_use]
pub fn did_you_mean<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    nearest(word, candidates).map(|name| format!("did you mean `{name}`?"))
}

/// The candidate nearest to `word`: at most a third of its letters differ. The first one of several.
#[must_use]
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = word.chars().count();
    // A word this long is no misspelling, and comparing it would take time.
    if length > 64 {
        return None;
    }
    let limit = length.div_ceil(3);
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= limit && *distance < candidate.chars().count())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The name that a diagnostic suggests instead of what it points at, in its help or at the end of its message.
#[must_use]
pub fn suggestion(diagnostic: &Diagnostic) -> Option<&str> {
    let help = diagnostic
        .help
        .as_deref()
        .and_then(|help| help.strip_prefix("did you mean `")?.strip_suffix("`?"));
    help.or_else(|| {
        let (_, name) = diagnostic.message.rsplit_once(", did you mean: ")?;
        name.strip_suffix('?')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggestions_are_found_in_both_wordings() {
        let gnu = Diagnostic::global("unknown directive, did you mean: .word?");
        assert_eq!(suggestion(&gnu), Some(".word"));
        let help = did_you_mean("adi", ["addi"]).expect("it is near");
        assert_eq!(
            suggestion(&Diagnostic::global("no").help(help)),
            Some("addi")
        );
        assert_eq!(suggestion(&Diagnostic::global("no").help("did you?")), None);
        assert_eq!(suggestion(&Diagnostic::global("did you mean: x?")), None);
    }

    #[test]
    fn near_words_are_suggested_and_far_ones_are_not() {
        assert_eq!(nearest("addii", ["andi", "addi", "sub"]), Some("addi"));
        assert_eq!(
            nearest("zktr.rcl", ["zktr.rlc", "zktr.inv"]),
            Some("zktr.rlc")
        );
        assert_eq!(nearest("banana", ["addi", "sub"]), None);
        assert_eq!(nearest("q", ["r"]), None);
        assert_eq!(
            did_you_mean("modulos", ["modulus"]).as_deref(),
            Some("did you mean `modulus`?")
        );
    }
}
