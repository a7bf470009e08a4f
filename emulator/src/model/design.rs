//! The figures of the model: value, unit, origin, source and bounds of each, by path.
//!
//! The built-in file is also the schema. What it lists under the name of a pipeline, a profile or a baseline, others of
//! that kind may have, too; everything else has to be a path of the built-in file. A figure of a user's file is a
//! number, or a table with `value` and, if wanted, `origin` and `source`.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use toml::de::{DeTable, DeValue};
use zktr_isa::Spec;
use zktr_isa::latency::Origin;
use zktr_isa::names::did_you_mean;
use zktr_isa::span::{Diagnostic, Source, Span};

/// The published design.
const PUBLISHED: &str = include_str!("published.toml");
/// Longer files are refused.
const MAX_BYTES: usize = 1 << 20;
/// Sections whose entries have names of their own.
const NAMED: [&str; 3] = ["pipeline", "profile", "baseline"];

/// A figure.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// The value.
    pub value: f64,
    /// What it counts.
    pub unit: String,
    /// Where it comes from.
    pub origin: Origin,
    /// Why it is believed.
    pub source: String,
    /// It is a whole number.
    pub integer: bool,
    /// Least and greatest value.
    pub range: (f64, f64),
}

/// All figures.
#[derive(Debug, Clone, PartialEq)]
pub struct Design {
    figures: BTreeMap<String, Figure>,
    /// Paths of sections with a name of their own, and what they say of themselves.
    docs: BTreeMap<String, String>,
    /// Latency classes of the spec, for `pipeline.NAME.class.CLASS`.
    classes: Vec<String>,
}

impl Design {
    /// The published design.
    ///
    /// # Errors
    /// The spec has no latency class of a name that the built-in pipelines use, which a user's spec cannot bring about.
    pub fn published(spec: &Spec) -> Result<Self, Vec<Diagnostic>> {
        let mut design = Self {
            figures: BTreeMap::new(),
            docs: BTreeMap::new(),
            classes: spec.latencies.iter().map(|c| c.name.clone()).collect(),
        };
        design.read(&Source::new("published.toml", PUBLISHED), true)?;
        Ok(design)
    }

    /// The figures of a file instead of those that are there, or beside them.
    ///
    /// # Errors
    /// Syntax errors, unknown figures, wrong types, values out of bounds; all of them. The design is then unchanged.
    pub fn load(&mut self, source: &Arc<Source>) -> Result<(), Vec<Diagnostic>> {
        let mut copy = self.clone();
        copy.read(source, false)?;
        *self = copy;
        Ok(())
    }

    /// One figure, as `ptu.units`.
    ///
    /// # Errors
    /// There is no such figure, or the value is out of its bounds.
    pub fn set(&mut self, path: &str, value: f64) -> Result<(), Diagnostic> {
        let unknown = || {
            let mut error = Diagnostic::global(format!("the model has no figure `{path}`"));
            error.help = self.suggest(path);
            error
        };
        if path.starts_with("published.") {
            return Err(unknown().help("published results are compared with, not put in"));
        }
        let figure = self.figures.get(path).ok_or_else(unknown)?;
        figure.check(path, value).map_err(Diagnostic::global)?;
        if let Some(figure) = self.figures.get_mut(path) {
            figure.value = value;
            figure.origin = Origin::Assumed;
            figure.source = "chosen".to_owned();
        }
        Ok(())
    }

    /// The value of a figure. Zero for a path that does not exist: [`Self::get`] tells.
    #[must_use]
    pub fn value(&self, path: &str) -> f64 {
        self.get(path).map_or(0.0, |figure| figure.value)
    }

