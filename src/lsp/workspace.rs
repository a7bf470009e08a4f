//! What the server knows: open documents, files beside them, the spec, and what the last checks have found.

use super::settings::Settings;
use super::text::{Encoding, Text};
use super::uri;
use lsp_types::Uri;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant, SystemTime};
use zktr_asm::Files;
use zktr_asm::analysis::{Checked, Syntax};
use zktr_isa::Spec;
use zktr_isa::span::{Diagnostic, Source};

/// A file that is no document is only read if it is not longer than this.
const MAX_FILE: u64 = 16 << 20;
/// A document includes at most this many files that are looked into.
const MAX_UNIT: usize = 256;
/// Files that are no documents are kept up to this many, and up to this many bytes.
const MAX_KEPT: usize = 1024;
const MAX_KEPT_BYTES: u64 = 128 << 20;
/// For how long a list of the files of the folders is good.
const LISTING_AGE: Duration = Duration::from_secs(3);

/// A text of assembly or of a spec, with its reading when that was asked for.
#[derive(Debug)]
pub(super) struct File {
    /// Where it is.
    pub path: PathBuf,
    /// Its text.
    pub text: Text,
    syntax: OnceLock<Syntax>,
}

impl File {
    fn new(path: PathBuf, text: Text) -> Arc<Self> {
        Arc::new(Self {
            path,
            text,
            syntax: OnceLock::new(),
        })
    }
}

/// What a document is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    /// Assembly.
    Assembly,
    /// TOML.
    Toml,
}

/// An open document.
#[derive(Debug)]
pub(super) struct Document {
    /// As the client calls it.
    pub uri: Uri,
    /// The client's number of this state of the text.
    pub version: i32,
    /// What it is written in.
    pub language: Language,
    /// Its text.
    pub file: Arc<File>,
}

/// What a check of a document has found.
#[derive(Debug)]
pub(super) struct Report {
    /// The text that was checked.
    pub source: Arc<Source>,
    /// Diagnostics, also about files that it includes.
    pub diagnostics: Vec<Diagnostic>,
    /// What the assembler knows; none for a spec file.
    pub checked: Option<Checked>,
    /// Files that it has read, by the names that are shown in diagnostics.
    pub files: BTreeSet<PathBuf>,
}

/// The state of the server.
#[derive(Debug)]
pub(super) struct Workspace {
    /// The spec that texts are read with.
    pub spec: Arc<Spec>,
    /// How texts are read.
    pub settings: Settings,
    /// What columns count.
    pub encoding: Encoding,
    /// The folders that the client has open.
    pub folders: Vec<PathBuf>,
    /// Open documents.
    pub documents: BTreeMap<PathBuf, Document>,
    /// The last check of each document that was checked.
    pub reports: BTreeMap<PathBuf, Arc<Report>>,
    disk: RefCell<HashMap<PathBuf, Kept>>,
    listing: RefCell<Option<(Instant, Vec<PathBuf>)>>,
}

/// A file that was read from disk, and the state of the disk at that time.
#[derive(Debug)]
struct Kept {
    modified: Option<SystemTime>,
    length: u64,
    file: Arc<File>,
}

impl Workspace {
    /// Without documents.
    pub fn new(settings: Settings, encoding: Encoding, folders: Vec<PathBuf>) -> Self {
        Self {
            spec: Spec::builtin(),
            settings,
            encoding,
            folders,
            documents: BTreeMap::new(),
            reports: BTreeMap::new(),
            disk: RefCell::default(),
            listing: RefCell::default(),
        }
    }

    /// Opens or replaces a document.
    pub fn open(&mut self, uri: Uri, version: i32, language: Language, text: String) -> PathBuf {
        let path = uri::path_of(&uri);
        let text = Text::new(path.to_string_lossy(), text, self.encoding);
        let document = Document {
            uri,
            version,
            language,
            file: File::new(path.clone(), text),
        };
        self.documents.insert(path.clone(), document);
        path
    }

