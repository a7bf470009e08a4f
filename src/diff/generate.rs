//! Generated inputs.
//!
//! Most cases are such that a unit accepts them: disjoint views inside of the heap, a few rows,
//! canonical words. The others try what the contract is about: words that are no residues, zeros,
//! no rows, overlapping or adjacent or misaligned views, views that run out of the heap or around
//! the end of the address space, counts beyond any memory.

use super::case::Case;
use super::environment::Environment;
use super::memory::{HEAP_SIZE, Layout};
use super::rng::Rng;
use super::roles::{Role, Roles};
use cranelift_codegen::ir::Type;

/// Words at a pointer to indices that are small.
const INDICES: u64 = 128;

/// Makes cases for one function.
#[derive(Debug, Clone)]
pub struct Generator {
    roles: Roles,
    environment: Environment,
    layout: Layout,
    /// Every second case, units that refuse scribble.
    adversarial: bool,
}

/// How the words of memory are chosen.
struct Palette {
    modulus: u64,
    /// Of 256 words, how many are special ones: 0, 1, p - 1.
    special: u64,
    /// Of 256 words, how many are any 32 bits, or close to p.
    wild: u64,
}

impl Generator {
    /// A generator for a function with these parameters.
    pub fn new(roles: Roles, environment: Environment, layout: Layout, adversarial: bool) -> Self {
        Self {
            roles,
            environment,
            layout,
            adversarial,
        }
    }

    /// The case with this number in the campaign with this seed.
    pub fn case(&self, seed: u64, number: u64) -> Case {
        let mut rng = Rng::for_case(seed, number);
        let palette = self.palette(&mut rng);
        let mut arena = vec![0; self.layout.size() as usize];
        self.environment.write(&self.layout, &mut arena);
        let heap = Case::heap(&self.layout);
        for pair in arena[heap.start..].chunks_exact_mut(8) {
            let word = match palette.is_wide() {
                true => palette.wide_word(&mut rng),
                false => {
                    let (a, b) = (palette.word(&mut rng), palette.word(&mut rng));
                    u64::from(a) | u64::from(b) << 32
                }
            };
            pair.copy_from_slice(&word.to_le_bytes());
        }
        let arguments = self.arguments(&mut rng, &palette);
        if rng.chance(90) {
            self.indices(&mut rng, &arguments, &mut arena);
        }
        let scribble = (self.adversarial && number % 2 == 1).then(|| rng.draw());
        let mut case = Case {
            arguments,
            arena,
            scribble,
        };
        // A few words that are no residues in otherwise good data: where the pointers point to.
        if palette.wild == 0 && rng.chance(20) {
            for _ in 0..=rng.below(3) {
                self.spoil(&mut rng, &palette, &mut case);
            }
        }
        case
    }

    fn palette(&self, rng: &mut Rng) -> Palette {
        let modulus = rng.pick(&self.roles.moduli).copied().unwrap_or(1 << 32);
        let special = [0, 0, 4, 40]
            .get(rng.below(4) as usize)
            .copied()
            .unwrap_or(0);
        let wild = if rng.chance(12) { 1 + rng.below(64) } else { 0 };
        Palette {
            modulus,
            special,
            wild,
        }
    }

    /// Small numbers where pointers to indices point to, so that tables have rows for them; one may be larger.
    fn indices(&self, rng: &mut Rng, arguments: &[u64], arena: &mut [u8]) {
        let heap = &mut arena[Case::heap(&self.layout)];
        for start in self.places(arguments, |role| role == Role::Indices) {
            let below = *rng.pick(&[1, 4, 16, 64, 300]).unwrap_or(&4);
            let odd = rng.chance(15).then(|| rng.below(INDICES));
            for row in 0..INDICES {
                let index = match odd {
                    Some(odd) if odd == row => rng.draw() >> (32 + rng.below(20)),
                    _ => rng.below(below),
                };
                let at = start.wrapping_add(4 * row) as usize;
                if let Some(word) = at.checked_add(4).and_then(|end| heap.get_mut(at..end)) {
                    word.copy_from_slice(&(index as u32).to_le_bytes());
                }
            }
        }
    }

    fn spoil(&self, rng: &mut Rng, palette: &Palette, case: &mut Case) {
        let pointers: Vec<u64> = self.places(&case.arguments, Role::is_pointer);
        let Some(&start) = rng.pick(&pointers) else {
            return;
        };
        let offset = start.wrapping_add(4 * rng.below(64)) & !3;
        if offset < HEAP_SIZE {
            let at = Case::heap(&self.layout).start + offset as usize;
            let word = palette.wild_word(rng);
            case.set_word(at, word as u32);
            if palette.is_wide() && offset + 4 < HEAP_SIZE {
                case.set_word(at + 4, (word >> 32) as u32);
            }
        }
    }

