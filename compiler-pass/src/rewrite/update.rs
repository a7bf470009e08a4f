//! Keeps plans valid while other plans of the same function are executed.

use super::{Applied, Options, RewriteError, Symbols, apply};
use crate::plan::{Address, FieldValue, Final, Plan, Poly, Word};
use cranelift_codegen::ir::{Function, Value};
use std::collections::HashMap;
use zktr_isa::Spec;

/// Executes plans for disjoint regions, in order. One that fails leaves its region as it was, and does not
/// keep the others from being executed.
pub fn apply_all(
    func: &mut Function,
    spec: &Spec,
    plans: Vec<Plan>,
    symbols: &mut dyn Symbols,
    options: Options,
) -> Vec<Result<Applied, RewriteError>> {
    let mut replaced = HashMap::new();
    let mut results = Vec::with_capacity(plans.len());
    for mut plan in plans {
        replace_values(func, &mut plan, &replaced);
        let result = apply(func, spec, &plan, symbols, options);
        if let Ok(applied) = &result {
            replaced.extend(applied.replaced.iter().copied());
        }
        results.push(result);
    }
    results
}

/// Brings a plan up to date after another region of the function has been replaced: values that left that
/// region are the parameters of its exit block now (see [`Applied::replaced`]).
pub fn replace_values(func: &Function, plan: &mut Plan, replaced: &HashMap<Value, Value>) {
    if replaced.is_empty() {
        return;
    }
    let value = |value: &mut Value| {
        if let Some(&new) = replaced.get(&func.dfg.resolve_aliases(*value)) {
            *value = new;
        }
    };
    let poly = |poly: &mut Poly| {
        for (_, factors) in &mut poly.terms {
            factors.iter_mut().for_each(value);
            factors.sort_unstable();
        }
    };
    let word = |word: &mut Word| match word {
        Word::Const(_) => {}
        Word::Value(inner) => value(inner),
        Word::Memory { address, .. } => poly(address),
    };
    for guard in &mut plan.guards {
        for bounds in &mut guard.any {
            poly(&mut bounds.poly);
        }
    }
    for buffer in &mut plan.buffers {
        buffer.words.iter_mut().for_each(|(_, inner)| word(inner));
    }
    for offload in &mut plan.offloads {
        poly(&mut offload.count);
        for (_, field) in &mut offload.fields {
            match field {
                FieldValue::Uint(inner) => poly(inner),
                FieldValue::Felt(words) => words.iter_mut().for_each(word),
                FieldValue::View { base, strides } => {
                    if let Address::Poly(inner) = base {
                        poly(inner);
                    }
                    strides.iter_mut().for_each(poly);
                }
            }
        }
    }
    for (_, last) in &mut plan.finals {
        if let Final::Poly(inner) = last {
            poly(inner);
        }
    }
}
