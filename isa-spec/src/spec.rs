//! A loaded spec and its look-ups.

use crate::algebra::{FieldId, Kind, OperandId, Semantics};
use crate::code::decode::Decoder;
use crate::field::{Arithmetic, MAX_DEGREE};
use crate::latency::{Latency, class_of};
use crate::load::{self, Care};
use crate::model::{
    Access, Alias, CheckStep, Csr, CsrValue, Descriptor, DescriptorField, Elem, Extension, Field,
    FieldType, Format, InsnForm, Instruction, Neighbour, Ordering, Outcomes, Reduction,
    RegisterFile, Registers, Role, SLOT_BYTES, Status, Tickets, View,
};
use crate::sem::print;
use crate::span::{Diagnostic, Source};
use crate::trace::Schema;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock};

/// A complete, checked specification: the built-in files and possibly a user's.
///
/// Lists are in the order of the files. Nothing in a spec changes after it is loaded, so that
/// indices into the lists are good names for their items.
#[derive(Debug)]
pub struct Spec {
    /// Prime fields.
    pub fields: Vec<Field>,
    /// Representations of field elements.
    pub formats: Vec<Format>,
    /// Status codes.
    pub statuses: Vec<Status>,
    /// Which status stands for what.
    pub outcomes: Outcomes,
    /// Tickets of operations that go on while the host does.
    pub tickets: Tickets,
    /// How accesses to memory are ordered.
    pub ordering: Ordering,
    /// What instructions with a descriptor check, in this order; each check once.
    pub checks: Vec<CheckStep>,
    /// Layouts of descriptors.
    pub descriptors: Vec<Descriptor>,
    /// Instructions. Two of them may have one mnemonic, if no hart has both.
    pub instructions: Vec<Instruction>,
    /// Pseudo-instructions that stand for one instruction. The disassembler takes the first preferred one that fits.
    pub aliases: Vec<Alias>,
    /// Control and status registers.
    pub csrs: Vec<Csr>,
    /// Names of the integer registers.
    pub registers: Registers,
    /// Names of the floating-point registers; without any, if the spec has none.
    pub float_registers: Registers,
    /// Extensions.
    pub extensions: Vec<Extension>,
    /// Other users of the custom opcodes and CSR numbers.
    pub neighbours: Vec<Neighbour>,
    /// What can be chosen when a spec is loaded.
    pub parameters: Vec<Parameter>,
    /// Named values of fixed fields, as the major opcodes; without parameters.
    pub constants: BTreeMap<String, u32>,
    /// Forms of `.insn`, in the order of the spec.
    pub insn_forms: Vec<InsnForm>,
    /// Names of opcodes for them, besides the constants and the values of parameters.
    pub opcodes: BTreeMap<String, u32>,
    /// How long classes of instructions take.
    pub latencies: Vec<Latency>,
    /// That of the built-in files is loaded when it is asked for, as most programs do not.
    pub(crate) trace: OnceLock<Schema>,
    pub(crate) tables: Tables,
}

/// What is derived from the lists for fast look-ups.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    instructions: HashMap<String, Vec<usize>>,
    aliases: HashMap<String, Vec<usize>>,
    csr_names: HashMap<String, usize>,
    csr_numbers: HashMap<u16, usize>,
    registers: HashMap<String, u8>,
    float_registers: HashMap<String, u8>,
    /// For each instruction, its class of latency.
    latencies: Vec<Option<usize>>,
    pub(crate) rv32: Decoder,
    pub(crate) rv64: Decoder,
}

/// A value of the spec that is chosen when it is loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Its name, as `major`.
    pub name: String,
    /// Named values.
    pub values: Vec<(String, u32)>,
    /// Index of the chosen one.
    pub chosen: usize,
    /// Description.
    pub doc: String,
}

/// Choices of parameters; those that are not mentioned keep their defaults.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parameters(pub(crate) BTreeMap<String, String>);

impl Parameters {
    /// Sets a parameter to one of its named values, as `major` to `custom-0`.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }
}

