//! Byte-addressed memory behind one trait.
//!
//! Every access is checked: it lies wholly in memory with the permission it needs, or it is a
//! [`Fault`] and has changed nothing. Addresses are plain 64-bit numbers and never wrap: an access
//! that would run past the last address is a fault, and a region may end exactly at the top of the
//! address space.

mod watch;

pub use watch::{WatchHit, Watchpoint};

use crate::fast::Window;
use std::cell::Cell;
use watch::Watch;

/// What an access wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Access {
    /// Load.
    Read,
    /// Store.
    Write,
    /// Instruction fetch.
    Execute,
}

/// An access to memory that is not there, or not for this use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// First byte of the access.
    pub addr: u64,
    /// Its length in bytes.
    pub len: u64,
    /// What it wanted.
    pub access: Access,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let access = match self.access {
            Access::Read => "read",
            Access::Write => "write",
            Access::Execute => "fetch",
        };
        write!(
            f,
            "{access} of {} bytes at {:#x} is outside of accessible memory",
            self.len, self.addr
        )
    }
}

impl std::error::Error for Fault {}

/// Memory as an instruction sees it.
pub trait Memory {
    /// Fills `buf` from `addr` on.
    fn read(&self, addr: u64, buf: &mut [u8]) -> Result<(), Fault>;

    /// Writes `bytes` from `addr` on; all of them or, on a fault, none.
    fn write(&mut self, addr: u64, bytes: &[u8]) -> Result<(), Fault>;

    /// True if all of `len` bytes from `addr` on allow this access. No bytes are always accessible.
    fn accessible(&self, addr: u64, len: u64, access: Access) -> bool;

    /// Lends ranges of bytes (address, length) to fast units, whatever the permissions: those have been asked for. The ranges
    /// ascend and do not overlap. None where some range is not one piece of the host's memory, or accesses have to be noted.
    fn lend(&mut self, ranges: &[(u64, u64)]) -> Option<Vec<Window<'_>>> {
        let _ = ranges;
        None
    }

    /// The little-endian word at `addr`.
    fn read_u32(&self, addr: u64) -> Result<u32, Fault> {
        let mut bytes = [0; 4];
        self.read(addr, &mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    /// Writes a little-endian word.
    fn write_u32(&mut self, addr: u64, value: u32) -> Result<(), Fault> {
        self.write(addr, &value.to_le_bytes())
    }
}

/// One readable and writable range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlatMemory {
    base: u64,
    bytes: Vec<u8>,
}

impl FlatMemory {
    /// These bytes, from `base` on; none if they would run past the top of the address space.
    pub fn new(base: u64, bytes: Vec<u8>) -> Option<Self> {
        fits(base, bytes.len() as u64).then_some(Self { base, bytes })
    }

    /// Address of the first byte.
    pub fn base(&self) -> u64 {
        self.base
    }

    /// All bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// All bytes.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }
}

impl Memory for FlatMemory {
    #[inline]
    fn read(&self, addr: u64, buf: &mut [u8]) -> Result<(), Fault> {
        if buf.is_empty() {
            return Ok(());
        }
        let fault = Fault {
            addr,
            len: buf.len() as u64,
            access: Access::Read,
        };
        let at = offset(self.base, self.bytes.len(), addr, buf.len() as u64).ok_or(fault)?;
        buf.copy_from_slice(&self.bytes[at..at + buf.len()]);
        Ok(())
    }

    #[inline]
    fn write(&mut self, addr: u64, bytes: &[u8]) -> Result<(), Fault> {
        if bytes.is_empty() {
            return Ok(());
        }
        let fault = Fault {
            addr,
            len: bytes.len() as u64,
            access: Access::Write,
        };
        let at = offset(self.base, self.bytes.len(), addr, bytes.len() as u64).ok_or(fault)?;
        self.bytes[at..at + bytes.len()].copy_from_slice(bytes);
        Ok(())
    }

