//! Spelling suggestions.

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

#[cfg(test)]
mod tests {
    use super::*;

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
