//! Instruction definitions for LLVM, in the manner of its RISC-V target.
//!
//! The file is made to be included after `RISCVInstrInfo.td`. With `-D X_STANDALONE` (X is the part's prefix in
//! capitals) it brings a small target of its own along, so that `llvm-tblgen` can read it alone.

use super::ident::{Names, screaming, snake};
use super::part::{Entry, Part};
use super::{File, shape, text};
use crate::algebra::OperandId;
use crate::model::{
    Instruction, LayoutContent, Operand, OperandKind, RegisterUse, Registers, SyntaxPiece,
};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Keywords of TableGen, and fields of `Instruction`, which an operand's bits would hide.
const KEYWORDS: &[&str] = &[
    "assert",
    "bit",
    "bits",
    "class",
    "code",
    "dag",
    "def",
    "defm",
    "defset",
    "defvar",
    "dump",
    "else",
    "false",
    "field",
    "foreach",
    "if",
    "in",
    "include",
    "int",
    "let",
    "list",
    "multiclass",
    "string",
    "then",
    "true",
    "hasSideEffects",
    "mayLoad",
    "mayStore",
    "isPseudo",
    "isBranch",
    "isCall",
    "isReturn",
    "isBarrier",
    "isCompare",
    "isTerminator",
];

/// The file.
pub(super) fn file(part: &Part<'_>) -> File {
    let big = screaming(&part.prefix);
    let mut out = text::comment("// ", &part.notice());
    standalone(&mut out, part, &big);
    let features = features(&mut out, part);
    let mut operands = Operands::default();
    let mut definitions = String::new();
    let mut names = Names::new(&[]);
    for entry in &part.instructions {
        instruction(
            &mut definitions,
            part,
            entry,
            &features,
            &mut operands,
            &mut names,
        );
    }
    let _ = write!(
        out,
        "\n// Immediates.\nclass {big}Imm<int width> : Operand<OtherVT> {{\n  let DecoderMethod = \"decodeUImmOperand<\" # width # \">\";\n}}\n\
         class {big}SImm<int width> : Operand<OtherVT> {{\n  let DecoderMethod = \"decodeSImmOperand<\" # width # \">\";\n}}\n"
    );
    for (name, class) in operands.0 {
        let _ = writeln!(out, "def {name} : {big}{class};");
    }
    let _ = write!(
        out,
        "\n// Instructions of 32 and of 16 bits. `Inst` is the word, its operands' bits by their names.\n\
         class {big}Inst<dag outs, dag ins, string asm> : Instruction {{\n  let Namespace = \"RISCV\";\n  \
         let OutOperandList = outs;\n  let InOperandList = ins;\n  let AsmString = asm;\n  \
         let Size = 4;\n  field bits<32> Inst;\n  field bits<32> SoftFail = 0;\n}}\n\
         class {big}Inst16<dag outs, dag ins, string asm> : Instruction {{\n  let Namespace = \"RISCV\";\n  \
         let OutOperandList = outs;\n  let InOperandList = ins;\n  let AsmString = asm;\n  \
         let Size = 2;\n  field bits<16> Inst;\n  field bits<16> SoftFail = 0;\n}}\n"
    );
    out.push_str(&definitions);
    csrs(&mut out, part);
    let name = format!("RISCVInstrInfo{}.td", snake(part.main));
    File {
        path: name,
        text: out,
    }
}

