//! What the pass decided about each loop, and why.

mod evidence;
pub mod yaml;

pub use evidence::Evidence;

use crate::plan::Plan;
use cranelift_codegen::ir::{Block, Function, Inst, SourceLoc, Value};

/// A reason to leave a loop as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// No instruction of the loop deals with a modulus of the spec.
    NoFieldArithmetic,
    /// The loop can be left at more than one place.
    EarlyExit,
    /// The number of iterations is not known on entry.
    TripCount,
    /// A call, an atomic operation, a fence or the like.
    SideEffect,
    /// An instruction that may trap, other than a load or store.
    MayTrap,
    /// A load or store that is not executed in every iteration.
    ConditionalAccess,
    /// An address that is not an affine function of the loop indices.
    Address,
    /// A load or store of another width, or byte order, than the elements of the units have.
    AccessWidth,
    /// A load that contributes nothing to what is written.
    UnusedLoad,
    /// A load that the program promises to be of read-only memory, in a function that would let a unit write.
    ReadonlyLoad,
    /// Nothing is written.
    NoStore,
    /// A word that is written is not proved to be a canonical residue of a known polynomial.
    NotCanonical,
    /// A word that goes from iteration to iteration is not proved to be a canonical residue.
    CarriedValue,
    /// No instruction of the spec computes what the loop computes.
    NoInstruction,
    /// What is written is also read, by an instruction that refuses that.
    Overlap,
    /// A value that is used after the loop cannot be had from the unit.
    LiveOut,
    /// A condition of the rewrite cannot be written down as a guard.
    Guard,
    /// An access may trap, and the units that are used cannot refuse it instead.
    TrappingAccess,
    /// So few iterations that an operation takes longer.
    Unprofitable,
    /// The loop is larger than the pass looks at.
    TooLarge,
    /// The rewriter found that the plan cannot be carried out.
    Rewrite,
    /// The checker has refused the certificate of the rewrite: a defect of the pass.
    Certificate,
    /// It is what an operation falls back to when it refuses.
    AlreadyOffloaded,
}

impl Reason {
    /// Its identifier in remarks for programs: that of the variant.
    pub fn name(self) -> String {
        format!("{self:?}")
    }

    /// One line: what is the matter, and what to change.
    pub fn text(self) -> &'static str {
        match self {
            Self::NoFieldArithmetic => "no arithmetic modulo a prime of the spec",
            Self::EarlyExit => {
                "the loop can be left at more than one place; move the check out of the loop"
            }
            Self::TripCount => "the number of iterations is not known when the loop is entered",
            Self::SideEffect => {
                "a call or another side effect; inline the callee or move it out of the loop"
            }
            Self::MayTrap => "an instruction that may trap",
            Self::ConditionalAccess => "a load or store that is not executed in every iteration",
            Self::Address => "an address that is not an affine function of the loop counters",
            Self::AccessWidth => {
                "a load or store whose width or byte order is not that of a field element"
            }
            Self::UnusedLoad => "a load that does not contribute to what is written",
            Self::ReadonlyLoad => {
                "memory is loaded with the flag `readonly` and could be moved across the unit's writes; drop the flag"
            }
            Self::NoStore => "the loop writes no memory",
            Self::NotCanonical => "a word that is written is not proved to be a canonical residue",
            Self::CarriedValue => {
                "a word carried from iteration to iteration is not proved to stay a canonical residue"
            }
            Self::NoInstruction => "no instruction of the spec computes this",
            Self::Overlap => {
                "the loop writes what it reads, which the instruction that computes this refuses; write the result elsewhere"
            }
            Self::LiveOut => "a value that is used after the loop is not among the unit's results",
            Self::Guard => "a condition of the rewrite cannot be checked when the loop is entered",
            Self::TrappingAccess => {
                "an access may trap and the units cannot refuse it; give the heap's bounds or mark it `notrap`"
            }
            Self::Unprofitable => "an operation takes longer than so few iterations",
            Self::TooLarge => "the loop is larger than the pass looks at",
            Self::Rewrite => "the rewrite cannot be carried out",
            Self::Certificate => {
                "the checker refuses what the rewrite has made; this is a defect of the pass"
            }
            Self::AlreadyOffloaded => "it is offloaded already",
        }
    }
}