    fn lend(&mut self, ranges: &[(u64, u64)]) -> Option<Vec<Window<'_>>> {
        split(self.base, &mut self.bytes, ranges)
    }

    fn accessible(&self, addr: u64, len: u64, access: Access) -> bool {
        len == 0
            || access != Access::Execute && offset(self.base, self.bytes.len(), addr, len).is_some()
    }
}

/// What may be done with a region.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Permissions {
    /// Loads.
    pub read: bool,
    /// Stores.
    pub write: bool,
    /// Instruction fetches.
    pub execute: bool,
}

impl Permissions {
    /// Constants.
    pub const READ: Self = Self {
        read: true,
        write: false,
        execute: false,
    };
    /// Data.
    pub const READ_WRITE: Self = Self {
        read: true,
        write: true,
        execute: false,
    };
    const NONE: Self = Self {
        read: false,
        write: false,
        execute: false,
    };
    /// Code.
    pub const READ_EXECUTE: Self = Self {
        read: true,
        write: false,
        execute: true,
    };

    fn allow(self, access: Access) -> bool {
        match access {
            Access::Read => self.read,
            Access::Write => self.write,
            Access::Execute => self.execute,
        }
    }
}

/// Why a region cannot be mapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MapError {
    /// The total of all regions would exceed this many bytes.
    Limit(u64),
    /// It overlaps the region that starts here.
    Overlap(u64),
    /// It runs past the top of the address space.
    Wraps,
}

impl std::fmt::Display for MapError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Limit(limit) => write!(f, "memory limit of {limit} bytes exceeded"),
            Self::Overlap(start) => write!(f, "region overlaps the one at {start:#x}"),
            Self::Wraps => write!(f, "region runs past the top of the address space"),
        }
    }
}

impl std::error::Error for MapError {}

#[derive(Debug, Clone)]
struct Region {
    start: u64,
    bytes: Vec<u8>,
    permissions: Permissions,
    /// What needs no further look: nothing in a region that is watched, else the permissions.
    unwatched: Permissions,
}

/// Several regions with permissions, of a limited total size.
#[derive(Debug, Clone)]
pub struct SegmentedMemory {
    /// By address; disjoint and not empty.
    regions: Vec<Region>,
    limit: u64,
    total: u64,
    /// The region that was last found for an address with these bits: most programs alternate
    /// between a stack, tables and code, which differ there.
    hints: [Cell<usize>; HINTS],
    watch: Watch,
    /// How often regions or watchpoints have changed.
    layout: u64,
}

const HINTS: usize = 8;
const HINT_SHIFT: u32 = 20;

impl SegmentedMemory {
    /// No regions; their total will not exceed `limit` bytes.
    pub fn new(limit: u64) -> Self {
        Self {
            regions: Vec::new(),
            limit,
            total: 0,
            hints: Default::default(),
            watch: Watch::default(),
            layout: 0,
        }
    }

    /// Adds a region of zeros. An empty one is accepted and leaves no trace.
    pub fn map(&mut self, start: u64, len: u64, permissions: Permissions) -> Result<(), MapError> {
        if len == 0 {
            return Ok(());
        }
        if !fits(start, len) {
            return Err(MapError::Wraps);
        }
        let size = usize::try_from(len)
            .ok()
            .filter(|_| len <= self.limit - self.total);
        let size = size.ok_or(MapError::Limit(self.limit))?;
        let last = start + (len - 1);
        let at = self.regions.partition_point(|r| r.start < start);
        let before = at.checked_sub(1).map(|i| &self.regions[i]);
        if let Some(r) = before.filter(|r| start - r.start < r.bytes.len() as u64) {
            return Err(MapError::Overlap(r.start));
        }
        if let Some(r) = self.regions.get(at).filter(|r| r.start <= last) {
            return Err(MapError::Overlap(r.start));
        }
        let watched = self.watch.touches(start, len);
        self.regions.insert(
            at,
            Region {
                start,
                bytes: vec![0; size],
                permissions,
                unwatched: if watched {
                    Permissions::NONE
                } else {
                    permissions
                },
            },
        );
        self.total += len;
        self.layout += 1;
        Ok(())
    }

