//! What a run of a function came to, as far as it can be observed.

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// It returned these results, each zero-extended to 64 bits.
    Returned(Vec<u64>),
    /// It trapped.
    Trapped(Trap),
    /// It executed as many instructions as it was allowed to.
    OutOfFuel,
    /// It did what CLIF leaves undefined, as an access flagged `notrap` that does trap.
    Undefined(String),
}

/// Why a run trapped. Machine code tells fewer causes apart than CLIF does: see [`Trap::coarse`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trap {
    /// An access to memory that is not accessible.
    Memory,
    /// An explicit trap, or one of an operation like a division; the code as CLIF text has it. Empty where
    /// the engine cannot tell.
    Code(String),
}

impl Trap {
    /// The same without what machine code does not tell.
    pub fn coarse(&self) -> Self {
        match self {
            Self::Memory => Self::Memory,
            Self::Code(_) => Self::Code(String::new()),
        }
    }
}

impl Ending {
    /// True if the endings are the same; `coarse` compares traps by what machine code tells of them.
    pub fn agrees(&self, other: &Self, coarse: bool) -> bool {
        match (self, other) {
            (Self::Trapped(a), Self::Trapped(b)) if coarse => a.coarse() == b.coarse(),
            _ => self == other,
        }
    }
}

impl std::fmt::Display for Ending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Returned(values) if values.is_empty() => write!(f, "returns"),
            Self::Returned(values) => {
                let values: Vec<String> = values.iter().map(|v| format!("{v:#x}")).collect();
                write!(f, "returns {}", values.join(", "))
            }
            Self::Trapped(Trap::Memory) => write!(f, "traps: memory access out of bounds"),
            Self::Trapped(Trap::Code(code)) if code.is_empty() => write!(f, "traps"),
            Self::Trapped(Trap::Code(code)) => write!(f, "traps: {code}"),
            Self::OutOfFuel => write!(f, "does not end within its fuel"),
            Self::Undefined(what) => write!(f, "is undefined: {what}"),
        }
    }
}

/// An offload that was issued: index of the instruction, and the status that it ended with.
pub type Event = (usize, u64);

/// Everything that can be observed of a run, but its memory, which stays with the engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// How it ended.
    pub ending: Ending,
    /// The offloads that it issued, in order.
    pub events: Vec<Event>,
    /// Instructions executed, where the engine counts them.
    pub steps: u64,
}