impl Spec {
    /// The built-in spec.
    pub fn builtin() -> Arc<Self> {
        static BUILTIN: OnceLock<Arc<Spec>> = OnceLock::new();
        let load = || {
            Self::load(&[]).expect("the built-in spec files are checked by the tests of this crate")
        };
        BUILTIN.get_or_init(load).clone()
    }

    /// The built-in spec and the user's files.
    ///
    /// # Errors
    /// All errors of all files.
    pub fn load(extra: &[Arc<Source>]) -> Result<Arc<Self>, Vec<Diagnostic>> {
        Self::load_with(extra, &Parameters::default())
    }

    /// The same with other values of parameters.
    ///
    /// # Errors
    /// All errors of all files, and unknown parameters or values.
    pub fn load_with(
        extra: &[Arc<Source>],
        parameters: &Parameters,
    ) -> Result<Arc<Self>, Vec<Diagnostic>> {
        let builtin = match extra {
            [] => load::without_trace(),
            _ => Self::builtin_files(),
        };
        let files = builtin.iter().chain(extra);
        load::load(files, parameters, Care::Known).map(|(spec, _)| Arc::new(spec))
    }

    /// The same, with warnings: words and CSR numbers that other vendors use, definitions without a use, refusals that
    /// never or always happen.
    ///
    /// # Errors
    /// All errors of all files, and unknown parameters or values.
    pub fn check(
        extra: &[Arc<Source>],
        parameters: &Parameters,
    ) -> Result<(Arc<Self>, Vec<Diagnostic>), Vec<Diagnostic>> {
        let files = Self::builtin_files().iter().chain(extra);
        load::load(files, parameters, Care::Warned)
            .map(|(spec, warnings)| (Arc::new(spec), warnings))
    }

    /// A spec of these files alone, without the built-in ones: for variants of those.
    ///
    /// # Errors
    /// All errors of all files, and unknown parameters or values.
    pub fn of_files(
        files: &[Arc<Source>],
        parameters: &Parameters,
    ) -> Result<Arc<Self>, Vec<Diagnostic>> {
        load::load(files.iter(), parameters, Care::Checked).map(|(spec, _)| Arc::new(spec))
    }

