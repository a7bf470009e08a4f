//! The values and the memory that a run works on: the state behind `step`.

use crate::diff::memory::AddressSpace;
use crate::diff::outcome::{Ending, Trap};
use cranelift_codegen::data_value::DataValue;
use cranelift_codegen::ir::{
    self, Endianness, ExternalName, FuncRef, Function, GlobalValue, MemFlagsData, Opcode,
    StackSlot, Type, types,
};
use cranelift_interpreter::address::{Address, AddressSize};
use cranelift_interpreter::frame::Frame;
use cranelift_interpreter::interpreter::LibCallHandler;
use cranelift_interpreter::state::{InterpreterFunctionRef, MemoryError, State};
use cranelift_interpreter::step::CraneliftTrap;

/// Values and memory: the state behind `step`.
pub struct Machine<'a> {
    /// Open frames, and where the stack slots of each begin.
    pub frames: Vec<(Frame<'a>, u64)>,
    pub memory: AddressSpace,
}

impl Machine<'_> {
    pub fn get(&self, value: ir::Value) -> &DataValue {
        self.frames[self.frames.len() - 1].0.get(value)
    }

    pub fn assign(&mut self, names: &[ir::Value], values: impl IntoIterator<Item = DataValue>) {
        let last = self.frames.len() - 1;
        for (name, value) in names.iter().zip(values) {
            self.frames[last].0.set(*name, value);
        }
    }

    pub fn address(&self, base: ir::Value, offset: i32) -> u64 {
        raw(self.get(base)).wrapping_add_signed(i64::from(offset))
    }

    pub fn load(&self, address: u64, bytes: u32, flags: MemFlagsData) -> Result<u128, Ending> {
        aligned(address, bytes, flags)?;
        let source = self
            .memory
            .bytes(address, u64::from(bytes))
            .ok_or_else(|| fault(address, flags))?;
        let mut word = [0; 16];
        word[..source.len()].copy_from_slice(source);
        if flags.explicit_endianness() == Some(Endianness::Big) {
            word[..source.len()].reverse();
        }
        Ok(u128::from_le_bytes(word))
    }

    pub fn store(
        &mut self,
        address: u64,
        value: u128,
        bytes: u32,
        flags: MemFlagsData,
    ) -> Result<(), Ending> {
        aligned(address, bytes, flags)?;
        let target = self
            .memory
            .bytes_mut(address, u64::from(bytes))
            .ok_or_else(|| fault(address, flags))?;
        let len = target.len();
        target.copy_from_slice(&value.to_le_bytes()[..len]);
        if flags.explicit_endianness() == Some(Endianness::Big) {
            target.reverse();
        }
        Ok(())
    }
}

impl<'a> State<'a> for Machine<'a> {
    fn get_function(&self, _func_ref: FuncRef) -> Option<&'a Function> {
        None
    }

    fn get_current_function(&self) -> &'a Function {
        self.current_frame().function()
    }

    fn get_libcall_handler(&self) -> LibCallHandler {
        |_, _| Err(CraneliftTrap::UnreachableCodeReached)
    }

    fn push_frame(&mut self, _function: &'a Function) {}

    fn pop_frame(&mut self) {}

    fn current_frame_mut(&mut self) -> &mut Frame<'a> {
        let last = self.frames.len() - 1;
        &mut self.frames[last].0
    }

    fn current_frame(&self) -> &Frame<'a> {
        &self.frames[self.frames.len() - 1].0
    }

    fn stack_address(
        &self,
        _size: AddressSize,
        _slot: StackSlot,
        offset: u64,
    ) -> Result<Address, MemoryError> {
        Err(MemoryError::InvalidOffset { offset, max: 0 })
    }

    fn checked_load(
        &self,
        addr: Address,
        ty: Type,
        mem_flags: MemFlagsData,
    ) -> Result<DataValue, MemoryError> {
        Err(MemoryError::OutOfBoundsLoad {
            addr,
            load_size: ty.bytes() as usize,
            mem_flags,
        })
    }

    fn checked_store(
        &mut self,
        addr: Address,
        v: DataValue,
        mem_flags: MemFlagsData,
    ) -> Result<(), MemoryError> {
        Err(MemoryError::OutOfBoundsStore {
            addr,
            store_size: v.ty().bytes() as usize,
            mem_flags,
        })
    }

    fn function_address(
        &self,
        _size: AddressSize,
        _name: &ExternalName,
    ) -> Result<Address, MemoryError> {
        Err(MemoryError::InvalidOffset { offset: 0, max: 0 })
    }

    fn get_function_from_address(&self, _address: Address) -> Option<InterpreterFunctionRef<'a>> {
        None
    }

    fn resolve_global_value(&self, _gv: GlobalValue) -> Result<DataValue, MemoryError> {
        Err(MemoryError::InvalidOffset { offset: 0, max: 0 })
    }

    fn get_pinned_reg(&self) -> DataValue {
        DataValue::I64(0)
    }

    fn set_pinned_reg(&mut self, _v: DataValue) {}
}

/// An access flagged `aligned` promises that it is.
fn aligned(address: u64, bytes: u32, flags: MemFlagsData) -> Result<(), Ending> {
    if flags.aligned() && !address.is_multiple_of(u64::from(bytes.max(1))) {
        return Err(Ending::Undefined(format!(
            "misaligned access at {address:#x} with flag `aligned`"
        )));
    }
    Ok(())
}

fn fault(address: u64, flags: MemFlagsData) -> Ending {
    if flags.notrap() {
        Ending::Undefined(format!(
            "access out of bounds at {address:#x} with flag `notrap`"
        ))
    } else {
        Ending::Trapped(Trap::Memory)
    }
}

/// For loads that extend and stores that truncate: bytes in memory, and whether the sign is extended.
pub fn extension(opcode: Opcode) -> Option<(u32, bool)> {
    Some(match opcode {
        Opcode::Uload8 | Opcode::Istore8 => (1, false),
        Opcode::Sload8 => (1, true),
        Opcode::Uload16 | Opcode::Istore16 => (2, false),
        Opcode::Sload16 => (2, true),
        Opcode::Uload32 | Opcode::Istore32 => (4, false),
        Opcode::Sload32 => (4, true),
        _ => return None,
    })
}

pub fn sign_extend(value: u128, bytes: u32) -> u128 {
    let unused = 128 - 8 * bytes;
    (((value << unused) as i128) >> unused) as u128
}

/// The bits of an integer, zero-extended.
pub fn bits(value: &DataValue) -> u128 {
    match *value {
        DataValue::I8(v) => u128::from(v as u8),
        DataValue::I16(v) => u128::from(v as u16),
        DataValue::I32(v) => u128::from(v as u32),
        DataValue::I64(v) => u128::from(v as u64),
        DataValue::I128(v) => v as u128,
        _ => 0,
    }
}

/// The low 64 bits of an integer.
pub fn raw(value: &DataValue) -> u64 {
    bits(value) as u64
}

/// The integer of this type with these low bits. `check` admits integer types only.
pub fn integer(value: u128, ty: Type) -> DataValue {
    match ty {
        types::I8 => DataValue::I8(value as i8),
        types::I16 => DataValue::I16(value as i16),
        types::I32 => DataValue::I32(value as i32),
        types::I128 => DataValue::I128(value as i128),
        _ => DataValue::I64(value as i64),
    }
}