    /// The offsets into the heap of pointers with such a role.
    fn places(&self, arguments: &[u64], wanted: fn(Role) -> bool) -> Vec<u64> {
        let base = if self.environment.is_wasm() {
            0
        } else {
            self.layout.heap()
        };
        let pointers = self
            .roles
            .parameters
            .iter()
            .zip(arguments)
            .filter(|((role, _), _)| wanted(*role));
        pointers
            .map(|(_, &argument)| argument.wrapping_sub(base))
            .collect()
    }

    fn arguments(&self, rng: &mut Rng, palette: &Palette) -> Vec<u64> {
        let parameters = &self.roles.parameters;
        let pointers = parameters
            .iter()
            .filter(|(role, _)| role.is_pointer())
            .count() as u64;
        // The heap in equal pieces, one for each pointer and one that stays free, in any order.
        let piece = ((HEAP_SIZE - self.environment.stack_size()) / (pointers + 1)) & !63;
        let mut pieces: Vec<u64> = (0..=pointers).collect();
        for i in (1..pieces.len()).rev() {
            pieces.swap(i, rng.below(i as u64 + 1) as usize);
        }
        let mut pieces = pieces.into_iter();
        // Nested loops multiply: only one count is large.
        let counts = parameters
            .iter()
            .filter(|(role, _)| *role == Role::Count)
            .count() as u64;
        let largest = *rng.pick(&[4, 8, 8, 8, 20, 20, 20, 64]).unwrap_or(&8);
        let mut until_large = rng.below(counts);
        let friendly = rng.chance(75);
        // Counts beyond all memory. A loop that walks through the whole heap before it traps takes as long as a
        // hundred others, so most of these begin close to the end.
        let runaway = !friendly && rng.chance(25);
        let close = runaway && rng.chance(90);
        let mut earlier: Vec<u64> = Vec::new();
        parameters
            .iter()
            .map(|&(role, ty)| {
                let value = match role {
                    Role::Context => return self.layout.context(),
                    Role::Indices | Role::Pointer => {
                        // Wide elements have to be aligned to 8 bytes, and mostly are.
                        let step = if palette.is_wide() && rng.chance(80) {
                            8
                        } else {
                            4
                        };
                        let own = pieces.next().unwrap_or(0) * piece + step * rng.below(64);
                        let offset = match friendly {
                            true => own,
                            false if close => HEAP_SIZE - 4 * rng.below(64),
                            false => pointer(rng, own, &earlier),
                        };
                        earlier.push(offset);
                        if self.environment.is_wasm() {
                            offset
                        } else {
                            self.layout.heap().wrapping_add(offset)
                        }
                    }
                    Role::Count if runaway && rng.chance(50) => huge(rng),
                    Role::Count => {
                        let large = until_large == 0;
                        until_large = until_large.wrapping_sub(1);
                        count(rng, if large { largest } else { largest.min(8) })
                    }
                    Role::Element if friendly || rng.chance(70) => palette.canonical(rng),
                    Role::Element => palette.wild_word(rng),
                    Role::Other => match rng.below(4) {
                        0 => count(rng, largest),
                        1 => palette.canonical(rng),
                        2 => 4 * rng.below(HEAP_SIZE / 4),
                        _ => rng.draw(),
                    },
                };
                truncate(value, ty)
            })
            .collect()
    }
}

impl Palette {
    /// True if elements are words of 64 bits.
    fn is_wide(&self) -> bool {
        self.modulus > 1 << 32
    }

    fn canonical(&self, rng: &mut Rng) -> u64 {
        match rng.below(8) {
            0 => self.special_word(rng),
            _ => rng.below(self.modulus),
        }
    }

    fn special_word(&self, rng: &mut Rng) -> u64 {
        match rng.below(3) {
            0 => 0,
            1 => 1,
            _ => self.modulus - 1,
        }
    }

    fn wild_word(&self, rng: &mut Rng) -> u64 {
        let mask = if self.is_wide() {
            u64::MAX
        } else {
            u32::MAX.into()
        };
        let word = match rng.below(5) {
            0 => self.modulus,
            1 => self.modulus.wrapping_add(1),
            2 => u64::MAX,
            3 => self.modulus.wrapping_mul(2).wrapping_sub(1),
            _ => rng.draw(),
        };
        word & mask
    }

    /// A word of 64 bits of memory.
    fn wide_word(&self, rng: &mut Rng) -> u64 {
        let kind = rng.draw() & 0xff;
        if kind < self.wild {
            self.wild_word(rng)
        } else if kind < self.wild + self.special {
            self.special_word(rng)
        } else {
            rng.below(self.modulus)
        }
    }

    /// A word of memory, from one draw where possible: this is most of what a case costs.
    fn word(&self, rng: &mut Rng) -> u32 {
        let draw = rng.draw();
        let kind = draw & 0xff;
        if kind < self.wild {
            self.wild_word(rng) as u32
        } else if kind < self.wild + self.special {
            self.special_word(rng) as u32
        } else {
            // Scaled rather than reduced: 32 bits of the draw that did not choose the kind.
            ((u128::from(draw >> 32) * u128::from(self.modulus)) >> 32) as u32
        }
    }
}

