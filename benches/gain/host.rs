//! A host of functions that were translated from WebAssembly: their linear memory, and the context that leads to it.

use super::subjects::{COLUMNS, Parameter, Size, TABLE};
use zktr::diff::code::Code;
use zktr_isa::model::Format;

/// Where each array begins: a multiple of the lines and vectors of any processor.
const ALIGN: usize = 4096;

/// Offsets in the context of an instance: of the pointer to its store's context, of the address and the length of its
/// linear memory. The limit of the stack is in the context of the store.
const STORE: usize = 1;
const BASE: usize = 7;
const LENGTH: usize = 8;
const CONTEXT_WORDS: usize = 16;

/// Memory and arguments for one function and one number of rows.
pub struct Host {
    /// The linear memory, as it is before each call.
    before: Vec<u64>,
    memory: Vec<u64>,
    context: Vec<u64>,
    store: Vec<u64>,
    arguments: Vec<u64>,
}

impl Host {
    /// Arguments for this number of rows, the same each time.
    pub fn new(parameters: &[Parameter], format: &Format, rows: usize) -> Self {
        let mut random = Random(0x9e37_79b9_7f4a_7c15);
        let mut before: Vec<u64> = vec![0; ALIGN / 8];
        let word = usize::from(format.word_bytes);
        let mut arguments = vec![0, 0];
        for parameter in parameters {
            let elements = |size: &Size| match size {
                Size::Of(n) => n * rows,
                Size::Columns => COLUMNS * rows,
            };
            let argument = match parameter {
                Parameter::Out(size) => array(&mut before, elements(size) * word, |_| 0),
                Parameter::In(size) => {
                    let len = elements(size) * word;
                    array(&mut before, len, |_| random.elements(format))
                }
                Parameter::Row => array(&mut before, COLUMNS * word, |_| random.elements(format)),
                Parameter::Bytes(bytes) => array(&mut before, bytes * rows, |_| random.next()),
                Parameter::Keys => array(&mut before, 4 * rows, |_| {
                    let key = |random: &mut Random| random.next() % TABLE as u64;
                    key(&mut random) | key(&mut random) << 32
                }),
                Parameter::Table => array(&mut before, TABLE * word, |_| random.elements(format)),
                Parameter::Element => random.element(format),
                Parameter::Word => random.next() & u64::from(u32::MAX),
                Parameter::Rows => rows as u64,
                Parameter::Columns => COLUMNS as u64,
            };
            arguments.push(argument);
        }
        let mut host = Self {
            memory: before.clone(),
            before,
            context: vec![0; CONTEXT_WORDS],
            store: vec![0; CONTEXT_WORDS],
            arguments,
        };
        host.context[STORE] = host.store.as_mut_ptr() as u64;
        host.context[BASE] = host.memory.as_mut_ptr() as u64;
        host.context[LENGTH] = 8 * host.memory.len() as u64;
        host.arguments[0] = host.context.as_mut_ptr() as u64;
        host
    }

    /// The linear memory as it was in the beginning.
    pub fn reset(&mut self) {
        self.memory.copy_from_slice(&self.before);
    }

    /// Calls the function.
    pub fn call(&mut self, code: &Code) -> u64 {
        let mut results = [0; 4];
        // SAFETY: the arguments are what the function's C source takes, with arrays as long as it demands, in the linear
        // memory to which the context leads. No reference to that memory exists.
        unsafe { code.call(&self.arguments, &mut results) };
        results[0]
    }

    /// The linear memory.
    pub fn memory(&self) -> &[u64] {
        &self.memory
    }
}

/// Appends an array of so many bytes; the result is its address in the linear memory.
fn array(memory: &mut Vec<u64>, bytes: usize, mut word: impl FnMut(usize) -> u64) -> u64 {
    let start = 8 * memory.len();
    memory.extend((0..bytes.div_ceil(8)).map(&mut word));
    // A page that nothing refers to, so that arrays do not begin at the same place of a cache's sets.
    let end = (8 * memory.len()).next_multiple_of(ALIGN) + ALIGN + 64;
    memory.resize(end / 8, 0);
    start as u64
}

/// xorshift64*.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A residue that is not zero: any representation of it is one as well.
    fn element(&mut self, format: &Format) -> u64 {
        1 + self.next() % (format.modulus - 1)
    }

    /// Elements for eight bytes.
    fn elements(&mut self, format: &Format) -> u64 {
        match format.word_bytes {
            8 => self.element(format),
            _ => self.element(format) | self.element(format) << 32,
        }
    }
}
