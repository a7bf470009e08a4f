//! Refusals: each status has a way to get it; one of phase `check` changes no byte; one of phase
//! `data` changes at most what the contract gives up.

mod support;

use proptest::prelude::*;
use std::sync::Arc;
use support::{BASE, Case, DESCRIPTOR, Laid, SIZE};
use zktr_emu::golden::{Options, Scribble};
use zktr_isa::Spec;
use zktr_isa::model::Phase;

/// A fused LogUp column that would be done: five rows of three columns, degree 4.
fn logup() -> (Case, Vec<(&'static str, Laid)>) {
    logup_in("babybear4-m")
}

fn logup_in(format: &str) -> (Case, Vec<(&'static str, Laid)>) {
    let spec = Spec::builtin();
    let mut case = Case::new(&spec, "zktr.logup", spec.format(format).unwrap(), 0, 99);
    case.set("k", 3);
    let ext = Some(case.field.d);
    let gamma = (1..=case.field.d as u64).collect();
    case.set_element("gamma", &gamma);
    case.element("init");
    let mut views = Vec::new();
    for (name, dims, coordinates) in [
        ("perm", vec![5], ext),
        ("sum", vec![5], ext),
        ("a", vec![5, 3], None),
        ("coeff", vec![3], ext),
        ("last", vec![], ext),
    ] {
        let laid = case.view(name, &dims, coordinates);
        views.push((name, laid));
    }
    let a = views[2].1.clone();
    for i in 0..5 {
        for j in 0..3 {
            case.write(&a, &[i, j], &vec![i + j]);
        }
    }
    let coeff = views[3].1.clone();
    for j in 0..3 {
        let mut element = case.field.constant(j + 1);
        if let Some(second) = element.get_mut(1) {
            *second = 7;
        }
        case.write(&coeff, &[j], &element);
    }
    (case, views)
}

/// Runs and expects this refusal of phase `check`.
#[track_caller]
fn refuses(case: &mut Case, n: u64, status: &str) {
    refuses_with(
        case,
        n,
        status,
        &Options {
            scribble: Scribble::Seeded(5),
            ..Options::default()
        },
    );
}

#[track_caller]
fn refuses_with(case: &mut Case, n: u64, status: &str, options: &Options) {
    let before = case.memory.clone();
    let code = case.run(n, options);
    let got = case.spec.status_by_code(code).map(|s| s.name.clone());
    assert_eq!(got.as_deref(), Some(status));
    assert_eq!(case.spec.status(status).unwrap().phase, Some(Phase::Check));
    assert!(
        case.memory == before,
        "a refusal of phase `check` has changed memory"
    );
}

#[test]
fn the_case_itself_is_done() {
    let (mut case, _) = logup();
    assert_eq!(case.run(5, &Options::default()), case.status("ok"));
}

#[test]
fn version_of_another_layout() {
    let (mut case, _) = logup();
    for version in [0, 1, 3, 0xff] {
        case.set("version", version);
        refuses(&mut case, 5, "version");
    }
}

#[test]
fn version_if_a_flag_is_not_known() {
    let (mut case, _) = logup();
    for bit in 1..8 {
        case.set("flags", 1 << bit);
        refuses(&mut case, 5, "version");
    }
    case.set("flags", 1);
    assert_eq!(case.run(5, &Options::default()), case.status("ok"));
}

#[test]
fn version_if_an_unused_word_of_an_element_is_not_zero() {
    // The fifth slot, and the upper half of the fourth.
    for offset in [32, 28] {
        let (mut case, _) = logup();
        let at = case.at("gamma") + offset;
        case.poke(at, &[0, 0, 1, 0]);
        refuses(&mut case, 5, "version");
    }
    // The format has a polynomial of its own.
    for offset in [0, 15, 47] {
        let (mut case, _) = logup();
        let at = case.at("reduction") + offset;
        case.poke(at, &[1]);
        refuses(&mut case, 5, "version");
    }
}

#[test]
fn format_that_does_not_exist() {
    let (mut case, _) = logup();
    for code in [63, 0xff] {
        case.set("format", code);
        refuses(&mut case, 5, "format");
    }
}

#[test]
fn format_if_the_mode_does_not_exist() {
    let (mut case, _) = logup();
    case.set("mode", 1);
    refuses(&mut case, 5, "format");
}

#[test]
fn shape_if_there_are_too_many_columns() {
    let (mut case, _) = logup();
    case.set("k", 65);
    refuses(&mut case, 5, "shape");
}

#[test]
fn shape_if_there_is_too_much_work() {
    let (mut case, _) = logup();
    refuses(&mut case, u64::MAX, "shape");
    refuses(&mut case, (1 << 24) + 1, "shape");
    // The views have 20 + 20 + 15 + 12 + 4 words, and the loops fewer iterations.
    refuses_with(
        &mut case,
        5,
        "shape",
        &Options {
            max_elements: 70,
            ..Options::default()
        },
    );
    assert_eq!(
        case.run(
            5,
            &Options {
                max_elements: 71,
                ..Options::default()
            }
        ),
        0
    );
}

#[test]
fn shape_if_loops_without_elements_do_not_end() {
    let spec = Spec::builtin();
    let mut case = Case::new(&spec, "zktr.cvt", spec.format("babybear").unwrap(), 0, 1);
    case.set("k", 0);
    refuses(&mut case, u64::MAX, "shape");
}

#[test]
fn align_of_the_descriptor() {
    let (mut case, _) = logup();
    let before = case.memory.clone();
    assert_eq!(
        case.run_at(DESCRIPTOR + 32, 5, 64, &Options::default()),
        case.status("align")
    );
    assert!(case.memory == before);
}

#[test]
fn align_of_an_address() {
    let (mut case, views) = logup();
    for (name, laid) in &views {
        let ext = *name != "a";
        case.place(
            name,
            &Laid {
                base: laid.base + 2,
                ..laid.clone()
            },
            ext,
        );
        refuses(&mut case, 5, "align");
        case.place(name, laid, ext);
    }
    assert_eq!(case.run(5, &Options::default()), 0);
}

#[test]
fn align_of_a_stride() {
    let (mut case, views) = logup();
    let a = &views[2].1;
    case.place(
        "a",
        &Laid {
            strides: vec![a.strides[0], a.strides[1] + 1],
            ..a.clone()
        },
        false,
    );
    refuses(&mut case, 5, "align");
}

#[test]
fn a_stride_that_no_element_uses_may_be_anything() {
    let (mut case, views) = logup();
    let a = &views[2].1;
    case.place(
        "a",
        &Laid {
            strides: vec![i64::MIN + 1, a.strides[1]],
            ..a.clone()
        },
        false,
    );
    assert_eq!(case.run(1, &Options::default()), 0);
}

#[test]
fn overlap_of_a_written_view_with_each_other_view() {
    let (mut case, views) = logup();
    for written in [0, 1, 4] {
        for other in 0..5 {
            if other == written {
                continue;
            }
            let (name, laid) = &views[written];
            case.place(
                name,
                &Laid {
                    base: views[other].1.base,
                    ..laid.clone()
                },
                true,
            );
            refuses(&mut case, 5, "overlap");
            case.place(name, laid, true);
        }
    }
    assert_eq!(case.run(5, &Options::default()), 0);
}

#[test]
fn overlap_with_the_descriptor() {
    let (mut case, views) = logup();
    let last = &views[4].1;
    // The last bytes of the descriptor have no field, but they belong to it.
    let base = DESCRIPTOR + u64::from(case.descriptor().size) - 4;
    case.place(
        "last",
        &Laid {
            base,
            ..last.clone()
        },
        true,
    );
    refuses(&mut case, 5, "overlap");
}

#[test]
fn overlap_of_a_written_view_with_itself() {
    let (mut case, views) = logup();
    let perm = &views[0].1;
    for (stride, coordinate_stride) in [(0, 4), (4, 4), (16, 0), (8, 4), (-12, 4)] {
        let laid = Laid {
            base: BASE + 0x8000,
            strides: vec![stride],
            coordinate_stride,
        };
        case.place("perm", &laid, true);
        refuses(&mut case, 5, "overlap");
    }
    case.place("perm", perm, true);
    assert_eq!(case.run(5, &Options::default()), 0);
}

#[test]
fn in_place_is_the_same_elements_or_nothing() {
    let spec = Spec::builtin();
    let mut case = Case::new(&spec, "zktr.inv", spec.format("babybear").unwrap(), 0, 3);
    let a = Laid {
        base: BASE + 0x1000,
        strides: vec![8],
        coordinate_stride: 0,
    };
    for i in 0..6 {
        case.write(&a, &[i], &vec![i + 1]);
    }
    case.place("a", &a, true);
    for shifted in [
        Laid {
            base: a.base + 8,
            ..a.clone()
        },
        Laid {
            strides: vec![4],
            ..a.clone()
        },
        Laid {
            base: a.base + 40,
            strides: vec![-8],
            ..a.clone()
        },
    ] {
        case.place("out", &shifted, true);
        refuses(&mut case, 6, "overlap");
    }
    // Between the elements there is room.
    case.place(
        "out",
        &Laid {
            base: a.base + 4,
            ..a.clone()
        },
        true,
    );
    assert_eq!(case.run(6, &Options::default()), 0);
}

#[test]
fn in_place_is_refused_where_the_instruction_does_not_offer_it() {
    let spec = Spec::builtin();
    let mut case = Case::new(&spec, "zktr.wscan", spec.format("babybear").unwrap(), 0, 3);
    case.view("m", &[4], None);
    case.view("last", &[], Some(1));
    let a = case.view("a", &[4], Some(1));
    case.place("out", &a, true);
    refuses(&mut case, 4, "overlap");
}

#[test]
fn fault_of_the_descriptor() {
    let (mut case, _) = logup();
    for addr in [
        0,
        BASE - 64,
        BASE + SIZE as u64,
        BASE + SIZE as u64 - 64,
        u64::MAX - 63,
    ] {
        let before = case.memory.clone();
        assert_eq!(
            case.run_at(addr, 5, 64, &Options::default()),
            case.status("fault"),
            "{addr:#x}"
        );
        assert!(case.memory == before);
    }
}

#[test]
fn fault_of_an_element() {
    let (mut case, views) = logup();
    for (name, laid) in &views {
        // Only the first element is out of memory, or only the last, or all.
        for base in [BASE - 4, BASE + SIZE as u64 - 4, 0, u64::MAX - 7] {
            if base < BASE && base > 0 && *name != "a" {
                // This one would overlap the descriptor as well.
                continue;
            }
            let strides = laid.strides.iter().map(|s| s.abs()).collect();
            let upward = Laid {
                base,
                strides,
                coordinate_stride: laid.coordinate_stride.abs(),
            };
            case.place(name, &upward, *name != "a");
            refuses(&mut case, 5, "fault");
        }
        case.place(name, laid, *name != "a");
    }
    let a = &views[2].1;
    // Far beyond both ends of the address space.
    for stride in [i64::MAX - 3, i64::MIN] {
        case.place(
            "a",
            &Laid {
                strides: vec![stride, 4],
                ..a.clone()
            },
            false,
        );
        refuses(&mut case, 5, "fault");
    }
}

#[test]
fn fault_above_the_address_space_of_rv32() {
    let (mut case, views) = logup();
    let a = &views[2].1;
    case.place(
        "a",
        &Laid {
            base: (1 << 32) + a.base,
            ..a.clone()
        },
        false,
    );
    let before = case.memory.clone();
    assert_eq!(
        case.run_at(DESCRIPTOR, 5, 32, &Options::default()),
        case.status("fault")
    );
    assert!(case.memory == before);
    // Registers have 32 bits there.
    case.place("a", a, false);
    assert_eq!(
        case.run_at(DESCRIPTOR | 7 << 32, 5 | 1 << 40, 32, &Options::default()),
        case.status("ok")
    );
}

/// Bytes that may differ after a refusal of phase `data`: those of the written views.
fn outside_of(case: &Case, views: &[&Laid], rows: &[u64]) -> Vec<bool> {
    let mut fixed = vec![true; SIZE];
    for (laid, &n) in views.iter().zip(rows) {
        for i in 0..n.max(1) {
            let index: &[u64] = if laid.strides.is_empty() { &[] } else { &[i] };
            for c in 0..case.field.d {
                let at = (laid.address(index, c) - BASE) as usize;
                fixed[at..at + 4].fill(false);
            }
        }
    }
    fixed
}

fn check_scribbles(case: &mut Case, views: &[(&'static str, Laid)], status: &str) {
    let before = case.memory.clone();
    let expected = case.status(status);
    assert_eq!(case.run(5, &Options::default()), expected);
    assert!(
        case.memory == before,
        "nothing is scribbled unless asked for"
    );
    assert_eq!(
        case.run(
            5,
            &Options {
                scribble: Scribble::Seeded(77),
                ..Options::default()
            }
        ),
        expected
    );
    let written = [&views[0].1, &views[1].1, &views[4].1];
    let fixed = outside_of(case, &written, &[5, 5, 0]);
    let pairs = case.memory.bytes().iter().zip(before.bytes());
    let changed = pairs
        .zip(&fixed)
        .filter(|((now, then), _)| now != then)
        .map(|(_, fixed)| *fixed)
        .collect::<Vec<_>>();
    assert!(
        changed.iter().all(|fixed| !fixed),
        "a byte outside of the written views has changed"
    );
    // 44 cells of garbage hardly keep a byte.
    assert!(changed.len() > 44 * 4 * 9 / 10);
}

#[test]
fn range_of_a_table_entry() {
    let (mut case, views) = logup();
    let p = case.field.p as u32;
    let memory = case.memory.clone();
    for word in [p, p + 1, u32::MAX] {
        let at = views[2].1.address(&[4, 2], 0);
        case.memory = memory.clone();
        case.poke(at, &word.to_le_bytes());
        check_scribbles(&mut case, &views, "range");
    }
}

#[test]
fn range_of_an_element_in_place() {
    let (mut case, views) = logup();
    let at = case.at("init") + 3 * 8;
    case.poke(at, &u32::MAX.to_le_bytes());
    check_scribbles(&mut case, &views, "range");
}

#[test]
fn zero_of_a_denominator() {
    let (mut case, views) = logup_in("babybear4");
    // gamma + sum of coefficients times entries becomes zero in the last row.
    let coeff = views[3].1.clone();
    for j in 0..3 {
        case.write(&coeff, &[j], &case.field.constant(0).clone());
    }
    let minus_gamma: Vec<u64> = (1..=4).map(|c| case.field.p - c).collect();
    case.write(&coeff, &[0], &minus_gamma);
    let a = views[2].1.clone();
    for i in 0..5 {
        case.write(&a, &[i, 0], &vec![u64::from(i == 4)]);
    }
    check_scribbles(&mut case, &views, "zero");
}

#[test]
fn the_source_of_an_operation_in_place_survives() {
    let spec = Spec::builtin();
    let mut case = Case::new(&spec, "zktr.inv", spec.format("babybear4").unwrap(), 0, 3);
    let a = case.view("a", &[4], Some(4));
    case.place("out", &a, true);
    case.vector(&a, 4, false);
    case.write(&a, &[3], &vec![0; 4]);
    let before = case.memory.clone();
    let scribble = Options {
        scribble: Scribble::Seeded(1),
        ..Options::default()
    };
    assert_eq!(case.run(4, &scribble), case.status("zero"));
    assert!(case.memory == before, "the host loop still needs its input");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is in a descriptor, the result is a status, and check-phase refusals change nothing.
    #[test]
    fn any_descriptor_gives_a_status(
        seed in any::<u64>(),
        which in 0usize..7,
        changes in proptest::collection::vec((0usize..192, any::<u8>()), 0..12),
        n in prop_oneof![0u64..9, any::<u64>()],
        xlen in prop_oneof![Just(32u8), Just(64)],
    ) {
        let spec: Arc<Spec> = Spec::builtin();
        let bulk: Vec<_> = spec.instructions.iter().filter(|i| i.is_bulk()).map(|i| i.name.clone()).collect();
        let format = &spec.formats[seed as usize % spec.formats.len()];
        let mut case = Case::new(&spec, &bulk[which % bulk.len()], format, 0, seed);
        let views: Vec<_> = case.descriptor().views().map(|(_, field, view)| {
            (field.name.clone(), view.dims.len(), view.strides() > view.dims.len())
        }).collect();
        for (name, rank, ext) in views {
            case.view(&name, &vec![3; rank], ext.then_some(format.degree));
        }
        for (at, byte) in changes {
            case.poke(DESCRIPTOR + at as u64, &[byte]);
        }
        let before = case.memory.clone();
        let options = Options { max_elements: 1 << 12, ..Options::default() };
        let code = case.run_at(DESCRIPTOR, n, xlen, &options);
        let status = spec.status_by_code(code);
        prop_assert!(status.is_some());
        prop_assert!(status.unwrap().phase.is_none() || case.memory == before);
    }
}
