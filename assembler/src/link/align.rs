//! Padding that was left to the linker: what is too much is taken away.
//!
//! Where code may be shortened, an assembler cannot know how much padding an alignment needs. It inserts the most
//! that can be needed, and marks it. Nothing else is shortened here.

use crate::object::{Object, Place, RelocationKind, Section};

impl Object {
    /// The object with every alignment as long as it has to be. Sections are then at multiples of theirs.
    pub(super) fn aligned(&self) -> Self {
        let mut object = self.clone();
        let removed: Vec<Removed> = object.sections.iter_mut().map(Removed::of).collect();
        for (section, removed) in object.sections.iter_mut().zip(&removed) {
            removed.take_from(section);
        }
        for symbol in &mut object.symbols {
            if let Place::Section { section, offset } = &mut symbol.place
                && let Some(removed) = removed.get(*section)
            {
                let end = removed.moved(offset.saturating_add(symbol.size));
                *offset = removed.moved(*offset);
                symbol.size = end.saturating_sub(*offset);
            }
        }
        for line in &mut object.debug.lines {
            if let Some(removed) = removed.get(line.section) {
                line.offset = removed.moved(line.offset);
            }
        }
        object
    }
}

/// Makes `needed` bytes of padding, at the start of more of it: long nops, then a short one. Padding has a short nop at
/// its start, if it needs one, and ends with a long one, if it has any.
fn fill(padding: &mut [u8], needed: usize) {
    let short = padding.first_chunk().copied().unwrap_or([0; 2]);
    let long = padding.last_chunk().copied().unwrap_or([0; 4]);
    for piece in padding[..needed].chunks_mut(4) {
        match piece.len() {
            4 => piece.copy_from_slice(&long),
            2 => piece.copy_from_slice(&short),
            // No instruction fits: code has begun at an odd address.
            _ => piece.fill(0),
        }
    }
}

/// Ranges that are taken out of a section, by offset: offset, length, and what is taken out before.
struct Removed(Vec<(u64, u64, u64)>);

impl Removed {
    /// What is too much in a section; the padding that stays is made of whole instructions.
    fn of(section: &mut Section) -> Self {
        let mut ranges = Vec::new();
        let mut total = 0;
        for r in &section.relocations {
            if r.kind != RelocationKind::Align {
                continue;
            }
            // The padding is a nop short of the alignment.
            let padding = r.addend.clamp(0, 1 << 20) as u64;
            let align = (padding + 1).next_power_of_two();
            let at = r.offset - total;
            let needed = at.next_multiple_of(align) - at;
            let surplus = padding.saturating_sub(needed);
            if surplus > 0 {
                let padding = r.offset as usize..(r.offset + padding) as usize;
                if let Some(bytes) = section.data.get_mut(padding) {
                    fill(bytes, needed as usize);
                }
                ranges.push((r.offset + needed, surplus, total));
                total += surplus;
            }
        }
        Self(ranges)
    }

    /// The new offset of a place.
    fn moved(&self, offset: u64) -> u64 {
        let after = self.0.partition_point(|range| range.0 < offset);
        match after.checked_sub(1).and_then(|i| self.0.get(i)) {
            Some(&(start, length, before)) => offset - before - length.min(offset - start),
            None => offset,
        }
    }

    fn take_from(&self, section: &mut Section) {
        if self.0.is_empty() {
            return;
        }
        let mut data = Vec::with_capacity(section.data.len());
        let mut at = 0;
        for &(start, length, _) in &self.0 {
            data.extend_from_slice(section.data.get(at..start as usize).unwrap_or_default());
            at = (start + length) as usize;
        }
        data.extend_from_slice(section.data.get(at..).unwrap_or_default());
        section.size = data.len() as u64;
        section.data = data;
        section
            .relocations
            .retain(|r| r.kind != RelocationKind::Align);
        for r in &mut section.relocations {
            r.offset = self.moved(r.offset);
        }
        for mapping in &mut section.mapping {
            mapping.offset = self.moved(mapping.offset);
        }
        section.mapping.dedup_by_key(|mapping| mapping.offset);
    }
}
