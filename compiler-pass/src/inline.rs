//! Inlines small functions of the same file, so that loops whose field operations are calls can be lifted.
//!
//! Compilers that optimise for size, and front ends that do not optimise at all, leave a product of field
//! elements as a call. Callees are inlined bottom-up: a function is only inlined once its own calls have
//! been. Functions that call themselves, directly or not, stay calls.

use cranelift_codegen::Context;
use cranelift_codegen::inline::{Inline, InlineCommand};
use cranelift_codegen::ir::{ExternalName, FuncRef, Function, Inst, Opcode, UserFuncName, Value};
use std::borrow::Cow;
use std::collections::HashMap;

/// Callees with more instructions stay calls.
const MAX_CALLEE: usize = 256;
/// A function does not grow beyond this many instructions.
const MAX_CALLER: usize = 16_384;

/// Inlines calls between these functions, which are named `uN:M` and call each other by that name.
/// Returns how many of the functions were changed.
///
/// A function is left as it was if Cranelift cannot inline one of its callees.
pub fn inline(functions: &mut [Function]) -> usize {
    let by_name: HashMap<(u32, u32), usize> = functions
        .iter()
        .enumerate()
        .filter_map(|(n, f)| match &f.name {
            UserFuncName::User(name) => Some(((name.namespace, name.index), n)),
            UserFuncName::Testcase(_) => None,
        })
        .collect();
    let mut changed = 0;
    for n in bottom_up(functions, &by_name) {
        let calls: Vec<usize> = callees(&functions[n], &by_name);
        if calls.is_empty() {
            continue;
        }
        let callable: HashMap<usize, Function> = calls
            .into_iter()
            .filter(|&c| c != n && is_small_leaf(&functions[c]))
            .map(|c| (c, functions[c].clone()))
            .collect();
        if callable.is_empty() {
            continue;
        }
        let mut context = Context::for_function(functions[n].clone());
        let budget = MAX_CALLER.saturating_sub(size(&functions[n]));
        let inliner = Inliner {
            by_name: &by_name,
            callable: &callable,
            budget,
        };
        if matches!(context.inline(inliner), Ok(true)) {
            functions[n] = context.func;
            changed += 1;
        }
    }
    changed
}

fn size(func: &Function) -> usize {
    func.layout
        .blocks()
        .map(|b| func.layout.block_insts(b).count())
        .sum()
}

fn is_small_leaf(func: &Function) -> bool {
    size(func) <= MAX_CALLEE
        && func.sized_stack_slots.is_empty()
        && !instructions(func).any(|(_, op)| op.is_call())
}

fn instructions(func: &Function) -> impl Iterator<Item = (Inst, Opcode)> {
    func.layout
        .blocks()
        .flat_map(|b| func.layout.block_insts(b))
        .map(|i| (i, func.dfg.insts[i].opcode()))
}

fn callee_of(
    func: &Function,
    callee: FuncRef,
    by_name: &HashMap<(u32, u32), usize>,
) -> Option<usize> {
    let ExternalName::User(name) = &func.dfg.ext_funcs[callee].name else {
        return None;
    };
    let name = func.params.user_named_funcs().get(*name)?;
    by_name.get(&(name.namespace, name.index)).copied()
}

fn callees(func: &Function, by_name: &HashMap<(u32, u32), usize>) -> Vec<usize> {
    let mut found: Vec<usize> = func
        .dfg
        .ext_funcs
        .keys()
        .filter_map(|callee| callee_of(func, callee, by_name))
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// Callees before their callers; the order within a cycle is any.
fn bottom_up(functions: &[Function], by_name: &HashMap<(u32, u32), usize>) -> Vec<usize> {
    let mut order = Vec::new();
    let mut seen = vec![false; functions.len()];
    for start in 0..functions.len() {
        // A stack of (function, its callees that are still to be visited).
        let mut stack = Vec::new();
        if !std::mem::replace(&mut seen[start], true) {
            stack.push((start, callees(&functions[start], by_name)));
        }
        while let Some((n, rest)) = stack.last_mut() {
            match rest.pop() {
                Some(next) if !std::mem::replace(&mut seen[next], true) => {
                    stack.push((next, callees(&functions[next], by_name)));
                }
                Some(_) => {}
                None => {
                    order.push(*n);
                    stack.pop();
                }
            }
        }
    }
    order
}

struct Inliner<'a> {
    by_name: &'a HashMap<(u32, u32), usize>,
    callable: &'a HashMap<usize, Function>,
    budget: usize,
}

impl Inline for Inliner<'_> {
    fn inline(
        &mut self,
        caller: &Function,
        _: Inst,
        opcode: Opcode,
        callee: FuncRef,
        _: &[Value],
    ) -> InlineCommand<'_> {
        // A tail call leaves the frame; inlining it would gain nothing.
        if opcode != Opcode::Call {
            return InlineCommand::KeepCall;
        }
        let Some(function) =
            callee_of(caller, callee, self.by_name).and_then(|c| self.callable.get(&c))
        else {
            return InlineCommand::KeepCall;
        };
        let signature = &caller.dfg.signatures[caller.dfg.ext_funcs[callee].signature];
        let size = size(function);
        if *signature != function.signature || size > self.budget {
            return InlineCommand::KeepCall;
        }
        self.budget -= size;
        InlineCommand::Inline {
            callee: Cow::Borrowed(function),
            visit_callee: false,
        }
    }
}