    /// Notes accesses to a range from now on. False if the range is empty or wraps, or is watched alike already.
    pub fn watch(&mut self, point: Watchpoint) -> bool {
        let added = self.watch.add(point);
        self.apply_watch();
        added
    }

    /// Forgets a watchpoint; false if there is none.
    pub fn unwatch(&mut self, point: &Watchpoint) -> bool {
        let removed = self.watch.remove(point);
        self.apply_watch();
        removed
    }

    /// True if there is a watchpoint.
    pub fn is_watched(&self) -> bool {
        !self.watch.is_empty()
    }

    /// The first access that a watchpoint has noted since the last call of [`Self::take_watch_hit`].
    pub fn watch_hit(&self) -> Option<WatchHit> {
        self.watch.hit()
    }

    /// The same, which is forgotten, so that the next one is noted.
    pub fn take_watch_hit(&self) -> Option<WatchHit> {
        self.watch.take()
    }

    fn apply_watch(&mut self) {
        self.layout += 1;
        for region in &mut self.regions {
            let watched = self.watch.touches(region.start, region.bytes.len() as u64);
            region.unwatched = if watched {
                Permissions::NONE
            } else {
                region.permissions
            };
        }
    }

    /// Takes over another memory's contents, and keeps its own watchpoints.
    pub(crate) fn restore(&mut self, other: &Self) {
        self.regions.clone_from(&other.regions);
        self.total = other.total;
        self.limit = other.limit;
        self.apply_watch();
    }

    /// Number of bytes of all regions.
    pub fn size(&self) -> u64 {
        self.total
    }

    /// Writes whatever the permissions: for loaders and debuggers.
    pub fn initialize(&mut self, addr: u64, bytes: &[u8]) -> Result<(), Fault> {
        self.store_run(addr, bytes, |_| true)
    }

    /// The bytes of the regions, by address, whatever the permissions.
    pub fn contents(&self) -> impl Iterator<Item = (u64, &[u8])> {
        self.regions.iter().map(|r| (r.start, &r.bytes[..]))
    }

    /// Fills the front of `buf` whatever the permissions, as far as memory is mapped from `addr` on, and no
    /// watchpoint notes it: for debuggers. The result is how many bytes it has filled.
    pub fn inspect(&self, addr: u64, buf: &mut [u8]) -> usize {
        let mut done = 0;
        while done < buf.len() {
            let at = addr.checked_add(done as u64);
            let Some((at, i)) = at.and_then(|at| Some((at, self.find(at)?))) else {
                break;
            };
            let region = &self.regions[i];
            let from = &region.bytes[(at - region.start) as usize..];
            let here = from.len().min(buf.len() - done);
            buf[done..done + here].copy_from_slice(&from[..here]);
            done += here;
        }
        done
    }

    /// A byte, whatever the permissions; none if it is not mapped.
    pub fn peek(&self, addr: u64) -> Option<u8> {
        let region = &self.regions[self.find(addr)?];
        region.bytes.get((addr - region.start) as usize).copied()
    }

    /// The regions: start, length, permissions; by address.
    pub fn regions(&self) -> impl Iterator<Item = (u64, u64, Permissions)> {
        self.regions
            .iter()
            .map(|r| (r.start, r.bytes.len() as u64, r.permissions))
    }

    /// A number that changes when regions are added or replaced, or watchpoints change.
    #[cfg(feature = "jit")]
    pub(crate) fn layout(&self) -> u64 {
        self.layout
    }

    /// The regions like [`Self::regions`], with the permissions that no watchpoint restricts.
    #[cfg(feature = "jit")]
    pub(crate) fn unwatched(&self) -> impl Iterator<Item = (u64, u64, Permissions)> {
        self.regions
            .iter()
            .map(|r| (r.start, r.bytes.len() as u64, r.unwatched))
    }

