//! Memory that has been lent to the units: ranges of bytes with bounds, at which strided words are read and written.
//!
//! # Safety
//! A window is made of a slice that it borrows exclusively, or by [`Window::from_raw`], whose caller vouches for it. All
//! accesses are checked against its length; words may be unaligned. Threads share windows through [`Shared`]: see there.

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::*;
use std::marker::PhantomData;
use std::ptr::NonNull;

/// A range of bytes.
#[derive(Debug)]
pub struct Window<'a> {
    start: NonNull<u8>,
    len: usize,
    borrow: PhantomData<&'a mut [u8]>,
}

impl<'a> From<&'a mut [u8]> for Window<'a> {
    fn from(bytes: &'a mut [u8]) -> Self {
        Self {
            len: bytes.len(),
            start: NonNull::from(bytes).cast(),
            borrow: PhantomData,
        }
    }
}

/// Where the words of a column are: the first one's offset in a window, and the distance from one to the next, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Run {
    pub(super) at: i64,
    pub(super) stride: i64,
}

impl Run {
    /// The run with its first word elsewhere.
    pub(super) fn at(self, at: i64) -> Self {
        Self { at, ..self }
    }

    /// The run that begins `rows` words later.
    pub(super) fn from(self, rows: i64) -> Self {
        Self {
            at: self.at.wrapping_add(self.stride.wrapping_mul(rows)),
            ..self
        }
    }
}

