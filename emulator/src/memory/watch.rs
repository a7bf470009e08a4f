//! Watchpoints: which accesses touch ranges of memory that somebody is interested in.
//!
//! A region with a watched byte loses its fast path, so that its accesses are compared with the watchpoints. All
//! others, and all of them when there is no watchpoint, cost what they cost before.

use super::{Access, fits};
use std::cell::Cell;

/// A range of memory whose accesses are noted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Watchpoint {
    /// First byte.
    pub addr: u64,
    /// Number of bytes.
    pub len: u64,
    /// Notes loads.
    pub read: bool,
    /// Notes stores.
    pub write: bool,
}

/// An access that a watchpoint has noted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WatchHit {
    /// The first watched byte that was accessed.
    pub addr: u64,
    /// The watchpoint.
    pub watchpoint: Watchpoint,
    /// Load or store.
    pub access: Access,
}

/// Watchpoints, and the first access that one of them has noted.
#[derive(Debug, Clone, Default)]
pub(super) struct Watch {
    points: Vec<Watchpoint>,
    hit: Cell<Option<WatchHit>>,
}

impl Watch {
    /// False if it is empty, runs over the top of the address space, or is there already.
    pub(super) fn add(&mut self, point: Watchpoint) -> bool {
        let new = point.len > 0 && fits(point.addr, point.len) && !self.points.contains(&point);
        if new {
            self.points.push(point);
        }
        new
    }

    /// False if there is none.
    pub(super) fn remove(&mut self, point: &Watchpoint) -> bool {
        let before = self.points.len();
        self.points.retain(|other| other != point);
        self.points.len() < before
    }

    pub(super) fn is_empty(&self) -> bool {
        self.points.is_empty()
    }

    /// True if a watchpoint has a byte in this range, which is not empty.
    pub(super) fn touches(&self, start: u64, len: u64) -> bool {
        self.points
            .iter()
            .any(|point| overlap(point, start, len).is_some())
    }

    /// Compares an access with the watchpoints.
    pub(super) fn note(&self, addr: u64, len: u64, access: Access) {
        if self.points.is_empty() || len == 0 || self.hit.get().is_some() {
            return;
        }
        let hit = self.points.iter().find_map(|point| {
            let wanted = match access {
                Access::Read => point.read,
                Access::Write => point.write,
                Access::Execute => false,
            };
            let addr = overlap(point, addr, len).filter(|_| wanted)?;
            Some(WatchHit {
                addr,
                watchpoint: *point,
                access,
            })
        });
        self.hit.set(hit);
    }

    pub(super) fn hit(&self) -> Option<WatchHit> {
        self.hit.get()
    }

    pub(super) fn take(&self) -> Option<WatchHit> {
        self.hit.take()
    }
}

/// The first byte that both ranges have; neither is empty. A range that would run over the top ends there.
fn overlap(point: &Watchpoint, start: u64, len: u64) -> Option<u64> {
    let last = start.saturating_add(len - 1);
    let first = start.max(point.addr);
    (first <= last && first - point.addr < point.len).then_some(first)
}
