//! A Sail model (Armstrong et al., "ISA semantics for ARMv8-A, RISC-V, and CHERI-MIPS", POPL 2019).
//!
//! The scattered definitions, their names and types are those of sail-riscv: clauses of `instruction`, `encdec`, `assembly`,
//! `execute`, `csr_name_map` and `read_CSR`. Meanings are translated term by term; what a term of the algebra is in Sail is
//! in `words.sail` and `units.sail`, which are part of every model that needs them, and what a hart is in
//! `host.sail`: the model without sail-riscv, behind `$ifdef`. So the file type-checks alone, and runs in Sail's C
//! backend.
//!
//! What is written becomes visible after everything is read, as the algebra has it: an instruction collects its
//! results and changes the hart at its end. An operation on views that is refused leaves memory as it was.

mod bulk;
mod encoding;
mod keywords;
mod scalar;
mod tables;
mod term;

use super::ident::{Names, screaming, snake};
use super::part::Part;
use super::{File, text};
use crate::field::MAX_DEGREE;
use crate::model::{Descriptor, FieldType, Instruction, Registers};
use keywords::KEYWORDS;
use std::collections::HashMap;
use std::fmt::Write as _;

/// The model of a part.
pub(super) fn model(part: &Part<'_>) -> File {
    let model = Model::new(part);
    let mut out = text::comment("// ", &part.notice());
    let alone = format!("{}_STANDALONE", screaming(&part.prefix));
    let _ = write!(out, "\n$ifdef {alone}\n\n{}\n$endif\n\n", model.host());
    out.push_str(&model.text(include_str!("words.sail")));
    model.statuses(&mut out);
    if part.has_bulk() {
        model.elements(&mut out);
        out.push_str(&model.text(include_str!("units.sail")));
        model.formats(&mut out);
        for descriptor in &part.descriptors {
            model.descriptor(&mut out, descriptor);
        }
    }
    model.extensions(&mut out);
    model.csrs(&mut out);
    model.spellings(&mut out);
    for index in 0..part.instructions.len() {
        model.instruction(&mut out, index);
    }
    let _ = write!(out, "\n$ifdef {alone}\n\n{TAIL}\n$endif\n");
    part.file(".sail", out)
}

/// The last clauses of a model without sail-riscv.
const TAIL: &str = "\
union clause instruction = ILLEGAL : bits(32)
mapping clause encdec = ILLEGAL(word) <-> word
mapping clause assembly = ILLEGAL(word) <-> \"illegal\" ^ spc() ^ hex_bits_32(word)
function clause execute ILLEGAL(_) = Illegal_Instruction()
union clause instruction = C_ILLEGAL : bits(16)
mapping clause encdec_compressed = C_ILLEGAL(word) <-> word
mapping clause assembly = C_ILLEGAL(word) <-> \"c.illegal\" ^ spc() ^ hex_bits_16(word)
function clause execute C_ILLEGAL(_) = Illegal_Instruction()
mapping clause csr_name_map = csr <-> hex_bits_12(csr)
function clause is_CSR_accessible(_, _, _) = false
function clause read_CSR(_) = sail_zeros(xlen)
function clause write_CSR(_, _) = Err()
end extension
end extensionName
end hartSupports
end currentlyEnabled
end csr_name_map
end is_CSR_accessible
end read_CSR
end write_CSR
end instruction
end execute
end assembly
end encdec
end encdec_compressed
";

/// The names of a model.
struct Model<'a> {
    part: &'a Part<'a>,
    /// What the names of the model begin with.
    prefix: &'a str,
    /// Enumerators of the statuses, by name.
    statuses: HashMap<&'a str, String>,
    /// Types of the descriptors, and the fields of their bit fields by descriptor field.
    descriptors: HashMap<&'a str, Layout>,
    /// Constructors of the instructions, in the order of the part.
    constructors: Vec<String>,
    /// Functions of the meanings, by mode, and of the operations with their checks, in the order of the part.
    meanings: Vec<Vec<String>>,
    operations: Vec<String>,
    /// Members of `extension`, by name.
    extensions: HashMap<&'a str, String>,
    /// CSRs as parts of names, in the order of the part.
    csrs: Vec<String>,
}

/// A descriptor as a bit field.
struct Layout {
    /// Its type.
    ty: String,
    /// For each field of the descriptor: its members, a view's address first, then its strides.
    members: Vec<Vec<String>>,
}