impl Window<'_> {
    /// `len` bytes from `start` on.
    ///
    /// # Safety
    /// As long as the window is used, bytes of it that it is asked to load can be read, and bytes that it is asked to store
    /// can be written; nobody else accesses the latter, nor writes the former.
    pub unsafe fn from_raw(start: NonNull<u8>, len: usize) -> Self {
        Self {
            start,
            len,
            borrow: PhantomData,
        }
    }

    /// The address of a run's first word, of `count` words of `bytes` bytes each that lie in the window. Panics if they
    /// do not: the places of views have been checked, so that this is a bug of the planner.
    #[inline]
    fn check(&self, run: Run, count: usize, bytes: usize) -> *mut u8 {
        let inside = || {
            let last = run
                .stride
                .checked_mul(i64::try_from(count).ok()?.checked_sub(1)?)?;
            let last = run.at.checked_add(last)?;
            let (low, high) = (run.at.min(last), run.at.max(last));
            let end = usize::try_from(high).ok()?.checked_add(bytes)?;
            (low >= 0 && end <= self.len).then_some(())
        };
        assert!(count == 0 || inside().is_some(), "a view leaves its window");
        // The offset is inside if there are any words.
        self.start.as_ptr().wrapping_offset(run.at as isize)
    }

    /// Loads as many words as `to` has. They are of type `T`, little-endian.
    #[inline(always)]
    pub(super) fn load<T: bytemuck::Pod>(&self, run: Run, to: &mut [T]) {
        let size = size_of::<T>();
        let from = self.check(run, to.len(), size);
        if run.stride == size as i64 {
            // SAFETY: `check` has seen that the bytes are inside; `to` is not, as it is borrowed.
            unsafe { from.copy_to_nonoverlapping(to.as_mut_ptr().cast(), size_of_val(to)) };
            return;
        }
        for (i, to) in to.iter_mut().enumerate() {
            let word = from.wrapping_offset(run.stride as isize * i as isize);
            // SAFETY: as above; any bytes are a `Pod`.
            *to = unsafe { word.cast::<T>().read_unaligned() };
        }
    }

    /// Loads four adjacent words at each place of a run: the first ones to the first column, and so on. The columns are
    /// equally long.
    #[inline(always)]
    pub(super) fn load4(&self, run: Run, to: [&mut [u32]; 4]) {
        let [a, b, c, d] = to;
        let from = self.check(run, a.len(), 16);
        let place = |i: usize| from.wrapping_offset(run.stride as isize * i as isize);
        let mut done = 0;
        #[cfg(target_arch = "x86_64")]
        {
            let blocks = a.chunks_exact_mut(4).zip(b.chunks_exact_mut(4));
            let others = c.chunks_exact_mut(4).zip(d.chunks_exact_mut(4));
            for ((a, b), (c, d)) in blocks.zip(others) {
                // SAFETY: as for `load`; a piece of each column has four words, and SSE2 is part of the architecture.
                unsafe {
                    let [w, x, y, z] = transpose([
                        _mm_loadu_si128(place(done).cast()),
                        _mm_loadu_si128(place(done + 1).cast()),
                        _mm_loadu_si128(place(done + 2).cast()),
                        _mm_loadu_si128(place(done + 3).cast()),
                    ]);
                    _mm_storeu_si128(a.as_mut_ptr().cast(), w);
                    _mm_storeu_si128(b.as_mut_ptr().cast(), x);
                    _mm_storeu_si128(c.as_mut_ptr().cast(), y);
                    _mm_storeu_si128(d.as_mut_ptr().cast(), z);
                }
                done += 4;
            }
        }
        let columns = b.iter_mut().zip(c).zip(d);
        for (i, (a, ((b, c), d))) in a.iter_mut().zip(columns).enumerate().skip(done) {
            // SAFETY: as for `load`.
            [*a, *b, *c, *d] = unsafe { place(i).cast::<[u32; 4]>().read_unaligned() };
        }
    }

    /// Stores four adjacent words at each place of a run, likewise.
    #[inline(always)]
    pub(super) fn store4(&self, run: Run, from: [&[u32]; 4]) {
        let [a, b, c, d] = from;
        let to = self.check(run, a.len(), 16);
        let place = |i: usize| to.wrapping_offset(run.stride as isize * i as isize);
        let mut done = 0;
        #[cfg(target_arch = "x86_64")]
        {
            let blocks = a.chunks_exact(4).zip(b.chunks_exact(4));
            let others = c.chunks_exact(4).zip(d.chunks_exact(4));
            for ((a, b), (c, d)) in blocks.zip(others) {
                // SAFETY: as for `load4`.
                unsafe {
                    let [w, x, y, z] = transpose([
                        _mm_loadu_si128(a.as_ptr().cast()),
                        _mm_loadu_si128(b.as_ptr().cast()),
                        _mm_loadu_si128(c.as_ptr().cast()),
                        _mm_loadu_si128(d.as_ptr().cast()),
                    ]);
                    _mm_storeu_si128(place(done).cast(), w);
                    _mm_storeu_si128(place(done + 1).cast(), x);
                    _mm_storeu_si128(place(done + 2).cast(), y);
                    _mm_storeu_si128(place(done + 3).cast(), z);
                }
                done += 4;
            }
        }
        let columns = b.iter().zip(c).zip(d);
        for (i, (&a, ((&b, &c), &d))) in a.iter().zip(columns).enumerate().skip(done) {
            // SAFETY: as for `load`.
            unsafe { place(i).cast::<[u32; 4]>().write_unaligned([a, b, c, d]) };
        }
    }

    /// The address of a word at an offset; as [`Self::check`].
    #[inline(always)]
    fn place<T>(&self, at: i64) -> *mut T {
        let room = |at: usize| at <= self.len && size_of::<T>() <= self.len - at;
        let inside = usize::try_from(at).is_ok_and(room);
        assert!(inside, "a view leaves its window");
        self.start.as_ptr().wrapping_offset(at as isize).cast()
    }

    /// Loads a word at each of some offsets, each with `extra` added; zero where there is none.
    #[inline(always)]
    pub(super) fn load_at<T: bytemuck::Pod>(
        &self,
        offsets: &[Option<i64>],
        extra: i64,
        to: &mut [T],
    ) {
        for (to, at) in to.iter_mut().zip(offsets) {
            *to = match *at {
                // SAFETY: `place` has seen that the bytes are inside; any are a `Pod`.
                Some(at) => unsafe { self.place::<T>(at.wrapping_add(extra)).read_unaligned() },
                None => T::zeroed(),
            };
        }
    }

    /// Stores a word at each of some offsets, likewise; in order.
    #[inline(always)]
    pub(super) fn store_at<T: bytemuck::Pod>(
        &self,
        offsets: &[Option<i64>],
        extra: i64,
        from: &[T],
    ) {
        for (&from, at) in from.iter().zip(offsets) {
            if let Some(at) = *at {
                // SAFETY: as for `load_at`.
                unsafe {
                    self.place::<T>(at.wrapping_add(extra))
                        .write_unaligned(from)
                };
            }
        }
    }

    /// Replaces the word at each of some offsets, in order, likewise: `f` gets the number of the offset and the word.
    #[inline(always)]
    pub(super) fn update_at<T: bytemuck::Pod>(
        &self,
        offsets: &[Option<i64>],
        extra: i64,
        mut f: impl FnMut(usize, T) -> T,
    ) {
        for (i, at) in offsets.iter().enumerate() {
            if let Some(at) = *at {
                let place = self.place::<T>(at.wrapping_add(extra));
                // SAFETY: as for `load_at`.
                unsafe { place.write_unaligned(f(i, place.read_unaligned())) };
            }
        }
    }

    /// The bytes of `count` adjacent words of a type; none if they are not adjacent, or not aligned.
    ///
    /// # Safety
    /// Nobody writes them as long as they are borrowed.
    pub(super) unsafe fn adjacent<T: bytemuck::Pod>(
        &self,
        run: Run,
        count: usize,
    ) -> Option<&[u8]> {
        let from = self.start_of::<T>(run, count)?;
        // SAFETY: `check` has seen that the bytes are inside of what can be loaded; the caller vouches for the rest.
        Some(unsafe { std::slice::from_raw_parts(from, count * size_of::<T>()) })
    }

    /// The same to be written.
    ///
    /// # Safety
    /// Nobody else accesses them as long as they are borrowed.
    #[allow(clippy::mut_from_ref)]
    pub(super) unsafe fn adjacent_mut<T: bytemuck::Pod>(
        &self,
        run: Run,
        count: usize,
    ) -> Option<&mut [u8]> {
        let to = self.start_of::<T>(run, count)?;
        // SAFETY: likewise, of what can be stored.
        Some(unsafe { std::slice::from_raw_parts_mut(to, count * size_of::<T>()) })
    }

    fn start_of<T>(&self, run: Run, count: usize) -> Option<*mut u8> {
        let start = self.check(run, count, size_of::<T>());
        let whole = run.stride == size_of::<T>() as i64 && start.cast::<T>().is_aligned();
        whole.then_some(start)
    }

    /// Stores words.
    #[inline(always)]
    pub(super) fn store<T: bytemuck::Pod>(&self, run: Run, from: &[T]) {
        let size = size_of::<T>();
        let to = self.check(run, from.len(), size);
        if run.stride == size as i64 {
            // SAFETY: as for `load`.
            unsafe { to.copy_from_nonoverlapping(from.as_ptr().cast(), size_of_val(from)) };
            return;
        }
        for (i, from) in from.iter().enumerate() {
            let word = to.wrapping_offset(run.stride as isize * i as isize);
            // SAFETY: as for `load`.
            unsafe { word.cast::<T>().write_unaligned(*from) };
        }
    }
}

