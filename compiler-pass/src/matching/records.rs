//! Bit fields of records: which word of a record a part of memory is in, and where in that word.
//!
//! A unit reads whole words, so that a loop that reads bytes of a record is as good as one that reads words of it: words
//! are little-endian. Where such a word is not accessible, not aligned, or among what is written, the unit refuses.

use super::bindings::{Bindings, RecordField};
use crate::analysis::poly::Poly;
use crate::kernel::bits::{Chosen, HostBits, HostSource, SpecBits, SpecSource};
use crate::kernel::host::{HostAtom, HostKernel};
use crate::kernel::spec::Ix;
use crate::plan::Word;
use zktr_isa::algebra::FieldId;
use zktr_isa::model::{DescriptorField, Extent, FieldType};

/// Bytes of a word of a record.
const WORD: i128 = 4;
/// Records are no longer than this many words.
const MAX_WORDS: i128 = 1024;

/// Binds a bit field of an instruction to one of the loop.
pub fn bits(
    host: &HostKernel,
    spec: &SpecBits,
    atom: &HostAtom,
    bindings: &mut Bindings,
) -> Option<()> {
    let whole;
    let found = match atom {
        HostAtom::Bits(found) => found,
        HostAtom::Load(load) => {
            let bytes = u32::from(host.loads[*load as usize].bytes);
            whole = HostBits {
                source: HostSource::Load(*load),
                shift: 0,
                mask: u32::MAX >> 32u32.checked_sub(8 * bytes)?,
                key: None,
            };
            &whole
        }
        _ => return None,
    };
    // The unit checks no word of a record: nothing may have been assumed of it.
    let raw = |load: u32| {
        let load = &host.loads[load as usize];
        (!load.canonical).then_some(load)
    };
    match (&spec.key, found.key) {
        (None, None) => {}
        (Some(chosen), Some(key)) => choose(bindings, *chosen, key)?,
        _ => return None,
    }
    choose(bindings, spec.mask, found.mask)?;
    match (&spec.source, &found.source) {
        (SpecSource::Record { view, record, word }, HostSource::Load(load)) => {
            let load = raw(*load)?;
            let field = RecordField {
                address: Poly::default(),
                bytes: load.bytes,
                shift: found.shift,
                word: place(*word)?,
                amount: place(spec.shift)?,
            };
            bindings.record(*view, *record, &load.address, field)
        }
        (
            SpecSource::Difference {
                minuend,
                subtrahend,
                less,
            },
            HostSource::Difference {
                minuend: from,
                subtrahend: what,
                less: constant,
            },
        ) => {
            choose(bindings, spec.shift, found.shift)?;
            for (chosen, load) in [(minuend, from), (subtrahend, what)] {
                let load = raw(*load)?;
                (i128::from(load.bytes) == WORD).then_some(())?;
                bindings.address(chosen.view, &[chosen.at], 0, &load.address)?;
            }
            let constant = Poly::constant((*constant).into());
            bindings.extent(*less, &constant).then_some(())
        }
        _ => None,
    }
}

fn place(chosen: Chosen) -> Option<(FieldId, u32)> {
    match chosen.at {
        Ix::Lit(n) => Some((chosen.view, n)),
        Ix::Var { .. } => None,
    }
}

fn choose(bindings: &mut Bindings, chosen: Chosen, word: u32) -> Option<()> {
    let (view, n) = place(chosen)?;
    bindings.word(view, &[Ix::Lit(n)], 0, &Word::Const(word.into()))
}

/// Divides records into words: their first address, how many words they have, and where each part is.
pub fn solve(fields: &[DescriptorField], bindings: &mut Bindings) -> Option<()> {
    let views: Vec<FieldId> = bindings.views.keys().copied().collect();
    for view in views {
        let parts = std::mem::take(&mut bindings.views.get_mut(&view)?.fields);
        let Some(first) = parts.first() else {
            continue;
        };
        let (_, base) = first.address.split_constant();
        let mut offsets = Vec::new();
        for part in &parts {
            let (offset, rest) = part.address.split_constant();
            if rest != base {
                return None;
            }
            offsets.push(offset);
        }
        // Words are where one is read as a whole; else the base of the records is taken to be aligned.
        let whole = parts.iter().position(|p| i128::from(p.bytes) == WORD);
        let phase = whole.map_or(0, |at| offsets[at].rem_euclid(WORD));
        let word_of = |offset: i128| (offset - phase).div_euclid(WORD);
        let start = offsets.iter().map(|&o| word_of(o)).min()?;
        let last = offsets.iter().map(|&o| word_of(o)).max()?;
        let words = last - start + 1;
        if words > MAX_WORDS {
            return None;
        }
        for (part, &offset) in parts.iter().zip(&offsets) {
            let within = (offset - phase).rem_euclid(WORD);
            if within + i128::from(part.bytes) > WORD {
                return None;
            }
            let word = word_of(offset) - start;
            let amount = 8 * within + i128::from(part.shift);
            for ((chosen, n), value) in [(part.word, word), (part.amount, amount)] {
                let value = Word::Const(u64::try_from(value).ok()?);
                bindings.word(chosen, &[Ix::Lit(n)], 0, &value)?;
            }
        }
        let FieldType::View(shape) = &fields.get(view.0 as usize)?.ty else {
            return None;
        };
        let [_, Extent::Field(extent)] = shape.dims[..] else {
            return None;
        };
        if !bindings.extent(extent, &Poly::constant(words)) {
            return None;
        }
        let base = base.add(&Poly::constant(start * WORD + phase))?;
        bindings.first(view, 2, base);
    }
    Some(())
}
