//! A closed set of CLIF functions: what an engine needs to run one of them.
//!
//! A [`Program`] resolves each call once: to another of its functions, or to an offload, which is
//! a call to the portable symbol of an instruction of the spec. Everything else is `Unknown`, and a
//! function from which an unknown call can be reached is not comparable.

use cranelift_codegen::ir::{ExternalName, FuncRef, Function, InstructionData, Opcode};
use std::collections::HashMap;
use zktr_isa::Spec;

/// What a call means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Callee {
    /// The function with this index in the program.
    Function(usize),
    /// An offload: index of the instruction in the spec.
    Offload(usize),
    /// Neither.
    Unknown,
}

/// CLIF functions with resolved calls.
#[derive(Debug, Clone)]
pub struct Program {
    functions: Vec<Function>,
    callees: Vec<Vec<Callee>>,
}

impl Program {
    /// The program of these functions. Where two have the same name, calls mean the first.
    pub fn new(spec: &Spec, functions: Vec<Function>) -> Self {
        let mut by_name: HashMap<String, usize> = HashMap::new();
        for (index, function) in functions.iter().enumerate() {
            by_name.entry(function.name.to_string()).or_insert(index);
        }
        let offloads: HashMap<String, usize> = spec
            .instructions
            .iter()
            .enumerate()
            .filter(|(_, instruction)| instruction.is_bulk())
            .map(|(index, instruction)| (format!("%{}", instruction.symbol()), index))
            .collect();
        let callees = functions
            .iter()
            .map(|function| {
                function
                    .dfg
                    .ext_funcs
                    .values()
                    .map(|callee| {
                        let name = callee.name.display(Some(&function.params)).to_string();
                        match (&callee.name, by_name.get(&name), offloads.get(&name)) {
                            (ExternalName::LibCall(_) | ExternalName::KnownSymbol(_), ..) => {
                                Callee::Unknown
                            }
                            (_, Some(&index), _) => Callee::Function(index),
                            (_, None, Some(&index)) => Callee::Offload(index),
                            (_, None, None) => Callee::Unknown,
                        }
                    })
                    .collect()
            })
            .collect();
        Self { functions, callees }
    }

    /// All functions.
    pub fn functions(&self) -> &[Function] {
        &self.functions
    }

    /// What this reference means in the function with this index.
    pub fn callee(&self, function: usize, callee: FuncRef) -> Callee {
        let index = callee.as_u32() as usize;
        self.callees
            .get(function)
            .and_then(|c| c.get(index))
            .copied()
            .unwrap_or(Callee::Unknown)
    }

    /// The functions that running `entry` can reach, `entry` among them, in order of index; or why that
    /// cannot be said.
    pub fn reachable(&self, entry: usize) -> Result<Vec<usize>, String> {
        let mut seen = vec![false; self.functions.len()];
        let mut work = vec![entry];
        while let Some(index) = work.pop() {
            let Some(function) = self.functions.get(index) else {
                continue;
            };
            if std::mem::replace(&mut seen[index], true) {
                continue;
            }
            for block in function.layout.blocks() {
                for inst in function.layout.block_insts(block) {
                    let data = function.dfg.insts[inst];
                    let opcode = data.opcode();
                    match data {
                        InstructionData::Call { func_ref, .. } => {
                            match self.callee(index, func_ref) {
                                Callee::Function(callee) => work.push(callee),
                                Callee::Offload(_) => {}
                                Callee::Unknown => {
                                    let name = &function.dfg.ext_funcs[func_ref].name;
                                    return Err(format!(
                                        "it calls {}, which is not in the file",
                                        name.display(Some(&function.params))
                                    ));
                                }
                            }
                        }
                        _ if opcode.is_call() || opcode == Opcode::FuncAddr => {
                            return Err(format!("it has an indirect call (`{opcode}`)"));
                        }
                        _ => {}
                    }
                }
            }
        }
        Ok((0..seen.len()).filter(|&i| seen[i]).collect())
    }
}
