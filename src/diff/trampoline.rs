//! The way into a compiled function: one signature for all.

use cranelift_codegen::cursor::{Cursor, FuncCursor};
use cranelift_codegen::ir::{
    AbiParam, ExtFuncData, ExternalName, Function, InstBuilder, MemFlagsData, Signature,
    UserFuncName, Value, types,
};
use cranelift_codegen::isa::CallConv;

/// The signature of a trampoline: the address of the arguments, the address of the results. Both are arrays of
/// 8-byte words with the value in the low bytes of each.
pub fn signature(call_conv: CallConv) -> Signature {
    let mut signature = Signature::new(call_conv);
    signature.params = vec![AbiParam::new(types::I64); 2];
    signature
}

/// A function with such a signature that calls `target`.
pub fn trampoline(
    name: UserFuncName,
    call_conv: CallConv,
    target: impl FnOnce(&mut Function) -> ExternalName,
    target_signature: &Signature,
) -> Function {
    let (mut function, parameters) = empty_function(name, signature(call_conv));
    let name = target(&mut function);
    let signature = function.import_signature(target_signature.clone());
    let target = function.import_function(ExtFuncData {
        name,
        signature,
        colocated: false,
        patchable: false,
    });
    let mut at = cursor(&mut function);
    let mut values = Vec::with_capacity(target_signature.params.len());
    for (offset, param) in (0..).step_by(8).zip(&target_signature.params) {
        values.push(at.ins().load(
            param.value_type,
            MemFlagsData::trusted(),
            parameters[0],
            offset,
        ));
    }
    let call = at.ins().call(target, &values);
    let returned = at.func.dfg.inst_results(call).to_vec();
    for (offset, value) in (0..).step_by(8).zip(returned) {
        at.ins()
            .store(MemFlagsData::trusted(), value, parameters[1], offset);
    }
    at.ins().return_(&[]);
    function
}

/// A function with an empty entry block; the second value is its parameters.
pub fn empty_function(name: UserFuncName, signature: Signature) -> (Function, Vec<Value>) {
    let mut function = Function::with_name_signature(name, signature.clone());
    let block = function.dfg.make_block();
    function.layout.append_block(block);
    let parameters = signature
        .params
        .iter()
        .map(|p| function.dfg.append_block_param(block, p.value_type))
        .collect();
    (function, parameters)
}

/// A cursor at the end of the last block.
pub fn cursor(function: &mut Function) -> FuncCursor<'_> {
    let block = function.layout.last_block();
    let at = FuncCursor::new(function);
    match block {
        Some(block) => at.at_bottom(block),
        None => at,
    }
}