impl<'a> Model<'a> {
    fn new(part: &'a Part<'a>) -> Self {
        let prefix = &part.prefix;
        let mut names = Names::new(KEYWORDS);
        let statuses = part.spec.statuses.iter().map(|status| {
            let name = format!("{prefix}_STATUS_{}", snake(&status.name));
            (status.name.as_str(), names.unique(&name))
        });
        let statuses = statuses.collect();
        let descriptors = part.descriptors.iter().map(|descriptor| {
            let ty = names.unique(&format!("{prefix}_{}_descriptor", descriptor.name));
            (descriptor.name.as_str(), Layout::new(ty, descriptor))
        });
        let descriptors = descriptors.collect();
        let instructions = part.instructions.iter();
        let constructors = instructions.map(|entry| names.unique(&screaming(&entry.symbol)));
        let constructors = constructors.collect();
        let meanings = part.instructions.iter().map(|entry| {
            let modes = entry.instruction.modes.iter();
            let modes = modes.map(|mode| {
                names.unique(format!("meaning_{} {}", entry.symbol, mode.name).trim_end())
            });
            modes.collect()
        });
        let meanings = meanings.collect();
        let operations = part.instructions.iter();
        let operations =
            operations.map(|entry| names.unique(&format!("operation_{}", entry.symbol)));
        let operations = operations.collect();
        let extensions = part.extensions.iter().map(|extension| {
            let name = names.unique(&format!("Ext_{}", extension.name));
            (extension.name.as_str(), name)
        });
        let extensions = extensions.collect();
        let csrs = part
            .csrs
            .iter()
            .map(|csr| names.unique(&format!("csr_{}", csr.name)));
        Self {
            prefix,
            statuses,
            descriptors,
            constructors,
            meanings,
            operations,
            extensions,
            csrs: csrs.collect(),
            part,
        }
    }

    /// A text that is written in terms of `PREFIX` and of codes of the spec.
    fn text(&self, template: &str) -> String {
        let spec = self.part.spec;
        let tickets = &spec.tickets;
        let last = tickets.first + u64::from(tickets.outstanding).saturating_sub(1);
        let values = [
            ("LAST_COORDINATE", (MAX_DEGREE - 1).to_string()),
            ("MAX_DEGREE", MAX_DEGREE.to_string()),
            ("CODE_SUCCESS", spec.outcomes.success.to_string()),
            ("CODE_NO_UNIT", spec.outcomes.unit.to_string()),
            ("CODE_BUSY", tickets.busy.to_string()),
            ("CODE_UNKNOWN_TICKET", tickets.unknown.to_string()),
            ("FIRST_TICKET", tickets.first.to_string()),
            ("LAST_TICKET", last.to_string()),
            ("PREFIX", self.prefix.to_owned()),
        ];
        let fill = |text: String, (name, value): &(&str, String)| text.replace(name, value);
        values.iter().fold(template.to_owned(), fill)
    }

    /// The hart.
    fn host(&self) -> String {
        let spec = self.part.spec;
        let floats = match self.part.uses_floats() {
            true => {
                let names = register_names(&spec.float_registers);
                let floats = include_str!("floats.sail").replace("\nREGISTERS", &names);
                format!("\n{floats}")
            }
            false => String::new(),
        };
        let host = include_str!("host.sail")
            .replace("\nREGISTERS", &register_names(&spec.registers))
            .replace("FLOATS\n", &floats);
        self.text(&host)
    }

    /// The enumerator of a status. The loader has seen that there is one.
    fn status(&self, name: &str) -> &str {
        self.statuses.get(name).map_or("", String::as_str)
    }

    /// The same by code.
    fn status_by_code(&self, code: u64) -> &str {
        let status = self.part.spec.status_by_code(code);
        status.map_or("", |status| self.status(&status.name))
    }

    fn layout_of(&self, instruction: &Instruction) -> Option<(&'a Descriptor, &Layout)> {
        let (_, index) = instruction.descriptor()?;
        let descriptor = self.part.spec.descriptors.get(index)?;
        Some((descriptor, self.descriptors.get(descriptor.name.as_str())?))
    }

    fn instruction(&self, out: &mut String, index: usize) {
        let entry = &self.part.instructions[index];
        let about = format!("{}: {}", entry.instruction.name, entry.instruction.title);
        out.push('\n');
        out.push_str(&text::comment("// ", &about));
        out.push_str(&text::comment("// ", &entry.instruction.doc));
        self.encoding(out, index);
        if entry.instruction.is_bulk() {
            self.bulk(out, index);
        } else {
            self.scalar(out, index);
        }
    }
}

/// The lines of a mapping between numbers and names.
fn register_names(registers: &Registers) -> String {
    let mut out = String::new();
    for (number, name) in registers.abi.iter().enumerate() {
        let comma = if number == 31 { "" } else { "," };
        let _ = write!(out, "\n  0b{number:05b} <-> {}{comma}", text::quoted(name));
    }
    out
}

impl Layout {
    fn new(ty: String, descriptor: &Descriptor) -> Self {
        let mut names = Names::new(KEYWORDS);
        let members = descriptor.fields.iter().map(|field| match &field.ty {
            FieldType::View(view) => {
                let address = format!("{}_address", field.name);
                let strides = (0..view.strides()).map(|i| format!("{}_stride{i}", field.name));
                let all = std::iter::once(address).chain(strides);
                all.map(|name| names.unique(&name)).collect()
            }
            _ => vec![names.unique(&field.name)],
        });
        Self {
            ty,
            members: members.collect(),
        }
    }
}

/// A literal of this many bits; the value is taken modulo 2^N.
fn literal(value: i128, bits: u32) -> String {
    let value = if bits < 128 {
        value & ((1 << bits) - 1)
    } else {
        value
    };
    if bits.is_multiple_of(4) {
        format!("0x{value:0width$x}", width = bits as usize / 4)
    } else {
        format!("0b{value:0width$b}", width = bits as usize)
    }
}
