//! File URIs and paths.

use lsp_types::Uri;
use std::path::{Component, Path, PathBuf};
use std::str::FromStr;

/// The path that a document is known by: of a file URI its path, without `.` and `..`; of another one the URI
/// itself.
pub(super) fn path_of(uri: &Uri) -> PathBuf {
    let text = uri.as_str();
    let Some(rest) = text.strip_prefix("file://") else {
        return PathBuf::from(text);
    };
    let start = rest.find('/').unwrap_or(rest.len());
    let path = decoded(&rest[start..]);
    // `/C:/folder` is a path with a drive.
    let drive = path.as_bytes().get(2) == Some(&b':') && cfg!(windows);
    normal(Path::new(if drive { &path[1..] } else { &path }))
}

/// The URI of a path that [`path_of`] has given, or that is absolute; none if it cannot be one.
pub(super) fn uri_of(path: &Path) -> Option<Uri> {
    let text = path.to_str()?;
    if !path.is_absolute() {
        // It is a URI already.
        return Uri::from_str(text).ok();
    }
    let mut uri = String::from("file://");
    if !text.starts_with('/') {
        uri.push('/');
    }
    for byte in text.bytes() {
        match byte {
            b'\\' if cfg!(windows) => uri.push('/'),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => {
                uri.push(byte.into());
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    Uri::from_str(&uri).ok()
}

/// A path without `.` and `..`, as far as that can be told without the file system.
pub(super) fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if out.file_name().is_some() => {
                out.pop();
            }
            // The root is its own parent.
            Component::ParentDir if out.has_root() && out.parent().is_none() => {}
            component => out.push(component),
        }
    }
    out
}

/// `%41` is `A`. What is not UTF-8 then is replaced.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let escape = match (first, after) {
            (b'%', [high, low, ..]) => {
                let digit = |b: u8| char::from(b).to_digit(16);
                digit(*high).zip(digit(*low))
            }
            _ => None,
        };
        match escape {
            Some((high, low)) => {
                bytes.push((high * 16 + low) as u8);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn paths_and_uris() {
        let uri = Uri::from_str("file:///a/b%20c/../%C3%A9%25.s").expect("a URI");
        assert_eq!(path_of(&uri), Path::new("/a/é%.s"));
        let back = uri_of(&path_of(&uri)).expect("a URI");
        assert_eq!(back.as_str(), "file:///a/%C3%A9%25.s");
        let host = Uri::from_str("file://localhost/x").expect("a URI");
        assert_eq!(path_of(&host), Path::new("/x"));
        let other = Uri::from_str("untitled:Untitled-1").expect("a URI");
        assert_eq!(uri_of(&path_of(&other)), Some(other));
        assert_eq!(decoded("%zz%4"), "%zz%4");
        assert_eq!(
            normal(Path::new("/a/./b/../../../c")),
            Path::new("/c").to_path_buf()
        );
    }
}