    /// A figure.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&Figure> {
        self.figures.get(path)
    }

    /// All figures, by path.
    pub fn figures(&self) -> impl Iterator<Item = (&str, &Figure)> {
        self.figures
            .iter()
            .map(|(path, figure)| (path.as_str(), figure))
    }

    /// Names in a section as `pipeline`, each with what it says of itself.
    pub fn names<'a>(&'a self, section: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.docs.iter().filter_map(move |(path, doc)| {
            let name = path.strip_prefix(section)?.strip_prefix('.')?;
            Some((name, doc.as_str()))
        })
    }

    /// Checks that a section has this name.
    ///
    /// # Errors
    /// It does not.
    pub fn named(&self, section: &str, name: &str) -> Result<(), Diagnostic> {
        if self.docs.contains_key(&format!("{section}.{name}")) {
            return Ok(());
        }
        let names: Vec<_> = self.names(section).map(|(name, _)| name).collect();
        let mut error = Diagnostic::global(format!("the design has no {section} `{name}`"));
        error.help = did_you_mean(name, names.iter().copied())
            .or_else(|| Some(format!("there are: {}", names.join(", "))));
        Err(error)
    }

    /// What to write instead of a path that does not exist.
    fn suggest(&self, path: &str) -> Option<String> {
        did_you_mean(path, self.figures.keys().map(String::as_str)).or_else(|| {
            // A section that exists: its keys.
            let (section, _) = path.rsplit_once('.')?;
            let prefix = format!("{section}.");
            let keys: Vec<_> = self
                .figures
                .keys()
                .filter_map(|key| key.strip_prefix(&prefix))
                .collect();
            (!keys.is_empty()).then(|| format!("`{section}` has: {}", keys.join(", ")))
        })
    }

    fn read(&mut self, source: &Arc<Source>, builtin: bool) -> Result<(), Vec<Diagnostic>> {
        let mut reader = Reader {
            source,
            builtin,
            templates: self.templates(),
            design: self,
            errors: Vec::new(),
        };
        reader.file();
        if reader.errors.is_empty() {
            self.complete(source)
        } else {
            Err(reader.errors)
        }
    }

    /// Each kind of path with a figure as an example of it.
    fn templates(&self) -> BTreeMap<String, Figure> {
        let figures = self.figures.iter();
        figures
            .map(|(path, figure)| (template(path), figure.clone()))
            .collect()
    }

    /// A profile or baseline has all figures of its kind; those of pipelines may be missing, but for the stages.
    fn complete(&self, source: &Arc<Source>) -> Result<(), Vec<Diagnostic>> {
        let templates = self.templates();
        let mut errors = Vec::new();
        for path in self.docs.keys() {
            let Some((section, _)) = path.split_once('.') else {
                continue;
            };
            let prefix = format!("{section}.*.");
            for key in templates.keys().filter_map(|key| key.strip_prefix(&prefix)) {
                let needed = !key.starts_with("class.");
                if needed && !self.figures.contains_key(&format!("{path}.{key}")) {
                    let message = format!("`{path}` has no `{key}`");
                    errors.push(Diagnostic::error(message, Span::new(source, 0..0)));
                }
            }
        }
        if errors.is_empty() {
            Ok(())
        } else {
            Err(errors)
        }
    }
}

/// A path with a star for each name that is free.
fn template(path: &str) -> String {
    let mut parts: Vec<&str> = path.split('.').collect();
    if parts.first().is_some_and(|first| NAMED.contains(first)) {
        if let Some(name) = parts.get_mut(1) {
            *name = "*";
        }
        if parts.get(2) == Some(&"class")
            && let Some(class) = parts.get_mut(3)
        {
            *class = "*";
        }
        // Every class may differ in every one of them.
    }
    parts.join(".")
}

impl Figure {
    /// Why this cannot be its value.
    fn check(&self, path: &str, value: f64) -> Result<(), String> {
        let (least, most) = self.range;
        if self.integer && value.fract() != 0.0 {
            return Err(format!("`{path}` has to be a whole number, not {value}"));
        }
        if !(least..=most).contains(&value) {
            return Err(format!(
                "`{path}` has to be from {least} to {most}, not {value}"
            ));
        }
        Ok(())
    }
}

