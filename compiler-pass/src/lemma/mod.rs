//! Identities that take more than one loop, each proved in its module's header.

pub mod batch_inverse;