    /// The start and the bytes of each region, by address, whatever the permissions.
    #[cfg(feature = "jit")]
    pub(crate) fn regions_mut(&mut self) -> impl Iterator<Item = (u64, &mut [u8])> {
        self.regions.iter_mut().map(|r| (r.start, &mut r.bytes[..]))
    }

    /// Loads `N` bytes.
    #[inline]
    pub fn load<const N: usize>(&self, addr: u64, access: Access) -> Result<[u8; N], Fault> {
        let hint = self.hints[hint(addr)].get();
        if let Some(region) = self.regions.get(hint)
            && region.unwatched.allow(access)
            && let Some(bytes) = usize::try_from(addr.wrapping_sub(region.start))
                .ok()
                .and_then(|at| region.bytes.get(at..)?.first_chunk::<N>())
        {
            return Ok(*bytes);
        }
        self.load_slowly(addr, access)
    }

    #[cold]
    fn load_slowly<const N: usize>(&self, addr: u64, access: Access) -> Result<[u8; N], Fault> {
        self.remember(addr);
        let mut bytes = [0; N];
        self.load_run(addr, &mut bytes, access)?;
        self.watch.note(addr, N as u64, access);
        Ok(bytes)
    }

    /// Stores `N` bytes.
    #[inline]
    pub fn store<const N: usize>(&mut self, addr: u64, bytes: [u8; N]) -> Result<(), Fault> {
        let hint = self.hints[hint(addr)].get();
        if let Some(region) = self.regions.get_mut(hint)
            && region.unwatched.write
            && let Some(place) = usize::try_from(addr.wrapping_sub(region.start))
                .ok()
                .and_then(|at| region.bytes.get_mut(at..)?.first_chunk_mut::<N>())
        {
            *place = bytes;
            return Ok(());
        }
        self.store_slowly(addr, bytes)
    }

    #[cold]
    fn store_slowly<const N: usize>(&mut self, addr: u64, bytes: [u8; N]) -> Result<(), Fault> {
        self.remember(addr);
        self.store_run(addr, &bytes, |p| p.write)?;
        self.watch.note(addr, N as u64, Access::Write);
        Ok(())
    }

    fn remember(&self, addr: u64) {
        if let Some(i) = self.find(addr) {
            self.hints[hint(addr)].set(i);
        }
    }

    fn find(&self, addr: u64) -> Option<usize> {
        let i = self
            .regions
            .partition_point(|r| r.start <= addr)
            .checked_sub(1)?;
        (addr - self.regions[i].start < self.regions[i].bytes.len() as u64).then_some(i)
    }

    /// The pieces of a range that lie in one region each: (region, offset in it, length). The
    /// range may cross from a region into an adjacent one.
    fn pieces(
        &self,
        addr: u64,
        len: u64,
        allowed: impl Fn(Permissions) -> bool,
    ) -> Option<Vec<(usize, usize, usize)>> {
        if len > 0 && !fits(addr, len) {
            return None;
        }
        let mut pieces = Vec::with_capacity(1);
        let mut done = 0;
        while done < len {
            // The range fits, so that this addition does not wrap.
            let at = addr + done;
            let i = self.find(at)?;
            let region = &self.regions[i];
            if !allowed(region.permissions) {
                return None;
            }
            let offset = at - region.start;
            let here = (region.bytes.len() as u64 - offset).min(len - done);
            pieces.push((i, offset as usize, here as usize));
            done += here;
        }
        Some(pieces)
    }

    fn load_run(&self, addr: u64, buf: &mut [u8], access: Access) -> Result<(), Fault> {
        let len = buf.len() as u64;
        let pieces =
            self.pieces(addr, len, |p| p.allow(access))
                .ok_or(Fault { addr, len, access })?;
        let mut done = 0;
        for (region, offset, here) in pieces {
            buf[done..done + here]
                .copy_from_slice(&self.regions[region].bytes[offset..offset + here]);
            done += here;
        }
        Ok(())
    }