    /// Gives a document another text.
    pub fn change(&mut self, path: &Path, version: i32, text: Text) {
        if let Some(document) = self.documents.get_mut(path) {
            document.version = version;
            document.file = File::new(path.to_path_buf(), text);
        }
    }

    /// Forgets how texts were read: the spec or the settings have changed.
    pub fn reread(&mut self) {
        self.disk.borrow_mut().clear();
        for document in self.documents.values_mut() {
            document.file = File::new(document.file.path.clone(), document.file.text.clone());
        }
    }

    /// The reading of a file.
    pub fn syntax<'f>(&self, file: &'f File) -> &'f Syntax {
        file.syntax
            .get_or_init(|| Syntax::of(file.text.str(), &self.spec, self.settings.width()))
    }

    /// A document, or a file of the disk that is UTF-8 and not too long.
    pub fn file(&self, path: &Path) -> Option<Arc<File>> {
        if let Some(document) = self.documents.get(path) {
            return Some(document.file.clone());
        }
        let metadata = fs::metadata(path).ok()?;
        if !metadata.is_file() || metadata.len() > MAX_FILE {
            return None;
        }
        let (modified, length) = (metadata.modified().ok(), metadata.len());
        let mut disk = self.disk.borrow_mut();
        if let Some(kept) = disk.get(path)
            && (kept.modified, kept.length) == (modified, length)
        {
            return Some(kept.file.clone());
        }
        let text = fs::read_to_string(path).ok()?;
        let file = File::new(
            path.to_path_buf(),
            Text::new(path.to_string_lossy(), text, self.encoding),
        );
        let bytes: u64 = disk.values().map(|kept| kept.length).sum();
        if disk.len() >= MAX_KEPT || bytes + length > MAX_KEPT_BYTES {
            disk.clear();
        }
        let kept = Kept {
            modified,
            length,
            file: file.clone(),
        };
        disk.insert(path.to_path_buf(), kept);
        Some(file)
    }

    /// The URI of a path: of a document the one that the client uses.
    pub fn uri(&self, path: &Path) -> Option<Uri> {
        match self.documents.get(path) {
            Some(document) => Some(document.uri.clone()),
            None => uri::uri_of(path),
        }
    }

    /// Where an included file is.
    pub fn included(&self, name: &str, from: &Path) -> Option<PathBuf> {
        let exists = |path: &PathBuf| self.documents.contains_key(path) || path.is_file();
        candidates(name, from, &self.directories()).find(exists)
    }

    /// Where included files are looked for, after the folder of the file that asks.
    fn directories(&self) -> Vec<PathBuf> {
        let folders = self.folders.iter().chain(&self.settings.include);
        folders.cloned().collect()
    }

    /// The assembly files that are open or in the open folders.
    pub fn sources(&self) -> Vec<PathBuf> {
        let assembly = |document: &&Document| document.language == Language::Assembly;
        let open = self.documents.values().filter(assembly);
        let mut found: Vec<PathBuf> = open.map(|document| document.file.path.clone()).collect();
        let mut listing = self.listing.borrow_mut();
        let old = |(at, _): &(Instant, Vec<PathBuf>)| at.elapsed() > LISTING_AGE;
        if listing.as_ref().is_none_or(old) {
            *listing = Some((Instant::now(), super::scan::files(&self.folders)));
        }
        let listed = listing.iter().flat_map(|(_, files)| files);
        found.extend(
            listed
                .filter(|path| !self.documents.contains_key(*path))
                .cloned(),
        );
        found
    }

    /// A file and the files that it includes, directly or not.
    pub fn closure(&self, path: &Path) -> Vec<Arc<File>> {
        let mut seen = BTreeSet::from([path.to_path_buf()]);
        let mut files: Vec<Arc<File>> = self.file(path).into_iter().collect();
        let mut next = 0;
        while let Some(file) = files.get(next).cloned() {
            next += 1;
            for include in &self.syntax(&file).includes {
                if let Some(path) = self.included(&include.name, &file.path)
                    && files.len() < MAX_UNIT
                    && seen.insert(path.clone())
                {
                    files.extend(self.file(&path));
                }
            }
        }
        files
    }

    /// All files that a name may be shared with: those that are included together with this one, by any document.
    pub fn unit(&self, path: &Path) -> Vec<Arc<File>> {
        let mut files = self.closure(path);
        for (root, document) in &self.documents {
            if root == path || document.language != Language::Assembly {
                continue;
            }
            // Without an include it is alone.
            if self.syntax(&document.file).includes.is_empty() {
                continue;
            }
            let other = self.closure(root);
            if other.iter().any(|file| file.path == path) {
                for file in other {
                    if files.iter().all(|known| known.path != file.path) {
                        files.push(file);
                    }
                }
            }
        }
        files
    }

    /// Documents that include a file, but not themselves.
    pub fn includers(&self, path: &Path) -> Vec<PathBuf> {
        let mut found = Vec::new();
        for (root, document) in &self.documents {
            if root != path
                && document.language == Language::Assembly
                && !self.syntax(&document.file).includes.is_empty()
                && self.closure(root).iter().any(|file| file.path == path)
            {
                found.push(root.clone());
            }
        }
        found
    }

    /// The reports of the documents that have read this file.
    pub fn reports_on(&self, path: &Path) -> impl Iterator<Item = &Arc<Report>> {
        let reports = self.reports.iter();
        reports
            .filter(move |(root, report)| *root == path || report.files.contains(path))
            .map(|(_, report)| report)
    }

    /// The report of a document, if it is about its present text.
    pub fn fresh_report(&self, path: &Path) -> Option<&Report> {
        let report = self.reports.get(path)?;
        let document = self.documents.get(path)?;
        Arc::ptr_eq(&report.source, document.file.text.source()).then_some(report.as_ref())
    }

    /// What a check of assembly sees of the files.
    pub fn overlay(&self) -> Overlay {
        let texts = self.documents.iter();
        Overlay {
            open: texts
                .map(|(path, document)| (path.clone(), document.file.text.source().clone()))
                .collect(),
            directories: self.directories(),
            read: Mutex::default(),
        }
    }
}