/// A pointer that may be anywhere; `own` is a place of its own.
fn pointer(rng: &mut Rng, own: u64, earlier: &[u64]) -> u64 {
    let other = rng.pick(earlier).copied();
    match (rng.below(8), other) {
        // At another pointer, overlapping it by some words, or right behind a few rows of it.
        (0, Some(other)) => other,
        (1, Some(other)) => other.wrapping_add(4 * rng.below(16)),
        (2, Some(other)) => other.wrapping_sub(4 * rng.below(16)),
        // Misaligned.
        (3, _) => own + 1 + rng.below(3),
        // Close to the end of the heap, on either side.
        (4, _) => HEAP_SIZE - 4 * rng.below(64),
        // Close to the end of 32-bit addresses.
        (5, _) => u64::from(u32::MAX) + 1 - 4 * (1 + rng.below(64)),
        (6, _) => 4 * rng.below(HEAP_SIZE / 4),
        _ => own,
    }
}

/// A number of rows or columns.
fn count(rng: &mut Rng, largest: u64) -> u64 {
    match rng.below(16) {
        0 => rng.below(3),
        _ => 1 + rng.below(largest),
    }
}

/// A number of rows or columns beyond any memory; small again in the low bits of some.
fn huge(rng: &mut Rng) -> u64 {
    match rng.below(4) {
        0 => *rng
            .pick(&[
                u64::MAX,
                1 << 31,
                (1 << 32) - 1,
                (1 << 30) + 1,
                u64::MAX >> 1,
            ])
            .unwrap_or(&0),
        1 => (1 << 32) + rng.below(16),
        2 => 1 << rng.below(32),
        _ => rng.draw(),
    }
}

/// The low bits, as many as the type has.
fn truncate(value: u64, ty: Type) -> u64 {
    match ty.bits() {
        bits @ 1..64 => value & ((1 << bits) - 1),
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cranelift_codegen::ir::types::{I32, I64};

    const P: u64 = 2_013_265_921;
    const LAYOUT: Layout = Layout {
        base: 0x10_0000,
        trailer: false,
    };

    fn generator() -> Generator {
        let parameters = vec![
            (Role::Pointer, I64),
            (Role::Pointer, I64),
            (Role::Count, I32),
            (Role::Element, I32),
        ];
        let roles = Roles {
            parameters,
            moduli: vec![P],
        };
        Generator::new(roles, Environment::default(), LAYOUT, true)
    }

    #[test]
    fn a_case_is_a_function_of_seed_and_number() {
        let generator = generator();
        assert_eq!(generator.case(1, 7), generator.case(1, 7));
        assert_ne!(generator.case(1, 7), generator.case(2, 7));
        assert_ne!(generator.case(1, 7), generator.case(1, 8));
    }

    /// Most cases are such that units accept them, and each kind of trouble occurs.
    #[test]
    fn cases_are_friendly_and_otherwise() {
        let generator = generator();
        let cases: Vec<Case> = (0..1000).map(|number| generator.case(1, number)).collect();
        let heap = LAYOUT.heap()..LAYOUT.heap() + HEAP_SIZE;
        let share = |what: &dyn Fn(&Case) -> bool| cases.iter().filter(|case| what(case)).count();
        let inside = |case: &Case| {
            case.arguments[..2]
                .iter()
                .all(|p| heap.contains(p) && p % 4 == 0)
        };
        let apart = |case: &Case| case.arguments[0].abs_diff(case.arguments[1]) >= 1024;
        let small = |case: &Case| case.arguments[2] <= 64;
        assert!(share(&|case| inside(case) && apart(case) && small(case)) > 600);
        assert!(share(&|case| case.arguments[2] == 0) > 10);
        assert!(share(&|case| !small(case)) > 20);
        assert!(share(&|case| !inside(case)) > 20);
        assert!(share(&|case| !apart(case)) > 20);
        assert!(share(&|case| case.arguments[3] >= P) > 20);
        assert!(share(&|case| case.scribble.is_some()) == 500);
        let words = |case: &Case| {
            Case::heap(&LAYOUT)
                .step_by(4)
                .map(|at| u64::from(case.word(at)))
                .collect::<Vec<_>>()
        };
        assert!(share(&|case| words(case).iter().all(|&word| word < P)) > 500);
        assert!(share(&|case| words(case).contains(&0)) > 200);
        assert!(share(&|case| words(case).contains(&P)) > 50);
    }

    #[test]
    fn arguments_fit_their_types() {
        let generator = generator();
        for number in 0..500 {
            let case = generator.case(3, number);
            assert!(
                case.arguments[2..]
                    .iter()
                    .all(|&word| word <= u64::from(u32::MAX))
            );
        }
    }
}
