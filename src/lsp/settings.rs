//! Settings: from the command line, and from the client, whose word comes last.

use serde::Deserialize;
use serde_json::Value;
use std::path::{Path, PathBuf};
use zktr_asm::Options;
use zktr_isa::Parameters;

/// How texts are read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settings {
    /// Spec files beside the built-in ones.
    pub spec: Vec<PathBuf>,
    /// The major opcode of the extension, as `custom-3`.
    pub major: Option<String>,
    /// 32 or 64; without it, what `march` says, or 64.
    pub xlen: Option<u8>,
    /// The extensions that may be used, as `rv64imac`; all if not given.
    pub march: Option<String>,
    /// Folders in which included files are looked for.
    pub include: Vec<PathBuf>,
    /// Whether the editor shows what a line assembles to, where that is not one instruction.
    pub hints: bool,
}

/// What a client can say, as JSON: `{ "spec": ["my.toml"], "xlen": 32, ... }`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Given {
    spec: Option<OneOrMany>,
    major: Option<String>,
    xlen: Option<u8>,
    #[serde(alias = "arch")]
    march: Option<String>,
    include: Option<OneOrMany>,
    inlay_hints: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(PathBuf),
    Many(Vec<PathBuf>),
}

impl OneOrMany {
    /// The paths, relative ones in a folder.
    fn paths(self, folder: Option<&Path>) -> Vec<PathBuf> {
        let paths = match self {
            Self::One(path) => vec![path],
            Self::Many(paths) => paths,
        };
        let absolute = |path: PathBuf| match folder {
            Some(folder) => super::uri::normal(&folder.join(path)),
            None => path,
        };
        paths.into_iter().map(absolute).collect()
    }
}

impl Settings {
    /// With what a client says, in its `initializationOptions` or in a change of its configuration, where they may be
    /// below the key `zktr`. Relative paths are below `folder`.
    ///
    /// # Errors
    /// A value of another type, or that is none of the possible ones; nothing is changed then.
    pub(super) fn with(&self, given: &Value, folder: Option<&Path>) -> Result<Self, String> {
        let given = given.get("zktr").unwrap_or(given);
        if given.is_null() {
            return Ok(self.clone());
        }
        let given: Given = serde_json::from_value(given.clone())
            .map_err(|error| format!("settings of zktr: {error}"))?;
        let mut settings = self.clone();
        if let Some(spec) = given.spec {
            settings.spec = spec.paths(folder);
        }
        if let Some(include) = given.include {
            settings.include = include.paths(folder);
        }
        if let Some(xlen) = given.xlen {
            if !matches!(xlen, 32 | 64) {
                return Err(format!(
                    "settings of zktr: xlen must be 32 or 64, not {xlen}"
                ));
            }
            settings.xlen = Some(xlen);
        }
        settings.major = given.major.or(settings.major);
        settings.march = given.march.or(settings.march);
        settings.hints = given.inlay_hints.unwrap_or(settings.hints);
        Ok(settings)
    }

    /// Width of the hart's registers.
    pub(super) fn width(&self) -> u8 {
        let narrow = |march: &str| march.to_ascii_lowercase().starts_with("rv32");
        match (self.xlen, self.march.as_deref()) {
            (Some(xlen), _) => xlen,
            (None, Some(march)) if narrow(march) => 32,
            _ => 64,
        }
    }

    /// The assembler's options.
    pub(super) fn options(&self) -> Options {
        Options {
            xlen: self.width(),
            arch: self.march.clone(),
            ..Options::default()
        }
    }

    /// The spec's parameters.
    pub(super) fn parameters(&self) -> Parameters {
        match &self.major {
            Some(major) => Parameters::default().with("major", major),
            None => Parameters::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_client_changes_what_it_names() {
        let base = Settings {
            march: Some("rv32i".into()),
            hints: true,
            ..Settings::default()
        };
        assert_eq!(base.width(), 32);
        let given = json!({ "zktr": { "spec": "a/../b.toml", "xlen": 64, "other": 1 } });
        let changed = base
            .with(&given, Some(Path::new("/w")))
            .expect("it is right");
        assert_eq!(changed.spec, [Path::new("/w/b.toml")]);
        assert_eq!(changed.width(), 64);
        assert_eq!(changed.march, base.march);
        assert!(changed.hints);
        assert_eq!(base.with(&Value::Null, None), Ok(base.clone()));
        let list = json!({ "include": ["/x", "y"], "inlayHints": false, "arch": "rv64gc" });
        let changed = base.with(&list, None).expect("it is right");
        assert_eq!(changed.include, [Path::new("/x"), Path::new("y")]);
        assert_eq!(
            (changed.hints, changed.march.as_deref()),
            (false, Some("rv64gc"))
        );
    }

    #[test]
    fn wrong_settings_are_reported() {
        let base = Settings::default();
        for wrong in [
            json!({ "xlen": 16 }),
            json!({ "spec": 1 }),
            json!([1]),
            json!({ "xlen": "64" }),
        ] {
            assert!(base.with(&wrong, None).is_err(), "{wrong}");
        }
    }
}