    /// The built-in spec files.
    pub fn builtin_files() -> &'static [Arc<Source>] {
        load::builtin_sources()
    }

    /// The trace schema: the tables that prove a run of a guest.
    pub fn trace(&self) -> &Schema {
        self.trace.get_or_init(|| {
            load::builtin_trace(self)
                .expect("the built-in spec files are checked by the tests of this crate")
        })
    }

    /// The instruction with this mnemonic, on the widest hart that has it.
    pub fn instruction(&self, mnemonic: &str) -> Option<usize> {
        self.instruction_for(mnemonic, 64)
            .or_else(|| self.instruction_for(mnemonic, 32))
    }

    /// The instruction with this mnemonic on a hart of this XLEN.
    pub fn instruction_for(&self, mnemonic: &str, xlen: u8) -> Option<usize> {
        let found = self.tables.instructions.get(mnemonic)?;
        found
            .iter()
            .copied()
            .find(|&index| self.instructions[index].xlen.contains(&xlen))
    }

    /// The instruction with this portable name: its mnemonic with `_` for `.`.
    pub fn instruction_by_symbol(&self, symbol: &str) -> Option<usize> {
        self.instructions
            .iter()
            .position(|instruction| instruction.symbol() == symbol)
    }

    /// The aliases with this mnemonic, in the order of the files.
    pub fn aliases_named(&self, mnemonic: &str) -> &[usize] {
        self.tables.aliases.get(mnemonic).map_or(&[], Vec::as_slice)
    }

    /// The CSR with this name.
    pub fn csr_by_name(&self, name: &str) -> Option<&Csr> {
        self.tables
            .csr_names
            .get(name)
            .map(|&index| &self.csrs[index])
    }

    /// The CSR with this number.
    pub fn csr_by_number(&self, number: u16) -> Option<&Csr> {
        self.tables
            .csr_numbers
            .get(&number)
            .map(|&index| &self.csrs[index])
    }

    /// What a CSR of the extension says where all units are there; none for those that a hart keeps. A hart with
    /// registers of 32 bits has the lower half.
    pub fn csr_constant(&self, csr: &Csr) -> Option<u64> {
        let bit = |code: u32| {
            let place = code.checked_sub(csr.from);
            place.and_then(|place| 1u64.checked_shl(place)).unwrap_or(0)
        };
        match csr.value {
            CsrValue::Hart => None,
            CsrValue::Version => {
                let extension = self.extension(&csr.extension);
                let version = extension.map_or((0, 0), |extension| extension.version);
                Some(u64::from(version.0) << 16 | u64::from(version.1))
            }
            CsrValue::Formats => {
                let codes = self.formats.iter().map(|format| u32::from(format.code));
                Some(codes.fold(0, |bits, code| bits | bit(code)))
            }
            CsrValue::Functions => {
                let with_status = self
                    .instructions
                    .iter()
                    .filter(|i| i.status_operand().is_some());
                let codes = with_status.filter_map(|i| i.fixed_field("funct7"));
                Some(codes.fold(0, |bits, code| bits | bit(code)))
            }
        }
    }

    /// The status with this name.
    pub fn status(&self, name: &str) -> Option<&Status> {
        self.statuses.iter().find(|status| status.name == name)
    }

    /// The status with this code.
    pub fn status_by_code(&self, code: u64) -> Option<&Status> {
        self.statuses.iter().find(|status| status.code == code)
    }

    /// How long an instruction takes, by its index.
    pub fn latency(&self, instruction: usize) -> Option<&Latency> {
        let class = *self.tables.latencies.get(instruction)?;
        self.latencies.get(class?)
    }

    /// The format with this code in a descriptor.
    pub fn format_by_code(&self, code: u8) -> Option<&Format> {
        self.formats.iter().find(|format| format.code == code)
    }

    /// The format with this name.
    pub fn format(&self, name: &str) -> Option<&Format> {
        self.formats.iter().find(|format| format.name == name)
    }

    /// The descriptor with this name.
    pub fn descriptor(&self, name: &str) -> Option<&Descriptor> {
        self.descriptors
            .iter()
            .find(|descriptor| descriptor.name == name)
    }

    /// The number of an integer register, by architectural or ABI name.
    pub fn register(&self, name: &str) -> Option<u8> {
        self.tables.registers.get(name).copied()
    }

    /// The number of a floating-point register, by architectural or ABI name.
    pub fn float_register(&self, name: &str) -> Option<u8> {
        self.tables.float_registers.get(name).copied()
    }

    /// The names of a register file.
    pub fn register_file(&self, file: RegisterFile) -> &Registers {
        match file {
            RegisterFile::Integer => &self.registers,
            RegisterFile::Float => &self.float_registers,
        }
    }

    /// The number of a register of a file, by any of its names.
    pub fn register_of(&self, file: RegisterFile, name: &str) -> Option<u8> {
        match file {
            RegisterFile::Integer => self.register(name),
            RegisterFile::Float => self.float_register(name),
        }
    }

    /// The descriptor that an instruction reads, if any.
    pub fn descriptor_of(&self, instruction: usize) -> Option<&Descriptor> {
        let (_, descriptor) = self.instructions.get(instruction)?.descriptor()?;
        self.descriptors.get(descriptor)
    }

    /// The extension that has an instruction with this mnemonic and is not part of the spec: see [`Self::neighbours`].
    pub fn neighbour_with(&self, mnemonic: &str) -> Option<&Neighbour> {
        self.neighbours
            .iter()
            .find(|neighbour| neighbour.words.iter().any(|words| words.name == mnemonic))
    }

    /// Whose instruction a word is that no instruction of the spec has: the extension, and its name there.
    pub fn neighbour_of(&self, word: u32, xlen: u8) -> Option<(&Neighbour, &str)> {
        self.neighbours.iter().find_map(|neighbour| {
            let mut words = neighbour.words.iter();
            let found = words.find(|words| word & words.mask == words.bits)?;
            let known = neighbour.xlen.contains(&xlen);
            known.then_some((neighbour, found.name.as_str()))
        })
    }

    /// The extension with this name.
    pub fn extension(&self, name: &str) -> Option<&Extension> {
        self.extensions.iter().find(|e| e.name == name)
    }

    /// A meaning as text, from the algebra. It parses back to the same.
    pub fn semantics_text(&self, instruction: usize, semantics: &Semantics) -> String {
        let operands = self
            .instructions
            .get(instruction)
            .map_or(&[][..], |i| &i.operands);
        print::semantics(semantics, operands, self.descriptor_of(instruction))
    }

    /// A term of a meaning as text.
    pub fn term_text(
        &self,
        instruction: usize,
        semantics: &Semantics,
        term: &crate::algebra::Expr,
    ) -> String {
        let names = print::Names {
            operands: self
                .instructions
                .get(instruction)
                .map_or(&[][..], |i| &i.operands),
            descriptor: self.descriptor_of(instruction),
            vars: &semantics.vars,
        };
        let mut out = String::new();
        names.term(&mut out, term);
        out
    }

    /// A condition as text.
    pub fn condition_text(
        &self,
        instruction: usize,
        condition: &crate::model::Condition,
    ) -> String {
        let operands = self
            .instructions
            .get(instruction)
            .map_or(&[][..], |i| &i.operands);
        let names = print::Names {
            operands,
            descriptor: self.descriptor_of(instruction),
            vars: &[],
        };
        let mut out = String::new();
        names.condition(&mut out, condition, 0);
        out
    }

    /// Fills the derived tables.
    pub(crate) fn index(&mut self) {
        let mut tables = Tables::default();
        for (index, instruction) in self.instructions.iter().enumerate() {
            tables
                .instructions
                .entry(instruction.name.clone())
                .or_default()
                .push(index);
        }
        for (index, alias) in self.aliases.iter().enumerate() {
            tables
                .aliases
                .entry(alias.name.clone())
                .or_default()
                .push(index);
        }
        for (index, csr) in self.csrs.iter().enumerate() {
            tables.csr_names.insert(csr.name.clone(), index);
            tables.csr_numbers.insert(csr.number, index);
        }
        tables.latencies = self
            .instructions
            .iter()
            .map(|instruction| {
                let expanded = instruction.expands.as_ref();
                let meant = expanded.and_then(|e| self.instructions.get(e.target));
                class_of(&self.latencies, meant.unwrap_or(instruction))
            })
            .collect();
        tables.registers = self.registers.names().collect();
        tables.float_registers = self.float_registers.names().collect();
        tables.rv32 = Decoder::new(&self.instructions, 32);
        tables.rv64 = Decoder::new(&self.instructions, 64);
        self.tables = tables;
    }
}

