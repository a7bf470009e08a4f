//! Contains panics of libraries that the command hands untrusted input to.
//!
//! Cranelift's reader and back ends assert what their input has to be. For a command that takes files
//! from users, such a panic is one more kind of error.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

thread_local! {
    /// Set while a panic of this thread is going to be caught.
    static CONTAINED: Cell<bool> = const { Cell::new(false) };
}

/// Calls `work`. If it panics, the result is the message of the panic, and nothing is printed. What `work` was
/// changing at that time is lost to the caller: hand it values, not references to state.
pub fn contain<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let default = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !CONTAINED.get() {
                default(info);
            }
        }));
    });
    let before = CONTAINED.replace(true);
    let result = panic::catch_unwind(AssertUnwindSafe(work));
    CONTAINED.set(before);
    result.map_err(|payload| {
        let text = payload.downcast_ref::<String>().map(String::as_str);
        let text = text
            .or_else(|| payload.downcast_ref::<&str>().copied())
            .unwrap_or("no message");
        text.lines().next().unwrap_or_default().to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::contain;

    #[test]
    fn a_panic_becomes_its_message() {
        assert_eq!(contain(|| 1), Ok(1));
        assert_eq!(
            contain(|| panic!("no {}", "good")),
            Err::<(), _>("no good".into())
        );
        assert_eq!(contain(|| assert_eq!(contain(|| 2), Ok(2))), Ok(()));
    }
}
