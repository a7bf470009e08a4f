//! The smallest executables: a header, code, data.

/// Where code is.
pub const CODE: u64 = 0x1_0000;
/// Where data is.
pub const DATA: u64 = 0x100_0000;

/// An executable that begins with the first byte of its code. The data can be written.
pub fn executable(xlen: u8, code: &[u8], data: &[u8]) -> Vec<u8> {
    let wide = xlen == 64;
    let (header, entry) = if wide { (64, 56) } else { (52, 32) };
    let offset = (header + 2 * entry as u64).next_multiple_of(0x1000);
    let data_offset = (offset + code.len() as u64).next_multiple_of(0x1000);
    let mut out = Vec::new();
    let word = |out: &mut Vec<u8>, value: u64| {
        let bytes = value.to_le_bytes();
        out.extend(&bytes[..usize::from(xlen / 8)]);
    };
    out.extend([0x7f, b'E', b'L', b'F', if wide { 2 } else { 1 }, 1, 1, 0]);
    out.extend([0; 8]);
    // An executable for RISC-V.
    out.extend([2, 0, 243, 0, 1, 0, 0, 0]);
    word(&mut out, CODE);
    word(&mut out, header);
    word(&mut out, 0);
    // Compressed instructions occur.
    out.extend(1u32.to_le_bytes());
    for half in [header as u16, entry, 2, 0, 0, 0] {
        out.extend(half.to_le_bytes());
    }
    // Readable and executable; readable and writable.
    for (addr, offset, size, flags) in [
        (CODE, offset, code.len() as u64, 5u32),
        (DATA, data_offset, data.len() as u64, 6),
    ] {
        out.extend(1u32.to_le_bytes());
        if wide {
            out.extend(flags.to_le_bytes());
        }
        for value in [offset, addr, addr, size, size] {
            word(&mut out, value);
        }
        if !wide {
            out.extend(flags.to_le_bytes());
        }
        word(&mut out, 0x1000);
    }
    out.resize(offset as usize, 0);
    out.extend(code);
    out.resize(data_offset as usize, 0);
    out.extend(data);
    out
}
