//! A line at the bottom of a terminal that says what goes on; nothing if there is no terminal.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::time::Duration;

/// What goes on. The line goes away with it.
pub struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// On standard error, if that is a terminal and `wanted`.
    pub fn new(wanted: bool) -> Self {
        let target = if wanted {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(None, target);
        if !bar.is_hidden() {
            bar.enable_steady_tick(Duration::from_millis(100));
        }
        Self { bar }
    }

    /// A stage of which nobody knows how long it takes.
    pub fn stage(&self, what: String) {
        self.begin("{spinner} {elapsed} {msg}", what);
        self.bar.unset_length();
    }

    /// A stage of so many rows.
    pub fn rows(&self, what: String, rows: u64) {
        self.begin(
            "{spinner} {elapsed} {msg} {bar:30} {human_pos}/{human_len} rows, {eta} left",
            what,
        );
        self.bar.set_length(rows);
    }

    fn begin(&self, template: &str, what: String) {
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.bar.set_style(style);
        }
        self.bar.set_position(0);
        self.bar.reset_eta();
        self.bar.set_message(what);
    }

    /// So many rows more are done.
    pub fn advance(&self, rows: u64) {
        self.bar.inc(rows);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