impl Instruction {
    /// The operand that holds the address of a descriptor, and the descriptor's index.
    pub fn descriptor(&self) -> Option<(OperandId, usize)> {
        self.find_operand(|role| {
            if let Role::Descriptor(index) = role {
                Some(*index)
            } else {
                None
            }
        })
    }

    /// The operand that holds the count.
    pub fn count(&self) -> Option<OperandId> {
        self.find_operand(|role| matches!(role, Role::Count(_)).then_some(()))
            .map(|(id, ())| id)
    }

    /// The operand that receives the status.
    pub fn status_operand(&self) -> Option<OperandId> {
        self.find_operand(|role| (*role == Role::Status).then_some(()))
            .map(|(id, ())| id)
    }

    /// True for an instruction with a descriptor, which ends with a status.
    pub fn is_bulk(&self) -> bool {
        self.descriptor().is_some()
    }

    fn find_operand<T>(&self, pick: impl Fn(&Role) -> Option<T>) -> Option<(OperandId, T)> {
        self.operands
            .iter()
            .enumerate()
            .find_map(|(index, o)| Some((OperandId(index as u32), pick(&o.role)?)))
    }

    /// The operand with this name.
    pub fn operand(&self, name: &str) -> Option<OperandId> {
        self.operands
            .iter()
            .position(|operand| operand.name == name)
            .map(|index| OperandId(index as u32))
    }

