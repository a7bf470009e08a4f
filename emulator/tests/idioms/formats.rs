//! The arithmetic of every format that Plonky3 has, and of the two that are written out by hand, against theirs: products,
//! inverses, sums and the words of elements.

use crate::hosts::risc_zero::ExtElem;
use crate::hosts::triton::XFieldElement;
use crate::hosts::*;
use crate::machine::{Machine, Random};
use crate::{run, status};
use p3_baby_bear::BabyBear;
use p3_goldilocks::Goldilocks;
use p3_koala_bear::KoalaBear;
use p3_mersenne_31::Mersenne31;

const N: usize = 40;

fn arithmetic<H: Host>(format: &str, polynomial: Option<&[u64]>) {
    let mut m = Machine::<H>::new(format);
    let mut random = Random(7);
    let a: Vec<H> = random.exts(N);
    let b: Vec<H> = random.exts(N);
    let zero_free: Vec<H> = a.iter().copied().filter(|x| !x.is_zero()).collect();
    let (va, vb, vz) = (m.exts(&a), m.exts(&b), m.exts(&zero_free));
    let out = m.exts_out(N);

    let mut mul = m.descriptor("zktr.mul", "");
    let mut inv = m.descriptor("zktr.inv", "");
    if let Some(coefficients) = polynomial {
        let polynomial = H::of(coefficients);
        mul.element(&mut m, "reduction", polynomial);
        inv.element(&mut m, "reduction", polynomial);
    }
    mul.view(&mut m, "out", &out)
        .view(&mut m, "a", &va)
        .view(&mut m, "b", &vb)
        .run(&mut m, N);
    let products: Vec<H> = a.iter().zip(&b).map(|(a, b)| *a * *b).collect();
    m.check(&out, &products);

    inv.view(&mut m, "out", &out)
        .view(&mut m, "a", &vz)
        .run(&mut m, zero_free.len());
    let inverses: Vec<H> = zero_free.iter().map(Host::inverse).collect();
    m.check(&out, &inverses);

    // A sum, and words that are no residues: the modulus and all ones.
    let last = m.exts_out(1);
    let mut scan = m.descriptor("zktr.scan", "sum");
    scan.element(&mut m, "init", b[0])
        .view(&mut m, "out", &out)
        .view(&mut m, "a", &va)
        .view(&mut m, "last", &last.inner());
    scan.run(&mut m, N);
    let total = a.iter().fold(b[0], |sum, x| sum + *x);
    m.check(&last, &[total]);
    let width = m.width();
    for (word, accepted) in [(H::MODULUS, format.ends_with("-z")), (u64::MAX, false)] {
        m.poke(va.from(&[3, H::DEGREE as i64 - 1]).at, width, &[word]);
        assert_eq!(
            scan.status(&mut m, N),
            if accepted { "ok" } else { "range" }
        );
    }
}

#[test]
fn fields_of_32_bits_are_those_of_plonky3() {
    arithmetic::<BabyBear>("babybear", None);
    arithmetic::<BabyBear>("babybear-m", None);
    arithmetic::<BabyBear4>("babybear4", None);
    arithmetic::<BabyBear4>("babybear4-m", None);
    arithmetic::<BabyBear5>("babybear5", None);
    arithmetic::<BabyBear5>("babybear5-m", None);
    arithmetic::<KoalaBear>("koalabear", None);
    arithmetic::<KoalaBear>("koalabear-m", None);
    arithmetic::<KoalaBear4>("koalabear4", None);
    arithmetic::<KoalaBear4>("koalabear4-m", None);
    arithmetic::<KoalaBear5>("koalabear5", None);
    arithmetic::<KoalaBear5>("koalabear5-m", None);
    arithmetic::<Mersenne31>("mersenne31", None);
    arithmetic::<Mersenne31>("mersenne31-z", None);
    arithmetic::<Cm31>("cm31", None);
    arithmetic::<Cm31>("cm31-z", None);
    arithmetic::<Qm31>("qm31", None);
    arithmetic::<Qm31>("qm31-z", None);
}

