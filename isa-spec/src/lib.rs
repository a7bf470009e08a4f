//! The formal specification of the ZK-Tracer ISA: the spec files of this crate, their parser and
//! checker, the trace algebra, and the encode and decode tables that come from them.
//!
//! Everything that other crates know about an instruction they read from a [`Spec`]: its encoding,
//! its operands, the layout of its descriptor, and what it means. A user's own spec files are
//! loaded beside the built-in ones and are equal to them in every way.
//!
//! ```
//! let spec = zktr_isa::Spec::builtin();
//! let addi = spec.instruction("addi").unwrap();
//! let word = spec.encode(addi, &[10, 11, -5]).unwrap();
//! assert_eq!(word, 0xffb5_8513);
//! let decoded = spec.decode(word, 64).unwrap();
//! assert_eq!((decoded.instruction, decoded.values()), (addi, &[10i64, 11, -5][..]));
//! ```

pub mod algebra;
mod code;
pub mod export;
pub mod field;
pub mod influence;
pub mod latency;
mod load;
pub mod manual;
pub mod model;
pub mod names;
pub mod proof;
pub mod reach;
mod sem;
pub mod span;
mod spec;
pub mod trace;
mod tree;

pub use code::MAX_OPERANDS;
pub use code::decode::{DecodeError, Decoded};
pub use code::encode::{Allowed, EncodeError};
pub use code::field_values::FieldValues;
pub use code::invocation::{Arena, Invocation};
pub use code::program::{self, Program, Programs};
pub use spec::{Parameter, Parameters, Spec};