/// The paths that an included file may have, the first choice first.
fn candidates(name: &str, from: &Path, directories: &[PathBuf]) -> impl Iterator<Item = PathBuf> {
    let beside = from.parent().map(Path::to_path_buf).into_iter();
    beside
        .chain(directories.iter().cloned())
        .map(move |directory| uri::normal(&directory.join(name)))
}

/// The files of a check: documents as they are typed, all others as they are on disk.
#[derive(Debug)]
pub(super) struct Overlay {
    open: HashMap<PathBuf, Arc<Source>>,
    directories: Vec<PathBuf>,
    read: Mutex<BTreeSet<PathBuf>>,
}

impl Overlay {
    /// The files that were read.
    pub fn into_read(self) -> BTreeSet<PathBuf> {
        // Nobody panics while adding to a set.
        self.read.into_inner().unwrap_or_default()
    }
}

impl Files for Overlay {
    fn read(&self, name: &str, from: &str) -> io::Result<(Vec<u8>, String)> {
        let mut result = Err(io::ErrorKind::NotFound.into());
        for path in candidates(name, Path::new(from), &self.directories) {
            let bytes = match self.open.get(&path) {
                Some(source) => Ok(source.text.clone().into_bytes()),
                None => zktr_asm::read_file(&path),
            };
            match bytes {
                Ok(bytes) => {
                    let shown = path.to_string_lossy().into_owned();
                    if let Ok(mut read) = self.read.lock() {
                        read.insert(path);
                    }
                    return Ok((bytes, shown));
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => result = Err(error),
            }
        }
        result
    }
}