    /// The portable name: the mnemonic with `_` for `.`, as in `zktr_rlc`.
    pub fn symbol(&self) -> String {
        self.name.replace('.', "_")
    }

    /// The value of a fixed part of the word, as `funct7`.
    pub fn fixed_field(&self, name: &str) -> Option<u32> {
        self.layout
            .iter()
            .find(|field| field.name == name)
            .and_then(|field| match field.content {
                crate::model::LayoutContent::Fixed(value) => Some(value),
                crate::model::LayoutContent::Operand { .. } => None,
            })
    }
}

impl Descriptor {
    /// The field with this name.
    pub fn field(&self, name: &str) -> Option<(FieldId, &DescriptorField)> {
        let index = self.fields.iter().position(|field| field.name == name)?;
        Some((FieldId(index as u32), &self.fields[index]))
    }

    /// All views with their fields.
    pub fn views(&self) -> impl Iterator<Item = (FieldId, &DescriptorField, &View)> {
        self.fields
            .iter()
            .enumerate()
            .filter_map(|(index, field)| match &field.ty {
                FieldType::View(view) => Some((FieldId(index as u32), field, view)),
                _ => None,
            })
    }
}

impl FieldType {
    /// Size and natural alignment in bytes.
    pub fn layout(&self) -> (u32, u32) {
        match self {
            Self::Uint(bytes) => (u32::from(*bytes), u32::from(*bytes)),
            Self::Format | Self::Mode | Self::Flags => (1, 1),
            Self::Felt(Kind::Base) => (SLOT_BYTES, SLOT_BYTES),
            Self::Felt(Kind::Ext) | Self::Reduction => (SLOT_BYTES * MAX_DEGREE as u32, SLOT_BYTES),
            Self::View(view) => (SLOT_BYTES * (1 + view.strides() as u32), SLOT_BYTES),
        }
    }
}

impl View {
    /// Number of strides in a descriptor: one for each dimension, and one for the coordinates of `ext` elements.
    pub fn strides(&self) -> usize {
        self.dims.len() + usize::from(self.elem == Elem::Felt(Kind::Ext))
    }

    /// True if the instruction changes its elements.
    pub fn written(&self) -> bool {
        self.access.changes()
    }

    /// True if its elements depend on what they were.
    pub fn updated(&self) -> bool {
        self.access == Access::Update
    }
}

impl Elem {
    /// Bytes of each of its words in memory, by the descriptor's format.
    pub fn word_bytes(self, format: &Format) -> u8 {
        match self {
            Self::Word(bytes) => bytes,
            Self::Cell | Self::Felt(_) => format.word_bytes,
        }
    }

    /// How many words it has.
    pub fn words(self, format: &Format) -> usize {
        match self {
            Self::Word(_) | Self::Cell | Self::Felt(Kind::Base) => 1,
            Self::Felt(Kind::Ext) => format.degree,
        }
    }
}

impl Format {
    /// The arithmetic of this format; none if its reduction is the program's
    /// ([`Self::arithmetic_with`]).
    pub fn arithmetic(&self) -> Option<Arithmetic> {
        match &self.reduction {
            Reduction::Polynomial(coefficients) => {
                Some(Arithmetic::new(self.modulus, coefficients))
            }
            Reduction::Tower { inner, outer } => {
                Some(Arithmetic::tower(self.modulus, inner, outer))
            }
            Reduction::Descriptor => None,
        }
    }

    /// The arithmetic of this format, if its reduction polynomial is the program's: canonical
    /// coefficients, of which there are as many as coordinates.
    pub fn arithmetic_with(&self, reduction: &[u64; MAX_DEGREE]) -> Arithmetic {
        self.arithmetic()
            .unwrap_or_else(|| Arithmetic::new(self.modulus, &reduction[..self.degree]))
    }

    /// True if its reduction polynomial stands in the descriptor.
    pub fn is_programmable(&self) -> bool {
        self.reduction == Reduction::Descriptor
    }
}
