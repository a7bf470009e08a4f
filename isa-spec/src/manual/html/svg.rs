//! Pictures of words and descriptors as SVG. Colours come from the style sheet.

use super::write::Writer;
use crate::manual::picture::{BitKind, BitPicture, ByteKind, BytePart, BytePicture};

/// Width of a character of the pictures' font, rounded up.
const CHARACTER: u32 = 8;
/// The least width of a bit.
const BIT: u32 = 19;

struct Svg<'a> {
    out: &'a mut Writer,
}

impl Svg<'_> {
    fn open(&mut self, width: u32, height: u32, title: &str, description: &str) {
        let view_box = format!("0 0 {width} {height}");
        // The height follows from the width, so that the picture shrinks as a whole.
        let style = format!("width:{width}px");
        self.out.open(
            "svg",
            &[
                ("xmlns", "http://www.w3.org/2000/svg"),
                ("viewBox", &view_box),
                ("style", &style),
                ("role", "img"),
                ("aria-label", &format!("{title}: {description}")),
            ],
        );
    }

    fn close(&mut self) {
        self.out.close("svg");
        self.out.newline();
    }

    fn rectangle(&mut self, (x, y): (u32, u32), (width, height): (u32, u32), class: &str) {
        self.out.empty(
            "rect",
            &[
                ("x", &x.to_string()),
                ("y", &y.to_string()),
                ("width", &width.to_string()),
                ("height", &height.to_string()),
                ("class", class),
            ],
        );
    }

    fn text(&mut self, (x, y): (u32, u32), anchor: &str, class: &str, text: &str) {
        self.out.element(
            "text",
            &[
                ("x", &x.to_string()),
                ("y", &y.to_string()),
                ("text-anchor", anchor),
                ("class", class),
            ],
            text,
        );
    }

    fn line(&mut self, (x1, y1): (u32, u32), (x2, y2): (u32, u32), class: &str) {
        self.out.empty(
            "line",
            &[
                ("x1", &x1.to_string()),
                ("y1", &y1.to_string()),
                ("x2", &x2.to_string()),
                ("y2", &y2.to_string()),
                ("class", class),
            ],
        );
    }
}

fn text_width(text: &str) -> u32 {
    u32::try_from(text.chars().count()).unwrap_or(u32::MAX / CHARACTER) * CHARACTER
}

/// What fits into this width.
fn fitted(text: &str, width: u32) -> String {
    if text_width(text) <= width {
        return text.to_owned();
    }
    let room = (width / CHARACTER).saturating_sub(1) as usize;
    let mut out: String = text.chars().take(room).collect();
    out.push('…');
    out
}

/// Bit numbers above, the boxes, and below them the names of fixed fields and the numbers of bits.
pub(crate) fn bits(out: &mut Writer, picture: &BitPicture) {
    const TOP: u32 = 18;
    const HEIGHT: u32 = 30;
    let widths: Vec<u32> = picture
        .cells
        .iter()
        .map(|cell| {
            let bits = u32::from(cell.high - cell.low + 1);
            let texts = [&cell.content, &cell.name, &cell.range()]
                .map(|text| text_width(text))
                .into_iter()
                .max();
            (bits * BIT).max(texts.unwrap_or(0) + 10).min(400)
        })
        .collect();
    let description: Vec<String> = picture
        .cells
        .iter()
        .map(|cell| {
            let name = if cell.name.is_empty() {
                cell.content.clone()
            } else {
                format!("{} = {}", cell.name, cell.content)
            };
            format!("bits {} {name}", cell.range())
        })
        .collect();
    let named = picture.cells.iter().any(|cell| !cell.name.is_empty());
    let names = if named { 15 } else { 0 };
    let mut svg = Svg { out };
    let total = widths.iter().sum::<u32>() + 2;
    svg.open(
        total,
        TOP + HEIGHT + names + 21,
        &picture.title,
        &description.join(", "),
    );
    let mut x = 1;
    for (cell, &width) in picture.cells.iter().zip(&widths) {
        let class = match cell.kind {
            BitKind::Fixed => "fixed",
            BitKind::Operand => "operand",
            BitKind::Unused => "unused",
        };
        svg.rectangle((x, TOP), (width, HEIGHT), class);
        let middle = x + width / 2;
        if cell.high == cell.low {
            svg.text((middle, TOP - 5), "middle", "small", &cell.low.to_string());
        } else {
            svg.text((x + 3, TOP - 5), "start", "small", &cell.high.to_string());
            svg.text(
                (x + width - 3, TOP - 5),
                "end",
                "small",
                &cell.low.to_string(),
            );
        }
        let content = fitted(&cell.content, width - 4);
        svg.text((middle, TOP + 20), "middle", "content", &content);
        let name = fitted(&cell.name, width - 2);
        svg.text((middle, TOP + HEIGHT + 15), "middle", "name", &name);
        let bits = u32::from(cell.high - cell.low + 1).to_string();
        svg.text(
            (middle, TOP + HEIGHT + names + 15),
            "middle",
            "small",
            &bits,
        );
        x += width;
    }
    svg.close();
}

