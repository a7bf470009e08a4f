//! What the interpreter engine accepts: all that `step` and the driver execute without a panic.

use cranelift_codegen::ir::{Function, Opcode, Type, types};

/// Says no to what `step` does not implement, or what this driver leaves out.
pub fn check(function: &Function) -> Result<(), String> {
    let scalar = |ty: Type| ty.is_int();
    let no = |what: String| {
        Err(format!(
            "{}: the interpreter engine does not know {what}",
            function.name
        ))
    };
    for param in function
        .signature
        .params
        .iter()
        .chain(&function.signature.returns)
    {
        if !scalar(param.value_type) || param.value_type == types::I128 {
            return no(format!(
                "parameters and results of type {}",
                param.value_type
            ));
        }
    }
    for block in function.layout.blocks() {
        for &param in function.dfg.block_params(block) {
            if !scalar(function.dfg.value_type(param)) {
                return no(format!("values of type {}", function.dfg.value_type(param)));
            }
        }
        for inst in function.layout.block_insts(block) {
            let opcode = function.dfg.insts[inst].opcode();
            if !known(opcode) {
                return no(format!("`{opcode}`"));
            }
            let wide = matches!(opcode, Opcode::Umulhi | Opcode::Smulhi);
            for &result in function.dfg.inst_results(inst) {
                let ty = function.dfg.value_type(result);
                let split = opcode == Opcode::Isplit && ty != types::I64
                    || opcode == Opcode::Iconcat && ty != types::I128;
                if !scalar(ty) || wide && ty == types::I128 || split {
                    return no(format!("`{opcode}.{ty}`"));
                }
            }
            if opcode == Opcode::StackAddr && function.dfg.ctrl_typevar(inst) != types::I64 {
                return no("a stack address that is not 64 bits wide".into());
            }
        }
    }
    Ok(())
}

/// The operations on scalar integers that `step`, or the driver, executes.
fn known(opcode: Opcode) -> bool {
    use Opcode::*;
    matches!(
        opcode,
        Jump | Brif
            | BrTable
            | Trap
            | Trapz
            | Trapnz
            | Return
            | Call
            | Load
            | Uload8
            | Sload8
            | Uload16
            | Sload16
            | Uload32
            | Sload32
            | Store
            | Istore8
            | Istore16
            | Istore32
            | StackAddr
            | Iconst
            | Nop
            | Select
            | SelectSpectreGuard
            | Bitselect
            | Icmp
            | Smin
            | Umin
            | Smax
            | Umax
            | Iadd
            | Isub
            | Ineg
            | Iabs
            | Imul
            | Umulhi
            | Smulhi
            | Udiv
            | Sdiv
            | Urem
            | Srem
            | UaddOverflow
            | SaddOverflow
            | UsubOverflow
            | SsubOverflow
            | UmulOverflow
            | SmulOverflow
            | UaddOverflowTrap
            | Band
            | Bor
            | Bxor
            | Bnot
            | Rotl
            | Rotr
            | Ishl
            | Ushr
            | Sshr
            | Bitrev
            | Bswap
            | Clz
            | Ctz
            | Popcnt
            | Uextend
            | Sextend
            | Ireduce
            | Iconcat
            | Isplit
    )
}