struct Reader<'a> {
    source: &'a Arc<Source>,
    builtin: bool,
    templates: BTreeMap<String, Figure>,
    design: &'a mut Design,
    errors: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn error(&mut self, message: impl Into<String>, range: Range<usize>, help: Option<String>) {
        let end = range.end.min(self.source.text.len());
        let span = Span::new(self.source, range.start.min(end)..end);
        let mut error = Diagnostic::error(message, span);
        error.help = help;
        self.errors.push(error);
    }

    fn file(&mut self) {
        if self.source.text.len() > MAX_BYTES {
            let message = format!("a design has at most {MAX_BYTES} bytes");
            return self.error(message, 0..0, None);
        }
        let source = self.source.clone();
        let (table, errors) = DeTable::parse_recoverable(&source.text);
        for error in &errors {
            let message = error.message().lines().next().unwrap_or("invalid TOML");
            self.error(message, error.span().unwrap_or(0..0), None);
        }
        if errors.is_empty() {
            self.table("", table.get_ref());
        }
    }

    /// A section. The TOML parser bounds the nesting.
    fn table(&mut self, path: &str, table: &DeTable<'_>) {
        for (key, value) in table {
            let at = match path {
                "" => key.get_ref().to_string(),
                _ => format!("{path}.{}", key.get_ref()),
            };
            if key.get_ref().contains('.') {
                self.error("a name without dots is needed", key.span(), None);
                continue;
            }
            let section = path.split_once('.').map_or("", |(section, _)| section);
            let own = path.matches('.').count() == 1 && NAMED.contains(&section);
            match value.get_ref() {
                DeValue::String(text) if own && key.get_ref() == "doc" => {
                    self.design.docs.insert(path.to_owned(), text.to_string());
                }
                DeValue::Table(inner) if !inner.contains_key("value") => {
                    let named = at.split_once('.').is_some_and(|(section, name)| {
                        NAMED.contains(&section) && !name.contains('.')
                    });
                    if named {
                        self.design.docs.entry(at.clone()).or_default();
                    }
                    self.table(&at, inner);
                }
                DeValue::Table(inner) => self.figure(&at, key.span(), inner),
                DeValue::Integer(_) | DeValue::Float(_) => {
                    self.number(&at, key.span(), value.get_ref(), value.span());
                }
                _ => self.error(
                    format!("`{at}` has to be a number or a table with `value`"),
                    value.span(),
                    None,
                ),
            }
        }
    }

    /// A figure that is only a number.
    fn number(&mut self, path: &str, key: Range<usize>, value: &DeValue<'_>, at: Range<usize>) {
        let source = self.source.name.clone();
        if let Some(figure) = self.known(path, key) {
            let origin = Origin::Assumed;
            self.put(
                path,
                value,
                at,
                Figure {
                    origin,
                    source,
                    ..figure
                },
            );
        }
    }

    fn figure(&mut self, path: &str, key: Range<usize>, table: &DeTable<'_>) {
        let name = self.source.name.clone();
        let figure = match self.known(path, key.clone()) {
            Some(figure) => Figure {
                origin: Origin::Assumed,
                source: name,
                ..figure
            },
            None if self.builtin => Figure {
                value: 0.0,
                unit: String::new(),
                origin: Origin::Assumed,
                source: String::new(),
                integer: false,
                range: (f64::MIN, f64::MAX),
            },
            None => return,
        };
        let mut figure = figure;
        for (key, value) in table {
            let range = value.span();
            match (key.get_ref().as_ref(), value.get_ref()) {
                ("value", _) => {}
                ("source", DeValue::String(text)) => figure.source = text.to_string(),
                ("unit", DeValue::String(text)) if self.builtin => figure.unit = text.to_string(),
                ("origin", DeValue::String(text)) => {
                    match Origin::NAMES.iter().find(|(name, _)| *name == text) {
                        Some((_, origin)) => figure.origin = *origin,
                        None => {
                            let names = Origin::NAMES.map(|(name, _)| name);
                            let help = did_you_mean(text, names)
                                .unwrap_or_else(|| format!("there are: {}", names.join(", ")));
                            let message = format!("no origin `{text}`");
                            self.error(message, range, Some(help));
                        }
                    }
                }
                ("range", DeValue::Array(bounds)) if self.builtin => {
                    let bounds: Vec<_> = bounds.iter().filter_map(|b| real(b.get_ref())).collect();
                    if let [least, most] = bounds[..] {
                        figure.range = (least, most);
                    }
                }
                ("source" | "origin", _) => {
                    self.error(
                        format!("`{}` has to be a string", key.get_ref()),
                        range,
                        None,
                    );
                }
                (other, _) => {
                    let help = did_you_mean(other, ["value", "origin", "source"]);
                    self.error(format!("a figure has no `{other}`"), key.span(), help);
                }
            }
        }
        if let Some(value) = table.get("value") {
            if self.builtin {
                figure.integer = matches!(value.get_ref(), DeValue::Integer(_));
            }
            self.put(path, value.get_ref(), value.span(), figure);
        }
    }

    fn put(&mut self, path: &str, value: &DeValue<'_>, at: Range<usize>, figure: Figure) {
        let Some(value) = real(value) else {
            return self.error(format!("`{path}` has to be a number"), at, None);
        };
        match figure.check(path, value) {
            Ok(()) => {
                let figure = Figure { value, ..figure };
                self.design.figures.insert(path.to_owned(), figure);
            }
            Err(message) => self.error(message, at, None),
        }
    }

    /// The figure that this one replaces, or is like.
    fn known(&mut self, path: &str, key: Range<usize>) -> Option<Figure> {
        if self.builtin {
            return None;
        }
        if path.starts_with("published.") {
            let help = "they are compared with, and are an input of nothing";
            self.error(
                "published results cannot be changed",
                key,
                Some(help.into()),
            );
            return None;
        }
        let parts: Vec<&str> = path.split('.').collect();
        if let ["pipeline", _, "class", class, _] = parts[..]
            && !self.design.classes.iter().any(|known| known == class)
        {
            let names = self.design.classes.iter().map(String::as_str);
            let help = did_you_mean(class, names)
                .unwrap_or_else(|| format!("there are: {}", self.design.classes.join(", ")));
            self.error(
                format!("the spec has no class of latency `{class}`"),
                key,
                Some(help),
            );
            return None;
        }
        let found = self.templates.get(&template(path)).cloned();
        let exact = self.design.figures.get(path).cloned();
        if exact.is_some() || found.is_some() {
            return exact.or(found);
        }
        let help = self.suggest(path);
        self.error(format!("the model has no figure `{path}`"), key, help);
        None
    }

    /// In a section of a name, keys of its kind; otherwise paths.
    fn suggest(&self, path: &str) -> Option<String> {
        let general = template(path);
        if general == path {
            return self.design.suggest(path);
        }
        let (section, _) = general.rsplit_once('.')?;
        let prefix = format!("{section}.");
        let keys = self
            .templates
            .keys()
            .filter_map(|key| key.strip_prefix(&prefix));
        let keys: Vec<_> = keys.filter(|key| !key.contains('.')).collect();
        let (_, last) = path.rsplit_once('.')?;
        did_you_mean(last, keys.iter().copied())
            .or_else(|| Some(format!("it may have: {}", keys.join(", "))))
    }
}

fn real(value: &DeValue<'_>) -> Option<f64> {
    match value {
        DeValue::Integer(int) => {
            let digits = int.as_str().replace('_', "");
            i64::from_str_radix(&digits, int.radix())
                .ok()
                .map(|v| v as f64)
        }
        DeValue::Float(float) => float.as_str().replace('_', "").parse().ok(),
        _ => None,
    }
    .filter(|value: &f64| value.is_finite())
}
