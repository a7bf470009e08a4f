//! What an allocation holds does not depend on its pages.

use std::alloc::{GlobalAlloc, Layout};
use zktr_memory::{LARGE_PAGE, LargePages};

#[global_allocator]
static MEMORY: LargePages = LargePages;

/// Sizes around those that are treated in another way.
const SIZES: [usize; 7] = [
    1,
    4096,
    LARGE_PAGE - 1,
    LARGE_PAGE,
    LARGE_PAGE + 1,
    3 * LARGE_PAGE + 4097,
    16 * LARGE_PAGE,
];

#[test]
fn vectors_grow_and_shrink() {
    for size in SIZES {
        let mut bytes: Vec<u8> = Vec::new();
        for i in 0..size {
            bytes.push((i % 251) as u8);
        }
        bytes.truncate(size / 2);
        bytes.shrink_to_fit();
        let expected = (0..size / 2).map(|i| (i % 251) as u8);
        assert!(bytes.iter().copied().eq(expected), "{size} bytes");
    }
}

#[test]
fn zeroed_memory_is_zero_also_where_it_was_used_before() {
    for size in SIZES {
        for _ in 0..4 {
            let mut bytes = vec![0u8; size];
            assert!(bytes.iter().all(|&byte| byte == 0), "{size} bytes");
            bytes.fill(0xa5);
            std::hint::black_box(&bytes);
        }
    }
}

#[test]
fn alignments_are_kept() {
    for align in [1, 16, 4096, LARGE_PAGE] {
        let layout = Layout::from_size_align(2 * LARGE_PAGE + 1, align).expect("a layout");
        // SAFETY: the layout has a size, and the memory is freed once with the layout it has.
        unsafe {
            let memory = MEMORY.alloc(layout);
            assert!(!memory.is_null());
            assert_eq!(memory.addr() % align, 0);
            memory.add(layout.size() - 1).write(7);
            let memory = MEMORY.realloc(memory, layout, layout.size() + LARGE_PAGE);
            assert!(!memory.is_null());
            assert_eq!(memory.addr() % align, 0);
            assert_eq!(memory.add(layout.size() - 1).read(), 7);
            let grown = Layout::from_size_align(layout.size() + LARGE_PAGE, align);
            MEMORY.dealloc(memory, grown.expect("a layout"));
        }
    }
}

#[test]
fn what_is_too_large_is_refused_as_by_the_system() {
    let layout = Layout::from_size_align(isize::MAX as usize - 4096, 16).expect("a layout");
    // SAFETY: the layout has a size; nothing is used.
    assert!(unsafe { MEMORY.alloc(layout) }.is_null());
}
