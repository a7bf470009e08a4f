//! What the functions of the matrix of idioms (`tests/corpus/matrix/idioms.c`) take.

/// A parameter of a function.
#[derive(Debug, Clone, Copy)]
pub enum Parameter {
    /// Memory that is written: elements of a row.
    Out(Size),
    /// Elements of the field, none of them zero, of a row.
    In(Size),
    /// As many elements as a row has, once.
    Row,
    /// Bytes of any kind, of a row.
    Bytes(usize),
    /// An index into [`TABLE`] entries for each row.
    Keys,
    /// A table of elements, or of counts.
    Table,
    /// An element of the field.
    Element,
    /// A word.
    Word,
    /// The number of rows.
    Rows,
    /// The number of columns.
    Columns,
}

/// How many there are in a row.
#[derive(Debug, Clone, Copy)]
pub enum Size {
    /// So many.
    Of(usize),
    /// As many as there are columns.
    Columns,
}

/// Columns of the idioms whose rows have any number of them.
pub const COLUMNS: usize = 16;
/// Entries of tables that are indexed.
pub const TABLE: usize = 1 << 12;

/// The parameters of a function of the matrix.
pub fn parameters(name: &str) -> Option<Vec<Parameter>> {
    use Parameter::*;
    use Size::{Columns as Width, Of};
    let one = Of(1);
    Some(match name {
        "i01_limbs" => vec![Out(Of(4)), Bytes(16), Rows],
        "i01_row" => vec![Out(Of(5)), Bytes(16), Rows],
        "i02_words" => vec![Out(one), Bytes(4), Rows],
        "i02_bytes" => vec![Out(one), Bytes(1), Rows],
        "i03_onehot" => vec![Out(Of(3)), Bytes(16), Rows],
        "i03_less" => vec![Out(one), Bytes(4), Bytes(4), Rows],
        "i04_delta" => vec![Out(Of(2)), Bytes(4), Bytes(4), Rows],
        "i05_histogram" => vec![Table, Keys, Rows],
        "i05_weights" => vec![Table, Keys, In(one), Rows],
        "i06_differ" => vec![Out(one), Bytes(4), Word, Rows],
        "i07_fill" => vec![Out(Width), Row, Rows, Columns],
        "i08_transpose" => vec![Out(Width), In(Width), Rows, Columns],
        "i09_fingerprint" | "i09_subtracted" => {
            vec![Out(one), In(Width), Row, Element, Rows, Columns]
        }
        "i09_width4" => vec![Out(one), In(Of(4)), Row, Element, Rows],
        "i09_accumulate" => vec![Out(one), In(one), Element, Rows],
        "i10_batch" | "i10_each" => vec![Out(one), In(one), Rows],
        "i11_fraction" => vec![Out(one), In(one), In(one), Rows],
        "i12_inclusive" => vec![Out(one), In(one), Element, Rows],
        "i12_exclusive" | "i12_down" => vec![Out(one), In(one), Rows],
        "i13_product" | "i13_horner" => vec![Out(one), In(one), Element, Rows],
        "i14_fractions" => vec![Out(one), Out(one), In(Of(2)), In(Of(2)), Rows],
        "i14_products" => vec![Out(one), In(one), In(one), Rows],
        "i15_gather" => vec![Out(one), Table, Keys, In(one), Rows],
        "i16_powers" => vec![Out(one), Element, Rows],
        _ => return None,
    })
}