#[test]
fn fields_of_64_bits_are_those_of_plonky3() {
    arithmetic::<Goldilocks>("goldilocks", None);
    arithmetic::<Goldilocks2>("goldilocks2", None);
    arithmetic::<Goldilocks3>("goldilocks3", None);
    arithmetic::<Goldilocks5>("goldilocks5", None);
}

#[test]
fn fields_of_risc_zero_and_triton() {
    arithmetic::<ExtElem>("babybear4-r", None);
    arithmetic::<ExtElem>("babybear4-r-m", None);
    arithmetic::<XFieldElement>("goldilocks3-t", None);
    arithmetic::<XFieldElement>("goldilocks3-t-m", None);
}

/// The polynomials of known fields, given by the program.
#[test]
fn polynomials_of_the_program() {
    arithmetic::<BabyBear4>("babybear4-x-m", Some(&[11]));
    arithmetic::<ExtElem>("babybear4-x-m", Some(&[2_013_265_921 - 11]));
    arithmetic::<BabyBear5>("babybear5-x-m", Some(&[2]));
    arithmetic::<KoalaBear4>("koalabear4-x-m", Some(&[3]));
    arithmetic::<KoalaBear5>("koalabear5-x-m", Some(&[1, 0, 2_130_706_432]));
    arithmetic::<Goldilocks2>("goldilocks2-x", Some(&[7]));
    arithmetic::<Goldilocks3>("goldilocks3-x", Some(&[1, 1]));
    arithmetic::<XFieldElement>("goldilocks3-x-m", Some(&[0xffff_ffff_0000_0000, 1]));
    arithmetic::<Goldilocks5>("goldilocks5-x", Some(&[3]));
}

/// A polynomial where the format has its own is refused: it would be ignored.
#[test]
fn a_polynomial_too_many() {
    let mut m = Machine::<BabyBear4>::new("babybear4-m");
    let a = m.exts(&[BabyBear4::one()]);
    let out = m.exts_out(1);
    let status = status!(m, "zktr.mul" "", 1; out = view &out, a = view &a, b = view &a, reduction = element BabyBear4::of(&[11]));
    assert_eq!(status, "version");
}

/// Words of each width are congruent to their elements, also above the modulus.
#[test]
fn words_to_elements_of_each_format() {
    fn convert<H: Host>(format: &str) {
        let mut m = Machine::<H>::new(format);
        let mut random = Random(3);
        let mut words: Vec<u64> = (0..22).map(|_| random.next()).collect();
        words.extend([0, 1, H::MODULUS - 1, H::MODULUS, H::MODULUS + 1, u64::MAX]);
        let n = words.len() / 2;
        let out = m.table_out(n, 2);
        let felt = |mask: u64| -> Vec<H> {
            words
                .iter()
                .map(|w| H::of(&[(w & mask) % H::MODULUS]))
                .collect()
        };
        let x = m.words(1, 2, &words);
        run!(m, "zktr.cvt8" "", n; k = int 2, out = view &out, x = view &x);
        m.check_table(&out, 2, &felt(0xff));
        let x = m.words(2, 2, &words);
        run!(m, "zktr.cvt16" "", n; k = int 2, out = view &out, x = view &x);
        m.check_table(&out, 2, &felt(0xffff));
        let x = m.words(4, 2, &words);
        run!(m, "zktr.cvt" "", n; k = int 2, out = view &out, x = view &x);
        m.check_table(&out, 2, &felt(0xffff_ffff));
        let x = m.words(8, 2, &words);
        run!(m, "zktr.cvt64" "", n; k = int 2, out = view &out, x = view &x);
        m.check_table(&out, 2, &felt(u64::MAX));
        // In place: where a word and its element have the same size.
        let x = m.words(m.width(), 2, &words);
        let mask = if m.width() == 4 {
            run!(m, "zktr.cvt" "", n; k = int 2, out = view &x, x = view &x);
            0xffff_ffff
        } else {
            run!(m, "zktr.cvt64" "", n; k = int 2, out = view &x, x = view &x);
            u64::MAX
        };
        m.check_table(&x, 2, &felt(mask));
    }
    convert::<BabyBear4>("babybear4-m");
    convert::<KoalaBear>("koalabear");
    convert::<Qm31>("qm31");
    convert::<Goldilocks2>("goldilocks2");
    convert::<XFieldElement>("goldilocks3-t-m");
}
