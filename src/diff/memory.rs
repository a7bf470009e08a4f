//! The memory that a function under test sees, the same in every engine.
//!
//! One *arena* holds, in this order: the context that a wasm-shaped function gets as its first
//! parameter (4 KiB), a second context block (4 KiB, for pointers found in the first), and the heap
//! (64 KiB). A function with bounds checks of its own has a trailer behind the heap, which is
//! accessible and must stay as it is. The arena starts at the same address in all engines, so that
//! even functions whose results depend on addresses compare bit for bit. The frame of a function
//! is elsewhere, differs from engine to engine, and is not compared.

use zktr_emu::memory::{Access, Fault, Memory};

/// Bytes of a context block.
const CONTEXT_SIZE: u64 = 4096;
/// Bytes of the heap.
pub const HEAP_SIZE: u64 = 65536;
/// Bytes of the trailer.
const TRAILER_SIZE: u64 = 4096;

/// Where things are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// Address of the arena's first byte, a multiple of 4096.
    pub base: u64,
    /// There is a trailer.
    pub trailer: bool,
}

impl Layout {
    /// The largest arena that there can be.
    pub const MAX_SIZE: u64 = 2 * CONTEXT_SIZE + HEAP_SIZE + TRAILER_SIZE;

    /// Bytes of the arena.
    pub fn size(&self) -> u64 {
        2 * CONTEXT_SIZE + HEAP_SIZE + if self.trailer { TRAILER_SIZE } else { 0 }
    }

    /// Address of the context.
    pub fn context(&self) -> u64 {
        self.base
    }

    /// Address of the second context block.
    pub fn second_context(&self) -> u64 {
        self.base + CONTEXT_SIZE
    }

    /// Address of the heap.
    pub fn heap(&self) -> u64 {
        self.base + 2 * CONTEXT_SIZE
    }

    /// A readable name of an address or of an offset into the arena: `heap+0x40`.
    pub fn name_of(&self, offset: u64) -> String {
        if offset < CONTEXT_SIZE {
            format!("context+{offset:#x}")
        } else if offset < 2 * CONTEXT_SIZE {
            format!("context2+{:#x}", offset - CONTEXT_SIZE)
        } else {
            format!("heap+{:#x}", offset - 2 * CONTEXT_SIZE)
        }
    }
}

/// A range of addresses with its bytes.
#[derive(Debug, Clone)]
pub struct Block {
    /// Address of the first byte.
    pub base: u64,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl Block {
    /// The index range of `len` bytes at `address`, if they are all inside.
    fn range(&self, address: u64, len: u64) -> Option<std::ops::Range<usize>> {
        let start = address.checked_sub(self.base)?;
        let end = start.checked_add(len)?;
        (end <= self.bytes.len() as u64).then_some(start as usize..end as usize)
    }
}

/// The arena and a stack: what the interpreter runs on, and the units that it calls.
#[derive(Debug, Clone)]
pub struct AddressSpace {
    /// The arena.
    pub arena: Block,
    /// The frames.
    pub stack: Block,
}

impl AddressSpace {
    /// These bytes, if they are accessible.
    pub fn bytes(&self, address: u64, len: u64) -> Option<&[u8]> {
        match self.arena.range(address, len) {
            Some(range) => self.arena.bytes.get(range),
            None => self.stack.bytes.get(self.stack.range(address, len)?),
        }
    }

    /// The same, to write.
    pub fn bytes_mut(&mut self, address: u64, len: u64) -> Option<&mut [u8]> {
        match self.arena.range(address, len) {
            Some(range) => self.arena.bytes.get_mut(range),
            None => {
                let range = self.stack.range(address, len)?;
                self.stack.bytes.get_mut(range)
            }
        }
    }
}

impl Memory for AddressSpace {
    fn read(&self, addr: u64, buf: &mut [u8]) -> Result<(), Fault> {
        let len = buf.len() as u64;
        let bytes = self.bytes(addr, len).ok_or(Fault {
            addr,
            len,
            access: Access::Read,
        })?;
        buf.copy_from_slice(bytes);
        Ok(())
    }

    fn write(&mut self, addr: u64, bytes: &[u8]) -> Result<(), Fault> {
        let len = bytes.len() as u64;
        let target = self.bytes_mut(addr, len).ok_or(Fault {
            addr,
            len,
            access: Access::Write,
        })?;
        target.copy_from_slice(bytes);
        Ok(())
    }

    fn accessible(&self, addr: u64, len: u64, _access: Access) -> bool {
        len == 0 || self.bytes(addr, len).is_some()
    }
}
