//! The relocations of the RISC-V ELF psABI: their numbers and names, once for everything that writes, prints
//! or applies them.

/// Makes the enumeration and the ways between a kind, its number and its name from one table.
macro_rules! relocations {
    ($($kind:ident = $number:literal, $name:literal;)*) => {
        /// What a relocation computes. The names are the psABI's, without `R_RISCV_`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[allow(missing_docs)] // the psABI documents them
        pub enum RelocationKind {
            $($kind,)*
        }

        impl RelocationKind {
            /// All kinds, by number.
            pub const ALL: &[Self] = &[$(Self::$kind,)*];

            /// The number in a relocation entry.
            #[must_use]
            pub fn number(self) -> u32 {
                match self {
                    $(Self::$kind => $number,)*
                }
            }

            /// The kind with this number.
            #[must_use]
            pub fn from_number(number: u32) -> Option<Self> {
                match number {
                    $($number => Some(Self::$kind),)*
                    _ => None,
                }
            }

            /// The name in the psABI.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$kind => concat!("R_RISCV_", $name),)*
                }
            }
        }
    };
}

// RISC-V ELF psABI 1.0, chapter 8.4, and the additions of its later versions (40, 42 to 65).
relocations! {
    None = 0, "NONE";
    Abs32 = 1, "32";
    Abs64 = 2, "64";
    Relative = 3, "RELATIVE";
    Copy = 4, "COPY";
    JumpSlot = 5, "JUMP_SLOT";
    TlsDtpmod32 = 6, "TLS_DTPMOD32";
    TlsDtpmod64 = 7, "TLS_DTPMOD64";
    TlsDtprel32 = 8, "TLS_DTPREL32";
    TlsDtprel64 = 9, "TLS_DTPREL64";
    TlsTprel32 = 10, "TLS_TPREL32";
    TlsTprel64 = 11, "TLS_TPREL64";
    TlsDesc = 12, "TLSDESC";
    Branch = 16, "BRANCH";
    Jal = 17, "JAL";
    Call = 18, "CALL";
    CallPlt = 19, "CALL_PLT";
    GotHi20 = 20, "GOT_HI20";
    TlsGotHi20 = 21, "TLS_GOT_HI20";
    TlsGdHi20 = 22, "TLS_GD_HI20";
    PcrelHi20 = 23, "PCREL_HI20";
    PcrelLo12I = 24, "PCREL_LO12_I";
    PcrelLo12S = 25, "PCREL_LO12_S";
    Hi20 = 26, "HI20";
    Lo12I = 27, "LO12_I";
    Lo12S = 28, "LO12_S";
    TprelHi20 = 29, "TPREL_HI20";
    TprelLo12I = 30, "TPREL_LO12_I";
    TprelLo12S = 31, "TPREL_LO12_S";
    TprelAdd = 32, "TPREL_ADD";
    Add8 = 33, "ADD8";
    Add16 = 34, "ADD16";
    Add32 = 35, "ADD32";
    Add64 = 36, "ADD64";
    Sub8 = 37, "SUB8";
    Sub16 = 38, "SUB16";
    Sub32 = 39, "SUB32";
    Sub64 = 40, "SUB64";
    Got32Pcrel = 41, "GOT32_PCREL";
    Align = 43, "ALIGN";
    RvcBranch = 44, "RVC_BRANCH";
    RvcJump = 45, "RVC_JUMP";
    Relax = 51, "RELAX";
    Sub6 = 52, "SUB6";
    Set6 = 53, "SET6";
    Set8 = 54, "SET8";
    Set16 = 55, "SET16";
    Set32 = 56, "SET32";
    Pcrel32 = 57, "32_PCREL";
    Irelative = 58, "IRELATIVE";
    Plt32 = 59, "PLT32";
    SetUleb128 = 60, "SET_ULEB128";
    SubUleb128 = 61, "SUB_ULEB128";
    TlsDescHi20 = 62, "TLSDESC_HI20";
    TlsDescLoadLo12 = 63, "TLSDESC_LOAD_LO12";
    TlsDescAddLo12 = 64, "TLSDESC_ADD_LO12";
    TlsDescCall = 65, "TLSDESC_CALL";
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::object::elf;

    #[test]
    fn numbers_are_those_of_the_elf_library() {
        let known = [
            (RelocationKind::Abs64, elf::R_RISCV_64),
            (RelocationKind::TlsTprel64, elf::R_RISCV_TLS_TPREL64),
            (RelocationKind::CallPlt, elf::R_RISCV_CALL_PLT),
            (RelocationKind::Lo12S, elf::R_RISCV_LO12_S),
            (RelocationKind::TprelAdd, elf::R_RISCV_TPREL_ADD),
            (RelocationKind::Sub64, elf::R_RISCV_SUB64),
            (RelocationKind::Align, elf::R_RISCV_ALIGN),
            (RelocationKind::RvcJump, elf::R_RISCV_RVC_JUMP),
            (RelocationKind::Relax, elf::R_RISCV_RELAX),
            (RelocationKind::Set32, elf::R_RISCV_SET32),
            (RelocationKind::Pcrel32, elf::R_RISCV_32_PCREL),
            (RelocationKind::SubUleb128, elf::R_RISCV_SUB_ULEB128),
            (RelocationKind::TlsDescCall, elf::R_RISCV_TLSDESC_CALL),
        ];
        for (kind, number) in known {
            assert_eq!(kind.number(), number, "{}", kind.name());
        }
    }

    #[test]
    fn numbers_go_both_ways_and_ascend() {
        for &kind in RelocationKind::ALL {
            assert_eq!(RelocationKind::from_number(kind.number()), Some(kind));
        }
        assert!(RelocationKind::ALL.is_sorted_by_key(|kind| kind.number()));
        assert_eq!(RelocationKind::from_number(15), None);
        assert_eq!(RelocationKind::from_number(u32::MAX), None);
    }
}
