//! Loops of a prover's host side, as Rust code over the field types of published libraries has them: the libraries' own
//! functions, and plain loops and iterators over their elements. Each export takes addresses of disjoint arrays.

#![allow(clippy::missing_safety_doc)]

use core::slice::{from_raw_parts as read, from_raw_parts_mut as write};
use p3_field::extension::BinomialExtensionField;
use p3_field::{ExtensionField, Field, PrimeCharacteristicRing, PrimeField32, PrimeField64};

mod lambdaworks;
mod plonky2;
mod risc0;
mod winterfell;

fn fingerprint<F: Field>(rows: &[F], width: usize, betas: &[F], alpha: F, out: &mut [F]) {
    for (row, out) in rows.chunks_exact(width).zip(out) {
        *out = alpha + row.iter().zip(betas).map(|(&x, &beta)| x * beta).sum::<F>();
    }
}

fn fingerprint_extension<F: Field, E: ExtensionField<F>>(
    rows: &[F],
    width: usize,
    betas: &[E],
    alpha: E,
    out: &mut [E],
) {
    for (row, out) in rows.chunks_exact(width).zip(out) {
        let mut sum = alpha;
        for (&x, &beta) in row.iter().zip(betas) {
            sum += beta * x;
        }
        *out = sum;
    }
}

fn running_sum<F: Field>(weights: &[F], inverses: &[F], out: &mut [F]) -> F {
    let mut sum = F::ZERO;
    for i in 0..weights.len() {
        sum += weights[i] * inverses[i];
        out[i] = sum;
    }
    sum
}

fn running_product<F: Field>(x: &[F], out: &mut [F]) {
    let mut product = F::ONE;
    for (out, &x) in out.iter_mut().zip(x) {
        product *= x;
        *out = product;
    }
}

fn scale_and_add<F: Field>(x: &[F], out: &mut [F], c: F) {
    for (out, &x) in out.iter_mut().zip(x) {
        *out += c * x;
    }
}

fn products<F: Field>(x: &[F], y: &[F], out: &mut [F]) {
    for ((out, &x), &y) in out.iter_mut().zip(x).zip(y) {
        *out = x * y;
    }
}

fn differences<F: Field>(x: &[F], y: &[F], out: &mut [F]) {
    for i in 0..out.len() {
        out[i] = x[i] - y[i];
    }
}

fn powers<F: Field>(base: F, out: &mut [F]) {
    for (out, power) in out.iter_mut().zip(base.powers()) {
        *out = power;
    }
}

fn transpose<F: Copy>(x: &[F], width: usize, height: usize, out: &mut [F]) {
    for i in 0..height {
        for j in 0..width {
            out[j * height + i] = x[i * width + j];
        }
    }
}

fn limbs<F: PrimeCharacteristicRing>(words: &[u32], out: &mut [[F; 4]]) {
    for (out, word) in out.iter_mut().zip(words) {
        *out = word.to_le_bytes().map(F::from_u8);
    }
}

fn bits<F: PrimeCharacteristicRing>(words: &[u32], out: &mut [F]) {
    for (out, word) in out.chunks_exact_mut(32).zip(words) {
        for (i, out) in out.iter_mut().enumerate() {
            *out = F::from_bool((word >> i) & 1 == 1);
        }
    }
}

fn less<F: PrimeCharacteristicRing>(x: &[u32], y: &[u32], out: &mut [F]) {
    for i in 0..out.len() {
        out[i] = F::from_bool(x[i] < y[i]);
    }
}

fn deltas<F: PrimeCharacteristicRing>(clocks: &[u32], out: &mut [F]) {
    for i in 1..clocks.len() {
        out[i] = F::from_u32(clocks[i] - clocks[i - 1]);
    }
}

fn multiplicities<F: PrimeCharacteristicRing + Copy>(bytes: &[u8], table: &mut [F; 256]) {
    for &byte in bytes {
        table[usize::from(byte)] += F::ONE;
    }
}

/// An instruction that was executed.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Event {
    clock: u32,
    pc: u32,
    opcode: u8,
    a: u32,
    b: u32,
    c: u32,
}

/// The row for it.
#[repr(C)]
pub struct Row<F> {
    clock: F,
    pc: F,
    opcode: F,
    a: [F; 4],
    b: [F; 4],
    c: [F; 4],
    less: F,
}

fn rows<F: PrimeCharacteristicRing>(events: &[Event], out: &mut [Row<F>]) {
    for (event, row) in events.iter().zip(out) {
        row.clock = F::from_u32(event.clock);
        row.pc = F::from_u32(event.pc);
        row.opcode = F::from_u8(event.opcode);
        row.a = event.a.to_le_bytes().map(F::from_u8);
        row.b = event.b.to_le_bytes().map(F::from_u8);
        row.c = event.c.to_le_bytes().map(F::from_u8);
        row.less = F::from_bool(event.b < event.c);
    }
}

/// An export with a prefix in its name.
macro_rules! export {
    ($prefix:literal, $name:literal, ($($arg:ident: $type:ty),*), $body:expr) => {
        const _: () = {
            #[unsafe(export_name = concat!($prefix, "_", $name))]
            unsafe extern "C" fn export($($arg: $type),*) {
                unsafe { $body }
            }
        };
    };
}
pub(crate) use export;

