//! Tables as text: columns as wide as they have to be, the first one to the left, the others to the right.

use std::io::{self, Write};

/// A table with a head.
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub fn new(head: &[&str]) -> Self {
        Self {
            rows: vec![head.iter().map(|cell| (*cell).to_owned()).collect()],
        }
    }

    pub fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for row in &self.rows {
            let mut line = String::from("  ");
            for (at, cell) in row.iter().enumerate() {
                let room = widths[at];
                line += &match at {
                    0 => format!("{cell:<room$}"),
                    _ => format!("  {cell:>room$}"),
                };
            }
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// A number with three or four digits that mean something.
pub fn number(value: f64) -> String {
    match value.abs() {
        x if !x.is_finite() => "-".to_owned(),
        x if x >= 1000.0 => {
            let digits = format!("{x:.0}");
            let mut out = String::new();
            for (at, digit) in digits.chars().enumerate() {
                if at > 0 && (digits.len() - at) % 3 == 0 {
                    out.push('_');
                }
                out.push(digit);
            }
            if value < 0.0 { format!("-{out}") } else { out }
        }
        x if x >= 100.0 => format!("{value:.0}"),
        x if x >= 10.0 => format!("{value:.1}"),
        x if x >= 1.0 || x == 0.0 => format!("{value:.2}"),
        x if x >= 0.01 => format!("{value:.3}"),
        _ => format!("{value:.2e}"),
    }
}

/// A share of one, in percent.
pub fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}
