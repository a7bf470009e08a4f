//! Linked executables: their loadable segments as they are.

use super::{File, Image, Segment, Symbols};
use crate::memory::Permissions;
use object::{Object, ObjectSegment, SegmentFlags, elf};
use zktr_isa::span::Diagnostic;

pub(super) fn load(file: &File<'_>, xlen: u8, limit: u64) -> Result<Image, Diagnostic> {
    let error = |what: String| Diagnostic::global(format!("{}: {what}", file.name));
    let mut segments = Vec::new();
    let mut total = 0u64;
    for segment in file.elf.segments() {
        let (addr, size) = (segment.address(), segment.size());
        if size == 0 {
            continue;
        }
        let bytes = segment
            .data()
            .map_err(|why| error(format!("segment at {addr:#x}: {why}")))?;
        if bytes.len() as u64 > size {
            return Err(error(format!(
                "segment at {addr:#x} has more bytes in the file than in memory"
            )));
        }
        total = total.saturating_add(size);
        if total > limit {
            return Err(error(format!(
                "the program needs more than the limit of {limit} bytes"
            ))
            .help("raise the memory limit"));
        }
        let last = addr
            .checked_add(size - 1)
            .filter(|last| xlen == 64 || *last <= u64::from(u32::MAX));
        if last.is_none() {
            return Err(error(format!(
                "segment at {addr:#x} runs past the top of the address space"
            )));
        }
        let flags = match segment.flags() {
            SegmentFlags::Elf { p_flags } => p_flags,
            _ => 0,
        };
        let permissions = Permissions {
            read: flags & elf::PF_R != 0,
            write: flags & elf::PF_W != 0,
            execute: flags & elf::PF_X != 0,
        };
        segments.push(Segment {
            addr,
            bytes: bytes.to_vec(),
            size,
            permissions,
        });
    }
    if segments.is_empty() {
        return Err(error("the executable has no loadable segment".to_owned()));
    }
    let entry = Some(file.elf.entry());
    Ok(Image {
        xlen,
        segments,
        symbols: Symbols::of_executable(&file.elf),
        entry,
    })
}
