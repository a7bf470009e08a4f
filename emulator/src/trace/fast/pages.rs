//! When each word was accessed last, in arrays: registers, and pages of memory.

use super::super::record::{Accesses, WordState, word};
use crate::host::Machine;
use crate::memory::SegmentedMemory;

/// Words of a page.
const PAGE: usize = 1 << 10;
/// Pages of the address space of 32 bits.
const PAGES: usize = 1 << 20;
/// Bytes of a page.
const BYTES: u64 = 4 * PAGE as u64;

/// Words of memory.
#[derive(Debug, Clone)]
struct Page {
    /// Its number.
    number: u32,
    /// When each was accessed last; 0 if never.
    times: [u32; PAGE],
    /// What was in it before the first access.
    first: [u32; PAGE],
}

/// Words of a traced region.
#[derive(Debug)]
pub(super) struct Pages {
    /// Word address of x0.
    registers: u32,
    /// When each register was accessed last.
    pub(super) register_times: [u32; 32],
    register_first: [u32; 32],
    /// Index of each page, from 1; 0 if it was not accessed.
    index: Vec<u32>,
    /// Pages, of which so many are used.
    pages: Vec<Page>,
    used: usize,
}

impl Pages {
    pub(super) fn new(registers: u32) -> Self {
        Self {
            registers,
            register_times: [0; 32],
            register_first: [0; 32],
            index: vec![0; PAGES],
            pages: Vec::new(),
            used: 0,
        }
    }

    /// Forgets all accesses: a region begins.
    pub(super) fn begin(&mut self, machine: &Machine) {
        for page in &self.pages[..self.used] {
            self.index[page.number as usize] = 0;
        }
        self.used = 0;
        self.register_times = [0; 32];
        self.register_first = machine.x().map(|value| value as u32);
    }

    /// Notes an access to a word of memory.
    #[inline(always)]
    pub(super) fn memory(&mut self, addr: u32, before: u32, time: u32) -> u32 {
        let number = addr as usize / PAGE % PAGES;
        let mut index = self.index[number];
        if index == 0 {
            index = self.new_page(number);
        }
        let page = &mut self.pages[index as usize - 1];
        let at = addr as usize % PAGE;
        let last = std::mem::replace(&mut page.times[at], time);
        if last == 0 {
            page.first[at] = before;
        }
        last
    }

    #[cold]
    fn new_page(&mut self, number: usize) -> u32 {
        let page = Page {
            number: number as u32,
            times: [0; PAGE],
            first: [0; PAGE],
        };
        match self.pages.get_mut(self.used) {
            Some(old) => *old = page,
            None => self.pages.push(page),
        }
        self.used += 1;
        self.index[number] = self.used as u32;
        self.used as u32
    }

    /// The words of the region, by address: those that are not zero at first or were accessed, and the registers.
    pub(super) fn words(&self, machine: &Machine) -> Vec<WordState> {
        let mut words = Vec::new();
        let memory = machine.memory();
        // What regions have in common is shown once.
        let mut next = 0;
        for (start, len, _) in memory.regions() {
            let end = (start + (len - 1)) / 4 + 1;
            let mut at = (start / 4).max(next);
            next = end;
            while at < end {
                let number = at / PAGE as u64;
                let stop = end.min((number + 1) * PAGE as u64);
                match self.index.get(number as usize) {
                    Some(0) if is_zero(memory, at, stop) => {}
                    Some(0) => words.extend((at..stop).filter_map(|at| {
                        let first = word(memory, at as u32);
                        let addr = at as u32;
                        (first != 0).then_some(WordState {
                            addr,
                            first,
                            last: first,
                            time: 0,
                        })
                    })),
                    Some(index) => {
                        let page = &self.pages[*index as usize - 1];
                        words.extend((at..stop).filter_map(|at| {
                            let last = word(memory, at as u32);
                            let time = page.times[at as usize % PAGE];
                            let first = if time == 0 {
                                last
                            } else {
                                page.first[at as usize % PAGE]
                            };
                            let addr = at as u32;
                            (first != 0 || time != 0).then_some(WordState {
                                addr,
                                first,
                                last,
                                time,
                            })
                        }));
                    }
                    None => {}
                }
                at = stop;
            }
        }
        for (i, last) in machine.x().iter().enumerate() {
            words.push(WordState {
                addr: self.registers + i as u32,
                first: self.register_first[i],
                last: *last as u32,
                time: self.register_times[i],
            });
        }
        words
    }
}

/// Whether all bytes of these words are zero.
fn is_zero(memory: &SegmentedMemory, start: u64, end: u64) -> bool {
    let mut bytes = [0; BYTES as usize];
    let bytes = &mut bytes[..((end - start) * 4) as usize];
    // The ends may lie outside of memory.
    memory.inspect(start * 4, bytes) == bytes.len() && bytes.iter().all(|byte| *byte == 0)
}

impl Accesses for &mut Pages {
    fn access(&mut self, addr: u32, before: u32, _: u32, time: u32) -> u32 {
        match addr.checked_sub(self.registers) {
            Some(register @ 0..32) => {
                std::mem::replace(&mut self.register_times[register as usize], time)
            }
            _ => self.memory(addr, before, time),
        }
    }
}