    fn store_run(
        &mut self,
        addr: u64,
        bytes: &[u8],
        allowed: impl Fn(Permissions) -> bool,
    ) -> Result<(), Fault> {
        let len = bytes.len() as u64;
        let pieces = self.pieces(addr, len, allowed).ok_or(Fault {
            addr,
            len,
            access: Access::Write,
        })?;
        let mut done = 0;
        for (region, offset, here) in pieces {
            self.regions[region].bytes[offset..offset + here]
                .copy_from_slice(&bytes[done..done + here]);
            done += here;
        }
        Ok(())
    }
}

impl Memory for SegmentedMemory {
    fn read(&self, addr: u64, buf: &mut [u8]) -> Result<(), Fault> {
        self.load_run(addr, buf, Access::Read)?;
        self.watch.note(addr, buf.len() as u64, Access::Read);
        Ok(())
    }

    fn write(&mut self, addr: u64, bytes: &[u8]) -> Result<(), Fault> {
        self.store_run(addr, bytes, |p| p.write)?;
        self.watch.note(addr, bytes.len() as u64, Access::Write);
        Ok(())
    }

    fn lend(&mut self, ranges: &[(u64, u64)]) -> Option<Vec<Window<'_>>> {
        if self.is_watched() {
            return None;
        }
        let mut windows = Vec::with_capacity(ranges.len());
        let mut rest = ranges;
        for region in &mut self.regions {
            let end = region
                .start
                .saturating_add((region.bytes.len() as u64).saturating_sub(1));
            let here = rest.partition_point(|(start, _)| *start <= end);
            let (of_region, others) = rest.split_at(here);
            windows.extend(split(region.start, &mut region.bytes, of_region)?);
            rest = others;
        }
        rest.is_empty().then_some(windows)
    }

    fn accessible(&self, addr: u64, len: u64, access: Access) -> bool {
        self.pieces(addr, len, |p| p.allow(access)).is_some()
    }

    fn read_u32(&self, addr: u64) -> Result<u32, Fault> {
        self.load(addr, Access::Read).map(u32::from_le_bytes)
    }

    fn write_u32(&mut self, addr: u64, value: u32) -> Result<(), Fault> {
        self.store(addr, value.to_le_bytes())
    }
}

/// Parts of bytes that start at `base`; none if one is not inside.
fn split<'a>(base: u64, mut bytes: &'a mut [u8], ranges: &[(u64, u64)]) -> Option<Vec<Window<'a>>> {
    let mut windows = Vec::with_capacity(ranges.len());
    let mut at = base;
    for &(start, len) in ranges {
        let skipped = usize::try_from(start.checked_sub(at)?).ok()?;
        let (_, from) = bytes.split_at_mut_checked(skipped)?;
        let (window, rest) = from.split_at_mut_checked(usize::try_from(len).ok()?)?;
        windows.push(Window::from(window));
        bytes = rest;
        at = start.saturating_add(len);
    }
    Some(windows)
}

fn hint(addr: u64) -> usize {
    (addr >> HINT_SHIFT) as usize % HINTS
}

/// True if `len` bytes from `start` on end at or below the top of the address space.
fn fits(start: u64, len: u64) -> bool {
    len == 0 || start.checked_add(len - 1).is_some()
}

