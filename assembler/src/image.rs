//! Images for memories: bytes at an address, in the formats that loaders, programmers and simulators read.

use std::fmt::Write;

/// Bytes at an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// Address of the first byte.
    pub address: u64,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl Image {
    /// Intel HEX: records of 16 bytes with checksums, with extended linear addresses.
    ///
    /// # Errors
    /// The format has addresses of 32 bits.
    pub fn intel_hex(&self) -> Result<String, String> {
        let end = self.address.checked_add(self.bytes.len() as u64);
        if end.is_none_or(|end| end > 1 << 32) {
            return Err("Intel HEX has only addresses below 4 GiB".to_owned());
        }
        let mut out = String::with_capacity(self.bytes.len() * 3);
        let mut upper = None;
        let (mut at, mut rest) = (self.address, self.bytes.as_slice());
        while !rest.is_empty() {
            if upper != Some(at >> 16) {
                upper = Some(at >> 16);
                record(&mut out, 0, 4, &((at >> 16) as u16).to_be_bytes());
            }
            // A record does not go over a multiple of 16, nor so over the end of 64 KiB.
            let length = rest.len().min(16 - (at % 16) as usize);
            let (bytes, behind) = rest.split_at(length);
            record(&mut out, at as u16, 0, bytes);
            (at, rest) = (at + length as u64, behind);
        }
        record(&mut out, 0, 1, &[]);
        Ok(out)
    }

    /// For Verilog's `$readmemh`, into a memory of words of 1, 2, 4 or 8 bytes: `@` and the index of the first word, then
    /// words. The last one is filled with zeros.
    ///
    /// # Errors
    /// A width that is none of these, or an address that is no multiple of it.
    pub fn readmemh(&self, width: usize) -> Result<String, String> {
        if !matches!(width, 1 | 2 | 4 | 8) {
            return Err(format!("words have 1, 2, 4 or 8 bytes, not {width}"));
        }
        if !self.address.is_multiple_of(width as u64) {
            return Err(format!(
                "the address {:#x} is not a multiple of {width} bytes",
                self.address
            ));
        }
        let mut out = String::with_capacity(self.bytes.len() * 3);
        // Writing to a string cannot fail.
        let _ = writeln!(out, "@{:08x}", self.address / width as u64);
        for line in self.bytes.chunks(16) {
            for (i, word) in line.chunks(width).enumerate() {
                if i > 0 {
                    out.push(' ');
                }
                for at in (0..width).rev() {
                    let _ = write!(out, "{:02x}", word.get(at).copied().unwrap_or(0));
                }
            }
            out.push('\n');
        }
        Ok(out)
    }
}

/// `:LLAAAATT...CC`
fn record(out: &mut String, address: u16, kind: u8, bytes: &[u8]) {
    let [high, low] = address.to_be_bytes();
    let head = [bytes.len() as u8, high, low, kind];
    let sum = head
        .iter()
        .chain(bytes)
        .fold(0u8, |sum, b| sum.wrapping_add(*b));
    out.push(':');
    for byte in head.iter().chain(bytes).chain(&[sum.wrapping_neg()]) {
        // Writing to a string cannot fail.
        let _ = write!(out, "{byte:02X}");
    }
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::Image;

    #[test]
    fn intel_hex_records() {
        let image = Image {
            address: 0x8000_fffc,
            bytes: vec![1, 2, 3, 4, 5],
        };
        assert_eq!(
            image.intel_hex().unwrap(),
            ":0200000480007A\n:04FFFC0001020304F7\n:02000004800179\n:0100000005FA\n:00000001FF\n"
        );
        let image = Image {
            address: 0xffff_ffff,
            bytes: vec![0, 0],
        };
        assert!(image.intel_hex().is_err());
    }

    #[test]
    fn words_for_verilog() {
        let image = Image {
            address: 0x100,
            bytes: vec![0x13, 0x05, 0xf0, 0xff, 0x67],
        };
        assert_eq!(image.readmemh(4).unwrap(), "@00000040\nfff00513 00000067\n");
        assert_eq!(image.readmemh(1).unwrap(), "@00000100\n13 05 f0 ff 67\n");
        assert_eq!(image.readmemh(8).unwrap(), "@00000020\n00000067fff00513\n");
        assert!(image.readmemh(3).is_err());
        let odd = Image {
            address: 2,
            bytes: vec![0],
        };
        assert!(odd.readmemh(4).is_err());
    }
}