const ROW: u32 = 8;
const BYTE: u32 = 82;
const LEFT: u32 = 56;

/// One row for eight bytes, the byte with the lowest address on the right, as in a register; offsets on the left.
pub(crate) fn bytes(out: &mut Writer, picture: &BytePicture) {
    const TOP: u32 = 20;
    const HEIGHT: u32 = 24;
    let rows = byte_rows(&picture.parts);
    let description: Vec<String> = picture
        .parts
        .iter()
        .map(|part| format!("bytes {} {}", part.range(), part.label))
        .collect();
    let height = TOP + rows.len() as u32 * HEIGHT + 2;
    let mut svg = Svg { out };
    svg.open(
        LEFT + ROW * BYTE + 2,
        height,
        &picture.title,
        &description.join(", "),
    );
    for byte in 0..ROW {
        let x = LEFT + (ROW - 1 - byte) * BYTE + BYTE / 2;
        svg.text((x, TOP - 6), "middle", "small", &format!("+{byte}"));
    }
    for (index, (at, parts)) in rows.iter().enumerate() {
        let y = TOP + index as u32 * HEIGHT;
        svg.text((LEFT - 8, y + 16), "end", "small", &format!("0x{at:02x}"));
        for part in parts {
            let from = part.at - at;
            let skip = (ROW - (from + part.size).min(ROW)) * BYTE;
            let width = part.size.min(ROW) * BYTE;
            svg.rectangle((LEFT + skip, y), (width, HEIGHT), class(part.kind));
            let label = fitted(&part.label, width - 6);
            svg.text(
                (LEFT + skip + width / 2, y + 16),
                "middle",
                "content",
                &label,
            );
        }
        if at % picture.line == 0 && index > 0 {
            svg.line((4, y), (LEFT + ROW * BYTE, y), "boundary");
        }
    }
    svg.close();
}

fn class(kind: ByteKind) -> &'static str {
    match kind {
        ByteKind::Number => "number",
        ByteKind::Element => "element",
        ByteKind::Address => "address",
        ByteKind::Stride => "stride",
        ByteKind::Unused => "unused",
    }
}

/// The rows of a picture: offset and parts. Bytes without a use are one row, however many they are,
/// from the next multiple of eight on.
fn byte_rows(parts: &[BytePart]) -> Vec<(u32, Vec<BytePart>)> {
    let mut rows: Vec<(u32, Vec<BytePart>)> = Vec::new();
    let mut put = |part: BytePart| {
        let at = part.at / ROW * ROW;
        match rows.last_mut() {
            Some((row, parts)) if *row == at => parts.push(part),
            _ => rows.push((at, vec![part])),
        }
    };
    for part in parts {
        let end = part.at + part.size;
        let first = (part.at.next_multiple_of(ROW)).min(end);
        if part.at / ROW == (end - 1) / ROW {
            put(part.clone());
            continue;
        }
        if first > part.at {
            put(BytePart {
                size: first - part.at,
                ..part.clone()
            });
        }
        put(BytePart {
            at: first,
            size: end - first,
            label: format!("{} ({} bytes)", part.label, part.size),
            ..part.clone()
        });
    }
    rows
}
