//! What the pass knows about a function before it looks at field arithmetic: its loop nests, and
//! the integer values that count iterations and form addresses.

pub mod evolution;
pub mod nest;
pub mod poly;
pub mod quick;
