//! Tests of the manual: its pages, what they answer, and how a browser takes them.

mod browser;
mod pages;
mod questions;
mod support;
