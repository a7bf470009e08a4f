//! Texts of the spec in comments and strings of other languages.

/// Column at which comments are wrapped.
const WIDTH: usize = 100;

/// The text as lines of a comment, each with `prefix` before it; words are kept whole. A `prefix` that ends with a
/// space loses it on empty lines. Sequences that begin or end comments in some language are broken up, control
/// characters become spaces, and a `\` at the end of a line, which would continue a comment of C, gets company.
pub(super) fn comment(prefix: &str, text: &str) -> String {
    let mut out = String::new();
    for line in text.trim().lines() {
        let line: String = line
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        let line = line
            .replace("*/", "* /")
            .replace("/*", "/ *")
            .replace("{-", "{ -")
            .replace("-}", "- }");
        let mut current = String::new();
        let indent: String = line.chars().take_while(|c| *c == ' ').collect();
        for word in line.split_whitespace() {
            let long = prefix.len() + current.len() + 1 + word.len() > WIDTH;
            if long && !current.trim().is_empty() {
                push_line(&mut out, prefix, &current);
                current.clear();
            }
            if current.is_empty() {
                current.push_str(&indent);
            } else {
                current.push(' ');
            }
            current.push_str(word);
        }
        push_line(&mut out, prefix, &current);
    }
    out
}

fn push_line(out: &mut String, prefix: &str, line: &str) {
    out.push_str(format!("{prefix}{line}").trim_end());
    if line.ends_with('\\') {
        out.push_str(" .");
    }
    out.push('\n');
}

/// The text on one line: what `comment` does, with spaces between the lines.
pub(super) fn line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut out = words.join(" ");
    out.retain(|c| !c.is_control());
    let out = out.replace("*/", "* /").replace("/*", "/ *");
    match out.strip_suffix('\\') {
        Some(_) => format!("{out} ."),
        None => out,
    }
}

/// A string in double quotes as in JSON, which is also one of YAML.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_ends_a_comment() {
        assert_eq!(
            comment(" * ", "a */ b\n\nc\\"),
            " * a * / b\n *\n * c\\ .\n"
        );
        assert_eq!(comment("// ", "tab\there\u{7}"), "// tab here\n");
        assert_eq!(comment("# ", ""), "");
        assert_eq!(line("a\n  b */ \\"), "a b * / \\ .");
    }

    #[test]
    fn long_lines_are_wrapped_between_words() {
        let text = "word ".repeat(60);
        let wrapped = comment("-- ", &text);
        assert!(
            wrapped
                .lines()
                .all(|l| l.len() <= WIDTH && l.starts_with("-- "))
        );
        assert_eq!(wrapped.matches("word").count(), 60);
        // A word that is too long stays whole.
        assert_eq!(comment("# ", &"x".repeat(200)).lines().count(), 1);
    }

    #[test]
    fn strings_are_escaped() {
        assert_eq!(quoted("a\"\\\n\u{1}ä"), "\"a\\\"\\\\\\n\\u0001ä\"");
    }
}