/// A target with integer registers, for `llvm-tblgen` alone.
fn standalone(out: &mut String, part: &Part<'_>, big: &str) {
    let _ = write!(
        out,
        "\n#ifdef {big}_STANDALONE\ninclude \"llvm/Target/Target.td\"\n\
         class Reg<string n, bits<16> number, list<string> alt> : Register<n, alt> {{\n  let Namespace = \"RISCV\";\n  \
         let HWEncoding = number;\n}}\n"
    );
    let registers = &part.spec.registers;
    let mut define = |class: &str, registers: &Registers| {
        for (number, abi) in registers.abi.iter().enumerate() {
            let _ = writeln!(
                out,
                "def {class}{number} : Reg<{}, {number}, [{}]>;",
                text::quoted(&format!("{}{number}", registers.prefix)),
                text::quoted(abi)
            );
        }
    };
    define("X", registers);
    if part.uses_floats() {
        // The target has double-precision registers under these names.
        define("F", &part.spec.float_registers);
        out.push_str(
            "def FPR64 : RegisterClass<\"RISCV\", [f64], 64, (sequence \"F%u\", 0, 31)>;\n\
             def FPR64C : RegisterClass<\"RISCV\", [f64], 64, (sequence \"F%u\", 8, 15)>;\n",
        );
    }
    let last = registers.abi.len().saturating_sub(1);
    let _ = write!(
        out,
        "def GPR : RegisterClass<\"RISCV\", [i64], 64, (sequence \"X%u\", 0, {last})>;\n\
         def GPRC : RegisterClass<\"RISCV\", [i64], 64, (sequence \"X%u\", 8, 15)>;\n\
         class SysReg<string name, bits<12> number> {{\n  string Name = name;\n  bits<12> Encoding = number;\n}}\n\
         def RISCVInstrInfo : InstrInfo;\ndef RISCVAsmParser : AsmParser;\n\
         def RISCVAsmWriter : AsmWriter {{\n  int PassSubtarget = 1;\n}}\n\
         def RISCV : Target {{\n  let InstructionSet = RISCVInstrInfo;\n  let AssemblyParsers = [RISCVAsmParser];\n  \
         let AssemblyWriters = [RISCVAsmWriter];\n}}\n\
         def Is32Bit : Predicate<\"!Subtarget->is64Bit()\">;\ndef Is64Bit : Predicate<\"Subtarget->is64Bit()\">;\n\
         def IsRV32 : Predicate<\"!Subtarget->is64Bit()\">;\ndef IsRV64 : Predicate<\"Subtarget->is64Bit()\">;\n#endif\n"
    );
}

/// A feature for each extension; its predicate by the extension's name.
fn features(out: &mut String, part: &Part<'_>) -> BTreeMap<String, String> {
    let mut names = Names::new(&[]);
    let mut predicates = BTreeMap::new();
    for extension in &part.extensions {
        let id = names.unique(&extension.name);
        let lower = extension.name.to_ascii_lowercase();
        let about = format!("'{}' ({})", extension.name, text::line(&extension.doc));
        let _ = write!(
            out,
            "\ndef FeatureVendor{id} : SubtargetFeature<{}, \"HasVendor{id}\", \"true\", {}>;\n\
             def HasVendor{id} : Predicate<\"Subtarget->hasVendor{id}()\">,\n    AssemblerPredicate<(all_of FeatureVendor{id}), {}>;\n",
            text::quoted(&lower),
            text::quoted(&about),
            text::quoted(&about)
        );
        predicates.insert(extension.name.clone(), format!("HasVendor{id}"));
    }
    predicates
}

/// Definitions of immediates by name.
#[derive(Default)]
struct Operands(BTreeMap<String, String>);

impl Operands {
    /// The class of an operand.
    fn class(&mut self, big: &str, operand: &Operand) -> String {
        let width = operand.width();
        let (name, class) = match operand.kind {
            OperandKind::Gpr {
                compressed: true, ..
            } => return "GPRC".to_owned(),
            OperandKind::Gpr { .. } => return "GPR".to_owned(),
            OperandKind::Fpr {
                compressed: true, ..
            } => return "FPR64C".to_owned(),
            OperandKind::Fpr { .. } => return "FPR64".to_owned(),
            OperandKind::Imm { signed: true, .. } => {
                (format!("{big}simm{width}"), format!("SImm<{width}>"))
            }
            OperandKind::Imm { .. } | OperandKind::Csr | OperandKind::FenceSet => {
                (format!("{big}uimm{width}"), format!("Imm<{width}>"))
            }
        };
        self.0.insert(name.clone(), class);
        name
    }
}