/// The loops for an element and its extension. Words of the field are converted from and to `$word`.
macro_rules! plonky3 {
    ($p:literal, $element:ty, $degree:literal, $word:ty, $from:ident, $to:ident) => {
        const _: () = {
            type F = $element;
            type E = BinomialExtensionField<F, $degree>;
            export!($p, "convert", (x: *const $word, n: usize, out: *mut F), {
                for (out, &x) in write(out, n).iter_mut().zip(read(x, n)) {
                    *out = F::$from(x);
                }
            });
            export!($p, "canonical", (x: *const F, n: usize, out: *mut $word), {
                for (out, x) in write(out, n).iter_mut().zip(read(x, n)) {
                    *out = x.$to();
                }
            });
            export!($p, "inverse", (x: *const F, n: usize, out: *mut F), {
                write(out, n).copy_from_slice(&p3_field::batch_multiplicative_inverse(read(x, n)))
            });
            export!($p, "inverse_extension", (x: *const E, n: usize, out: *mut E), {
                write(out, n).copy_from_slice(&p3_field::batch_multiplicative_inverse(read(x, n)))
            });
            export!($p, "fingerprint", (x: *const F, n: usize, width: usize, betas: *const F, alpha: F, out: *mut F), {
                fingerprint(read(x, n * width), width, read(betas, width), alpha, write(out, n))
            });
            export!($p, "fingerprint8", (x: *const F, n: usize, betas: *const F, alpha: F, out: *mut F), {
                fingerprint(read(x, n * 8), 8, read(betas, 8), alpha, write(out, n))
            });
            export!($p, "fingerprint_extension", (x: *const F, n: usize, width: usize, betas: *const E, alpha: *const E, out: *mut E), {
                fingerprint_extension(read(x, n * width), width, read(betas, width), *alpha, write(out, n))
            });
            export!($p, "running_sum", (x: *const F, n: usize, y: *const F, out: *mut F, sum: *mut F), {
                *sum = running_sum(read(x, n), read(y, n), write(out, n))
            });
            export!($p, "running_sum_extension", (x: *const E, n: usize, y: *const E, out: *mut E, sum: *mut E), {
                *sum = running_sum(read(x, n), read(y, n), write(out, n))
            });
            export!($p, "running_product", (x: *const F, n: usize, out: *mut F), {
                running_product(read(x, n), write(out, n))
            });
            export!($p, "running_product_extension", (x: *const E, n: usize, out: *mut E), {
                running_product(read(x, n), write(out, n))
            });
            export!($p, "sum", (x: *const F, n: usize, out: *mut F), {
                *out = read(x, n).iter().copied().sum()
            });
            export!($p, "dot_product", (x: *const F, n: usize, y: *const F, out: *mut F), {
                *out = read(x, n).iter().zip(read(y, n)).map(|(&x, &y)| x * y).sum()
            });
            export!($p, "scale_and_add", (x: *const F, n: usize, out: *mut F, c: F), {
                scale_and_add(read(x, n), write(out, n), c)
            });
            export!($p, "scale_and_add_extension", (x: *const E, n: usize, out: *mut E, c: *const E), {
                scale_and_add(read(x, n), write(out, n), *c)
            });
            export!($p, "products", (x: *const F, n: usize, y: *const F, out: *mut F), {
                products(read(x, n), read(y, n), write(out, n))
            });
            export!($p, "products_extension", (x: *const E, n: usize, y: *const E, out: *mut E), {
                products(read(x, n), read(y, n), write(out, n))
            });
            export!($p, "differences", (x: *const F, n: usize, y: *const F, out: *mut F), {
                differences(read(x, n), read(y, n), write(out, n))
            });
            export!($p, "powers", (base: F, n: usize, out: *mut F), {
                powers(base, write(out, n))
            });
            export!($p, "powers_extension", (base: *const E, n: usize, out: *mut E), {
                powers(*base, write(out, n))
            });
            export!($p, "transpose", (x: *const F, width: usize, height: usize, out: *mut F), {
                transpose(read(x, width * height), width, height, write(out, width * height))
            });
            export!($p, "limbs", (x: *const u32, n: usize, out: *mut [F; 4]), {
                limbs(read(x, n), write(out, n))
            });
            export!($p, "bits", (x: *const u32, n: usize, out: *mut F), {
                bits(read(x, n), write(out, n * 32))
            });
            export!($p, "less", (x: *const u32, n: usize, y: *const u32, out: *mut F), {
                less(read(x, n), read(y, n), write(out, n))
            });
            export!($p, "deltas", (x: *const u32, n: usize, out: *mut F), {
                deltas(read(x, n), write(out, n))
            });
            export!($p, "multiplicities", (x: *const u8, n: usize, table: *mut [F; 256]), {
                multiplicities(read(x, n), &mut *table)
            });
            export!($p, "rows", (x: *const Event, n: usize, out: *mut Row<F>), {
                rows(read(x, n), write(out, n))
            });
        };
    };
}

plonky3!(
    "babybear",
    p3_baby_bear::BabyBear,
    4,
    u32,
    from_u32,
    as_canonical_u32
);
plonky3!(
    "koalabear",
    p3_koala_bear::KoalaBear,
    4,
    u32,
    from_u32,
    as_canonical_u32
);
plonky3!(
    "mersenne31",
    p3_mersenne_31::Mersenne31,
    3,
    u32,
    from_u32,
    as_canonical_u32
);
plonky3!(
    "goldilocks",
    p3_goldilocks::Goldilocks,
    2,
    u64,
    from_u64,
    as_canonical_u64
);

export!("babybear", "keccak", (x: *const [u64; 25], n: usize, out: *mut p3_baby_bear::BabyBear), {
    let trace = p3_keccak_air::generate_trace_rows::<p3_baby_bear::BabyBear>(read(x, n).to_vec(), 0);
    write(out, trace.values.len()).copy_from_slice(&trace.values);
});
export!("babybear", "blake3", (x: *const [u32; 24], n: usize, out: *mut p3_baby_bear::BabyBear), {
    let trace = p3_blake3_air::generate_trace_rows::<p3_baby_bear::BabyBear>(read(x, n).to_vec(), 0);
    write(out, trace.values.len()).copy_from_slice(&trace.values);
});