/// Rows to columns of four by four words.
///
/// # Safety
/// None but that of SSE2, which is part of the architecture.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
unsafe fn transpose([a, b, c, d]: [__m128i; 4]) -> [__m128i; 4] {
    // SAFETY: see above.
    unsafe {
        let (ab, cd) = (_mm_unpacklo_epi32(a, b), _mm_unpacklo_epi32(c, d));
        let (ab_high, cd_high) = (_mm_unpackhi_epi32(a, b), _mm_unpackhi_epi32(c, d));
        [
            _mm_unpacklo_epi64(ab, cd),
            _mm_unpackhi_epi64(ab, cd),
            _mm_unpacklo_epi64(ab_high, cd_high),
            _mm_unpackhi_epi64(ab_high, cd_high),
        ]
    }
}

/// Windows that several threads use.
#[derive(Clone, Copy)]
pub(super) struct Shared<'a>(&'a [Window<'a>]);

impl<'a> Shared<'a> {
    /// # Safety
    /// At the same time as a word is stored through them, no other thread accesses it.
    pub(super) unsafe fn new(windows: &'a [Window<'a>]) -> Self {
        Self(windows)
    }

    /// The windows.
    pub(super) fn windows(self) -> &'a [Window<'a>] {
        self.0
    }
}

// SAFETY: whoever makes one vouches for the absence of races, and windows have no other state.
unsafe impl Send for Shared<'_> {}
// SAFETY: likewise.
unsafe impl Sync for Shared<'_> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_at_any_stride() {
        let mut bytes: Vec<u8> = (0..64).collect();
        let window = Window::from(&mut bytes[..]);
        let mut words = [0u32; 3];
        window.load(Run { at: 4, stride: 4 }, &mut words);
        assert_eq!(words, [0x0706_0504, 0x0b0a_0908, 0x0f0e_0d0c]);
        window.load(
            Run {
                at: 60,
                stride: -30,
            },
            &mut words,
        );
        assert_eq!(words, [0x3f3e_3d3c, 0x2120_1f1e, 0x0302_0100]);
        window.load(Run { at: 1, stride: 0 }, &mut words);
        assert_eq!(words, [0x0403_0201; 3]);
        window.store(Run { at: 9, stride: 5 }, &[0xaau8, 0xbb]);
        window.store(Run { at: 0, stride: 8 }, &[1u64, 2]);
        assert_eq!(
            bytes[..17],
            [1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 16]
        );
    }

    #[test]
    fn words_at_any_offsets() {
        let mut bytes: Vec<u8> = (0..16).collect();
        let window = Window::from(&mut bytes[..]);
        let offsets = [Some(1), None, Some(12), Some(-3)];
        let mut words = [9u32; 3];
        window.load_at(&offsets[..3], 0, &mut words);
        assert_eq!(words, [0x0403_0201, 0, 0x0f0e_0d0c]);
        window.load_at(&offsets[3..], 3, &mut words);
        assert_eq!(words[0], 0x0302_0100);
        window.store_at(&[Some(0), Some(0), None], 2, &[0xaau8, 0xbb, 0xcc]);
        window.update_at(&[Some(4), Some(4)], 4, |i, word: u64| word + 1 + i as u64);
        assert_eq!(bytes[2..4], [0xbb, 3]);
        assert_eq!(bytes[8], 11);
        for at in [-1, 13, i64::MAX, i64::MIN] {
            let mut bytes = [0u8; 16];
            let window = Window::from(&mut bytes[..]);
            let load = std::panic::AssertUnwindSafe(|| window.load_at(&[Some(at)], 0, &mut [0u32]));
            assert!(std::panic::catch_unwind(load).is_err(), "{at}");
        }
    }

    #[test]
    fn nothing_is_accessed_outside() {
        let outside = |at, stride, count: usize| {
            let mut bytes = [0u8; 16];
            let window = Window::from(&mut bytes[..]);
            let mut to = vec![0u32; count];
            let load = std::panic::AssertUnwindSafe(|| window.load(Run { at, stride }, &mut to));
            std::panic::catch_unwind(load).is_err()
        };
        assert!(
            !outside(12, 4, 1) && !outside(0, 4, 4) && !outside(12, -4, 4) && !outside(99, 4, 0)
        );
        assert!(outside(13, 4, 1) && outside(0, 4, 5) && outside(12, -4, 5) && outside(-1, 4, 1));
        assert!(
            outside(i64::MAX, 4, 1) && outside(i64::MAX, i64::MAX, 2) && outside(0, i64::MIN, 3)
        );
    }
}