fn instruction(
    out: &mut String,
    part: &Part<'_>,
    entry: &Entry<'_>,
    features: &BTreeMap<String, String>,
    operands: &mut Operands,
    taken: &mut Names,
) {
    let instruction = entry.instruction;
    let big = screaming(&part.prefix);
    let mut names = Names::new(KEYWORDS);
    let fields: Vec<String> = instruction
        .operands
        .iter()
        .map(|o| names.unique(&o.name))
        .collect();
    let (mut outs, mut ins, mut ties) = (Vec::new(), Vec::new(), Vec::new());
    for (operand, field) in instruction.operands.iter().zip(&fields) {
        if operand.fixed.is_some() {
            continue;
        }
        let class = operands.class(&big, operand);
        match operand.kind.register() {
            Some(RegisterUse {
                read: true,
                write: true,
                ..
            }) => {
                outs.push(format!("{class}:${field}_wb"));
                ins.push(format!("{class}:${field}"));
                ties.push(format!("${field} = ${field}_wb"));
            }
            Some(RegisterUse { write: true, .. }) => outs.push(format!("{class}:${field}")),
            _ => ins.push(format!("{class}:${field}")),
        }
    }
    let dag = |kind: &str, items: &[String]| match items.is_empty() {
        true => format!("({kind})"),
        false => format!("({kind} {})", items.join(", ")),
    };
    let inst = if instruction.length == 2 {
        "Inst16"
    } else {
        "Inst"
    };
    let mut predicates: Vec<&str> = features
        .get(&instruction.extension)
        .map(String::as_str)
        .into_iter()
        .collect();
    // A decoder table for what all harts share, and one for each width: one word may be different instructions there.
    let mut decoder = big.clone();
    for (xlen, predicate) in [(32, "IsRV32"), (64, "IsRV64")] {
        if instruction.xlen == [xlen] {
            predicates.push(predicate);
            let _ = write!(decoder, "RV{xlen}");
        }
    }
    if instruction.length == 2 {
        decoder.push('C');
    }
    let _ = write!(
        out,
        "\n// {}\ndef {} : {big}{inst}<{}, {}, {}> {{\n",
        text::line(&instruction.title),
        taken.unique(&screaming(&entry.symbol)),
        dag("outs", &outs),
        dag("ins", &ins),
        text::quoted(&assembly(part, instruction, &fields))
    );
    for (operand, field) in instruction.operands.iter().zip(&fields) {
        if operand.fixed.is_none() {
            let _ = writeln!(out, "  bits<{}> {field};", operand.width());
        }
    }
    for field in &instruction.layout {
        let place = range(field.lo, field.len);
        let value = match field.content {
            LayoutContent::Fixed(value) => {
                format!("0b{value:0width$b}", width = usize::from(field.len))
            }
            LayoutContent::Operand { operand, value_lo } => {
                format!(
                    "{}{{{}}}",
                    fields[operand.0 as usize],
                    range(value_lo, field.len)
                )
            }
        };
        let _ = writeln!(out, "  let Inst{{{place}}} = {value};");
    }
    if !ties.is_empty() {
        let _ = writeln!(
            out,
            "  let Constraints = {};",
            text::quoted(&ties.join(", "))
        );
    }
    let behaviour = shape::behaviour(instruction);
    let effects = u8::from(!behaviour.pure);
    let memory = u8::from(!behaviour.pure && shape::accesses_memory(instruction));
    let _ = write!(
        out,
        "  let DecoderNamespace = \"{decoder}\";\n  let hasSideEffects = {effects};\n  let mayLoad = {memory};\n  let mayStore = {memory};\n  let Predicates = [{}];\n}}\n",
        predicates.join(", ")
    );
}

/// Bits from the highest down.
fn range(lo: u8, len: u8) -> String {
    if len == 1 {
        lo.to_string()
    } else {
        format!("{}-{lo}", lo + len - 1)
    }
}

fn assembly(part: &Part<'_>, instruction: &Instruction, fields: &[String]) -> String {
    let mut out = instruction.name.clone();
    for (index, piece) in instruction.syntax.iter().enumerate() {
        out.push_str(if index == 0 { "\t" } else { "" });
        match piece {
            SyntaxPiece::Punct(',') => out.push_str(", "),
            SyntaxPiece::Punct(c) => out.push(*c),
            SyntaxPiece::Operand(OperandId(id)) => {
                let operand = &instruction.operands[*id as usize];
                let register = operand.kind.register().zip(operand.fixed);
                match register {
                    Some((register, number)) => {
                        let file = part.spec.register_file(register.file);
                        out.push_str(&file.name(number, false));
                    }
                    None => out.push_str(&format!("${{{}}}", fields[*id as usize])),
                }
            }
        }
    }
    out
}

fn csrs(out: &mut String, part: &Part<'_>) {
    if part.csrs.is_empty() {
        return;
    }
    out.push_str("\n// CSRs.\n");
    let mut names = Names::new(&[]);
    for csr in &part.csrs {
        let name = names.unique(&format!("SysReg{}", super::ident::camel(&csr.name)));
        let _ = writeln!(
            out,
            "def {name} : SysReg<{}, {:#05x}>;",
            text::quoted(&csr.name),
            csr.number
        );
    }
}
