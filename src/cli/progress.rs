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

    /// A long way, of which parts are done one after the other; nothing is known of how long until the first one is done.
    pub fn way(&self, unit: &str, length: u64) {
        let template = "{spinner} {elapsed} {msg} {bar:30} {human_pos}/{human_len}";
        self.begin(&format!("{template} {unit}, {{eta}} left"), String::new());
        self.bar.set_length(length);
    }

    /// What is done of it now.
    pub fn part(&self, what: String) {
        self.bar.set_message(what);
    }

    /// True if somebody sees it.
    pub fn is_shown(&self) -> bool {
        !self.bar.is_hidden()
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
