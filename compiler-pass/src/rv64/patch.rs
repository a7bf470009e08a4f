//! From the carrier to the instruction: finds the carrier words of compiled code and says what to write.
//!
//! The rule is to refuse whatever is not exactly as expected: each site that is left in the function has one
//! bracket in the code, each bracket holds one carrier word, and there is no other bracket.

use super::carrier::{Bracket, Site, remaining};
use super::error::Error;
use cranelift_codegen::CompiledCode;
use cranelift_codegen::ir::Function;
use std::collections::BTreeMap;
use std::ops::Range;
use zktr_isa::model::{Instruction, Role};
use zktr_isa::{DecodeError, Spec};

/// What riscv64 code has for `atomic_rmw.i64 smax`: the one fact about the back end that patching needs.
const CARRIER: &str = "amomax.d.aqrl";

/// A word of code to be replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patch {
    /// Byte offset in the function's code.
    pub offset: usize,
    /// The instruction word.
    pub word: u32,
    /// Index into the spec's instructions.
    pub instruction: usize,
}

impl Patch {
    /// Writes the word. The code is that in which the patch was found.
    pub fn write(&self, code: &mut [u8]) -> Result<(), Error> {
        let at = code.get_mut(self.offset..self.offset + 4);
        let at = at.ok_or_else(|| {
            Error::Module("the code is shorter than when it was compiled".to_string())
        })?;
        at.copy_from_slice(&self.word.to_le_bytes());
        Ok(())
    }
}

/// The patches of a compiled function. `func` is the function as compilation has left it, `sites` what
/// lowering has placed in it.
pub(super) fn patches(
    code: &CompiledCode,
    func: &Function,
    sites: &[Site],
    spec: &Spec,
) -> Result<Vec<Patch>, Error> {
    let expected = remaining(func);
    let mut patches = BTreeMap::new();
    for (site, range) in brackets(code)? {
        let known = sites.get(site.number as usize) == Some(&site);
        if !known || expected.get(&site.number) != Some(&site) {
            return Err(fault(
                site,
                "the code has tags for it, the function has not",
            ));
        }
        let patch = find(code.buffer.data(), range, site, spec)?;
        if patches.insert(site.number, patch).is_some() {
            return Err(fault(site, "the code has it twice"));
        }
    }
    match expected
        .values()
        .find(|site| !patches.contains_key(&site.number))
    {
        Some(site) => Err(fault(*site, "the code has no tags for it")),
        None => Ok(patches.into_values().collect()),
    }
}

/// The code between each pair of tags.
fn brackets(code: &CompiledCode) -> Result<Vec<(Site, Range<usize>)>, Error> {
    let mut open: Option<(Site, usize)> = None;
    let mut brackets = Vec::new();
    for tag in code.buffer.debug_tags() {
        let offset = tag.offset as usize;
        match (Bracket::from_tags(tag.tags), open) {
            (None, _) => {}
            (Some(Bracket::Begin(site)), None) => open = Some((site, offset)),
            (Some(Bracket::End(site)), Some((begun, start))) if site == begun => {
                brackets.push((site, start..offset));
                open = None;
            }
            (Some(Bracket::Begin(site) | Bracket::End(site)), _) => {
                return Err(fault(site, "its tags do not pair in the code"));
            }
        }
    }
    match open {
        Some((site, _)) => Err(fault(site, "its tags do not pair in the code")),
        None => Ok(brackets),
    }
}

/// The one carrier word in a range, as a patch. Moves, spills and reloads of the register allocator may stand
/// around it.
fn find(code: &[u8], range: Range<usize>, site: Site, spec: &Spec) -> Result<Patch, Error> {
    let carrier = spec
        .instruction(CARRIER)
        .ok_or_else(|| Error::Spec(format!("the spec has no instruction `{CARRIER}`")))?;
    let code = code
        .get(..range.end)
        .ok_or_else(|| fault(site, "its tags lie outside of the code"))?;
    let mut found = None;
    let mut at = range.start;
    while let Some(rest @ [_, ..]) = code.get(at..) {
        at += match spec.decode_bytes(rest, 64) {
            Ok(decoded) => {
                if decoded.instruction == carrier && found.replace((at, decoded)).is_some() {
                    return Err(fault(site, "more than one word in its bracket could be it"));
                }
                usize::from(decoded.length)
            }
            // What the spec does not know (a floating-point move) is no carrier.
            Err(DecodeError::Unknown { length, .. }) => usize::from(length),
            Err(DecodeError::Exhausted { .. }) => {
                return Err(fault(site, "its bracket ends inside of an instruction"));
            }
        };
    }
    let (offset, decoded) =
        found.ok_or_else(|| fault(site, "no word in its bracket could be it"))?;

    let carrier = &spec.instructions[carrier];
    let register = |name: &str| {
        decoded
            .values()
            .get(carrier.operand(name)?.0 as usize)
            .copied()
    };
    let registers = register("rd").zip(register("rs1")).zip(register("rs2"));
    let ((rd, rs1), rs2) = registers.ok_or_else(|| {
        Error::Spec(format!(
            "`{CARRIER}` does not have the operands rd, rs1 and rs2"
        ))
    })?;
    let instruction = spec
        .instructions
        .get(site.instruction)
        .ok_or_else(|| fault(site, "the spec has no such instruction"))?;
    let word = spec
        .encode(site.instruction, &operand_values(instruction, rd, rs1, rs2))
        .map_err(|error| {
            fault(
                site,
                &format!("`{}` cannot be encoded: {error}", instruction.name),
            )
        })?;
    Ok(Patch {
        offset,
        word,
        instruction: site.instruction,
    })
}

