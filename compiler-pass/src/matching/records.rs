//! Words that are no elements: equality with the row before; comparisons with other words; and bit fields of records: which word of a record a part of memory is in, and where in that word.
//!
//! A unit reads whole words, so that a loop that reads bytes of a record is as good as one that reads words of it: words
//! are little-endian. Where such a word is not accessible, not aligned, or among what is written, the unit refuses.

use super::bindings::{Bindings, RecordField};
use crate::analysis::poly::Poly;
use crate::kernel::bits::{
    Chosen, HostBits, HostKey, HostSource, Relation, SpecAdjacent, SpecBits, SpecComparison,
    SpecSource,
};
use crate::kernel::host::{HostAtom, HostKernel};
use crate::kernel::spec::Ix;
use crate::plan::Word;
use cranelift_codegen::entity::EntityRef;
use cranelift_codegen::ir::Value;
use cranelift_codegen::loop_analysis::Loop;
use std::ops::Range;
use zktr_isa::algebra::FieldId;
use zktr_isa::model::{DescriptorField, Extent, FieldType};

/// Bytes of a word of a record.
const WORD: i128 = 4;
/// Records are no longer than this many words.
const MAX_WORDS: i128 = 1024;
/// Vectors of an inner loop are no longer than this.
const MAX_COLUMNS: u32 = 64;

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
        (Some(chosen), Some(HostKey::Const(key))) => choose(host, bindings, *chosen, key)?,
        (Some(chosen), Some(HostKey::Index(l, first))) => {
            let places = places(host, bindings, *chosen)?;
            let runs = loop_of(bindings, *chosen).is_some_and(|of| of.index() == l);
            for (n, key) in places.zip(first..).filter(|_| runs) {
                bindings.word(chosen.view, &[Ix::Lit(n)], 0, &Word::Const(key.into()))?;
            }
            runs.then_some(())?;
        }
        (None, Some(_)) | (Some(_), _) => return None,
    }
    choose(host, bindings, spec.mask, found.mask)?;
    match (&spec.source, &found.source) {
        (SpecSource::Record { view, record, word }, HostSource::Load(load)) => {
            let load = raw(*load)?;
            let words = places(host, bindings, *word)?;
            for (n, amount) in words.zip(places(host, bindings, spec.shift)?) {
                let field = RecordField {
                    address: Poly::default(),
                    bytes: load.bytes,
                    shift: found.shift,
                    word: (word.view, n),
                    amount: (spec.shift.view, amount),
                };
                bindings.record(*view, *record, &load.address, field)?;
            }
            Some(())
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
            choose(host, bindings, spec.shift, found.shift)?;
            for (chosen, load) in [(minuend, from), (subtrahend, what)] {
                let load = raw(*load)?;
                (i128::from(load.bytes) == WORD).then_some(())?;
                bindings.address(host, chosen.view, &[chosen.at], 0, &load.address)?;
            }
            let constant = Poly::constant((*constant).into());
            bindings.extent(*less, &constant).then_some(())
        }
        _ => None,
    }
}

/// Binds the words of two rows, one behind the other, that are compared: the ways to do so.
pub fn adjacent(
    host: &HostKernel,
    spec: &SpecAdjacent,
    found: &HostBits,
    bindings: &Bindings,
) -> Vec<Bindings> {
    let (HostSource::Load(own), Some(key)) = (&found.source, found.key) else {
        return Vec::new();
    };
    let Ix::Var { var, scale, offset } = spec.row else {
        return Vec::new();
    };
    let bind = |bindings: &mut Bindings, load: u32, offset: u32| {
        let load = &host.loads[load as usize];
        if load.canonical || i128::from(load.bytes) != WORD {
            return None;
        }
        let index = [Ix::Var { var, scale, offset }, spec.column];
        bindings.address(host, spec.view, &index, 0, &load.address)
    };
    let whole = found.shift == 0 && found.mask == u32::MAX;
    let one = |own: u32, before: u32, first: Option<Value>| {
        let mut bindings = bindings.clone();
        bind(&mut bindings, own, offset)?;
        match first {
            None => bind(&mut bindings, before, offset.checked_sub(1)?)?,
            Some(value) if offset == 0 => {
                // The last of the rows that an iteration has is before the first of the next.
                bind(&mut bindings, before, scale.checked_sub(1)?)?;
                bindings.word(spec.first, &[spec.column], 0, &Word::Value(value))?;
            }
            Some(_) => return None,
        }
        Some(bindings)
    };
    let ways = match key {
        HostKey::Word(other) => [one(*own, other, None), one(other, *own, None)],
        HostKey::Before(before, first) => [one(*own, before, Some(first)), None],
        _ => return Vec::new(),
    };
    ways.into_iter().flatten().filter(|_| whole).collect()
}

/// Binds the words of two columns that are compared: the ways to do so.
pub fn compared(
    host: &HostKernel,
    spec: &SpecComparison,
    found: &HostBits,
    bindings: &Bindings,
) -> Vec<Bindings> {
    let (HostSource::Load(own), Some(key)) = (&found.source, found.key) else {
        return Vec::new();
    };
    let one = |x: u32, y: u32| {
        let mut bindings = bindings.clone();
        for (chosen, load) in [(spec.x, x), (spec.y, y)] {
            let load = &host.loads[load as usize];
            (!load.canonical && i128::from(load.bytes) == WORD).then_some(())?;
            bindings.address(host, chosen.view, &[chosen.at], 0, &load.address)?;
        }
        Some(bindings)
    };
    let ways = match (spec.relation, key) {
        (Relation::Equal, HostKey::Word(other)) => [one(*own, other), one(other, *own)],
        (Relation::Less, HostKey::Above(other))
        | (Relation::LessSigned, HostKey::AboveSigned(other)) => [one(*own, other), None],
        _ => return Vec::new(),
    };
    let whole = found.shift == 0 && found.mask == u32::MAX;
    ways.into_iter().flatten().filter(|_| whole).collect()
}

/// The loop that an element's index runs with.
fn loop_of(bindings: &Bindings, chosen: Chosen) -> Option<Loop> {
    let Ix::Var {
        var,
        scale: 1,
        offset: 0,
    } = chosen.at
    else {
        return None;
    };
    let mut loops = bindings.loops.iter().rev();
    loops.find(|(v, _)| *v == var).map(|&(_, l)| l)
}

/// The elements of a vector that an index stands for: one, or as many as an inner loop is known to have iterations.
fn places(host: &HostKernel, bindings: &Bindings, chosen: Chosen) -> Option<Range<u32>> {
    if let Ix::Lit(n) = chosen.at {
        return Some(n..n + 1);
    }
    let l = loop_of(bindings, chosen)?;
    let mut counts = host.stores.iter().filter_map(|s| s.inner.as_ref());
    let (_, count) = counts.find(|(inner, _)| *inner == l)?;
    let count = u32::try_from(count.as_constant()?).ok()?;
    (count <= MAX_COLUMNS).then_some(0..count)
}

fn choose(host: &HostKernel, bindings: &mut Bindings, chosen: Chosen, word: u32) -> Option<()> {
    for n in places(host, bindings, chosen)? {
        bindings.word(chosen.view, &[Ix::Lit(n)], 0, &Word::Const(word.into()))?;
    }
    Some(())
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
