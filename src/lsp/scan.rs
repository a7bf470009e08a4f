//! The assembly files of the folders that the client has open.

use std::path::{Path, PathBuf};

/// Files that are found at most, and folders that are looked into.
const MAX_FILES: usize = 1000;
const MAX_FOLDERS: usize = 4000;

/// Files by the ends of their names, in the order of their paths. Hidden folders and those of build results are left
/// out.
pub(super) fn files(roots: &[PathBuf]) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = Vec::new();
    let mut folders: Vec<PathBuf> = roots.iter().rev().cloned().collect();
    let mut visited = 0;
    while let Some(folder) = folders.pop() {
        visited += 1;
        if visited > MAX_FOLDERS {
            break;
        }
        let Ok(entries) = std::fs::read_dir(&folder) else {
            continue;
        };
        let mut paths: Vec<(PathBuf, bool)> = entries
            .flatten()
            .filter_map(|entry| {
                // Links are not followed, so that there are no circles.
                let kind = entry.file_type().ok()?;
                (kind.is_dir() || kind.is_file()).then(|| (entry.path(), kind.is_dir()))
            })
            .collect();
        paths.sort();
        for (path, is_folder) in paths.into_iter().rev() {
            if is_folder && is_source_folder(&path) {
                folders.push(path);
            } else if !is_folder && is_assembly(&path) {
                found.push(path);
                if found.len() >= MAX_FILES {
                    return found;
                }
            }
        }
    }
    found
}

fn is_source_folder(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| !name.starts_with('.') && !matches!(name, "target" | "node_modules"))
}

fn is_assembly(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    matches!(extension, Some("s" | "S" | "asm" | "inc"))
}
