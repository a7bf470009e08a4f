//! Sources that are not UTF-8: every byte of theirs arrives in strings as it was.
//!
//! Old sources have comments and strings in Latin-1 and the like, which GNU as passes on byte by byte. A byte that is no
//! UTF-8 is kept as one of the last 128 characters of Unicode, which are for private use, and becomes that byte again in
//! what a string yields.

/// The character for the byte 0.
const FIRST: u32 = 0x10ff00;

/// The text of a source; of UTF-8, nothing else than that.
///
/// ```
/// assert_eq!(zktr_asm::decode("# caf\u{e9}".into()), "# caf\u{e9}");
/// assert_eq!(zktr_asm::decode(b"# caf\xe9".to_vec()), "# caf\u{10ffe9}");
/// ```
pub fn decode(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| {
        let mut text = String::with_capacity(error.as_bytes().len());
        for chunk in error.as_bytes().utf8_chunks() {
            text.push_str(chunk.valid());
            let kept = |&byte: &u8| char::from_u32(FIRST + u32::from(byte));
            text.extend(chunk.invalid().iter().filter_map(kept));
        }
        text
    })
}

/// Turns the characters that stand for bytes back into these.
pub(crate) fn restore(text: &mut Vec<u8>) {
    // The first byte of all of them in UTF-8.
    if !text.contains(&0xf4) {
        return;
    }
    let all = std::mem::take(text);
    let mut rest = &all[..];
    while let [first, behind @ ..] = rest {
        rest = match rest {
            [0xf4, 0x8f, 0xbe, low, behind @ ..] => {
                text.push(*low);
                behind
            }
            [0xf4, 0x8f, 0xbf, low, behind @ ..] => {
                text.push(low | 0x40);
                behind
            }
            _ => {
                text.push(*first);
                behind
            }
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_comes_back() {
        for byte in 0..=255 {
            for around in ["", "a\u{e9}\u{1f600}"] {
                let mut bytes = around.as_bytes().to_vec();
                bytes.push(byte);
                bytes.extend_from_slice(around.as_bytes());
                let mut text = decode(bytes.clone()).into_bytes();
                restore(&mut text);
                assert_eq!(text, bytes);
            }
        }
    }
}