/// A reason with what it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// The reason.
    pub reason: Reason,
    /// The instruction that it is about, if it is about one.
    pub inst: Option<Inst>,
    /// The value that it is about, if it is about one.
    pub value: Option<Value>,
    /// What it is about, as text.
    pub detail: String,
    /// What speaks for it, where that was looked for.
    pub evidence: Option<Evidence>,
}

impl Rejection {
    /// A reason that says it all, or with this detail.
    pub fn new(reason: Reason, detail: String) -> Self {
        Self {
            reason,
            inst: None,
            value: None,
            detail,
            evidence: None,
        }
    }

    /// A reason that is about an instruction.
    pub fn of_inst(func: &Function, reason: Reason, inst: Inst) -> Self {
        Self {
            inst: Some(inst),
            ..Self::new(reason, func.dfg.display_inst(inst).to_string())
        }
    }

    /// A reason that is about a value.
    pub fn of_value(reason: Reason, value: Value) -> Self {
        Self {
            value: Some(value),
            ..Self::new(reason, value.to_string())
        }
    }
}

impl From<Reason> for Rejection {
    fn from(reason: Reason) -> Self {
        Self::new(reason, String::new())
    }
}

impl std::fmt::Display for Rejection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.reason.text())?;
        if !self.detail.is_empty() {
            write!(f, ": `{}`", self.detail)?;
        }
        Ok(())
    }
}

/// What was decided about a loop.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// It is replaced, behind guards.
    Offloaded {
        /// How.
        plan: Box<Plan>,
        /// Mnemonics with modes and formats, in order.
        instructions: Vec<String>,
    },
    /// It stays.
    Declined {
        /// All reasons that were found.
        reasons: Vec<Rejection>,
    },
    /// A loop around it is replaced as a whole.
    Enclosed,
}

/// A decision about a loop.
#[derive(Debug, Clone, PartialEq)]
pub struct Remark {
    /// Name of the function.
    pub function: String,
    /// Header of the loop; of the first one, if several are replaced together.
    pub header: Block,
    /// Source location of the header's first instruction that has one.
    pub location: Option<SourceLoc>,
    /// The decision.
    pub decision: Decision,
}

impl std::fmt::Display for Remark {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: loop at {}", self.function, self.header)?;
        if let Some(location) = self.location {
            write!(f, " (source {location})")?;
        }
        match &self.decision {
            Decision::Offloaded { plan, instructions } => {
                writeln!(f, ": offloaded to {}", instructions.join(", "))?;
                for guard in &plan.guards {
                    writeln!(f, "    guard: {guard}")?;
                }
            }
            Decision::Declined { reasons } => {
                writeln!(f, ": not offloaded")?;
                for reason in reasons {
                    writeln!(f, "    reason: {reason}")?;
                    if let Some(evidence) = &reason.evidence {
                        writeln!(f, "        {evidence}")?;
                    }
                }
            }
            Decision::Enclosed => writeln!(f, ": part of a loop that is offloaded")?,
        }
        Ok(())
    }
}

/// All decisions about a function.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report {
    /// One for each loop that was looked at, outer loops first.
    pub remarks: Vec<Remark>,
}

impl Report {
    /// How many regions are offloaded.
    pub fn offloaded(&self) -> usize {
        self.plans().count()
    }

    /// The plans of all regions that are offloaded.
    pub fn plans(&self) -> impl Iterator<Item = &Plan> {
        self.remarks.iter().filter_map(|r| match &r.decision {
            Decision::Offloaded { plan, .. } => Some(&**plan),
            _ => None,
        })
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.remarks.iter().try_for_each(|r| write!(f, "{r}"))
    }
}