/// The operands of a bulk instruction in its own order.
fn operand_values(instruction: &Instruction, status: i64, descriptor: i64, count: i64) -> Vec<i64> {
    let value = |role: &Role| match role {
        Role::Status => status,
        Role::Descriptor(_) => descriptor,
        Role::Count(_) | Role::Value => count,
    };
    instruction
        .operands
        .iter()
        .map(|operand| value(&operand.role))
        .collect()
}

fn fault(site: Site, problem: &str) -> Error {
    Error::Site {
        site: site.number,
        problem: problem.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rewrite::Testcase;
    use crate::rv64::Target;
    use crate::rv64::carrier::{Operations, lower};
    use cranelift_codegen::Context;
    use cranelift_codegen::control::ControlPlane;

    fn word(mnemonic: &str, operands: &[i64]) -> Vec<u8> {
        let spec = Spec::builtin();
        let instruction = spec.instruction(mnemonic).expect("the spec has it");
        let word = spec
            .encode(instruction, operands)
            .expect("the operands are allowed");
        let length = usize::from(spec.instructions[instruction].length);
        word.to_le_bytes()[..length].to_vec()
    }

    /// The carrier with these registers, in the order rd, rs2, rs1 of its encoding format.
    fn carrier(rd: i64, rs2: i64, rs1: i64) -> Vec<u8> {
        word(CARRIER, &[rd, rs2, rs1])
    }

    fn search(code: &[u8]) -> Result<Patch, String> {
        let spec = Spec::builtin();
        let instruction = spec.instruction("zktr.inv").expect("the spec has it");
        find(
            code,
            0..code.len(),
            Site {
                number: 3,
                instruction,
            },
            &spec,
        )
        .map_err(|error| error.to_string())
    }

    #[test]
    fn the_word_is_found_among_moves_of_both_lengths() {
        let spec = Spec::builtin();
        // An instruction that is not in the spec: a floating-point store.
        let unknown = 0x0011_3427u32.to_le_bytes().to_vec();
        let parts = [
            word("c.mv", &[10, 11]),
            unknown,
            carrier(12, 13, 14),
            word("addi", &[1, 2, 3]),
        ];
        let patch = search(&parts.concat()).expect("there is one carrier");
        assert_eq!(patch.offset, 6);
        let decoded = spec
            .decode(patch.word, 64)
            .expect("the patch is an instruction");
        let instruction = &spec.instructions[decoded.instruction];
        let value =
            |name| decoded.values()[instruction.operand(name).expect("it has it").0 as usize];
        assert_eq!((value("rd"), value("rs1"), value("rs2")), (12, 14, 13));
    }

    #[test]
    fn no_word_two_words_and_half_a_word_are_refused() {
        let refused = |code: &[u8]| search(code).expect_err("there is not exactly one carrier");
        insta::assert_snapshot!(refused(&[]), @"operation 3 of the function: no word in its bracket could be it");
        insta::assert_snapshot!(refused(&word("addi", &[1, 2, 3])), @"operation 3 of the function: no word in its bracket could be it");
        insta::assert_snapshot!(refused(&[carrier(1, 2, 3), carrier(1, 2, 3)].concat()), @"operation 3 of the function: more than one word in its bracket could be it");
        insta::assert_snapshot!(refused(&carrier(1, 2, 3)[..2]), @"operation 3 of the function: its bracket ends inside of an instruction");
        // The bytes of a carrier that begin inside of another instruction are none.
        insta::assert_snapshot!(refused(&[vec![0x13, 0x01], carrier(1, 2, 3)].concat()), @"operation 3 of the function: no word in its bracket could be it");
    }

    #[test]
    fn tags_that_lowering_has_not_placed_are_refused() {
        let text = "function %f(i64, i64) -> i64 system_v {
                fn0 = %zktr_inv(i64, i64) -> i64 system_v
            block0(v0: i64, v1: i64):
                v2 = call fn0(v0, v1)
                return v2
            }";
        let spec = Spec::builtin();
        let mut func = cranelift_reader::parse_functions(text)
            .expect("the CLIF parses")
            .remove(0);
        let sites =
            lower(&mut func, &Operations::new(&spec), &Testcase).expect("it can be lowered");
        let isa = Target::default().isa().expect("Cranelift has the target");
        let mut ctx = Context::for_function(func);
        ctx.compile(&*isa, &mut ControlPlane::default())
            .map_err(|e| e.inner)
            .expect("it compiles");
        let code = ctx.compiled_code().expect("there is code");
        assert_eq!(
            patches(code, &ctx.func, &sites, &spec).map(|patches| patches.len()),
            Ok(1)
        );

        let foreign = patches(code, &ctx.func, &[], &spec).expect_err("nothing was placed");
        insta::assert_snapshot!(foreign.to_string(), @"operation 0 of the function: the code has tags for it, the function has not");

        // The same code for a function with another operation in it.
        let renamed = Site {
            instruction: sites[0].instruction + 1,
            ..sites[0]
        };
        assert!(patches(code, &ctx.func, &[renamed], &spec).is_err());
    }
}
