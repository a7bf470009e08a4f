//! End to end against the speed of the back end.

use zktr_emu::model::Design;
use zktr_emu::model::compare::needed_back_end;

/// Shares of the front end that are looked at: the published bounds and their middle.
pub fn shares(design: &Design) -> [f64; 3] {
    let (low, high) = (
        design.value("published.share-low"),
        design.value("published.share-high"),
    );
    [low, (low + high) / 2.0, high]
}

/// Speed-ups of the back end that are looked at.
pub const BACK_ENDS: [f64; 4] = [1.0, 10.0, 100.0, 1000.0];

/// For a share, the back ends that the published end-to-end figure needs: with the published speed-up of the
/// front end, and with this one.
pub fn needed(design: &Design, share: f64, front: f64) -> [Option<f64>; 2] {
    let total = design.value("published.end-to-end");
    [design.value("published.total"), front].map(|front| needed_back_end(share, front, total))
}