/// The offset of an access of `len` bytes, not zero, in `size` bytes that start at `base`.
fn offset(base: u64, size: usize, addr: u64, len: u64) -> Option<usize> {
    let at = addr.checked_sub(base)?;
    let room = (size as u64).checked_sub(at)?;
    (len <= room).then_some(at as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOP: u64 = u64::MAX;

    #[test]
    fn flat_memory_ends_where_it_ends() {
        let mut m = FlatMemory::new(0x1000, vec![0; 16]).unwrap();
        assert_eq!(m.write(0x1008, &[1; 8]), Ok(()));
        assert_eq!(
            m.write(0x1009, &[2; 8]),
            Err(Fault {
                addr: 0x1009,
                len: 8,
                access: Access::Write
            })
        );
        assert_eq!(m.bytes()[8..], [1; 8]);
        assert_eq!(m.read_u32(0x100c), Ok(0x0101_0101));
        assert!(m.read_u32(0xfff).is_err());
        assert!(m.accessible(0x1010, 0, Access::Read));
        assert!(!m.accessible(0x1010, 1, Access::Read));
        assert!(!m.accessible(0x1000, 1, Access::Execute));
        assert!(!m.accessible(0x1000, TOP, Access::Read));
    }

    #[test]
    fn nothing_wraps_at_the_top() {
        assert!(FlatMemory::new(TOP - 7, vec![0; 9]).is_none());
        let m = FlatMemory::new(TOP - 7, vec![7; 8]).unwrap();
        assert_eq!(m.read_u32(TOP - 3), Ok(0x0707_0707));
        assert!(m.read_u32(TOP - 2).is_err());
        assert!(m.read_u32(0).is_err());

        let mut s = SegmentedMemory::new(1 << 20);
        assert_eq!(s.map(TOP - 7, 9, Permissions::READ), Err(MapError::Wraps));
        s.map(TOP - 7, 8, Permissions::READ_WRITE).unwrap();
        s.map(0, 8, Permissions::READ_WRITE).unwrap();
        assert!(s.load::<8>(TOP - 7, Access::Read).is_ok());
        assert!(s.load::<8>(TOP - 6, Access::Read).is_err());
        assert!(s.store::<4>(TOP - 2, [0; 4]).is_err());
        assert!(!s.accessible(TOP - 3, 8, Access::Read));
        assert!(s.accessible(TOP - 3, 4, Access::Write));
    }

    #[test]
    fn permissions_hold() {
        let mut m = SegmentedMemory::new(1 << 20);
        m.map(0x1000, 0x1000, Permissions::READ_EXECUTE).unwrap();
        m.map(0x2000, 0x1000, Permissions::READ_WRITE).unwrap();
        assert!(m.store(0x1000, [0; 4]).is_err());
        assert!(m.store(0x2000, [1; 4]).is_ok());
        assert!(m.load::<4>(0x2000, Access::Execute).is_err());
        assert!(m.load::<4>(0x1000, Access::Execute).is_ok());
        m.initialize(0x1ffc, &[9; 8]).unwrap();
        // Reads may cross into an adjacent region, writes only if both are writable.
        assert_eq!(m.load::<8>(0x1ffc, Access::Read), Ok([9; 8]));
        assert!(m.write(0x1ffc, &[0; 8]).is_err());
        assert_eq!(
            m.load::<8>(0x1ffc, Access::Read),
            Ok([9; 8]),
            "a faulting store changes nothing"
        );
    }

    #[test]
    fn mappings_are_checked() {
        let mut m = SegmentedMemory::new(0x2000);
        m.map(0x1000, 0x1000, Permissions::READ).unwrap();
        assert_eq!(
            m.map(0x1fff, 1, Permissions::READ),
            Err(MapError::Overlap(0x1000))
        );
        assert_eq!(
            m.map(0xfff, 2, Permissions::READ),
            Err(MapError::Overlap(0x1000))
        );
        assert_eq!(
            m.map(0x800, 0x2000, Permissions::READ),
            Err(MapError::Limit(0x2000))
        );
        assert_eq!(
            m.map(0x5000, u64::MAX / 2, Permissions::READ),
            Err(MapError::Limit(0x2000))
        );
        m.map(0x5000, 0, Permissions::READ).unwrap();
        m.map(0x2000, 0x1000, Permissions::READ).unwrap();
        assert_eq!(
            m.map(0x9000, 1, Permissions::READ),
            Err(MapError::Limit(0x2000))
        );
        assert_eq!(m.regions().count(), 2);
    }
}
