// @generated from the spec by `zktr_asm::builder::rust_source`. Change the spec instead.

use crate::builder::{
    Accesses, Csr, Descriptor, Emit, FieldValue, FloatReg, Imm, Label, Reg, Target,
};

/// Registers, by all their names.
pub mod reg {
    use crate::builder::Reg;

    /// `zero`
    pub const ZERO: Reg = Reg::new(0);
    /// `ra`
    pub const RA: Reg = Reg::new(1);
    /// `sp`
    pub const SP: Reg = Reg::new(2);
    /// `gp`
    pub const GP: Reg = Reg::new(3);
    /// `tp`
    pub const TP: Reg = Reg::new(4);
    /// `t0`
    pub const T0: Reg = Reg::new(5);
    /// `t1`
    pub const T1: Reg = Reg::new(6);
    /// `t2`
    pub const T2: Reg = Reg::new(7);
    /// `s0`
    pub const S0: Reg = Reg::new(8);
    /// `s1`
    pub const S1: Reg = Reg::new(9);
    /// `a0`
    pub const A0: Reg = Reg::new(10);
    /// `a1`
    pub const A1: Reg = Reg::new(11);
    /// `a2`
    pub const A2: Reg = Reg::new(12);
    /// `a3`
    pub const A3: Reg = Reg::new(13);
    /// `a4`
    pub const A4: Reg = Reg::new(14);
    /// `a5`
    pub const A5: Reg = Reg::new(15);
    /// `a6`
    pub const A6: Reg = Reg::new(16);
    /// `a7`
    pub const A7: Reg = Reg::new(17);
    /// `s2`
    pub const S2: Reg = Reg::new(18);
    /// `s3`
    pub const S3: Reg = Reg::new(19);
    /// `s4`
    pub const S4: Reg = Reg::new(20);
    /// `s5`
    pub const S5: Reg = Reg::new(21);
    /// `s6`
    pub const S6: Reg = Reg::new(22);
    /// `s7`
    pub const S7: Reg = Reg::new(23);
    /// `s8`
    pub const S8: Reg = Reg::new(24);
    /// `s9`
    pub const S9: Reg = Reg::new(25);
    /// `s10`
    pub const S10: Reg = Reg::new(26);
    /// `s11`
    pub const S11: Reg = Reg::new(27);
    /// `t3`
    pub const T3: Reg = Reg::new(28);
    /// `t4`
    pub const T4: Reg = Reg::new(29);
    /// `t5`
    pub const T5: Reg = Reg::new(30);
    /// `t6`
    pub const T6: Reg = Reg::new(31);
    /// `fp`
    pub const FP: Reg = Reg::new(8);
    /// `x0`
    pub const X0: Reg = Reg::new(0);
    /// `x1`
    pub const X1: Reg = Reg::new(1);
    /// `x2`
    pub const X2: Reg = Reg::new(2);
    /// `x3`
    pub const X3: Reg = Reg::new(3);
    /// `x4`
    pub const X4: Reg = Reg::new(4);
    /// `x5`
    pub const X5: Reg = Reg::new(5);
    /// `x6`
    pub const X6: Reg = Reg::new(6);
    /// `x7`
    pub const X7: Reg = Reg::new(7);
    /// `x8`
    pub const X8: Reg = Reg::new(8);
    /// `x9`
    pub const X9: Reg = Reg::new(9);
    /// `x10`
    pub const X10: Reg = Reg::new(10);
    /// `x11`
    pub const X11: Reg = Reg::new(11);
    /// `x12`
    pub const X12: Reg = Reg::new(12);
    /// `x13`
    pub const X13: Reg = Reg::new(13);
    /// `x14`
    pub const X14: Reg = Reg::new(14);
    /// `x15`
    pub const X15: Reg = Reg::new(15);
    /// `x16`
    pub const X16: Reg = Reg::new(16);
    /// `x17`
    pub const X17: Reg = Reg::new(17);
    /// `x18`
    pub const X18: Reg = Reg::new(18);
    /// `x19`
    pub const X19: Reg = Reg::new(19);
    /// `x20`
    pub const X20: Reg = Reg::new(20);
    /// `x21`
    pub const X21: Reg = Reg::new(21);
    /// `x22`
    pub const X22: Reg = Reg::new(22);
    /// `x23`
    pub const X23: Reg = Reg::new(23);
    /// `x24`
    pub const X24: Reg = Reg::new(24);
    /// `x25`
    pub const X25: Reg = Reg::new(25);
    /// `x26`
    pub const X26: Reg = Reg::new(26);
    /// `x27`
    pub const X27: Reg = Reg::new(27);
    /// `x28`
    pub const X28: Reg = Reg::new(28);
    /// `x29`
    pub const X29: Reg = Reg::new(29);
    /// `x30`
    pub const X30: Reg = Reg::new(30);
    /// `x31`
    pub const X31: Reg = Reg::new(31);
}

/// Floating-point registers, by all their names.
pub mod float_reg {
    use crate::builder::FloatReg;

    /// `f0`
    pub const F0: FloatReg = FloatReg::new(0);
    /// `f1`
    pub const F1: FloatReg = FloatReg::new(1);
    /// `f2`
    pub const F2: FloatReg = FloatReg::new(2);
    /// `f3`
    pub const F3: FloatReg = FloatReg::new(3);
    /// `f4`
    pub const F4: FloatReg = FloatReg::new(4);
    /// `f5`
    pub const F5: FloatReg = FloatReg::new(5);
    /// `f6`
    pub const F6: FloatReg = FloatReg::new(6);
    /// `f7`
    pub const F7: FloatReg = FloatReg::new(7);
    /// `f8`
    pub const F8: FloatReg = FloatReg::new(8);
    /// `f9`
    pub const F9: FloatReg = FloatReg::new(9);
    /// `f10`
    pub const F10: FloatReg = FloatReg::new(10);
    /// `f11`
    pub const F11: FloatReg = FloatReg::new(11);
    /// `f12`
    pub const F12: FloatReg = FloatReg::new(12);
    /// `f13`
    pub const F13: FloatReg = FloatReg::new(13);
    /// `f14`
    pub const F14: FloatReg = FloatReg::new(14);
    /// `f15`
    pub const F15: FloatReg = FloatReg::new(15);
    /// `f16`
    pub const F16: FloatReg = FloatReg::new(16);
    /// `f17`
    pub const F17: FloatReg = FloatReg::new(17);
    /// `f18`
    pub const F18: FloatReg = FloatReg::new(18);
    /// `f19`
    pub const F19: FloatReg = FloatReg::new(19);
    /// `f20`
    pub const F20: FloatReg = FloatReg::new(20);
    /// `f21`
    pub const F21: FloatReg = FloatReg::new(21);
    /// `f22`
    pub const F22: FloatReg = FloatReg::new(22);
    /// `f23`
    pub const F23: FloatReg = FloatReg::new(23);
    /// `f24`
    pub const F24: FloatReg = FloatReg::new(24);
    /// `f25`
    pub const F25: FloatReg = FloatReg::new(25);
    /// `f26`
    pub const F26: FloatReg = FloatReg::new(26);
    /// `f27`
    pub const F27: FloatReg = FloatReg::new(27);
    /// `f28`
    pub const F28: FloatReg = FloatReg::new(28);
    /// `f29`
    pub const F29: FloatReg = FloatReg::new(29);
    /// `f30`
    pub const F30: FloatReg = FloatReg::new(30);
    /// `f31`
    pub const F31: FloatReg = FloatReg::new(31);
    /// `ft0`
    pub const FT0: FloatReg = FloatReg::new(0);
    /// `ft1`
    pub const FT1: FloatReg = FloatReg::new(1);
    /// `ft2`
    pub const FT2: FloatReg = FloatReg::new(2);
    /// `ft3`
    pub const FT3: FloatReg = FloatReg::new(3);
    /// `ft4`
    pub const FT4: FloatReg = FloatReg::new(4);
    /// `ft5`
    pub const FT5: FloatReg = FloatReg::new(5);
    /// `ft6`
    pub const FT6: FloatReg = FloatReg::new(6);
    /// `ft7`
    pub const FT7: FloatReg = FloatReg::new(7);
    /// `fs0`
    pub const FS0: FloatReg = FloatReg::new(8);
    /// `fs1`
    pub const FS1: FloatReg = FloatReg::new(9);
    /// `fa0`
    pub const FA0: FloatReg = FloatReg::new(10);
    /// `fa1`
    pub const FA1: FloatReg = FloatReg::new(11);
    /// `fa2`
    pub const FA2: FloatReg = FloatReg::new(12);
    /// `fa3`
    pub const FA3: FloatReg = FloatReg::new(13);
    /// `fa4`
    pub const FA4: FloatReg = FloatReg::new(14);
    /// `fa5`
    pub const FA5: FloatReg = FloatReg::new(15);
    /// `fa6`
    pub const FA6: FloatReg = FloatReg::new(16);
    /// `fa7`
    pub const FA7: FloatReg = FloatReg::new(17);
    /// `fs2`
    pub const FS2: FloatReg = FloatReg::new(18);
    /// `fs3`
    pub const FS3: FloatReg = FloatReg::new(19);
    /// `fs4`
    pub const FS4: FloatReg = FloatReg::new(20);
    /// `fs5`
    pub const FS5: FloatReg = FloatReg::new(21);
    /// `fs6`
    pub const FS6: FloatReg = FloatReg::new(22);
    /// `fs7`
    pub const FS7: FloatReg = FloatReg::new(23);
    /// `fs8`
    pub const FS8: FloatReg = FloatReg::new(24);
    /// `fs9`
    pub const FS9: FloatReg = FloatReg::new(25);
    /// `fs10`
    pub const FS10: FloatReg = FloatReg::new(26);
    /// `fs11`
    pub const FS11: FloatReg = FloatReg::new(27);
    /// `ft8`
    pub const FT8: FloatReg = FloatReg::new(28);
    /// `ft9`
    pub const FT9: FloatReg = FloatReg::new(29);
    /// `ft10`
    pub const FT10: FloatReg = FloatReg::new(30);
    /// `ft11`
    pub const FT11: FloatReg = FloatReg::new(31);
}

/// CSRs by their names.
pub mod csr {
    use crate::builder::Csr;

    /// `fflags`: Floating-point accrued exceptions.
    pub const FFLAGS: Csr = Csr::new(0x001);
    /// `frm`: Floating-point rounding mode.
    pub const FRM: Csr = Csr::new(0x002);
    /// `fcsr`: Floating-point control and status.
    pub const FCSR: Csr = Csr::new(0x003);
    /// `seed`: Entropy source.
    pub const SEED: Csr = Csr::new(0x015);
    /// `cycle`: Cycles.
    pub const CYCLE: Csr = Csr::new(0xc00);
    /// `time`: Timer.
    pub const TIME: Csr = Csr::new(0xc01);
    /// `instret`: Instructions retired.
    pub const INSTRET: Csr = Csr::new(0xc02);
    /// `cycleh`: Upper half of cycle, RV32.
    pub const CYCLEH: Csr = Csr::new(0xc80);
    /// `timeh`: Upper half of time, RV32.
    pub const TIMEH: Csr = Csr::new(0xc81);
    /// `instreth`: Upper half of instret, RV32.
    pub const INSTRETH: Csr = Csr::new(0xc82);
    /// `hpmcounter3`: Performance counter 3.
    pub const HPMCOUNTER3: Csr = Csr::new(0xc03);
    /// `hpmcounter4`: Performance counter 4.
    pub const HPMCOUNTER4: Csr = Csr::new(0xc04);
    /// `hpmcounter5`: Performance counter 5.
    pub const HPMCOUNTER5: Csr = Csr::new(0xc05);
    /// `hpmcounter6`: Performance counter 6.
    pub const HPMCOUNTER6: Csr = Csr::new(0xc06);
    /// `hpmcounter7`: Performance counter 7.
    pub const HPMCOUNTER7: Csr = Csr::new(0xc07);
    /// `hpmcounter8`: Performance counter 8.
    pub const HPMCOUNTER8: Csr = Csr::new(0xc08);
    /// `hpmcounter9`: Performance counter 9.
    pub const HPMCOUNTER9: Csr = Csr::new(0xc09);
    /// `hpmcounter10`: Performance counter 10.
    pub const HPMCOUNTER10: Csr = Csr::new(0xc0a);
    /// `hpmcounter11`: Performance counter 11.
    pub const HPMCOUNTER11: Csr = Csr::new(0xc0b);
    /// `hpmcounter12`: Performance counter 12.
    pub const HPMCOUNTER12: Csr = Csr::new(0xc0c);
    /// `hpmcounter13`: Performance counter 13.
    pub const HPMCOUNTER13: Csr = Csr::new(0xc0d);
    /// `hpmcounter14`: Performance counter 14.
    pub const HPMCOUNTER14: Csr = Csr::new(0xc0e);
    /// `hpmcounter15`: Performance counter 15.
    pub const HPMCOUNTER15: Csr = Csr::new(0xc0f);
    /// `hpmcounter16`: Performance counter 16.
    pub const HPMCOUNTER16: Csr = Csr::new(0xc10);
    /// `hpmcounter17`: Performance counter 17.
    pub const HPMCOUNTER17: Csr = Csr::new(0xc11);
    /// `hpmcounter18`: Performance counter 18.
    pub const HPMCOUNTER18: Csr = Csr::new(0xc12);
    /// `hpmcounter19`: Performance counter 19.
    pub const HPMCOUNTER19: Csr = Csr::new(0xc13);
    /// `hpmcounter20`: Performance counter 20.
    pub const HPMCOUNTER20: Csr = Csr::new(0xc14);
    /// `hpmcounter21`: Performance counter 21.
    pub const HPMCOUNTER21: Csr = Csr::new(0xc15);
    /// `hpmcounter22`: Performance counter 22.
    pub const HPMCOUNTER22: Csr = Csr::new(0xc16);
    /// `hpmcounter23`: Performance counter 23.
    pub const HPMCOUNTER23: Csr = Csr::new(0xc17);
    /// `hpmcounter24`: Performance counter 24.
    pub const HPMCOUNTER24: Csr = Csr::new(0xc18);
    /// `hpmcounter25`: Performance counter 25.
    pub const HPMCOUNTER25: Csr = Csr::new(0xc19);
    /// `hpmcounter26`: Performance counter 26.
    pub const HPMCOUNTER26: Csr = Csr::new(0xc1a);
    /// `hpmcounter27`: Performance counter 27.
    pub const HPMCOUNTER27: Csr = Csr::new(0xc1b);
    /// `hpmcounter28`: Performance counter 28.
    pub const HPMCOUNTER28: Csr = Csr::new(0xc1c);
    /// `hpmcounter29`: Performance counter 29.
    pub const HPMCOUNTER29: Csr = Csr::new(0xc1d);
    /// `hpmcounter30`: Performance counter 30.
    pub const HPMCOUNTER30: Csr = Csr::new(0xc1e);
    /// `hpmcounter31`: Performance counter 31.
    pub const HPMCOUNTER31: Csr = Csr::new(0xc1f);
    /// `hpmcounter3h`: Upper half of hpmcounter3, RV32.
    pub const HPMCOUNTER3H: Csr = Csr::new(0xc83);
    /// `hpmcounter4h`: Upper half of hpmcounter4, RV32.
    pub const HPMCOUNTER4H: Csr = Csr::new(0xc84);
    /// `hpmcounter5h`: Upper half of hpmcounter5, RV32.
    pub const HPMCOUNTER5H: Csr = Csr::new(0xc85);
    /// `hpmcounter6h`: Upper half of hpmcounter6, RV32.
    pub const HPMCOUNTER6H: Csr = Csr::new(0xc86);
    /// `hpmcounter7h`: Upper half of hpmcounter7, RV32.
    pub const HPMCOUNTER7H: Csr = Csr::new(0xc87);
    /// `hpmcounter8h`: Upper half of hpmcounter8, RV32.
    pub const HPMCOUNTER8H: Csr = Csr::new(0xc88);
    /// `hpmcounter9h`: Upper half of hpmcounter9, RV32.
    pub const HPMCOUNTER9H: Csr = Csr::new(0xc89);
    /// `hpmcounter10h`: Upper half of hpmcounter10, RV32.
    pub const HPMCOUNTER10H: Csr = Csr::new(0xc8a);
    /// `hpmcounter11h`: Upper half of hpmcounter11, RV32.
    pub const HPMCOUNTER11H: Csr = Csr::new(0xc8b);
    /// `hpmcounter12h`: Upper half of hpmcounter12, RV32.
    pub const HPMCOUNTER12H: Csr = Csr::new(0xc8c);
    /// `hpmcounter13h`: Upper half of hpmcounter13, RV32.
    pub const HPMCOUNTER13H: Csr = Csr::new(0xc8d);
    /// `hpmcounter14h`: Upper half of hpmcounter14, RV32.
    pub const HPMCOUNTER14H: Csr = Csr::new(0xc8e);
    /// `hpmcounter15h`: Upper half of hpmcounter15, RV32.
    pub const HPMCOUNTER15H: Csr = Csr::new(0xc8f);
    /// `hpmcounter16h`: Upper half of hpmcounter16, RV32.
    pub const HPMCOUNTER16H: Csr = Csr::new(0xc90);
    /// `hpmcounter17h`: Upper half of hpmcounter17, RV32.
    pub const HPMCOUNTER17H: Csr = Csr::new(0xc91);
    /// `hpmcounter18h`: Upper half of hpmcounter18, RV32.
    pub const HPMCOUNTER18H: Csr = Csr::new(0xc92);
    /// `hpmcounter19h`: Upper half of hpmcounter19, RV32.
    pub const HPMCOUNTER19H: Csr = Csr::new(0xc93);
    /// `hpmcounter20h`: Upper half of hpmcounter20, RV32.
    pub const HPMCOUNTER20H: Csr = Csr::new(0xc94);
    /// `hpmcounter21h`: Upper half of hpmcounter21, RV32.
    pub const HPMCOUNTER21H: Csr = Csr::new(0xc95);
    /// `hpmcounter22h`: Upper half of hpmcounter22, RV32.
    pub const HPMCOUNTER22H: Csr = Csr::new(0xc96);
    /// `hpmcounter23h`: Upper half of hpmcounter23, RV32.
    pub const HPMCOUNTER23H: Csr = Csr::new(0xc97);
    /// `hpmcounter24h`: Upper half of hpmcounter24, RV32.
    pub const HPMCOUNTER24H: Csr = Csr::new(0xc98);
    /// `hpmcounter25h`: Upper half of hpmcounter25, RV32.
    pub const HPMCOUNTER25H: Csr = Csr::new(0xc99);
    /// `hpmcounter26h`: Upper half of hpmcounter26, RV32.
    pub const HPMCOUNTER26H: Csr = Csr::new(0xc9a);
    /// `hpmcounter27h`: Upper half of hpmcounter27, RV32.
    pub const HPMCOUNTER27H: Csr = Csr::new(0xc9b);
    /// `hpmcounter28h`: Upper half of hpmcounter28, RV32.
    pub const HPMCOUNTER28H: Csr = Csr::new(0xc9c);
    /// `hpmcounter29h`: Upper half of hpmcounter29, RV32.
    pub const HPMCOUNTER29H: Csr = Csr::new(0xc9d);
    /// `hpmcounter30h`: Upper half of hpmcounter30, RV32.
    pub const HPMCOUNTER30H: Csr = Csr::new(0xc9e);
    /// `hpmcounter31h`: Upper half of hpmcounter31, RV32.
    pub const HPMCOUNTER31H: Csr = Csr::new(0xc9f);
    /// `sstatus`: Supervisor status.
    pub const SSTATUS: Csr = Csr::new(0x100);
    /// `sie`: Supervisor interrupt enable.
    pub const SIE: Csr = Csr::new(0x104);
    /// `stvec`: Supervisor trap vector.
    pub const STVEC: Csr = Csr::new(0x105);
    /// `scounteren`: Supervisor counter enable.
    pub const SCOUNTEREN: Csr = Csr::new(0x106);
    /// `senvcfg`: Supervisor environment configuration.
    pub const SENVCFG: Csr = Csr::new(0x10a);
    /// `sscratch`: Supervisor scratch.
    pub const SSCRATCH: Csr = Csr::new(0x140);
    /// `sepc`: Supervisor exception pc.
    pub const SEPC: Csr = Csr::new(0x141);
    /// `scause`: Supervisor trap cause.
    pub const SCAUSE: Csr = Csr::new(0x142);
    /// `stval`: Supervisor trap value.
    pub const STVAL: Csr = Csr::new(0x143);
    /// `sip`: Supervisor interrupt pending.
    pub const SIP: Csr = Csr::new(0x144);
    /// `satp`: Address translation and protection.
    pub const SATP: Csr = Csr::new(0x180);
    /// `mvendorid`: Vendor.
    pub const MVENDORID: Csr = Csr::new(0xf11);
    /// `marchid`: Architecture.
    pub const MARCHID: Csr = Csr::new(0xf12);
    /// `mimpid`: Implementation.
    pub const MIMPID: Csr = Csr::new(0xf13);
    /// `mhartid`: Hart.
    pub const MHARTID: Csr = Csr::new(0xf14);
    /// `mconfigptr`: Configuration structure.
    pub const MCONFIGPTR: Csr = Csr::new(0xf15);
    /// `mstatus`: Machine status.
    pub const MSTATUS: Csr = Csr::new(0x300);
    /// `misa`: ISA and extensions.
    pub const MISA: Csr = Csr::new(0x301);
    /// `medeleg`: Exception delegation.
    pub const MEDELEG: Csr = Csr::new(0x302);
    /// `mideleg`: Interrupt delegation.
    pub const MIDELEG: Csr = Csr::new(0x303);
    /// `mie`: Machine interrupt enable.
    pub const MIE: Csr = Csr::new(0x304);
    /// `mtvec`: Machine trap vector.
    pub const MTVEC: Csr = Csr::new(0x305);
    /// `mcounteren`: Machine counter enable.
    pub const MCOUNTEREN: Csr = Csr::new(0x306);
    /// `menvcfg`: Machine environment configuration.
    pub const MENVCFG: Csr = Csr::new(0x30a);
    /// `mstatush`: Upper half of mstatus, RV32.
    pub const MSTATUSH: Csr = Csr::new(0x310);
    /// `mcountinhibit`: Counter inhibit.
    pub const MCOUNTINHIBIT: Csr = Csr::new(0x320);
    /// `mscratch`: Machine scratch.
    pub const MSCRATCH: Csr = Csr::new(0x340);
    /// `mepc`: Machine exception pc.
    pub const MEPC: Csr = Csr::new(0x341);
    /// `mcause`: Machine trap cause.
    pub const MCAUSE: Csr = Csr::new(0x342);
    /// `mtval`: Machine trap value.
    pub const MTVAL: Csr = Csr::new(0x343);
    /// `mip`: Machine interrupt pending.
    pub const MIP: Csr = Csr::new(0x344);
    /// `pmpcfg0`: Memory protection configuration 0.
    pub const PMPCFG0: Csr = Csr::new(0x3a0);
    /// `pmpcfg1`: Memory protection configuration 1.
    pub const PMPCFG1: Csr = Csr::new(0x3a1);
    /// `pmpcfg2`: Memory protection configuration 2.
    pub const PMPCFG2: Csr = Csr::new(0x3a2);
    /// `pmpcfg3`: Memory protection configuration 3.
    pub const PMPCFG3: Csr = Csr::new(0x3a3);
    /// `pmpaddr0`: Memory protection address 0.
    pub const PMPADDR0: Csr = Csr::new(0x3b0);
    /// `pmpaddr1`: Memory protection address 1.
    pub const PMPADDR1: Csr = Csr::new(0x3b1);
    /// `pmpaddr2`: Memory protection address 2.
    pub const PMPADDR2: Csr = Csr::new(0x3b2);
    /// `pmpaddr3`: Memory protection address 3.
    pub const PMPADDR3: Csr = Csr::new(0x3b3);
    /// `pmpaddr4`: Memory protection address 4.
    pub const PMPADDR4: Csr = Csr::new(0x3b4);
    /// `pmpaddr5`: Memory protection address 5.
    pub const PMPADDR5: Csr = Csr::new(0x3b5);
    /// `pmpaddr6`: Memory protection address 6.
    pub const PMPADDR6: Csr = Csr::new(0x3b6);
    /// `pmpaddr7`: Memory protection address 7.
    pub const PMPADDR7: Csr = Csr::new(0x3b7);
    /// `pmpaddr8`: Memory protection address 8.
    pub const PMPADDR8: Csr = Csr::new(0x3b8);
    /// `pmpaddr9`: Memory protection address 9.
    pub const PMPADDR9: Csr = Csr::new(0x3b9);
    /// `pmpaddr10`: Memory protection address 10.
    pub const PMPADDR10: Csr = Csr::new(0x3ba);
    /// `pmpaddr11`: Memory protection address 11.
    pub const PMPADDR11: Csr = Csr::new(0x3bb);
    /// `pmpaddr12`: Memory protection address 12.
    pub const PMPADDR12: Csr = Csr::new(0x3bc);
    /// `pmpaddr13`: Memory protection address 13.
    pub const PMPADDR13: Csr = Csr::new(0x3bd);
    /// `pmpaddr14`: Memory protection address 14.
    pub const PMPADDR14: Csr = Csr::new(0x3be);
    /// `pmpaddr15`: Memory protection address 15.
    pub const PMPADDR15: Csr = Csr::new(0x3bf);
    /// `mcycle`: Machine cycles.
    pub const MCYCLE: Csr = Csr::new(0xb00);
    /// `minstret`: Machine instructions retired.
    pub const MINSTRET: Csr = Csr::new(0xb02);
    /// `mcycleh`: Upper half of mcycle, RV32.
    pub const MCYCLEH: Csr = Csr::new(0xb80);
    /// `minstreth`: Upper half of minstret, RV32.
    pub const MINSTRETH: Csr = Csr::new(0xb82);
    /// `tselect`: Trigger select.
    pub const TSELECT: Csr = Csr::new(0x7a0);
    /// `tdata1`: Trigger data 1.
    pub const TDATA1: Csr = Csr::new(0x7a1);
    /// `tdata2`: Trigger data 2.
    pub const TDATA2: Csr = Csr::new(0x7a2);
    /// `tdata3`: Trigger data 3.
    pub const TDATA3: Csr = Csr::new(0x7a3);
    /// `dcsr`: Debug control and status.
    pub const DCSR: Csr = Csr::new(0x7b0);
    /// `dpc`: Debug pc.
    pub const DPC: Csr = Csr::new(0x7b1);
    /// `vstart`: First element of a vector instruction.
    pub const VSTART: Csr = Csr::new(0x008);
    /// `vxsat`: Vector fixed-point saturation.
    pub const VXSAT: Csr = Csr::new(0x009);
    /// `vxrm`: Vector fixed-point rounding mode.
    pub const VXRM: Csr = Csr::new(0x00a);
    /// `vcsr`: Vector control and status.
    pub const VCSR: Csr = Csr::new(0x00f);
    /// `sstateen0`: Supervisor state enable 0.
    pub const SSTATEEN0: Csr = Csr::new(0x10c);
    /// `sstateen1`: Supervisor state enable 1.
    pub const SSTATEEN1: Csr = Csr::new(0x10d);
    /// `sstateen2`: Supervisor state enable 2.
    pub const SSTATEEN2: Csr = Csr::new(0x10e);
    /// `sstateen3`: Supervisor state enable 3.
    pub const SSTATEEN3: Csr = Csr::new(0x10f);
    /// `sieh`: Upper half of sie, RV32.
    pub const SIEH: Csr = Csr::new(0x114);
    /// `stimecmp`: Supervisor timer compare.
    pub const STIMECMP: Csr = Csr::new(0x14d);
    /// `siselect`: Supervisor indirect register select.
    pub const SISELECT: Csr = Csr::new(0x150);
    /// `sireg`: Supervisor indirect register.
    pub const SIREG: Csr = Csr::new(0x151);
    /// `siph`: Upper half of sip, RV32.
    pub const SIPH: Csr = Csr::new(0x154);
    /// `stopei`: Supervisor top external interrupt.
    pub const STOPEI: Csr = Csr::new(0x15c);
    /// `stimecmph`: Upper half of stimecmp, RV32.
    pub const STIMECMPH: Csr = Csr::new(0x15d);
    /// `vsstatus`: Virtual supervisor status.
    pub const VSSTATUS: Csr = Csr::new(0x200);
    /// `vsie`: Virtual supervisor interrupt enable.
    pub const VSIE: Csr = Csr::new(0x204);
    /// `vstvec`: Virtual supervisor trap vector.
    pub const VSTVEC: Csr = Csr::new(0x205);
    /// `vsieh`: Upper half of vsie, RV32.
    pub const VSIEH: Csr = Csr::new(0x214);
    /// `vsscratch`: Virtual supervisor scratch.
    pub const VSSCRATCH: Csr = Csr::new(0x240);
    /// `vsepc`: Virtual supervisor exception pc.
    pub const VSEPC: Csr = Csr::new(0x241);
    /// `vscause`: Virtual supervisor trap cause.
    pub const VSCAUSE: Csr = Csr::new(0x242);
    /// `vstval`: Virtual supervisor trap value.
    pub const VSTVAL: Csr = Csr::new(0x243);
    /// `vsip`: Virtual supervisor interrupt pending.
    pub const VSIP: Csr = Csr::new(0x244);
    /// `vstimecmp`: Virtual supervisor timer compare.
    pub const VSTIMECMP: Csr = Csr::new(0x24d);
    /// `vsiselect`: Virtual supervisor indirect register select.
    pub const VSISELECT: Csr = Csr::new(0x250);
    /// `vsireg`: Virtual supervisor indirect register.
    pub const VSIREG: Csr = Csr::new(0x251);
    /// `vsiph`: Upper half of vsip, RV32.
    pub const VSIPH: Csr = Csr::new(0x254);
    /// `vstopei`: Virtual supervisor top external interrupt.
    pub const VSTOPEI: Csr = Csr::new(0x25c);
    /// `vstimecmph`: Upper half of vstimecmp, RV32.
    pub const VSTIMECMPH: Csr = Csr::new(0x25d);
    /// `vsatp`: Virtual supervisor address translation.
    pub const VSATP: Csr = Csr::new(0x280);
    /// `mvien`: Machine virtual interrupt enable.
    pub const MVIEN: Csr = Csr::new(0x308);
    /// `mvip`: Machine virtual interrupt pending.
    pub const MVIP: Csr = Csr::new(0x309);
    /// `mstateen0`: Machine state enable 0.
    pub const MSTATEEN0: Csr = Csr::new(0x30c);
    /// `mstateen1`: Machine state enable 1.
    pub const MSTATEEN1: Csr = Csr::new(0x30d);
    /// `mstateen2`: Machine state enable 2.
    pub const MSTATEEN2: Csr = Csr::new(0x30e);
    /// `mstateen3`: Machine state enable 3.
    pub const MSTATEEN3: Csr = Csr::new(0x30f);
    /// `midelegh`: Upper half of mideleg, RV32.
    pub const MIDELEGH: Csr = Csr::new(0x313);
    /// `mieh`: Upper half of mie, RV32.
    pub const MIEH: Csr = Csr::new(0x314);
    /// `mvienh`: Upper half of mvien, RV32.
    pub const MVIENH: Csr = Csr::new(0x318);
    /// `mviph`: Upper half of mvip, RV32.
    pub const MVIPH: Csr = Csr::new(0x319);
    /// `menvcfgh`: Upper half of menvcfg, RV32.
    pub const MENVCFGH: Csr = Csr::new(0x31a);
    /// `mstateen0h`: Upper half of mstateen0, RV32.
    pub const MSTATEEN0H: Csr = Csr::new(0x31c);
    /// `mstateen1h`: Upper half of mstateen1, RV32.
    pub const MSTATEEN1H: Csr = Csr::new(0x31d);
    /// `mstateen2h`: Upper half of mstateen2, RV32.
    pub const MSTATEEN2H: Csr = Csr::new(0x31e);
    /// `mstateen3h`: Upper half of mstateen3, RV32.
    pub const MSTATEEN3H: Csr = Csr::new(0x31f);
    /// `mhpmevent3`: Event of performance counter 3.
    pub const MHPMEVENT3: Csr = Csr::new(0x323);
    /// `mhpmevent4`: Event of performance counter 4.
    pub const MHPMEVENT4: Csr = Csr::new(0x324);
    /// `mhpmevent5`: Event of performance counter 5.
    pub const MHPMEVENT5: Csr = Csr::new(0x325);
    /// `mhpmevent6`: Event of performance counter 6.
    pub const MHPMEVENT6: Csr = Csr::new(0x326);
    /// `mhpmevent7`: Event of performance counter 7.
    pub const MHPMEVENT7: Csr = Csr::new(0x327);
    /// `mhpmevent8`: Event of performance counter 8.
    pub const MHPMEVENT8: Csr = Csr::new(0x328);
    /// `mhpmevent9`: Event of performance counter 9.
    pub const MHPMEVENT9: Csr = Csr::new(0x329);
    /// `mhpmevent10`: Event of performance counter 10.
    pub const MHPMEVENT10: Csr = Csr::new(0x32a);
    /// `mhpmevent11`: Event of performance counter 11.
    pub const MHPMEVENT11: Csr = Csr::new(0x32b);
    /// `mhpmevent12`: Event of performance counter 12.
    pub const MHPMEVENT12: Csr = Csr::new(0x32c);
    /// `mhpmevent13`: Event of performance counter 13.
    pub const MHPMEVENT13: Csr = Csr::new(0x32d);
    /// `mhpmevent14`: Event of performance counter 14.
    pub const MHPMEVENT14: Csr = Csr::new(0x32e);
    /// `mhpmevent15`: Event of performance counter 15.
    pub const MHPMEVENT15: Csr = Csr::new(0x32f);
    /// `mhpmevent16`: Event of performance counter 16.
    pub const MHPMEVENT16: Csr = Csr::new(0x330);
    /// `mhpmevent17`: Event of performance counter 17.
    pub const MHPMEVENT17: Csr = Csr::new(0x331);
    /// `mhpmevent18`: Event of performance counter 18.
    pub const MHPMEVENT18: Csr = Csr::new(0x332);
    /// `mhpmevent19`: Event of performance counter 19.
    pub const MHPMEVENT19: Csr = Csr::new(0x333);
    /// `mhpmevent20`: Event of performance counter 20.
    pub const MHPMEVENT20: Csr = Csr::new(0x334);
    /// `mhpmevent21`: Event of performance counter 21.
    pub const MHPMEVENT21: Csr = Csr::new(0x335);
    /// `mhpmevent22`: Event of performance counter 22.
    pub const MHPMEVENT22: Csr = Csr::new(0x336);
    /// `mhpmevent23`: Event of performance counter 23.
    pub const MHPMEVENT23: Csr = Csr::new(0x337);
    /// `mhpmevent24`: Event of performance counter 24.
    pub const MHPMEVENT24: Csr = Csr::new(0x338);
    /// `mhpmevent25`: Event of performance counter 25.
    pub const MHPMEVENT25: Csr = Csr::new(0x339);
    /// `mhpmevent26`: Event of performance counter 26.
    pub const MHPMEVENT26: Csr = Csr::new(0x33a);
    /// `mhpmevent27`: Event of performance counter 27.
    pub const MHPMEVENT27: Csr = Csr::new(0x33b);
    /// `mhpmevent28`: Event of performance counter 28.
    pub const MHPMEVENT28: Csr = Csr::new(0x33c);
    /// `mhpmevent29`: Event of performance counter 29.
    pub const MHPMEVENT29: Csr = Csr::new(0x33d);
    /// `mhpmevent30`: Event of performance counter 30.
    pub const MHPMEVENT30: Csr = Csr::new(0x33e);
    /// `mhpmevent31`: Event of performance counter 31.
    pub const MHPMEVENT31: Csr = Csr::new(0x33f);
    /// `mtinst`: Machine trap instruction.
    pub const MTINST: Csr = Csr::new(0x34a);
    /// `mtval2`: Machine second trap value.
    pub const MTVAL2: Csr = Csr::new(0x34b);
    /// `miselect`: Machine indirect register select.
    pub const MISELECT: Csr = Csr::new(0x350);
    /// `mireg`: Machine indirect register.
    pub const MIREG: Csr = Csr::new(0x351);
    /// `miph`: Upper half of mip, RV32.
    pub const MIPH: Csr = Csr::new(0x354);
    /// `mtopei`: Machine top external interrupt.
    pub const MTOPEI: Csr = Csr::new(0x35c);
    /// `pmpcfg4`: Memory protection configuration 4.
    pub const PMPCFG4: Csr = Csr::new(0x3a4);
    /// `pmpcfg5`: Memory protection configuration 5.
    pub const PMPCFG5: Csr = Csr::new(0x3a5);
    /// `pmpcfg6`: Memory protection configuration 6.
    pub const PMPCFG6: Csr = Csr::new(0x3a6);
    /// `pmpcfg7`: Memory protection configuration 7.
    pub const PMPCFG7: Csr = Csr::new(0x3a7);
    /// `pmpcfg8`: Memory protection configuration 8.
    pub const PMPCFG8: Csr = Csr::new(0x3a8);
    /// `pmpcfg9`: Memory protection configuration 9.
    pub const PMPCFG9: Csr = Csr::new(0x3a9);
    /// `pmpcfg10`: Memory protection configuration 10.
    pub const PMPCFG10: Csr = Csr::new(0x3aa);
    /// `pmpcfg11`: Memory protection configuration 11.
    pub const PMPCFG11: Csr = Csr::new(0x3ab);
    /// `pmpcfg12`: Memory protection configuration 12.
    pub const PMPCFG12: Csr = Csr::new(0x3ac);
    /// `pmpcfg13`: Memory protection configuration 13.
    pub const PMPCFG13: Csr = Csr::new(0x3ad);
    /// `pmpcfg14`: Memory protection configuration 14.
    pub const PMPCFG14: Csr = Csr::new(0x3ae);
    /// `pmpcfg15`: Memory protection configuration 15.
    pub const PMPCFG15: Csr = Csr::new(0x3af);
    /// `pmpaddr16`: Memory protection address 16.
    pub const PMPADDR16: Csr = Csr::new(0x3c0);
    /// `pmpaddr17`: Memory protection address 17.
    pub const PMPADDR17: Csr = Csr::new(0x3c1);
    /// `pmpaddr18`: Memory protection address 18.
    pub const PMPADDR18: Csr = Csr::new(0x3c2);
    /// `pmpaddr19`: Memory protection address 19.
    pub const PMPADDR19: Csr = Csr::new(0x3c3);
    /// `pmpaddr20`: Memory protection address 20.
    pub const PMPADDR20: Csr = Csr::new(0x3c4);
    /// `pmpaddr21`: Memory protection address 21.
    pub const PMPADDR21: Csr = Csr::new(0x3c5);
    /// `pmpaddr22`: Memory protection address 22.
    pub const PMPADDR22: Csr = Csr::new(0x3c6);
    /// `pmpaddr23`: Memory protection address 23.
    pub const PMPADDR23: Csr = Csr::new(0x3c7);
    /// `pmpaddr24`: Memory protection address 24.
    pub const PMPADDR24: Csr = Csr::new(0x3c8);
    /// `pmpaddr25`: Memory protection address 25.
    pub const PMPADDR25: Csr = Csr::new(0x3c9);
    /// `pmpaddr26`: Memory protection address 26.
    pub const PMPADDR26: Csr = Csr::new(0x3ca);
    /// `pmpaddr27`: Memory protection address 27.
    pub const PMPADDR27: Csr = Csr::new(0x3cb);
    /// `pmpaddr28`: Memory protection address 28.
    pub const PMPADDR28: Csr = Csr::new(0x3cc);
    /// `pmpaddr29`: Memory protection address 29.
    pub const PMPADDR29: Csr = Csr::new(0x3cd);
    /// `pmpaddr30`: Memory protection address 30.
    pub const PMPADDR30: Csr = Csr::new(0x3ce);
    /// `pmpaddr31`: Memory protection address 31.
    pub const PMPADDR31: Csr = Csr::new(0x3cf);
    /// `pmpaddr32`: Memory protection address 32.
    pub const PMPADDR32: Csr = Csr::new(0x3d0);
    /// `pmpaddr33`: Memory protection address 33.
    pub const PMPADDR33: Csr = Csr::new(0x3d1);
    /// `pmpaddr34`: Memory protection address 34.
    pub const PMPADDR34: Csr = Csr::new(0x3d2);
    /// `pmpaddr35`: Memory protection address 35.
    pub const PMPADDR35: Csr = Csr::new(0x3d3);
    /// `pmpaddr36`: Memory protection address 36.
    pub const PMPADDR36: Csr = Csr::new(0x3d4);
    /// `pmpaddr37`: Memory protection address 37.
    pub const PMPADDR37: Csr = Csr::new(0x3d5);
    /// `pmpaddr38`: Memory protection address 38.
    pub const PMPADDR38: Csr = Csr::new(0x3d6);
    /// `pmpaddr39`: Memory protection address 39.
    pub const PMPADDR39: Csr = Csr::new(0x3d7);
    /// `pmpaddr40`: Memory protection address 40.
    pub const PMPADDR40: Csr = Csr::new(0x3d8);
    /// `pmpaddr41`: Memory protection address 41.
    pub const PMPADDR41: Csr = Csr::new(0x3d9);
    /// `pmpaddr42`: Memory protection address 42.
    pub const PMPADDR42: Csr = Csr::new(0x3da);
    /// `pmpaddr43`: Memory protection address 43.
    pub const PMPADDR43: Csr = Csr::new(0x3db);
    /// `pmpaddr44`: Memory protection address 44.
    pub const PMPADDR44: Csr = Csr::new(0x3dc);
    /// `pmpaddr45`: Memory protection address 45.
    pub const PMPADDR45: Csr = Csr::new(0x3dd);
    /// `pmpaddr46`: Memory protection address 46.
    pub const PMPADDR46: Csr = Csr::new(0x3de);
    /// `pmpaddr47`: Memory protection address 47.
    pub const PMPADDR47: Csr = Csr::new(0x3df);
    /// `pmpaddr48`: Memory protection address 48.
    pub const PMPADDR48: Csr = Csr::new(0x3e0);
    /// `pmpaddr49`: Memory protection address 49.
    pub const PMPADDR49: Csr = Csr::new(0x3e1);
    /// `pmpaddr50`: Memory protection address 50.
    pub const PMPADDR50: Csr = Csr::new(0x3e2);
    /// `pmpaddr51`: Memory protection address 51.
    pub const PMPADDR51: Csr = Csr::new(0x3e3);
    /// `pmpaddr52`: Memory protection address 52.
    pub const PMPADDR52: Csr = Csr::new(0x3e4);
    /// `pmpaddr53`: Memory protection address 53.
    pub const PMPADDR53: Csr = Csr::new(0x3e5);
    /// `pmpaddr54`: Memory protection address 54.
    pub const PMPADDR54: Csr = Csr::new(0x3e6);
    /// `pmpaddr55`: Memory protection address 55.
    pub const PMPADDR55: Csr = Csr::new(0x3e7);
    /// `pmpaddr56`: Memory protection address 56.
    pub const PMPADDR56: Csr = Csr::new(0x3e8);
    /// `pmpaddr57`: Memory protection address 57.
    pub const PMPADDR57: Csr = Csr::new(0x3e9);
    /// `pmpaddr58`: Memory protection address 58.
    pub const PMPADDR58: Csr = Csr::new(0x3ea);
    /// `pmpaddr59`: Memory protection address 59.
    pub const PMPADDR59: Csr = Csr::new(0x3eb);
    /// `pmpaddr60`: Memory protection address 60.
    pub const PMPADDR60: Csr = Csr::new(0x3ec);
    /// `pmpaddr61`: Memory protection address 61.
    pub const PMPADDR61: Csr = Csr::new(0x3ed);
    /// `pmpaddr62`: Memory protection address 62.
    pub const PMPADDR62: Csr = Csr::new(0x3ee);
    /// `pmpaddr63`: Memory protection address 63.
    pub const PMPADDR63: Csr = Csr::new(0x3ef);
    /// `scontext`: Supervisor context for triggers.
    pub const SCONTEXT: Csr = Csr::new(0x5a8);
    /// `hstatus`: Hypervisor status.
    pub const HSTATUS: Csr = Csr::new(0x600);
    /// `hedeleg`: Hypervisor exception delegation.
    pub const HEDELEG: Csr = Csr::new(0x602);
    /// `hideleg`: Hypervisor interrupt delegation.
    pub const HIDELEG: Csr = Csr::new(0x603);
    /// `hie`: Hypervisor interrupt enable.
    pub const HIE: Csr = Csr::new(0x604);
    /// `htimedelta`: Difference of the virtual timer.
    pub const HTIMEDELTA: Csr = Csr::new(0x605);
    /// `hcounteren`: Hypervisor counter enable.
    pub const HCOUNTEREN: Csr = Csr::new(0x606);
    /// `hgeie`: Hypervisor guest external interrupt enable.
    pub const HGEIE: Csr = Csr::new(0x607);
    /// `hvien`: Hypervisor virtual interrupt enable.
    pub const HVIEN: Csr = Csr::new(0x608);
    /// `hvictl`: Hypervisor virtual interrupt control.
    pub const HVICTL: Csr = Csr::new(0x609);
    /// `henvcfg`: Hypervisor environment configuration.
    pub const HENVCFG: Csr = Csr::new(0x60a);
    /// `hstateen0`: Hypervisor state enable 0.
    pub const HSTATEEN0: Csr = Csr::new(0x60c);
    /// `hstateen1`: Hypervisor state enable 1.
    pub const HSTATEEN1: Csr = Csr::new(0x60d);
    /// `hstateen2`: Hypervisor state enable 2.
    pub const HSTATEEN2: Csr = Csr::new(0x60e);
    /// `hstateen3`: Hypervisor state enable 3.
    pub const HSTATEEN3: Csr = Csr::new(0x60f);
    /// `hidelegh`: Upper half of hideleg, RV32.
    pub const HIDELEGH: Csr = Csr::new(0x613);
    /// `htimedeltah`: Upper half of htimedelta, RV32.
    pub const HTIMEDELTAH: Csr = Csr::new(0x615);
    /// `hvienh`: Upper half of hvien, RV32.
    pub const HVIENH: Csr = Csr::new(0x618);
    /// `henvcfgh`: Upper half of henvcfg, RV32.
    pub const HENVCFGH: Csr = Csr::new(0x61a);
    /// `hstateen0h`: Upper half of hstateen0, RV32.
    pub const HSTATEEN0H: Csr = Csr::new(0x61c);
    /// `hstateen1h`: Upper half of hstateen1, RV32.
    pub const HSTATEEN1H: Csr = Csr::new(0x61d);
    /// `hstateen2h`: Upper half of hstateen2, RV32.
    pub const HSTATEEN2H: Csr = Csr::new(0x61e);
    /// `hstateen3h`: Upper half of hstateen3, RV32.
    pub const HSTATEEN3H: Csr = Csr::new(0x61f);
    /// `htval`: Hypervisor trap value.
    pub const HTVAL: Csr = Csr::new(0x643);
    /// `hip`: Hypervisor interrupt pending.
    pub const HIP: Csr = Csr::new(0x644);
    /// `hvip`: Hypervisor virtual interrupt pending.
    pub const HVIP: Csr = Csr::new(0x645);
    /// `hviprio1`: Hypervisor virtual interrupt priorities 1.
    pub const HVIPRIO1: Csr = Csr::new(0x646);
    /// `hviprio2`: Hypervisor virtual interrupt priorities 2.
    pub const HVIPRIO2: Csr = Csr::new(0x647);
    /// `htinst`: Hypervisor trap instruction.
    pub const HTINST: Csr = Csr::new(0x64a);
    /// `hviph`: Upper half of hvip, RV32.
    pub const HVIPH: Csr = Csr::new(0x655);
    /// `hviprio1h`: Upper half of hviprio1, RV32.
    pub const HVIPRIO1H: Csr = Csr::new(0x656);
    /// `hviprio2h`: Upper half of hviprio2, RV32.
    pub const HVIPRIO2H: Csr = Csr::new(0x657);
    /// `hgatp`: Hypervisor guest address translation and protection.
    pub const HGATP: Csr = Csr::new(0x680);
    /// `hcontext`: Hypervisor context for triggers.
    pub const HCONTEXT: Csr = Csr::new(0x6a8);
    /// `mhpmevent3h`: Upper half of mhpmevent3, RV32.
    pub const MHPMEVENT3H: Csr = Csr::new(0x723);
    /// `mhpmevent4h`: Upper half of mhpmevent4, RV32.
    pub const MHPMEVENT4H: Csr = Csr::new(0x724);
    /// `mhpmevent5h`: Upper half of mhpmevent5, RV32.
    pub const MHPMEVENT5H: Csr = Csr::new(0x725);
    /// `mhpmevent6h`: Upper half of mhpmevent6, RV32.
    pub const MHPMEVENT6H: Csr = Csr::new(0x726);
    /// `mhpmevent7h`: Upper half of mhpmevent7, RV32.
    pub const MHPMEVENT7H: Csr = Csr::new(0x727);
    /// `mhpmevent8h`: Upper half of mhpmevent8, RV32.
    pub const MHPMEVENT8H: Csr = Csr::new(0x728);
    /// `mhpmevent9h`: Upper half of mhpmevent9, RV32.
    pub const MHPMEVENT9H: Csr = Csr::new(0x729);
    /// `mhpmevent10h`: Upper half of mhpmevent10, RV32.
    pub const MHPMEVENT10H: Csr = Csr::new(0x72a);
    /// `mhpmevent11h`: Upper half of mhpmevent11, RV32.
    pub const MHPMEVENT11H: Csr = Csr::new(0x72b);
    /// `mhpmevent12h`: Upper half of mhpmevent12, RV32.
    pub const MHPMEVENT12H: Csr = Csr::new(0x72c);
    /// `mhpmevent13h`: Upper half of mhpmevent13, RV32.
    pub const MHPMEVENT13H: Csr = Csr::new(0x72d);
    /// `mhpmevent14h`: Upper half of mhpmevent14, RV32.
    pub const MHPMEVENT14H: Csr = Csr::new(0x72e);
    /// `mhpmevent15h`: Upper half of mhpmevent15, RV32.
    pub const MHPMEVENT15H: Csr = Csr::new(0x72f);
    /// `mhpmevent16h`: Upper half of mhpmevent16, RV32.
    pub const MHPMEVENT16H: Csr = Csr::new(0x730);
    /// `mhpmevent17h`: Upper half of mhpmevent17, RV32.
    pub const MHPMEVENT17H: Csr = Csr::new(0x731);
    /// `mhpmevent18h`: Upper half of mhpmevent18, RV32.
    pub const MHPMEVENT18H: Csr = Csr::new(0x732);
    /// `mhpmevent19h`: Upper half of mhpmevent19, RV32.
    pub const MHPMEVENT19H: Csr = Csr::new(0x733);
    /// `mhpmevent20h`: Upper half of mhpmevent20, RV32.
    pub const MHPMEVENT20H: Csr = Csr::new(0x734);
    /// `mhpmevent21h`: Upper half of mhpmevent21, RV32.
    pub const MHPMEVENT21H: Csr = Csr::new(0x735);
    /// `mhpmevent22h`: Upper half of mhpmevent22, RV32.
    pub const MHPMEVENT22H: Csr = Csr::new(0x736);
    /// `mhpmevent23h`: Upper half of mhpmevent23, RV32.
    pub const MHPMEVENT23H: Csr = Csr::new(0x737);
    /// `mhpmevent24h`: Upper half of mhpmevent24, RV32.
    pub const MHPMEVENT24H: Csr = Csr::new(0x738);
    /// `mhpmevent25h`: Upper half of mhpmevent25, RV32.
    pub const MHPMEVENT25H: Csr = Csr::new(0x739);
    /// `mhpmevent26h`: Upper half of mhpmevent26, RV32.
    pub const MHPMEVENT26H: Csr = Csr::new(0x73a);
    /// `mhpmevent27h`: Upper half of mhpmevent27, RV32.
    pub const MHPMEVENT27H: Csr = Csr::new(0x73b);
    /// `mhpmevent28h`: Upper half of mhpmevent28, RV32.
    pub const MHPMEVENT28H: Csr = Csr::new(0x73c);
    /// `mhpmevent29h`: Upper half of mhpmevent29, RV32.
    pub const MHPMEVENT29H: Csr = Csr::new(0x73d);
    /// `mhpmevent30h`: Upper half of mhpmevent30, RV32.
    pub const MHPMEVENT30H: Csr = Csr::new(0x73e);
    /// `mhpmevent31h`: Upper half of mhpmevent31, RV32.
    pub const MHPMEVENT31H: Csr = Csr::new(0x73f);
    /// `mseccfg`: Machine security configuration.
    pub const MSECCFG: Csr = Csr::new(0x747);
    /// `mseccfgh`: Upper half of mseccfg, RV32.
    pub const MSECCFGH: Csr = Csr::new(0x757);
    /// `tinfo`: Trigger information.
    pub const TINFO: Csr = Csr::new(0x7a4);
    /// `tcontrol`: Trigger control.
    pub const TCONTROL: Csr = Csr::new(0x7a5);
    /// `mcontext`: Machine context for triggers.
    pub const MCONTEXT: Csr = Csr::new(0x7a8);
    /// `mscontext`: Supervisor context for triggers, machine view.
    pub const MSCONTEXT: Csr = Csr::new(0x7aa);
    /// `dscratch0`: Debug scratch 0.
    pub const DSCRATCH0: Csr = Csr::new(0x7b2);
    /// `dscratch1`: Debug scratch 1.
    pub const DSCRATCH1: Csr = Csr::new(0x7b3);
    /// `mhpmcounter3`: Machine performance counter 3.
    pub const MHPMCOUNTER3: Csr = Csr::new(0xb03);
    /// `mhpmcounter4`: Machine performance counter 4.
    pub const MHPMCOUNTER4: Csr = Csr::new(0xb04);
    /// `mhpmcounter5`: Machine performance counter 5.
    pub const MHPMCOUNTER5: Csr = Csr::new(0xb05);
    /// `mhpmcounter6`: Machine performance counter 6.
    pub const MHPMCOUNTER6: Csr = Csr::new(0xb06);
    /// `mhpmcounter7`: Machine performance counter 7.
    pub const MHPMCOUNTER7: Csr = Csr::new(0xb07);
    /// `mhpmcounter8`: Machine performance counter 8.
    pub const MHPMCOUNTER8: Csr = Csr::new(0xb08);
    /// `mhpmcounter9`: Machine performance counter 9.
    pub const MHPMCOUNTER9: Csr = Csr::new(0xb09);
    /// `mhpmcounter10`: Machine performance counter 10.
    pub const MHPMCOUNTER10: Csr = Csr::new(0xb0a);
    /// `mhpmcounter11`: Machine performance counter 11.
    pub const MHPMCOUNTER11: Csr = Csr::new(0xb0b);
    /// `mhpmcounter12`: Machine performance counter 12.
    pub const MHPMCOUNTER12: Csr = Csr::new(0xb0c);
    /// `mhpmcounter13`: Machine performance counter 13.
    pub const MHPMCOUNTER13: Csr = Csr::new(0xb0d);
    /// `mhpmcounter14`: Machine performance counter 14.
    pub const MHPMCOUNTER14: Csr = Csr::new(0xb0e);
    /// `mhpmcounter15`: Machine performance counter 15.
    pub const MHPMCOUNTER15: Csr = Csr::new(0xb0f);
    /// `mhpmcounter16`: Machine performance counter 16.
    pub const MHPMCOUNTER16: Csr = Csr::new(0xb10);
    /// `mhpmcounter17`: Machine performance counter 17.
    pub const MHPMCOUNTER17: Csr = Csr::new(0xb11);
    /// `mhpmcounter18`: Machine performance counter 18.
    pub const MHPMCOUNTER18: Csr = Csr::new(0xb12);
    /// `mhpmcounter19`: Machine performance counter 19.
    pub const MHPMCOUNTER19: Csr = Csr::new(0xb13);
    /// `mhpmcounter20`: Machine performance counter 20.
    pub const MHPMCOUNTER20: Csr = Csr::new(0xb14);
    /// `mhpmcounter21`: Machine performance counter 21.
    pub const MHPMCOUNTER21: Csr = Csr::new(0xb15);
    /// `mhpmcounter22`: Machine performance counter 22.
    pub const MHPMCOUNTER22: Csr = Csr::new(0xb16);
    /// `mhpmcounter23`: Machine performance counter 23.
    pub const MHPMCOUNTER23: Csr = Csr::new(0xb17);
    /// `mhpmcounter24`: Machine performance counter 24.
    pub const MHPMCOUNTER24: Csr = Csr::new(0xb18);
    /// `mhpmcounter25`: Machine performance counter 25.
    pub const MHPMCOUNTER25: Csr = Csr::new(0xb19);
    /// `mhpmcounter26`: Machine performance counter 26.
    pub const MHPMCOUNTER26: Csr = Csr::new(0xb1a);
    /// `mhpmcounter27`: Machine performance counter 27.
    pub const MHPMCOUNTER27: Csr = Csr::new(0xb1b);
    /// `mhpmcounter28`: Machine performance counter 28.
    pub const MHPMCOUNTER28: Csr = Csr::new(0xb1c);
    /// `mhpmcounter29`: Machine performance counter 29.
    pub const MHPMCOUNTER29: Csr = Csr::new(0xb1d);
    /// `mhpmcounter30`: Machine performance counter 30.
    pub const MHPMCOUNTER30: Csr = Csr::new(0xb1e);
    /// `mhpmcounter31`: Machine performance counter 31.
    pub const MHPMCOUNTER31: Csr = Csr::new(0xb1f);
    /// `mhpmcounter3h`: Upper half of mhpmcounter3, RV32.
    pub const MHPMCOUNTER3H: Csr = Csr::new(0xb83);
    /// `mhpmcounter4h`: Upper half of mhpmcounter4, RV32.
    pub const MHPMCOUNTER4H: Csr = Csr::new(0xb84);
    /// `mhpmcounter5h`: Upper half of mhpmcounter5, RV32.
    pub const MHPMCOUNTER5H: Csr = Csr::new(0xb85);
    /// `mhpmcounter6h`: Upper half of mhpmcounter6, RV32.
    pub const MHPMCOUNTER6H: Csr = Csr::new(0xb86);
    /// `mhpmcounter7h`: Upper half of mhpmcounter7, RV32.
    pub const MHPMCOUNTER7H: Csr = Csr::new(0xb87);
    /// `mhpmcounter8h`: Upper half of mhpmcounter8, RV32.
    pub const MHPMCOUNTER8H: Csr = Csr::new(0xb88);
    /// `mhpmcounter9h`: Upper half of mhpmcounter9, RV32.
    pub const MHPMCOUNTER9H: Csr = Csr::new(0xb89);
    /// `mhpmcounter10h`: Upper half of mhpmcounter10, RV32.
    pub const MHPMCOUNTER10H: Csr = Csr::new(0xb8a);
    /// `mhpmcounter11h`: Upper half of mhpmcounter11, RV32.
    pub const MHPMCOUNTER11H: Csr = Csr::new(0xb8b);
    /// `mhpmcounter12h`: Upper half of mhpmcounter12, RV32.
    pub const MHPMCOUNTER12H: Csr = Csr::new(0xb8c);
    /// `mhpmcounter13h`: Upper half of mhpmcounter13, RV32.
    pub const MHPMCOUNTER13H: Csr = Csr::new(0xb8d);
    /// `mhpmcounter14h`: Upper half of mhpmcounter14, RV32.
    pub const MHPMCOUNTER14H: Csr = Csr::new(0xb8e);
    /// `mhpmcounter15h`: Upper half of mhpmcounter15, RV32.
    pub const MHPMCOUNTER15H: Csr = Csr::new(0xb8f);
    /// `mhpmcounter16h`: Upper half of mhpmcounter16, RV32.
    pub const MHPMCOUNTER16H: Csr = Csr::new(0xb90);
    /// `mhpmcounter17h`: Upper half of mhpmcounter17, RV32.
    pub const MHPMCOUNTER17H: Csr = Csr::new(0xb91);
    /// `mhpmcounter18h`: Upper half of mhpmcounter18, RV32.
    pub const MHPMCOUNTER18H: Csr = Csr::new(0xb92);
    /// `mhpmcounter19h`: Upper half of mhpmcounter19, RV32.
    pub const MHPMCOUNTER19H: Csr = Csr::new(0xb93);
    /// `mhpmcounter20h`: Upper half of mhpmcounter20, RV32.
    pub const MHPMCOUNTER20H: Csr = Csr::new(0xb94);
    /// `mhpmcounter21h`: Upper half of mhpmcounter21, RV32.
    pub const MHPMCOUNTER21H: Csr = Csr::new(0xb95);
    /// `mhpmcounter22h`: Upper half of mhpmcounter22, RV32.
    pub const MHPMCOUNTER22H: Csr = Csr::new(0xb96);
    /// `mhpmcounter23h`: Upper half of mhpmcounter23, RV32.
    pub const MHPMCOUNTER23H: Csr = Csr::new(0xb97);
    /// `mhpmcounter24h`: Upper half of mhpmcounter24, RV32.
    pub const MHPMCOUNTER24H: Csr = Csr::new(0xb98);
    /// `mhpmcounter25h`: Upper half of mhpmcounter25, RV32.
    pub const MHPMCOUNTER25H: Csr = Csr::new(0xb99);
    /// `mhpmcounter26h`: Upper half of mhpmcounter26, RV32.
    pub const MHPMCOUNTER26H: Csr = Csr::new(0xb9a);
    /// `mhpmcounter27h`: Upper half of mhpmcounter27, RV32.
    pub const MHPMCOUNTER27H: Csr = Csr::new(0xb9b);
    /// `mhpmcounter28h`: Upper half of mhpmcounter28, RV32.
    pub const MHPMCOUNTER28H: Csr = Csr::new(0xb9c);
    /// `mhpmcounter29h`: Upper half of mhpmcounter29, RV32.
    pub const MHPMCOUNTER29H: Csr = Csr::new(0xb9d);
    /// `mhpmcounter30h`: Upper half of mhpmcounter30, RV32.
    pub const MHPMCOUNTER30H: Csr = Csr::new(0xb9e);
    /// `mhpmcounter31h`: Upper half of mhpmcounter31, RV32.
    pub const MHPMCOUNTER31H: Csr = Csr::new(0xb9f);
    /// `vl`: Vector length.
    pub const VL: Csr = Csr::new(0xc20);
    /// `vtype`: Vector type.
    pub const VTYPE: Csr = Csr::new(0xc21);
    /// `vlenb`: Bytes of a vector register.
    pub const VLENB: Csr = Csr::new(0xc22);
    /// `scountovf`: Overflow of performance counters.
    pub const SCOUNTOVF: Csr = Csr::new(0xda0);
    /// `stopi`: Supervisor top interrupt.
    pub const STOPI: Csr = Csr::new(0xdb0);
    /// `hgeip`: Hypervisor guest external interrupt pending.
    pub const HGEIP: Csr = Csr::new(0xe12);
    /// `vstopi`: Virtual supervisor top interrupt.
    pub const VSTOPI: Csr = Csr::new(0xeb0);
    /// `mtopi`: Machine top interrupt.
    pub const MTOPI: Csr = Csr::new(0xfb0);
    /// `zktr.version`: Version of the extension.
    pub const ZKTR_VERSION: Csr = Csr::new(0xce0);
    /// `zktr.formats`: Bit c is set if the units have the format with code c.
    pub const ZKTR_FORMATS: Csr = Csr::new(0xce1);
    /// `zktr.functions`: Bit f is set if the units have the instruction whose funct7 is f.
    pub const ZKTR_FUNCTIONS: Csr = Csr::new(0xce2);
    /// `zktr.formatsh`: Bit c is set if the units have the format with code 32 + c.
    pub const ZKTR_FORMATSH: Csr = Csr::new(0xce3);
    /// `zktr.functionsh`: Bit f is set if the units have the instruction whose funct7 is 32 + f.
    pub const ZKTR_FUNCTIONSH: Csr = Csr::new(0xce4);
}

/// Names of formats, for descriptors.
pub mod format {
    /// `babybear`
    pub const BABYBEAR: &str = "babybear";
    /// `babybear-m`
    pub const BABYBEAR_M: &str = "babybear-m";
    /// `babybear4`
    pub const BABYBEAR4: &str = "babybear4";
    /// `babybear4-m`
    pub const BABYBEAR4_M: &str = "babybear4-m";
    /// `koalabear`
    pub const KOALABEAR: &str = "koalabear";
    /// `koalabear-m`
    pub const KOALABEAR_M: &str = "koalabear-m";
    /// `koalabear4`
    pub const KOALABEAR4: &str = "koalabear4";
    /// `koalabear4-m`
    pub const KOALABEAR4_M: &str = "koalabear4-m";
    /// `babybear4-r` As in RISC Zero.
    pub const BABYBEAR4_R: &str = "babybear4-r";
    /// `babybear4-r-m` As in RISC Zero.
    pub const BABYBEAR4_R_M: &str = "babybear4-r-m";
    /// `babybear5`
    pub const BABYBEAR5: &str = "babybear5";
    /// `babybear5-m`
    pub const BABYBEAR5_M: &str = "babybear5-m";
    /// `koalabear5`
    pub const KOALABEAR5: &str = "koalabear5";
    /// `koalabear5-m`
    pub const KOALABEAR5_M: &str = "koalabear5-m";
    /// `babybear2-x-m`
    pub const BABYBEAR2_X_M: &str = "babybear2-x-m";
    /// `babybear3-x-m`
    pub const BABYBEAR3_X_M: &str = "babybear3-x-m";
    /// `babybear4-x-m`
    pub const BABYBEAR4_X_M: &str = "babybear4-x-m";
    /// `babybear5-x-m`
    pub const BABYBEAR5_X_M: &str = "babybear5-x-m";
    /// `koalabear2-x-m`
    pub const KOALABEAR2_X_M: &str = "koalabear2-x-m";
    /// `koalabear3-x-m`
    pub const KOALABEAR3_X_M: &str = "koalabear3-x-m";
    /// `koalabear4-x-m`
    pub const KOALABEAR4_X_M: &str = "koalabear4-x-m";
    /// `koalabear5-x-m`
    pub const KOALABEAR5_X_M: &str = "koalabear5-x-m";
    /// `mersenne31`
    pub const MERSENNE31: &str = "mersenne31";
    /// `mersenne31-z`
    pub const MERSENNE31_Z: &str = "mersenne31-z";
    /// `cm31` Complex Mersenne-31.
    pub const CM31: &str = "cm31";
    /// `cm31-z` Complex Mersenne-31.
    pub const CM31_Z: &str = "cm31-z";
    /// `qm31` Stwo's secure field.
    pub const QM31: &str = "qm31";
    /// `qm31-z` Stwo's secure field.
    pub const QM31_Z: &str = "qm31-z";
    /// `mersenne31-3-x`
    pub const MERSENNE31_3_X: &str = "mersenne31-3-x";
    /// `goldilocks`
    pub const GOLDILOCKS: &str = "goldilocks";
    /// `goldilocks-m`
    pub const GOLDILOCKS_M: &str = "goldilocks-m";
    /// `goldilocks2`
    pub const GOLDILOCKS2: &str = "goldilocks2";
    /// `goldilocks2-m`
    pub const GOLDILOCKS2_M: &str = "goldilocks2-m";
    /// `goldilocks3-t` As in Triton VM.
    pub const GOLDILOCKS3_T: &str = "goldilocks3-t";
    /// `goldilocks3-t-m` As in Triton VM.
    pub const GOLDILOCKS3_T_M: &str = "goldilocks3-t-m";
    /// `goldilocks3` As in ZisK.
    pub const GOLDILOCKS3: &str = "goldilocks3";
    /// `goldilocks3-m` As in ZisK.
    pub const GOLDILOCKS3_M: &str = "goldilocks3-m";
    /// `goldilocks5`
    pub const GOLDILOCKS5: &str = "goldilocks5";
    /// `goldilocks5-m`
    pub const GOLDILOCKS5_M: &str = "goldilocks5-m";
    /// `goldilocks2-x`
    pub const GOLDILOCKS2_X: &str = "goldilocks2-x";
    /// `goldilocks3-x`
    pub const GOLDILOCKS3_X: &str = "goldilocks3-x";
    /// `goldilocks4-x`
    pub const GOLDILOCKS4_X: &str = "goldilocks4-x";
    /// `goldilocks5-x`
    pub const GOLDILOCKS5_X: &str = "goldilocks5-x";
    /// `goldilocks3-x-m`
    pub const GOLDILOCKS3_X_M: &str = "goldilocks3-x-m";
}

/// A method for each instruction, alias and pseudo-instruction of the spec.
pub trait Instructions: Emit {
    /// `lui rd, imm`: Load upper immediate
    #[track_caller]
    fn lui(&mut self, rd: Reg, imm: impl Into<Imm>) -> &mut Self {
        self.emit("lui", &[rd.into(), Into::<Imm>::into(imm).into()])
    }

    /// `auipc rd, imm`: Add upper immediate to pc
    #[track_caller]
    fn auipc(&mut self, rd: Reg, imm: impl Into<Imm>) -> &mut Self {
        self.emit("auipc", &[rd.into(), Into::<Imm>::into(imm).into()])
    }

    /// `jal rd, imm`: Jump and link
    #[track_caller]
    fn jal(&mut self, rd: Reg, imm: impl Into<Target>) -> &mut Self {
        self.emit("jal", &[rd.into(), Into::<Target>::into(imm).into()])
    }

    /// `jal imm`: short for `jal`
    #[track_caller]
    fn jal_imm(&mut self, imm: impl Into<Target>) -> &mut Self {
        self.emit("jal", &[Into::<Target>::into(imm).into()])
    }

    /// `jalr rd, imm(rs1)`: Jump and link register
    #[track_caller]
    fn jalr(&mut self, rd: Reg, imm: impl Into<Imm>, rs1: Reg) -> &mut Self {
        self.emit("jalr", &[rd.into(), Into::<Imm>::into(imm).into(), rs1.into()])
    }

    /// `jalr rs1`: short for `jalr`
    #[track_caller]
    fn jalr_rs1(&mut self, rs1: Reg) -> &mut Self {
        self.emit("jalr", &[rs1.into()])
    }

    /// `jalr imm(rs1)`: short for `jalr`
    #[track_caller]
    fn jalr_imm_rs1(&mut self, imm: impl Into<Imm>, rs1: Reg) -> &mut Self {
        self.emit("jalr", &[Into::<Imm>::into(imm).into(), rs1.into()])
    }

    /// `jalr rs1, imm`: short for `jalr`
    #[track_caller]
    fn jalr_rs1_imm(&mut self, rs1: Reg, imm: impl Into<Imm>) -> &mut Self {
        self.emit("jalr", &[rs1.into(), Into::<Imm>::into(imm).into()])
    }

    /// `jalr rd, rs1`: short for `jalr`
    #[track_caller]
    fn jalr_rd_rs1(&mut self, rd: Reg, rs1: Reg) -> &mut Self {
        self.emit("jalr", &[rd.into(), rs1.into()])
    }

    /// `jalr rd, rs1, imm`: short for `jalr`
    #[track_caller]
    fn jalr_rd_rs1_imm(&mut self, rd: Reg, rs1: Reg, imm: impl Into<Imm>) -> &mut Self {
        self.emit("jalr", &[rd.into(), rs1.into(), Into::<Imm>::into(imm).into()])
    }

    /// `beq rs1, rs2, imm`: Branch if equal
    #[track_caller]
    fn beq(&mut self, rs1: Reg, rs2: Reg, imm: impl Into<Target>) -> &mut Self {
        self.emit("beq", &[rs1.into(), rs2.into(), Into::<Target>::into(imm).into()])
    }

    /// `bne rs1, rs2, imm`: Branch if not equal
    #[track_caller]
    fn bne(&mut self, rs1: Reg, rs2: Reg, imm: impl Into<Target>) -> &mut Self {
        self.emit("bne", &[rs1.into(), rs2.into(), Into::<Target>::into(imm).into()])
    }

    /// `blt rs1, rs2, imm`: Branch if less than
    #[track_caller]
    fn blt(&mut self, rs1: Reg, rs2: Reg, imm: impl Into<Target>) -> &mut Self {
        self.emit("blt", &[rs1.into(), rs2.into(), Into::<Target>::into(imm).into()])
    }

    /// `bge rs1, rs2, imm`: Branch if greater or equal
    #[track_caller]
    fn bge(&mut self, rs1: Reg, rs2: Reg, imm: impl Into<Target>) -> &mut Self {
        self.emit("bge", &[rs1.into(), rs2.into(), Into::<Target>::into(imm).into()])
    }

    /// `bltu rs1, rs2, imm`: Branch if less than, unsigned
    #[track_caller]
    fn bltu(&mut self, rs1: Reg, rs2: Reg, imm: impl Into<Target>) -> &mut Self {
        self.emit("bltu", &[rs1.into(), rs2.into(), Into::<Target>::into(imm).into()])
    }

    /// `bgeu rs1, rs2, imm`: Branch if greater or equal, unsigned
    #[track_caller]
    fn bgeu(&mut self, rs1: Reg, rs2: Reg, imm: impl Into<Target>) -> &mut Self {
        self.emit("bgeu", &[rs1.into(), rs2.into(), Into::<Target>::into(imm).into()])
    }

    /// `lb rd, imm(rs1)`: Load byte
    #[track_caller]
    fn lb(&mut self, rd: Reg, imm: impl Into<Imm>, rs1: Reg) -> &mut Self {
        self.emit("lb", &[rd.into(), Into::<Imm>::into(imm).into(), rs1.into()])
    }

    /// `lb rd, (rs1)`: short for `lb`
    #[track_caller]
    fn lb_rd_rs1(&mut self, rd: Reg, rs1: Reg) -> &mut Self {
        self.emit("lb", &[rd.into(), rs1.into()])
    }

    /// `lh rd, imm(rs1)`: Load halfword
    #[track_caller]
    fn lh(&mut self, rd: Reg, imm: impl Into<Imm>, rs1: Reg) -> &mut Self {
        self.emit("lh", &[rd.into(), Into::<Imm>::into(imm).into(), rs1.into()])
    }

    /// `lh rd, (rs1)`: short for `lh`
    #[track_caller]
    fn lh_rd_rs1(&mut self, rd: Reg, rs1: Reg) -> &mut Self {
        self.emit("lh", &[rd.into(), rs1.into()])
    }

    /// `lw rd, imm(rs1)`: Load word
    #[track_caller]
    fn lw(&mut self, rd: Reg, imm: impl Into<Imm>, rs1: Reg) -> &mut Self {
        self.emit("lw", &[rd.into(), Into::<Imm>::into(imm).into(), rs1.into()])
    }

    /// `lw rd, (rs1)`: short for `lw`
    #[track_caller]
    fn lw_rd_rs1(&mut self, rd: Reg, rs1: Reg) -> &mut Self {
        self.emit("lw", &[rd.into(), rs1.into()])
    }

    /// `ld rd, imm(rs1)`: Load doubleword
    #[track_caller]
    fn ld(&mut self, rd: Reg, imm: impl Into<Imm>, rs1: Reg) -> &mut Self {
        self.emit("ld", &[rd.into(), Into::<Imm>::into(imm).into(), rs1.into()])
    }

    /// `ld rd, (rs1)`: short for `ld`
    #[track_caller]
    fn ld_rd_rs1(&mut self, rd: Reg, rs1: Reg) -> &mut Self {
        self.emit("ld", &[rd.into(), rs1.into()])
    }

    /// `lbu rd, imm(rs1)`: Load byte, unsigned
    #[track_caller]
    fn lbu(&mut self, rd: Reg, imm: impl Into<Imm>, rs1: Reg) -> &mut Self {
        self.emit("lbu", &[rd.into(), Into::<Imm>::into(imm).into(), rs1.into()])
    }

    /// `lbu rd, (rs1)`: short for `lbu`
    #[track_caller]
    fn lbu_rd_rs1(&mut self, rd: Reg, rs1: Reg) -> &mut Self {
        self.emit("lbu", &[rd.into(), rs1.into()])
    }

    /// `lhu rd, imm(rs1)`: Load halfword, unsigned
    #[track_caller]
    fn lhu(&mut self, rd: Reg, imm: impl Into<Imm>, rs1: Reg) -> &mut Self {
        self.emit("lhu", &[rd.into(), Into::<Imm>::into(imm).into(), rs1.into()])
    }

    /// `lhu rd, (rs1)`: short for `lhu`
    #[track_caller]
    fn lhu_rd_rs1(&mut self, rd: Reg, rs1: Reg) -> &mut Self {
        self.emit("lhu", &[rd.into(), rs1.into()])
    }

    /// `lwu rd, imm(rs1)`: Load word, unsigned
    #[track_caller]
    fn lwu(&mut self, rd: Reg, imm: impl Into<Imm>, rs1: Reg) -> &mut Self {
        self.emit("lwu", &[rd.into(), Into::<Imm>::into(imm).into(), rs1.into()])
    }

    /// `lwu rd, (rs1)`: short for `lwu`
    #[track_caller]
    fn lwu_rd_rs1(&mut self, rd: Reg, rs1: Reg) -> &mut Self {
        self.emit("lwu", &[rd.into(), rs1.into()])
    }

    /// `sb rs2, imm(rs1)`: Store byte
    #[track_caller]
    fn sb(&mut self, rs2: Reg, imm: impl Into<Imm>, rs1: Reg) -> &mut Self {
        self.emit("sb", &[rs2.into(), Into::<Imm>::into(imm).into(), rs1.into()])
    }

    /// `sb rs2, (rs1)`: short for `sb`
    #[track_caller]
    fn sb_rs2_rs1(&mut self, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("sb", &[rs2.into(), rs1.into()])
    }

    /// `sh rs2, imm(rs1)`: Store halfword
    #[track_caller]
    fn sh(&mut self, rs2: Reg, imm: impl Into<Imm>, rs1: Reg) -> &mut Self {
        self.emit("sh", &[rs2.into(), Into::<Imm>::into(imm).into(), rs1.into()])
    }

    /// `sh rs2, (rs1)`: short for `sh`
    #[track_caller]
    fn sh_rs2_rs1(&mut self, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("sh", &[rs2.into(), rs1.into()])
    }

    /// `sw rs2, imm(rs1)`: Store word
    #[track_caller]
    fn sw(&mut self, rs2: Reg, imm: impl Into<Imm>, rs1: Reg) -> &mut Self {
        self.emit("sw", &[rs2.into(), Into::<Imm>::into(imm).into(), rs1.into()])
    }

    /// `sw rs2, (rs1)`: short for `sw`
    #[track_caller]
    fn sw_rs2_rs1(&mut self, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("sw", &[rs2.into(), rs1.into()])
    }

    /// `sd rs2, imm(rs1)`: Store doubleword
    #[track_caller]
    fn sd(&mut self, rs2: Reg, imm: impl Into<Imm>, rs1: Reg) -> &mut Self {
        self.emit("sd", &[rs2.into(), Into::<Imm>::into(imm).into(), rs1.into()])
    }

    /// `sd rs2, (rs1)`: short for `sd`
    #[track_caller]
    fn sd_rs2_rs1(&mut self, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("sd", &[rs2.into(), rs1.into()])
    }

    /// `addi rd, rs1, imm`: Add immediate
    #[track_caller]
    fn addi(&mut self, rd: Reg, rs1: Reg, imm: impl Into<Imm>) -> &mut Self {
        self.emit("addi", &[rd.into(), rs1.into(), Into::<Imm>::into(imm).into()])
    }

    /// `slti rd, rs1, imm`: Set if less than immediate
    #[track_caller]
    fn slti(&mut self, rd: Reg, rs1: Reg, imm: impl Into<Imm>) -> &mut Self {
        self.emit("slti", &[rd.into(), rs1.into(), Into::<Imm>::into(imm).into()])
    }

    /// `sltiu rd, rs1, imm`: Set if less than immediate, unsigned
    #[track_caller]
    fn sltiu(&mut self, rd: Reg, rs1: Reg, imm: impl Into<Imm>) -> &mut Self {
        self.emit("sltiu", &[rd.into(), rs1.into(), Into::<Imm>::into(imm).into()])
    }

    /// `xori rd, rs1, imm`: Exclusive or immediate
    #[track_caller]
    fn xori(&mut self, rd: Reg, rs1: Reg, imm: impl Into<Imm>) -> &mut Self {
        self.emit("xori", &[rd.into(), rs1.into(), Into::<Imm>::into(imm).into()])
    }

    /// `ori rd, rs1, imm`: Or immediate
    #[track_caller]
    fn ori(&mut self, rd: Reg, rs1: Reg, imm: impl Into<Imm>) -> &mut Self {
        self.emit("ori", &[rd.into(), rs1.into(), Into::<Imm>::into(imm).into()])
    }

    /// `andi rd, rs1, imm`: And immediate
    #[track_caller]
    fn andi(&mut self, rd: Reg, rs1: Reg, imm: impl Into<Imm>) -> &mut Self {
        self.emit("andi", &[rd.into(), rs1.into(), Into::<Imm>::into(imm).into()])
    }

    /// `slli rd, rs1, imm`: Shift left by immediate
    #[track_caller]
    fn slli(&mut self, rd: Reg, rs1: Reg, imm: impl Into<Imm>) -> &mut Self {
        self.emit("slli", &[rd.into(), rs1.into(), Into::<Imm>::into(imm).into()])
    }

    /// `srli rd, rs1, imm`: Shift right by immediate
    #[track_caller]
    fn srli(&mut self, rd: Reg, rs1: Reg, imm: impl Into<Imm>) -> &mut Self {
        self.emit("srli", &[rd.into(), rs1.into(), Into::<Imm>::into(imm).into()])
    }

    /// `srai rd, rs1, imm`: Shift right arithmetically by immediate
    #[track_caller]
    fn srai(&mut self, rd: Reg, rs1: Reg, imm: impl Into<Imm>) -> &mut Self {
        self.emit("srai", &[rd.into(), rs1.into(), Into::<Imm>::into(imm).into()])
    }

    /// `add rd, rs1, rs2`: Add
    #[track_caller]
    fn add(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("add", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `add rd, rs1, imm`: short for `addi`
    #[track_caller]
    fn add_rd_rs1_imm(&mut self, rd: Reg, rs1: Reg, imm: impl Into<Imm>) -> &mut Self {
        self.emit("add", &[rd.into(), rs1.into(), Into::<Imm>::into(imm).into()])
    }

    /// `sub rd, rs1, rs2`: Subtract
    #[track_caller]
    fn sub(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("sub", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `sll rd, rs1, rs2`: Shift left
    #[track_caller]
    fn sll(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("sll", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `sll rd, rs1, imm`: short for `slli`
    #[track_caller]
    fn sll_rd_rs1_imm(&mut self, rd: Reg, rs1: Reg, imm: impl Into<Imm>) -> &mut Self {
        self.emit("sll", &[rd.into(), rs1.into(), Into::<Imm>::into(imm).into()])
    }

    /// `slt rd, rs1, rs2`: Set if less than
    #[track_caller]
    fn slt(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("slt", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `slt rd, rs1, imm`: short for `slti`
    #[track_caller]
    fn slt_rd_rs1_imm(&mut self, rd: Reg, rs1: Reg, imm: impl Into<Imm>) -> &mut Self {
        self.emit("slt", &[rd.into(), rs1.into(), Into::<Imm>::into(imm).into()])
    }

    /// `sltu rd, rs1, rs2`: Set if less than, unsigned
    #[track_caller]
    fn sltu(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("sltu", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `sltu rd, rs1, imm`: short for `sltiu`
    #[track_caller]
    fn sltu_rd_rs1_imm(&mut self, rd: Reg, rs1: Reg, imm: impl Into<Imm>) -> &mut Self {
        self.emit("sltu", &[rd.into(), rs1.into(), Into::<Imm>::into(imm).into()])
    }

    /// `xor rd, rs1, rs2`: Exclusive or
    #[track_caller]
    fn xor(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("xor", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `xor rd, rs1, imm`: short for `xori`
    #[track_caller]
    fn xor_rd_rs1_imm(&mut self, rd: Reg, rs1: Reg, imm: impl Into<Imm>) -> &mut Self {
        self.emit("xor", &[rd.into(), rs1.into(), Into::<Imm>::into(imm).into()])
    }

    /// `srl rd, rs1, rs2`: Shift right
    #[track_caller]
    fn srl(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("srl", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `srl rd, rs1, imm`: short for `srli`
    #[track_caller]
    fn srl_rd_rs1_imm(&mut self, rd: Reg, rs1: Reg, imm: impl Into<Imm>) -> &mut Self {
        self.emit("srl", &[rd.into(), rs1.into(), Into::<Imm>::into(imm).into()])
    }

    /// `sra rd, rs1, rs2`: Shift right arithmetically
    #[track_caller]
    fn sra(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("sra", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `sra rd, rs1, imm`: short for `srai`
    #[track_caller]
    fn sra_rd_rs1_imm(&mut self, rd: Reg, rs1: Reg, imm: impl Into<Imm>) -> &mut Self {
        self.emit("sra", &[rd.into(), rs1.into(), Into::<Imm>::into(imm).into()])
    }

    /// `or rd, rs1, rs2`: Or
    #[track_caller]
    fn or(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("or", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `or rd, rs1, imm`: short for `ori`
    #[track_caller]
    fn or_rd_rs1_imm(&mut self, rd: Reg, rs1: Reg, imm: impl Into<Imm>) -> &mut Self {
        self.emit("or", &[rd.into(), rs1.into(), Into::<Imm>::into(imm).into()])
    }

    /// `and rd, rs1, rs2`: And
    #[track_caller]
    fn and(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("and", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `and rd, rs1, imm`: short for `andi`
    #[track_caller]
    fn and_rd_rs1_imm(&mut self, rd: Reg, rs1: Reg, imm: impl Into<Imm>) -> &mut Self {
        self.emit("and", &[rd.into(), rs1.into(), Into::<Imm>::into(imm).into()])
    }

    /// `addiw rd, rs1, imm`: Add immediate, word
    #[track_caller]
    fn addiw(&mut self, rd: Reg, rs1: Reg, imm: impl Into<Imm>) -> &mut Self {
        self.emit("addiw", &[rd.into(), rs1.into(), Into::<Imm>::into(imm).into()])
    }

    /// `slliw rd, rs1, imm`: Shift left by immediate, word
    #[track_caller]
    fn slliw(&mut self, rd: Reg, rs1: Reg, imm: impl Into<Imm>) -> &mut Self {
        self.emit("slliw", &[rd.into(), rs1.into(), Into::<Imm>::into(imm).into()])
    }

    /// `srliw rd, rs1, imm`: Shift right by immediate, word
    #[track_caller]
    fn srliw(&mut self, rd: Reg, rs1: Reg, imm: impl Into<Imm>) -> &mut Self {
        self.emit("srliw", &[rd.into(), rs1.into(), Into::<Imm>::into(imm).into()])
    }

    /// `sraiw rd, rs1, imm`: Shift right arithmetically by immediate, word
    #[track_caller]
    fn sraiw(&mut self, rd: Reg, rs1: Reg, imm: impl Into<Imm>) -> &mut Self {
        self.emit("sraiw", &[rd.into(), rs1.into(), Into::<Imm>::into(imm).into()])
    }

    /// `addw rd, rs1, rs2`: Add, word
    #[track_caller]
    fn addw(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("addw", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `addw rd, rs1, imm`: short for `addiw`
    #[track_caller]
    fn addw_rd_rs1_imm(&mut self, rd: Reg, rs1: Reg, imm: impl Into<Imm>) -> &mut Self {
        self.emit("addw", &[rd.into(), rs1.into(), Into::<Imm>::into(imm).into()])
    }

    /// `subw rd, rs1, rs2`: Subtract, word
    #[track_caller]
    fn subw(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("subw", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `sllw rd, rs1, rs2`: Shift left, word
    #[track_caller]
    fn sllw(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("sllw", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `sllw rd, rs1, imm`: short for `slliw`
    #[track_caller]
    fn sllw_rd_rs1_imm(&mut self, rd: Reg, rs1: Reg, imm: impl Into<Imm>) -> &mut Self {
        self.emit("sllw", &[rd.into(), rs1.into(), Into::<Imm>::into(imm).into()])
    }

    /// `srlw rd, rs1, rs2`: Shift right, word
    #[track_caller]
    fn srlw(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("srlw", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `srlw rd, rs1, imm`: short for `srliw`
    #[track_caller]
    fn srlw_rd_rs1_imm(&mut self, rd: Reg, rs1: Reg, imm: impl Into<Imm>) -> &mut Self {
        self.emit("srlw", &[rd.into(), rs1.into(), Into::<Imm>::into(imm).into()])
    }

    /// `sraw rd, rs1, rs2`: Shift right arithmetically, word
    #[track_caller]
    fn sraw(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("sraw", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `sraw rd, rs1, imm`: short for `sraiw`
    #[track_caller]
    fn sraw_rd_rs1_imm(&mut self, rd: Reg, rs1: Reg, imm: impl Into<Imm>) -> &mut Self {
        self.emit("sraw", &[rd.into(), rs1.into(), Into::<Imm>::into(imm).into()])
    }

    /// `fence pred, succ`: Fence
    #[track_caller]
    fn fence(&mut self, pred: Accesses, succ: Accesses) -> &mut Self {
        self.emit("fence", &[pred.into(), succ.into()])
    }

    /// `fence`: short for `fence`
    #[track_caller]
    fn fence_(&mut self) -> &mut Self {
        self.emit("fence", &[])
    }

    /// `ecall`: Environment call
    #[track_caller]
    fn ecall(&mut self) -> &mut Self {
        self.emit("ecall", &[])
    }

    /// `fence.tso`: Fence, total store order
    #[track_caller]
    fn fence_tso(&mut self) -> &mut Self {
        self.emit("fence.tso", &[])
    }

    /// `ebreak`: Breakpoint
    #[track_caller]
    fn ebreak(&mut self) -> &mut Self {
        self.emit("ebreak", &[])
    }

    /// `mul rd, rs1, rs2`: Multiply
    #[track_caller]
    fn mul(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("mul", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `mulh rd, rs1, rs2`: Multiply, high half, signed
    #[track_caller]
    fn mulh(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("mulh", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `mulhsu rd, rs1, rs2`: Multiply, high half, signed by unsigned
    #[track_caller]
    fn mulhsu(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("mulhsu", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `mulhu rd, rs1, rs2`: Multiply, high half, unsigned
    #[track_caller]
    fn mulhu(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("mulhu", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `div rd, rs1, rs2`: Divide
    #[track_caller]
    fn div(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("div", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `divu rd, rs1, rs2`: Divide, unsigned
    #[track_caller]
    fn divu(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("divu", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `rem rd, rs1, rs2`: Remainder
    #[track_caller]
    fn rem(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("rem", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `remu rd, rs1, rs2`: Remainder, unsigned
    #[track_caller]
    fn remu(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("remu", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `mulw rd, rs1, rs2`: Multiply, word
    #[track_caller]
    fn mulw(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("mulw", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `divw rd, rs1, rs2`: Divide, word
    #[track_caller]
    fn divw(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("divw", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `divuw rd, rs1, rs2`: Divide, word, unsigned
    #[track_caller]
    fn divuw(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("divuw", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `remw rd, rs1, rs2`: Remainder, word
    #[track_caller]
    fn remw(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("remw", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `remuw rd, rs1, rs2`: Remainder, word, unsigned
    #[track_caller]
    fn remuw(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("remuw", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `lr.w rd, (rs1)`: Load reserved, word
    #[track_caller]
    fn lr_w(&mut self, rd: Reg, rs1: Reg) -> &mut Self {
        self.emit("lr.w", &[rd.into(), rs1.into()])
    }

    /// `lr.w.aq rd, (rs1)`: Load reserved, word
    #[track_caller]
    fn lr_w_aq(&mut self, rd: Reg, rs1: Reg) -> &mut Self {
        self.emit("lr.w.aq", &[rd.into(), rs1.into()])
    }

    /// `lr.w.rl rd, (rs1)`: Load reserved, word
    #[track_caller]
    fn lr_w_rl(&mut self, rd: Reg, rs1: Reg) -> &mut Self {
        self.emit("lr.w.rl", &[rd.into(), rs1.into()])
    }

    /// `lr.w.aqrl rd, (rs1)`: Load reserved, word
    #[track_caller]
    fn lr_w_aqrl(&mut self, rd: Reg, rs1: Reg) -> &mut Self {
        self.emit("lr.w.aqrl", &[rd.into(), rs1.into()])
    }

    /// `lr.d rd, (rs1)`: Load reserved, doubleword
    #[track_caller]
    fn lr_d(&mut self, rd: Reg, rs1: Reg) -> &mut Self {
        self.emit("lr.d", &[rd.into(), rs1.into()])
    }

    /// `lr.d.aq rd, (rs1)`: Load reserved, doubleword
    #[track_caller]
    fn lr_d_aq(&mut self, rd: Reg, rs1: Reg) -> &mut Self {
        self.emit("lr.d.aq", &[rd.into(), rs1.into()])
    }

    /// `lr.d.rl rd, (rs1)`: Load reserved, doubleword
    #[track_caller]
    fn lr_d_rl(&mut self, rd: Reg, rs1: Reg) -> &mut Self {
        self.emit("lr.d.rl", &[rd.into(), rs1.into()])
    }

    /// `lr.d.aqrl rd, (rs1)`: Load reserved, doubleword
    #[track_caller]
    fn lr_d_aqrl(&mut self, rd: Reg, rs1: Reg) -> &mut Self {
        self.emit("lr.d.aqrl", &[rd.into(), rs1.into()])
    }

    /// `sc.w rd, rs2, (rs1)`: Store conditional, word
    #[track_caller]
    fn sc_w(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("sc.w", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `sc.w.aq rd, rs2, (rs1)`: Store conditional, word
    #[track_caller]
    fn sc_w_aq(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("sc.w.aq", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `sc.w.rl rd, rs2, (rs1)`: Store conditional, word
    #[track_caller]
    fn sc_w_rl(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("sc.w.rl", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `sc.w.aqrl rd, rs2, (rs1)`: Store conditional, word
    #[track_caller]
    fn sc_w_aqrl(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("sc.w.aqrl", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `sc.d rd, rs2, (rs1)`: Store conditional, doubleword
    #[track_caller]
    fn sc_d(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("sc.d", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `sc.d.aq rd, rs2, (rs1)`: Store conditional, doubleword
    #[track_caller]
    fn sc_d_aq(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("sc.d.aq", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `sc.d.rl rd, rs2, (rs1)`: Store conditional, doubleword
    #[track_caller]
    fn sc_d_rl(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("sc.d.rl", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `sc.d.aqrl rd, rs2, (rs1)`: Store conditional, doubleword
    #[track_caller]
    fn sc_d_aqrl(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("sc.d.aqrl", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amoswap.w rd, rs2, (rs1)`: Swap in memory, word
    #[track_caller]
    fn amoswap_w(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amoswap.w", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amoswap.w.aq rd, rs2, (rs1)`: Swap in memory, word
    #[track_caller]
    fn amoswap_w_aq(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amoswap.w.aq", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amoswap.w.rl rd, rs2, (rs1)`: Swap in memory, word
    #[track_caller]
    fn amoswap_w_rl(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amoswap.w.rl", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amoswap.w.aqrl rd, rs2, (rs1)`: Swap in memory, word
    #[track_caller]
    fn amoswap_w_aqrl(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amoswap.w.aqrl", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amoswap.d rd, rs2, (rs1)`: Swap in memory, doubleword
    #[track_caller]
    fn amoswap_d(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amoswap.d", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amoswap.d.aq rd, rs2, (rs1)`: Swap in memory, doubleword
    #[track_caller]
    fn amoswap_d_aq(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amoswap.d.aq", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amoswap.d.rl rd, rs2, (rs1)`: Swap in memory, doubleword
    #[track_caller]
    fn amoswap_d_rl(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amoswap.d.rl", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amoswap.d.aqrl rd, rs2, (rs1)`: Swap in memory, doubleword
    #[track_caller]
    fn amoswap_d_aqrl(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amoswap.d.aqrl", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amoadd.w rd, rs2, (rs1)`: Add in memory, word
    #[track_caller]
    fn amoadd_w(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amoadd.w", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amoadd.w.aq rd, rs2, (rs1)`: Add in memory, word
    #[track_caller]
    fn amoadd_w_aq(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amoadd.w.aq", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amoadd.w.rl rd, rs2, (rs1)`: Add in memory, word
    #[track_caller]
    fn amoadd_w_rl(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amoadd.w.rl", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amoadd.w.aqrl rd, rs2, (rs1)`: Add in memory, word
    #[track_caller]
    fn amoadd_w_aqrl(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amoadd.w.aqrl", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amoadd.d rd, rs2, (rs1)`: Add in memory, doubleword
    #[track_caller]
    fn amoadd_d(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amoadd.d", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amoadd.d.aq rd, rs2, (rs1)`: Add in memory, doubleword
    #[track_caller]
    fn amoadd_d_aq(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amoadd.d.aq", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amoadd.d.rl rd, rs2, (rs1)`: Add in memory, doubleword
    #[track_caller]
    fn amoadd_d_rl(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amoadd.d.rl", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amoadd.d.aqrl rd, rs2, (rs1)`: Add in memory, doubleword
    #[track_caller]
    fn amoadd_d_aqrl(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amoadd.d.aqrl", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amoxor.w rd, rs2, (rs1)`: Exclusive or in memory, word
    #[track_caller]
    fn amoxor_w(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amoxor.w", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amoxor.w.aq rd, rs2, (rs1)`: Exclusive or in memory, word
    #[track_caller]
    fn amoxor_w_aq(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amoxor.w.aq", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amoxor.w.rl rd, rs2, (rs1)`: Exclusive or in memory, word
    #[track_caller]
    fn amoxor_w_rl(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amoxor.w.rl", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amoxor.w.aqrl rd, rs2, (rs1)`: Exclusive or in memory, word
    #[track_caller]
    fn amoxor_w_aqrl(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amoxor.w.aqrl", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amoxor.d rd, rs2, (rs1)`: Exclusive or in memory, doubleword
    #[track_caller]
    fn amoxor_d(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amoxor.d", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amoxor.d.aq rd, rs2, (rs1)`: Exclusive or in memory, doubleword
    #[track_caller]
    fn amoxor_d_aq(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amoxor.d.aq", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amoxor.d.rl rd, rs2, (rs1)`: Exclusive or in memory, doubleword
    #[track_caller]
    fn amoxor_d_rl(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amoxor.d.rl", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amoxor.d.aqrl rd, rs2, (rs1)`: Exclusive or in memory, doubleword
    #[track_caller]
    fn amoxor_d_aqrl(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amoxor.d.aqrl", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amoand.w rd, rs2, (rs1)`: And in memory, word
    #[track_caller]
    fn amoand_w(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amoand.w", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amoand.w.aq rd, rs2, (rs1)`: And in memory, word
    #[track_caller]
    fn amoand_w_aq(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amoand.w.aq", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amoand.w.rl rd, rs2, (rs1)`: And in memory, word
    #[track_caller]
    fn amoand_w_rl(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amoand.w.rl", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amoand.w.aqrl rd, rs2, (rs1)`: And in memory, word
    #[track_caller]
    fn amoand_w_aqrl(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amoand.w.aqrl", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amoand.d rd, rs2, (rs1)`: And in memory, doubleword
    #[track_caller]
    fn amoand_d(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amoand.d", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amoand.d.aq rd, rs2, (rs1)`: And in memory, doubleword
    #[track_caller]
    fn amoand_d_aq(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amoand.d.aq", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amoand.d.rl rd, rs2, (rs1)`: And in memory, doubleword
    #[track_caller]
    fn amoand_d_rl(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amoand.d.rl", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amoand.d.aqrl rd, rs2, (rs1)`: And in memory, doubleword
    #[track_caller]
    fn amoand_d_aqrl(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amoand.d.aqrl", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amoor.w rd, rs2, (rs1)`: Or in memory, word
    #[track_caller]
    fn amoor_w(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amoor.w", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amoor.w.aq rd, rs2, (rs1)`: Or in memory, word
    #[track_caller]
    fn amoor_w_aq(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amoor.w.aq", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amoor.w.rl rd, rs2, (rs1)`: Or in memory, word
    #[track_caller]
    fn amoor_w_rl(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amoor.w.rl", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amoor.w.aqrl rd, rs2, (rs1)`: Or in memory, word
    #[track_caller]
    fn amoor_w_aqrl(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amoor.w.aqrl", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amoor.d rd, rs2, (rs1)`: Or in memory, doubleword
    #[track_caller]
    fn amoor_d(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amoor.d", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amoor.d.aq rd, rs2, (rs1)`: Or in memory, doubleword
    #[track_caller]
    fn amoor_d_aq(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amoor.d.aq", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amoor.d.rl rd, rs2, (rs1)`: Or in memory, doubleword
    #[track_caller]
    fn amoor_d_rl(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amoor.d.rl", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amoor.d.aqrl rd, rs2, (rs1)`: Or in memory, doubleword
    #[track_caller]
    fn amoor_d_aqrl(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amoor.d.aqrl", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amomin.w rd, rs2, (rs1)`: Minimum in memory, word
    #[track_caller]
    fn amomin_w(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amomin.w", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amomin.w.aq rd, rs2, (rs1)`: Minimum in memory, word
    #[track_caller]
    fn amomin_w_aq(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amomin.w.aq", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amomin.w.rl rd, rs2, (rs1)`: Minimum in memory, word
    #[track_caller]
    fn amomin_w_rl(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amomin.w.rl", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amomin.w.aqrl rd, rs2, (rs1)`: Minimum in memory, word
    #[track_caller]
    fn amomin_w_aqrl(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amomin.w.aqrl", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amomin.d rd, rs2, (rs1)`: Minimum in memory, doubleword
    #[track_caller]
    fn amomin_d(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amomin.d", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amomin.d.aq rd, rs2, (rs1)`: Minimum in memory, doubleword
    #[track_caller]
    fn amomin_d_aq(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amomin.d.aq", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amomin.d.rl rd, rs2, (rs1)`: Minimum in memory, doubleword
    #[track_caller]
    fn amomin_d_rl(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amomin.d.rl", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amomin.d.aqrl rd, rs2, (rs1)`: Minimum in memory, doubleword
    #[track_caller]
    fn amomin_d_aqrl(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amomin.d.aqrl", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amomax.w rd, rs2, (rs1)`: Maximum in memory, word
    #[track_caller]
    fn amomax_w(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amomax.w", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amomax.w.aq rd, rs2, (rs1)`: Maximum in memory, word
    #[track_caller]
    fn amomax_w_aq(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amomax.w.aq", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amomax.w.rl rd, rs2, (rs1)`: Maximum in memory, word
    #[track_caller]
    fn amomax_w_rl(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amomax.w.rl", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amomax.w.aqrl rd, rs2, (rs1)`: Maximum in memory, word
    #[track_caller]
    fn amomax_w_aqrl(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amomax.w.aqrl", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amomax.d rd, rs2, (rs1)`: Maximum in memory, doubleword
    #[track_caller]
    fn amomax_d(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amomax.d", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amomax.d.aq rd, rs2, (rs1)`: Maximum in memory, doubleword
    #[track_caller]
    fn amomax_d_aq(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amomax.d.aq", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amomax.d.rl rd, rs2, (rs1)`: Maximum in memory, doubleword
    #[track_caller]
    fn amomax_d_rl(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amomax.d.rl", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amomax.d.aqrl rd, rs2, (rs1)`: Maximum in memory, doubleword
    #[track_caller]
    fn amomax_d_aqrl(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amomax.d.aqrl", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amominu.w rd, rs2, (rs1)`: Minimum, unsigned in memory, word
    #[track_caller]
    fn amominu_w(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amominu.w", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amominu.w.aq rd, rs2, (rs1)`: Minimum, unsigned in memory, word
    #[track_caller]
    fn amominu_w_aq(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amominu.w.aq", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amominu.w.rl rd, rs2, (rs1)`: Minimum, unsigned in memory, word
    #[track_caller]
    fn amominu_w_rl(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amominu.w.rl", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amominu.w.aqrl rd, rs2, (rs1)`: Minimum, unsigned in memory, word
    #[track_caller]
    fn amominu_w_aqrl(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amominu.w.aqrl", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amominu.d rd, rs2, (rs1)`: Minimum, unsigned in memory, doubleword
    #[track_caller]
    fn amominu_d(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amominu.d", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amominu.d.aq rd, rs2, (rs1)`: Minimum, unsigned in memory, doubleword
    #[track_caller]
    fn amominu_d_aq(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amominu.d.aq", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amominu.d.rl rd, rs2, (rs1)`: Minimum, unsigned in memory, doubleword
    #[track_caller]
    fn amominu_d_rl(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amominu.d.rl", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amominu.d.aqrl rd, rs2, (rs1)`: Minimum, unsigned in memory, doubleword
    #[track_caller]
    fn amominu_d_aqrl(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amominu.d.aqrl", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amomaxu.w rd, rs2, (rs1)`: Maximum, unsigned in memory, word
    #[track_caller]
    fn amomaxu_w(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amomaxu.w", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amomaxu.w.aq rd, rs2, (rs1)`: Maximum, unsigned in memory, word
    #[track_caller]
    fn amomaxu_w_aq(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amomaxu.w.aq", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amomaxu.w.rl rd, rs2, (rs1)`: Maximum, unsigned in memory, word
    #[track_caller]
    fn amomaxu_w_rl(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amomaxu.w.rl", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amomaxu.w.aqrl rd, rs2, (rs1)`: Maximum, unsigned in memory, word
    #[track_caller]
    fn amomaxu_w_aqrl(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amomaxu.w.aqrl", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amomaxu.d rd, rs2, (rs1)`: Maximum, unsigned in memory, doubleword
    #[track_caller]
    fn amomaxu_d(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amomaxu.d", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amomaxu.d.aq rd, rs2, (rs1)`: Maximum, unsigned in memory, doubleword
    #[track_caller]
    fn amomaxu_d_aq(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amomaxu.d.aq", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amomaxu.d.rl rd, rs2, (rs1)`: Maximum, unsigned in memory, doubleword
    #[track_caller]
    fn amomaxu_d_rl(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amomaxu.d.rl", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `amomaxu.d.aqrl rd, rs2, (rs1)`: Maximum, unsigned in memory, doubleword
    #[track_caller]
    fn amomaxu_d_aqrl(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("amomaxu.d.aqrl", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `csrrw rd, csr, rs1`: Read and write CSR
    #[track_caller]
    fn csrrw(&mut self, rd: Reg, csr: Csr, rs1: Reg) -> &mut Self {
        self.emit("csrrw", &[rd.into(), csr.into(), rs1.into()])
    }

    /// `csrrw rd, csr, imm`: short for `csrrwi`
    #[track_caller]
    fn csrrw_rd_csr_imm(&mut self, rd: Reg, csr: Csr, imm: impl Into<Imm>) -> &mut Self {
        self.emit("csrrw", &[rd.into(), csr.into(), Into::<Imm>::into(imm).into()])
    }

    /// `csrrs rd, csr, rs1`: Read CSR and set bits
    #[track_caller]
    fn csrrs(&mut self, rd: Reg, csr: Csr, rs1: Reg) -> &mut Self {
        self.emit("csrrs", &[rd.into(), csr.into(), rs1.into()])
    }

    /// `csrrs rd, csr, imm`: short for `csrrsi`
    #[track_caller]
    fn csrrs_rd_csr_imm(&mut self, rd: Reg, csr: Csr, imm: impl Into<Imm>) -> &mut Self {
        self.emit("csrrs", &[rd.into(), csr.into(), Into::<Imm>::into(imm).into()])
    }

    /// `csrrc rd, csr, rs1`: Read CSR and clear bits
    #[track_caller]
    fn csrrc(&mut self, rd: Reg, csr: Csr, rs1: Reg) -> &mut Self {
        self.emit("csrrc", &[rd.into(), csr.into(), rs1.into()])
    }

    /// `csrrc rd, csr, imm`: short for `csrrci`
    #[track_caller]
    fn csrrc_rd_csr_imm(&mut self, rd: Reg, csr: Csr, imm: impl Into<Imm>) -> &mut Self {
        self.emit("csrrc", &[rd.into(), csr.into(), Into::<Imm>::into(imm).into()])
    }

    /// `csrrwi rd, csr, imm`: Read CSR and write immediate
    #[track_caller]
    fn csrrwi(&mut self, rd: Reg, csr: Csr, imm: impl Into<Imm>) -> &mut Self {
        self.emit("csrrwi", &[rd.into(), csr.into(), Into::<Imm>::into(imm).into()])
    }

    /// `csrrsi rd, csr, imm`: Read CSR and set bits, immediate
    #[track_caller]
    fn csrrsi(&mut self, rd: Reg, csr: Csr, imm: impl Into<Imm>) -> &mut Self {
        self.emit("csrrsi", &[rd.into(), csr.into(), Into::<Imm>::into(imm).into()])
    }

    /// `csrrci rd, csr, imm`: Read CSR and clear bits, immediate
    #[track_caller]
    fn csrrci(&mut self, rd: Reg, csr: Csr, imm: impl Into<Imm>) -> &mut Self {
        self.emit("csrrci", &[rd.into(), csr.into(), Into::<Imm>::into(imm).into()])
    }

    /// `fence.i`: Fence for instruction fetches
    #[track_caller]
    fn fence_i(&mut self) -> &mut Self {
        self.emit("fence.i", &[])
    }

    /// `fld rd, imm(rs1)`: Load floating-point doubleword
    #[track_caller]
    fn fld(&mut self, rd: FloatReg, imm: impl Into<Imm>, rs1: Reg) -> &mut Self {
        self.emit("fld", &[rd.into(), Into::<Imm>::into(imm).into(), rs1.into()])
    }

    /// `fld rd, (rs1)`: short for `fld`
    #[track_caller]
    fn fld_rd_rs1(&mut self, rd: FloatReg, rs1: Reg) -> &mut Self {
        self.emit("fld", &[rd.into(), rs1.into()])
    }

    /// `fsd rs2, imm(rs1)`: Store floating-point doubleword
    #[track_caller]
    fn fsd(&mut self, rs2: FloatReg, imm: impl Into<Imm>, rs1: Reg) -> &mut Self {
        self.emit("fsd", &[rs2.into(), Into::<Imm>::into(imm).into(), rs1.into()])
    }

    /// `fsd rs2, (rs1)`: short for `fsd`
    #[track_caller]
    fn fsd_rs2_rs1(&mut self, rs2: FloatReg, rs1: Reg) -> &mut Self {
        self.emit("fsd", &[rs2.into(), rs1.into()])
    }

    /// `sret`: Return from a trap in supervisor mode
    #[track_caller]
    fn sret(&mut self) -> &mut Self {
        self.emit("sret", &[])
    }

    /// `mret`: Return from a trap in machine mode
    #[track_caller]
    fn mret(&mut self) -> &mut Self {
        self.emit("mret", &[])
    }

    /// `dret`: Return from debug mode
    #[track_caller]
    fn dret(&mut self) -> &mut Self {
        self.emit("dret", &[])
    }

    /// `wfi`: Wait for an interrupt
    #[track_caller]
    fn wfi(&mut self) -> &mut Self {
        self.emit("wfi", &[])
    }

    /// `sfence.vma rs1, rs2`: Order changes of address translation
    #[track_caller]
    fn sfence_vma(&mut self, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("sfence.vma", &[rs1.into(), rs2.into()])
    }

    /// `sfence.vma`: short for `sfence.vma`
    #[track_caller]
    fn sfence_vma_(&mut self) -> &mut Self {
        self.emit("sfence.vma", &[])
    }

    /// `sfence.vma rs1`: short for `sfence.vma`
    #[track_caller]
    fn sfence_vma_rs1(&mut self, rs1: Reg) -> &mut Self {
        self.emit("sfence.vma", &[rs1.into()])
    }

    /// `c.addi4spn rd, sp, imm`: Add immediate to the stack pointer
    #[track_caller]
    fn c_addi4spn(&mut self, rd: Reg, sp: Reg, imm: impl Into<Imm>) -> &mut Self {
        self.emit("c.addi4spn", &[rd.into(), sp.into(), Into::<Imm>::into(imm).into()])
    }

    /// `c.lw rd, imm(rs1)`: Load word
    #[track_caller]
    fn c_lw(&mut self, rd: Reg, imm: impl Into<Imm>, rs1: Reg) -> &mut Self {
        self.emit("c.lw", &[rd.into(), Into::<Imm>::into(imm).into(), rs1.into()])
    }

    /// `c.fld rd, imm(rs1)`: Load floating-point doubleword
    #[track_caller]
    fn c_fld(&mut self, rd: FloatReg, imm: impl Into<Imm>, rs1: Reg) -> &mut Self {
        self.emit("c.fld", &[rd.into(), Into::<Imm>::into(imm).into(), rs1.into()])
    }

    /// `c.ld rd, imm(rs1)`: Load doubleword
    #[track_caller]
    fn c_ld(&mut self, rd: Reg, imm: impl Into<Imm>, rs1: Reg) -> &mut Self {
        self.emit("c.ld", &[rd.into(), Into::<Imm>::into(imm).into(), rs1.into()])
    }

    /// `c.sw rs2, imm(rs1)`: Store word
    #[track_caller]
    fn c_sw(&mut self, rs2: Reg, imm: impl Into<Imm>, rs1: Reg) -> &mut Self {
        self.emit("c.sw", &[rs2.into(), Into::<Imm>::into(imm).into(), rs1.into()])
    }

    /// `c.fsd rs2, imm(rs1)`: Store floating-point doubleword
    #[track_caller]
    fn c_fsd(&mut self, rs2: FloatReg, imm: impl Into<Imm>, rs1: Reg) -> &mut Self {
        self.emit("c.fsd", &[rs2.into(), Into::<Imm>::into(imm).into(), rs1.into()])
    }

    /// `c.sd rs2, imm(rs1)`: Store doubleword
    #[track_caller]
    fn c_sd(&mut self, rs2: Reg, imm: impl Into<Imm>, rs1: Reg) -> &mut Self {
        self.emit("c.sd", &[rs2.into(), Into::<Imm>::into(imm).into(), rs1.into()])
    }

    /// `c.nop.hint imm`: Hint
    #[track_caller]
    fn c_nop_hint(&mut self, imm: impl Into<Imm>) -> &mut Self {
        self.emit("c.nop.hint", &[Into::<Imm>::into(imm).into()])
    }

    /// `c.nop`: No operation
    #[track_caller]
    fn c_nop(&mut self) -> &mut Self {
        self.emit("c.nop", &[])
    }

    /// `c.nop imm`: short for `c.nop.hint`
    #[track_caller]
    fn c_nop_imm(&mut self, imm: impl Into<Imm>) -> &mut Self {
        self.emit("c.nop", &[Into::<Imm>::into(imm).into()])
    }

    /// `c.addi rd, imm`: Add immediate
    #[track_caller]
    fn c_addi(&mut self, rd: Reg, imm: impl Into<Imm>) -> &mut Self {
        self.emit("c.addi", &[rd.into(), Into::<Imm>::into(imm).into()])
    }

    /// `c.jal imm`: Jump and link
    #[track_caller]
    fn c_jal(&mut self, imm: impl Into<Target>) -> &mut Self {
        self.emit("c.jal", &[Into::<Target>::into(imm).into()])
    }

    /// `c.addiw rd, imm`: Add immediate, word
    #[track_caller]
    fn c_addiw(&mut self, rd: Reg, imm: impl Into<Imm>) -> &mut Self {
        self.emit("c.addiw", &[rd.into(), Into::<Imm>::into(imm).into()])
    }

    /// `c.li rd, imm`: Load immediate
    #[track_caller]
    fn c_li(&mut self, rd: Reg, imm: impl Into<Imm>) -> &mut Self {
        self.emit("c.li", &[rd.into(), Into::<Imm>::into(imm).into()])
    }

    /// `c.addi16sp sp, imm`: Add immediate to the stack pointer, scaled by 16
    #[track_caller]
    fn c_addi16sp(&mut self, sp: Reg, imm: impl Into<Imm>) -> &mut Self {
        self.emit("c.addi16sp", &[sp.into(), Into::<Imm>::into(imm).into()])
    }

    /// `c.lui rd, imm`: Load upper immediate
    #[track_caller]
    fn c_lui(&mut self, rd: Reg, imm: impl Into<Imm>) -> &mut Self {
        self.emit("c.lui", &[rd.into(), Into::<Imm>::into(imm).into()])
    }

    /// `c.srli rd, imm`: Shift right by immediate
    #[track_caller]
    fn c_srli(&mut self, rd: Reg, imm: impl Into<Imm>) -> &mut Self {
        self.emit("c.srli", &[rd.into(), Into::<Imm>::into(imm).into()])
    }

    /// `c.srai rd, imm`: Shift right arithmetically by immediate
    #[track_caller]
    fn c_srai(&mut self, rd: Reg, imm: impl Into<Imm>) -> &mut Self {
        self.emit("c.srai", &[rd.into(), Into::<Imm>::into(imm).into()])
    }

    /// `c.andi rd, imm`: And immediate
    #[track_caller]
    fn c_andi(&mut self, rd: Reg, imm: impl Into<Imm>) -> &mut Self {
        self.emit("c.andi", &[rd.into(), Into::<Imm>::into(imm).into()])
    }

    /// `c.sub rd, rs2`: Subtract
    #[track_caller]
    fn c_sub(&mut self, rd: Reg, rs2: Reg) -> &mut Self {
        self.emit("c.sub", &[rd.into(), rs2.into()])
    }

    /// `c.xor rd, rs2`: Exclusive or
    #[track_caller]
    fn c_xor(&mut self, rd: Reg, rs2: Reg) -> &mut Self {
        self.emit("c.xor", &[rd.into(), rs2.into()])
    }

    /// `c.or rd, rs2`: Or
    #[track_caller]
    fn c_or(&mut self, rd: Reg, rs2: Reg) -> &mut Self {
        self.emit("c.or", &[rd.into(), rs2.into()])
    }

    /// `c.and rd, rs2`: And
    #[track_caller]
    fn c_and(&mut self, rd: Reg, rs2: Reg) -> &mut Self {
        self.emit("c.and", &[rd.into(), rs2.into()])
    }

    /// `c.subw rd, rs2`: Subtract, word
    #[track_caller]
    fn c_subw(&mut self, rd: Reg, rs2: Reg) -> &mut Self {
        self.emit("c.subw", &[rd.into(), rs2.into()])
    }

    /// `c.addw rd, rs2`: Add, word
    #[track_caller]
    fn c_addw(&mut self, rd: Reg, rs2: Reg) -> &mut Self {
        self.emit("c.addw", &[rd.into(), rs2.into()])
    }

    /// `c.j imm`: Jump
    #[track_caller]
    fn c_j(&mut self, imm: impl Into<Target>) -> &mut Self {
        self.emit("c.j", &[Into::<Target>::into(imm).into()])
    }

    /// `c.beqz rs1, imm`: Branch if zero
    #[track_caller]
    fn c_beqz(&mut self, rs1: Reg, imm: impl Into<Target>) -> &mut Self {
        self.emit("c.beqz", &[rs1.into(), Into::<Target>::into(imm).into()])
    }

    /// `c.bnez rs1, imm`: Branch if not zero
    #[track_caller]
    fn c_bnez(&mut self, rs1: Reg, imm: impl Into<Target>) -> &mut Self {
        self.emit("c.bnez", &[rs1.into(), Into::<Target>::into(imm).into()])
    }

    /// `c.slli rd, imm`: Shift left by immediate
    #[track_caller]
    fn c_slli(&mut self, rd: Reg, imm: impl Into<Imm>) -> &mut Self {
        self.emit("c.slli", &[rd.into(), Into::<Imm>::into(imm).into()])
    }

    /// `c.fldsp rd, imm(sp)`: Load floating-point doubleword from the stack
    #[track_caller]
    fn c_fldsp(&mut self, rd: FloatReg, imm: impl Into<Imm>, sp: Reg) -> &mut Self {
        self.emit("c.fldsp", &[rd.into(), Into::<Imm>::into(imm).into(), sp.into()])
    }

    /// `c.lwsp rd, imm(sp)`: Load word from the stack
    #[track_caller]
    fn c_lwsp(&mut self, rd: Reg, imm: impl Into<Imm>, sp: Reg) -> &mut Self {
        self.emit("c.lwsp", &[rd.into(), Into::<Imm>::into(imm).into(), sp.into()])
    }

    /// `c.ldsp rd, imm(sp)`: Load doubleword from the stack
    #[track_caller]
    fn c_ldsp(&mut self, rd: Reg, imm: impl Into<Imm>, sp: Reg) -> &mut Self {
        self.emit("c.ldsp", &[rd.into(), Into::<Imm>::into(imm).into(), sp.into()])
    }

    /// `c.jr rs1`: Jump to register
    #[track_caller]
    fn c_jr(&mut self, rs1: Reg) -> &mut Self {
        self.emit("c.jr", &[rs1.into()])
    }

    /// `c.mv rd, rs2`: Move
    #[track_caller]
    fn c_mv(&mut self, rd: Reg, rs2: Reg) -> &mut Self {
        self.emit("c.mv", &[rd.into(), rs2.into()])
    }

    /// `c.ebreak`: Breakpoint
    #[track_caller]
    fn c_ebreak(&mut self) -> &mut Self {
        self.emit("c.ebreak", &[])
    }

    /// `c.jalr rs1`: Jump to register and link
    #[track_caller]
    fn c_jalr(&mut self, rs1: Reg) -> &mut Self {
        self.emit("c.jalr", &[rs1.into()])
    }

    /// `c.add rd, rs2`: Add
    #[track_caller]
    fn c_add(&mut self, rd: Reg, rs2: Reg) -> &mut Self {
        self.emit("c.add", &[rd.into(), rs2.into()])
    }

    /// `c.fsdsp rs2, imm(sp)`: Store floating-point doubleword to the stack
    #[track_caller]
    fn c_fsdsp(&mut self, rs2: FloatReg, imm: impl Into<Imm>, sp: Reg) -> &mut Self {
        self.emit("c.fsdsp", &[rs2.into(), Into::<Imm>::into(imm).into(), sp.into()])
    }

    /// `c.swsp rs2, imm(sp)`: Store word to the stack
    #[track_caller]
    fn c_swsp(&mut self, rs2: Reg, imm: impl Into<Imm>, sp: Reg) -> &mut Self {
        self.emit("c.swsp", &[rs2.into(), Into::<Imm>::into(imm).into(), sp.into()])
    }

    /// `c.sdsp rs2, imm(sp)`: Store doubleword to the stack
    #[track_caller]
    fn c_sdsp(&mut self, rs2: Reg, imm: impl Into<Imm>, sp: Reg) -> &mut Self {
        self.emit("c.sdsp", &[rs2.into(), Into::<Imm>::into(imm).into(), sp.into()])
    }

    /// `c.unimp`: Illegal instruction
    #[track_caller]
    fn c_unimp(&mut self) -> &mut Self {
        self.emit("c.unimp", &[])
    }

    /// `sh1add rd, rs1, rs2`: Shift left by 1 and add
    #[track_caller]
    fn sh1add(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("sh1add", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `sh2add rd, rs1, rs2`: Shift left by 2 and add
    #[track_caller]
    fn sh2add(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("sh2add", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `sh3add rd, rs1, rs2`: Shift left by 3 and add
    #[track_caller]
    fn sh3add(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("sh3add", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `add.uw rd, rs1, rs2`: Add unsigned word
    #[track_caller]
    fn add_uw(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("add.uw", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `sh1add.uw rd, rs1, rs2`: Shift unsigned word left by 1 and add
    #[track_caller]
    fn sh1add_uw(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("sh1add.uw", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `sh2add.uw rd, rs1, rs2`: Shift unsigned word left by 2 and add
    #[track_caller]
    fn sh2add_uw(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("sh2add.uw", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `sh3add.uw rd, rs1, rs2`: Shift unsigned word left by 3 and add
    #[track_caller]
    fn sh3add_uw(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("sh3add.uw", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `slli.uw rd, rs1, imm`: Shift unsigned word left by immediate
    #[track_caller]
    fn slli_uw(&mut self, rd: Reg, rs1: Reg, imm: impl Into<Imm>) -> &mut Self {
        self.emit("slli.uw", &[rd.into(), rs1.into(), Into::<Imm>::into(imm).into()])
    }

    /// `andn rd, rs1, rs2`: And with complement
    #[track_caller]
    fn andn(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("andn", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `orn rd, rs1, rs2`: Or with complement
    #[track_caller]
    fn orn(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("orn", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `xnor rd, rs1, rs2`: Exclusive nor
    #[track_caller]
    fn xnor(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("xnor", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `clz rd, rs1`: Count leading zeros
    #[track_caller]
    fn clz(&mut self, rd: Reg, rs1: Reg) -> &mut Self {
        self.emit("clz", &[rd.into(), rs1.into()])
    }

    /// `ctz rd, rs1`: Count trailing zeros
    #[track_caller]
    fn ctz(&mut self, rd: Reg, rs1: Reg) -> &mut Self {
        self.emit("ctz", &[rd.into(), rs1.into()])
    }

    /// `cpop rd, rs1`: Count ones
    #[track_caller]
    fn cpop(&mut self, rd: Reg, rs1: Reg) -> &mut Self {
        self.emit("cpop", &[rd.into(), rs1.into()])
    }

    /// `clzw rd, rs1`: Count leading zeros, word
    #[track_caller]
    fn clzw(&mut self, rd: Reg, rs1: Reg) -> &mut Self {
        self.emit("clzw", &[rd.into(), rs1.into()])
    }

    /// `ctzw rd, rs1`: Count trailing zeros, word
    #[track_caller]
    fn ctzw(&mut self, rd: Reg, rs1: Reg) -> &mut Self {
        self.emit("ctzw", &[rd.into(), rs1.into()])
    }

    /// `cpopw rd, rs1`: Count ones, word
    #[track_caller]
    fn cpopw(&mut self, rd: Reg, rs1: Reg) -> &mut Self {
        self.emit("cpopw", &[rd.into(), rs1.into()])
    }

    /// `max rd, rs1, rs2`: Maximum
    #[track_caller]
    fn max(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("max", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `maxu rd, rs1, rs2`: Maximum, unsigned
    #[track_caller]
    fn maxu(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("maxu", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `min rd, rs1, rs2`: Minimum
    #[track_caller]
    fn min(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("min", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `minu rd, rs1, rs2`: Minimum, unsigned
    #[track_caller]
    fn minu(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("minu", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `sext.b rd, rs1`: Sign-extend byte
    #[track_caller]
    fn sext_b(&mut self, rd: Reg, rs1: Reg) -> &mut Self {
        self.emit("sext.b", &[rd.into(), rs1.into()])
    }

    /// `sext.h rd, rs1`: Sign-extend halfword
    #[track_caller]
    fn sext_h(&mut self, rd: Reg, rs1: Reg) -> &mut Self {
        self.emit("sext.h", &[rd.into(), rs1.into()])
    }

    /// `zext.h rd, rs1`: Zero-extend halfword
    #[track_caller]
    fn zext_h(&mut self, rd: Reg, rs1: Reg) -> &mut Self {
        self.emit("zext.h", &[rd.into(), rs1.into()])
    }

    /// `rol rd, rs1, rs2`: Rotate left
    #[track_caller]
    fn rol(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("rol", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `ror rd, rs1, rs2`: Rotate right
    #[track_caller]
    fn ror(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("ror", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `ror rd, rs1, imm`: short for `rori`
    #[track_caller]
    fn ror_rd_rs1_imm(&mut self, rd: Reg, rs1: Reg, imm: impl Into<Imm>) -> &mut Self {
        self.emit("ror", &[rd.into(), rs1.into(), Into::<Imm>::into(imm).into()])
    }

    /// `rori rd, rs1, imm`: Rotate right by immediate
    #[track_caller]
    fn rori(&mut self, rd: Reg, rs1: Reg, imm: impl Into<Imm>) -> &mut Self {
        self.emit("rori", &[rd.into(), rs1.into(), Into::<Imm>::into(imm).into()])
    }

    /// `rolw rd, rs1, rs2`: Rotate left, word
    #[track_caller]
    fn rolw(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("rolw", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `rorw rd, rs1, rs2`: Rotate right, word
    #[track_caller]
    fn rorw(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("rorw", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `rorw rd, rs1, imm`: short for `roriw`
    #[track_caller]
    fn rorw_rd_rs1_imm(&mut self, rd: Reg, rs1: Reg, imm: impl Into<Imm>) -> &mut Self {
        self.emit("rorw", &[rd.into(), rs1.into(), Into::<Imm>::into(imm).into()])
    }

    /// `roriw rd, rs1, imm`: Rotate right by immediate, word
    #[track_caller]
    fn roriw(&mut self, rd: Reg, rs1: Reg, imm: impl Into<Imm>) -> &mut Self {
        self.emit("roriw", &[rd.into(), rs1.into(), Into::<Imm>::into(imm).into()])
    }

    /// `orc.b rd, rs1`: Or-combine bytes
    #[track_caller]
    fn orc_b(&mut self, rd: Reg, rs1: Reg) -> &mut Self {
        self.emit("orc.b", &[rd.into(), rs1.into()])
    }

    /// `rev8 rd, rs1`: Reverse bytes
    #[track_caller]
    fn rev8(&mut self, rd: Reg, rs1: Reg) -> &mut Self {
        self.emit("rev8", &[rd.into(), rs1.into()])
    }

    /// `bclr rd, rs1, rs2`: Clear bit
    #[track_caller]
    fn bclr(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("bclr", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `bclr rd, rs1, imm`: short for `bclri`
    #[track_caller]
    fn bclr_rd_rs1_imm(&mut self, rd: Reg, rs1: Reg, imm: impl Into<Imm>) -> &mut Self {
        self.emit("bclr", &[rd.into(), rs1.into(), Into::<Imm>::into(imm).into()])
    }

    /// `bclri rd, rs1, imm`: Clear bit, immediate
    #[track_caller]
    fn bclri(&mut self, rd: Reg, rs1: Reg, imm: impl Into<Imm>) -> &mut Self {
        self.emit("bclri", &[rd.into(), rs1.into(), Into::<Imm>::into(imm).into()])
    }

    /// `bext rd, rs1, rs2`: Extract bit
    #[track_caller]
    fn bext(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("bext", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `bext rd, rs1, imm`: short for `bexti`
    #[track_caller]
    fn bext_rd_rs1_imm(&mut self, rd: Reg, rs1: Reg, imm: impl Into<Imm>) -> &mut Self {
        self.emit("bext", &[rd.into(), rs1.into(), Into::<Imm>::into(imm).into()])
    }

    /// `bexti rd, rs1, imm`: Extract bit, immediate
    #[track_caller]
    fn bexti(&mut self, rd: Reg, rs1: Reg, imm: impl Into<Imm>) -> &mut Self {
        self.emit("bexti", &[rd.into(), rs1.into(), Into::<Imm>::into(imm).into()])
    }

    /// `binv rd, rs1, rs2`: Invert bit
    #[track_caller]
    fn binv(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("binv", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `binv rd, rs1, imm`: short for `binvi`
    #[track_caller]
    fn binv_rd_rs1_imm(&mut self, rd: Reg, rs1: Reg, imm: impl Into<Imm>) -> &mut Self {
        self.emit("binv", &[rd.into(), rs1.into(), Into::<Imm>::into(imm).into()])
    }

    /// `binvi rd, rs1, imm`: Invert bit, immediate
    #[track_caller]
    fn binvi(&mut self, rd: Reg, rs1: Reg, imm: impl Into<Imm>) -> &mut Self {
        self.emit("binvi", &[rd.into(), rs1.into(), Into::<Imm>::into(imm).into()])
    }

    /// `bset rd, rs1, rs2`: Set bit
    #[track_caller]
    fn bset(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("bset", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `bset rd, rs1, imm`: short for `bseti`
    #[track_caller]
    fn bset_rd_rs1_imm(&mut self, rd: Reg, rs1: Reg, imm: impl Into<Imm>) -> &mut Self {
        self.emit("bset", &[rd.into(), rs1.into(), Into::<Imm>::into(imm).into()])
    }

    /// `bseti rd, rs1, imm`: Set bit, immediate
    #[track_caller]
    fn bseti(&mut self, rd: Reg, rs1: Reg, imm: impl Into<Imm>) -> &mut Self {
        self.emit("bseti", &[rd.into(), rs1.into(), Into::<Imm>::into(imm).into()])
    }

    /// `zktr.pow rd, rs1, rs2`: Coefficients from powers
    #[track_caller]
    fn zktr_pow(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("zktr.pow", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `zktr.rlc rd, rs1, rs2`: Random linear combination of the columns of each row
    #[track_caller]
    fn zktr_rlc(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("zktr.rlc", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `zktr.inv rd, rs1, rs2`: Inverse of each element
    #[track_caller]
    fn zktr_inv(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("zktr.inv", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `zktr.scan rd, rs1, rs2`: Prefix sums and products
    #[track_caller]
    fn zktr_scan(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("zktr.scan", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `zktr.wscan rd, rs1, rs2`: Weighted prefix sums
    #[track_caller]
    fn zktr_wscan(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("zktr.wscan", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `zktr.logup rd, rs1, rs2`: LogUp column: fingerprint, inverse and running sum in one pass
    #[track_caller]
    fn zktr_logup(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("zktr.logup", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `zktr.cvt rd, rs1, rs2`: Words to field elements
    #[track_caller]
    fn zktr_cvt(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("zktr.cvt", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `zktr.wait rd, rs1`: Wait for an operation
    #[track_caller]
    fn zktr_wait(&mut self, rd: Reg, rs1: Reg) -> &mut Self {
        self.emit("zktr.wait", &[rd.into(), rs1.into()])
    }

    /// `zktr.eq rd, rs1, rs2`: Coefficients from the multilinear equality polynomial
    #[track_caller]
    fn zktr_eq(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("zktr.eq", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `zktr.aff rd, rs1, rs2`: Random linear combination of chosen columns, of two tables and two rows
    #[track_caller]
    fn zktr_aff(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("zktr.aff", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `zktr.inv0 rd, rs1, rs2`: Inverse of each element, zero for zero
    #[track_caller]
    fn zktr_inv0(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("zktr.inv0", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `zktr.frac rd, rs1, rs2`: Fractions with multiplicities
    #[track_caller]
    fn zktr_frac(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("zktr.frac", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `zktr.wbatch rd, rs1, rs2`: Sum of the fractions of each row
    #[track_caller]
    fn zktr_wbatch(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("zktr.wbatch", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `zktr.mlogup rd, rs1, rs2`: LogUp column with multiplicities: fingerprint, fraction and running sum in one pass
    #[track_caller]
    fn zktr_mlogup(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("zktr.mlogup", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `zktr.ascan rd, rs1, rs2`: Prefix sums and products of affine terms, and Horner's rule
    #[track_caller]
    fn zktr_ascan(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("zktr.ascan", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `zktr.fold rd, rs1, rs2`: Sum, product, or evaluation of a column
    #[track_caller]
    fn zktr_fold(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("zktr.fold", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `zktr.dot rd, rs1, rs2`: Inner product
    #[track_caller]
    fn zktr_dot(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("zktr.dot", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `zktr.tree rd, rs1, rs2`: One level of a fraction tree
    #[track_caller]
    fn zktr_tree(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("zktr.tree", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `zktr.leaf rd, rs1, rs2`: The lowest level of a fraction tree
    #[track_caller]
    fn zktr_leaf(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("zktr.leaf", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `zktr.mul rd, rs1, rs2`: Products of pairs: one level of a product tree
    #[track_caller]
    fn zktr_mul(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("zktr.mul", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `zktr.lin rd, rs1, rs2`: Linear combination of two columns
    #[track_caller]
    fn zktr_lin(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("zktr.lin", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `zktr.cvt8 rd, rs1, rs2`: Bytes to field elements
    #[track_caller]
    fn zktr_cvt8(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("zktr.cvt8", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `zktr.cvt16 rd, rs1, rs2`: Half words to field elements
    #[track_caller]
    fn zktr_cvt16(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("zktr.cvt16", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `zktr.cvt64 rd, rs1, rs2`: Double words to field elements
    #[track_caller]
    fn zktr_cvt64(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("zktr.cvt64", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `zktr.slice rd, rs1, rs2`: Bit fields of records to rows
    #[track_caller]
    fn zktr_slice(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("zktr.slice", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `zktr.onehot rd, rs1, rs2`: Flags from bit fields of records
    #[track_caller]
    fn zktr_onehot(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("zktr.onehot", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `zktr.delta rd, rs1, rs2`: Bit fields of differences
    #[track_caller]
    fn zktr_delta(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("zktr.delta", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `zktr.adj rd, rs1, rs2`: Comparison of each key with the one before it
    #[track_caller]
    fn zktr_adj(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("zktr.adj", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `zktr.cmp rd, rs1, rs2`: Comparison of two columns of words
    #[track_caller]
    fn zktr_cmp(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("zktr.cmp", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `zktr.fill rd, rs1, rs2`: Rows from a template
    #[track_caller]
    fn zktr_fill(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("zktr.fill", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `zktr.copy rd, rs1, rs2`: Copy between layouts
    #[track_caller]
    fn zktr_copy(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("zktr.copy", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `zktr.gather rd, rs1, rs2`: Indexed elements with factors
    #[track_caller]
    fn zktr_gather(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("zktr.gather", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `zktr.pick rd, rs1, rs2`: Indexed rows
    #[track_caller]
    fn zktr_pick(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("zktr.pick", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `zktr.scatter rd, rs1, rs2`: Rows to indexed places
    #[track_caller]
    fn zktr_scatter(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("zktr.scatter", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `zktr.hist rd, rs1, rs2`: Histogram
    #[track_caller]
    fn zktr_hist(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("zktr.hist", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `zktr.histf rd, rs1, rs2`: Histogram of field elements
    #[track_caller]
    fn zktr_histf(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("zktr.histf", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `zktr.challenge rd, rs1, rs2`: Random elements
    #[track_caller]
    fn zktr_challenge(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("zktr.challenge", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `zktr.run rd, rs1, rs2`: Run a guest and collect its tables
    #[track_caller]
    fn zktr_run(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self {
        self.emit("zktr.run", &[rd.into(), rs1.into(), rs2.into()])
    }

    /// `zktr.on`: Trace from the next instruction on
    #[track_caller]
    fn zktr_on(&mut self) -> &mut Self {
        self.emit("zktr.on", &[])
    }

    /// `zktr.off`: Trace no further
    #[track_caller]
    fn zktr_off(&mut self) -> &mut Self {
        self.emit("zktr.off", &[])
    }

    /// `nop`: short for `addi`
    #[track_caller]
    fn nop(&mut self) -> &mut Self {
        self.emit("nop", &[])
    }

    /// `li rd, number`: a number of up to 64 bits
    #[track_caller]
    fn li(&mut self, rd: Reg, number: i64) -> &mut Self {
        self.emit("li", &[rd.into(), number.into()])
    }

    /// `li rd, imm`: short for `addi`
    #[track_caller]
    fn li_rd_imm(&mut self, rd: Reg, imm: impl Into<Imm>) -> &mut Self {
        self.emit("li", &[rd.into(), Into::<Imm>::into(imm).into()])
    }

    /// `mv rd, rs1`: short for `addi`
    #[track_caller]
    fn mv(&mut self, rd: Reg, rs1: Reg) -> &mut Self {
        self.emit("mv", &[rd.into(), rs1.into()])
    }

    /// `move rd, rs1`: short for `addi`
    #[track_caller]
    fn move_(&mut self, rd: Reg, rs1: Reg) -> &mut Self {
        self.emit("move", &[rd.into(), rs1.into()])
    }

    /// `not rd, rs1`: short for `xori`
    #[track_caller]
    fn not(&mut self, rd: Reg, rs1: Reg) -> &mut Self {
        self.emit("not", &[rd.into(), rs1.into()])
    }

    /// `neg rd, rs2`: short for `sub`
    #[track_caller]
    fn neg(&mut self, rd: Reg, rs2: Reg) -> &mut Self {
        self.emit("neg", &[rd.into(), rs2.into()])
    }

    /// `negw rd, rs2`: short for `subw`
    #[track_caller]
    fn negw(&mut self, rd: Reg, rs2: Reg) -> &mut Self {
        self.emit("negw", &[rd.into(), rs2.into()])
    }

    /// `sext.w rd, rs1`: short for `addiw`
    #[track_caller]
    fn sext_w(&mut self, rd: Reg, rs1: Reg) -> &mut Self {
        self.emit("sext.w", &[rd.into(), rs1.into()])
    }

    /// `zext.b rd, rs1`: short for `andi`
    #[track_caller]
    fn zext_b(&mut self, rd: Reg, rs1: Reg) -> &mut Self {
        self.emit("zext.b", &[rd.into(), rs1.into()])
    }

    /// `seqz rd, rs1`: short for `sltiu`
    #[track_caller]
    fn seqz(&mut self, rd: Reg, rs1: Reg) -> &mut Self {
        self.emit("seqz", &[rd.into(), rs1.into()])
    }

    /// `snez rd, rs2`: short for `sltu`
    #[track_caller]
    fn snez(&mut self, rd: Reg, rs2: Reg) -> &mut Self {
        self.emit("snez", &[rd.into(), rs2.into()])
    }

    /// `sltz rd, rs1`: short for `slt`
    #[track_caller]
    fn sltz(&mut self, rd: Reg, rs1: Reg) -> &mut Self {
        self.emit("sltz", &[rd.into(), rs1.into()])
    }

    /// `sgtz rd, rs2`: short for `slt`
    #[track_caller]
    fn sgtz(&mut self, rd: Reg, rs2: Reg) -> &mut Self {
        self.emit("sgtz", &[rd.into(), rs2.into()])
    }

    /// `sgt rd, rs2, rs1`: short for `slt`
    #[track_caller]
    fn sgt(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("sgt", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `sgtu rd, rs2, rs1`: short for `sltu`
    #[track_caller]
    fn sgtu(&mut self, rd: Reg, rs2: Reg, rs1: Reg) -> &mut Self {
        self.emit("sgtu", &[rd.into(), rs2.into(), rs1.into()])
    }

    /// `beqz rs1, imm`: short for `beq`
    #[track_caller]
    fn beqz(&mut self, rs1: Reg, imm: impl Into<Target>) -> &mut Self {
        self.emit("beqz", &[rs1.into(), Into::<Target>::into(imm).into()])
    }

    /// `bnez rs1, imm`: short for `bne`
    #[track_caller]
    fn bnez(&mut self, rs1: Reg, imm: impl Into<Target>) -> &mut Self {
        self.emit("bnez", &[rs1.into(), Into::<Target>::into(imm).into()])
    }

    /// `blez rs2, imm`: short for `bge`
    #[track_caller]
    fn blez(&mut self, rs2: Reg, imm: impl Into<Target>) -> &mut Self {
        self.emit("blez", &[rs2.into(), Into::<Target>::into(imm).into()])
    }

    /// `bgez rs1, imm`: short for `bge`
    #[track_caller]
    fn bgez(&mut self, rs1: Reg, imm: impl Into<Target>) -> &mut Self {
        self.emit("bgez", &[rs1.into(), Into::<Target>::into(imm).into()])
    }

    /// `bltz rs1, imm`: short for `blt`
    #[track_caller]
    fn bltz(&mut self, rs1: Reg, imm: impl Into<Target>) -> &mut Self {
        self.emit("bltz", &[rs1.into(), Into::<Target>::into(imm).into()])
    }

    /// `bgtz rs2, imm`: short for `blt`
    #[track_caller]
    fn bgtz(&mut self, rs2: Reg, imm: impl Into<Target>) -> &mut Self {
        self.emit("bgtz", &[rs2.into(), Into::<Target>::into(imm).into()])
    }

    /// `bgt rs2, rs1, imm`: short for `blt`
    #[track_caller]
    fn bgt(&mut self, rs2: Reg, rs1: Reg, imm: impl Into<Target>) -> &mut Self {
        self.emit("bgt", &[rs2.into(), rs1.into(), Into::<Target>::into(imm).into()])
    }

    /// `ble rs2, rs1, imm`: short for `bge`
    #[track_caller]
    fn ble(&mut self, rs2: Reg, rs1: Reg, imm: impl Into<Target>) -> &mut Self {
        self.emit("ble", &[rs2.into(), rs1.into(), Into::<Target>::into(imm).into()])
    }

    /// `bgtu rs2, rs1, imm`: short for `bltu`
    #[track_caller]
    fn bgtu(&mut self, rs2: Reg, rs1: Reg, imm: impl Into<Target>) -> &mut Self {
        self.emit("bgtu", &[rs2.into(), rs1.into(), Into::<Target>::into(imm).into()])
    }

    /// `bleu rs2, rs1, imm`: short for `bgeu`
    #[track_caller]
    fn bleu(&mut self, rs2: Reg, rs1: Reg, imm: impl Into<Target>) -> &mut Self {
        self.emit("bleu", &[rs2.into(), rs1.into(), Into::<Target>::into(imm).into()])
    }

    /// `j imm`: short for `jal`
    #[track_caller]
    fn j(&mut self, imm: impl Into<Target>) -> &mut Self {
        self.emit("j", &[Into::<Target>::into(imm).into()])
    }

    /// `ret`: short for `jalr`
    #[track_caller]
    fn ret(&mut self) -> &mut Self {
        self.emit("ret", &[])
    }

    /// `jr rs1`: short for `jalr`
    #[track_caller]
    fn jr(&mut self, rs1: Reg) -> &mut Self {
        self.emit("jr", &[rs1.into()])
    }

    /// `jr imm(rs1)`: short for `jalr`
    #[track_caller]
    fn jr_imm_rs1(&mut self, imm: impl Into<Imm>, rs1: Reg) -> &mut Self {
        self.emit("jr", &[Into::<Imm>::into(imm).into(), rs1.into()])
    }

    /// `jr rs1, imm`: short for `jalr`
    #[track_caller]
    fn jr_rs1_imm(&mut self, rs1: Reg, imm: impl Into<Imm>) -> &mut Self {
        self.emit("jr", &[rs1.into(), Into::<Imm>::into(imm).into()])
    }

    /// `sbreak`: short for `ebreak`
    #[track_caller]
    fn sbreak(&mut self) -> &mut Self {
        self.emit("sbreak", &[])
    }

    /// `scall`: short for `ecall`
    #[track_caller]
    fn scall(&mut self) -> &mut Self {
        self.emit("scall", &[])
    }

    /// `unimp`: short for `csrrw`
    #[track_caller]
    fn unimp(&mut self) -> &mut Self {
        self.emit("unimp", &[])
    }

    /// `rdcycle rd`: short for `csrrs`
    #[track_caller]
    fn rdcycle(&mut self, rd: Reg) -> &mut Self {
        self.emit("rdcycle", &[rd.into()])
    }

    /// `rdtime rd`: short for `csrrs`
    #[track_caller]
    fn rdtime(&mut self, rd: Reg) -> &mut Self {
        self.emit("rdtime", &[rd.into()])
    }

    /// `rdinstret rd`: short for `csrrs`
    #[track_caller]
    fn rdinstret(&mut self, rd: Reg) -> &mut Self {
        self.emit("rdinstret", &[rd.into()])
    }

    /// `csrr rd, csr`: short for `csrrs`
    #[track_caller]
    fn csrr(&mut self, rd: Reg, csr: Csr) -> &mut Self {
        self.emit("csrr", &[rd.into(), csr.into()])
    }

    /// `csrw csr, rs1`: short for `csrrw`
    #[track_caller]
    fn csrw(&mut self, csr: Csr, rs1: Reg) -> &mut Self {
        self.emit("csrw", &[csr.into(), rs1.into()])
    }

    /// `csrw csr, imm`: short for `csrrwi`
    #[track_caller]
    fn csrw_csr_imm(&mut self, csr: Csr, imm: impl Into<Imm>) -> &mut Self {
        self.emit("csrw", &[csr.into(), Into::<Imm>::into(imm).into()])
    }

    /// `csrs csr, rs1`: short for `csrrs`
    #[track_caller]
    fn csrs(&mut self, csr: Csr, rs1: Reg) -> &mut Self {
        self.emit("csrs", &[csr.into(), rs1.into()])
    }

    /// `csrs csr, imm`: short for `csrrsi`
    #[track_caller]
    fn csrs_csr_imm(&mut self, csr: Csr, imm: impl Into<Imm>) -> &mut Self {
        self.emit("csrs", &[csr.into(), Into::<Imm>::into(imm).into()])
    }

    /// `csrc csr, rs1`: short for `csrrc`
    #[track_caller]
    fn csrc(&mut self, csr: Csr, rs1: Reg) -> &mut Self {
        self.emit("csrc", &[csr.into(), rs1.into()])
    }

    /// `csrc csr, imm`: short for `csrrci`
    #[track_caller]
    fn csrc_csr_imm(&mut self, csr: Csr, imm: impl Into<Imm>) -> &mut Self {
        self.emit("csrc", &[csr.into(), Into::<Imm>::into(imm).into()])
    }

    /// `csrwi csr, imm`: short for `csrrwi`
    #[track_caller]
    fn csrwi(&mut self, csr: Csr, imm: impl Into<Imm>) -> &mut Self {
        self.emit("csrwi", &[csr.into(), Into::<Imm>::into(imm).into()])
    }

    /// `csrsi csr, imm`: short for `csrrsi`
    #[track_caller]
    fn csrsi(&mut self, csr: Csr, imm: impl Into<Imm>) -> &mut Self {
        self.emit("csrsi", &[csr.into(), Into::<Imm>::into(imm).into()])
    }

    /// `csrci csr, imm`: short for `csrrci`
    #[track_caller]
    fn csrci(&mut self, csr: Csr, imm: impl Into<Imm>) -> &mut Self {
        self.emit("csrci", &[csr.into(), Into::<Imm>::into(imm).into()])
    }

    /// `zext.w rd, rs1`: short for `add.uw`
    #[track_caller]
    fn zext_w(&mut self, rd: Reg, rs1: Reg) -> &mut Self {
        self.emit("zext.w", &[rd.into(), rs1.into()])
    }

    /// `la rd, label`: an address, through the global offset table in position-independent code
    #[track_caller]
    fn la(&mut self, rd: Reg, label: &Label) -> &mut Self {
        self.emit("la", &[rd.into(), label.into()])
    }

    /// `lla rd, label`: an address in the same program
    #[track_caller]
    fn lla(&mut self, rd: Reg, label: &Label) -> &mut Self {
        self.emit("lla", &[rd.into(), label.into()])
    }

    /// `lga rd, label`: an address, through the global offset table
    #[track_caller]
    fn lga(&mut self, rd: Reg, label: &Label) -> &mut Self {
        self.emit("lga", &[rd.into(), label.into()])
    }

    /// `la.tls.ie rd, label`: the distance of a thread's variable from the thread pointer
    #[track_caller]
    fn la_tls_ie(&mut self, rd: Reg, label: &Label) -> &mut Self {
        self.emit("la.tls.ie", &[rd.into(), label.into()])
    }

    /// `la.tls.gd rd, label`: what `__tls_get_addr` needs to find a thread's variable
    #[track_caller]
    fn la_tls_gd(&mut self, rd: Reg, label: &Label) -> &mut Self {
        self.emit("la.tls.gd", &[rd.into(), label.into()])
    }

    /// `call label`: call within 2 GiB
    #[track_caller]
    fn call(&mut self, label: &Label) -> &mut Self {
        self.emit("call", &[label.into()])
    }

    /// `call rd, label`: call within 2 GiB
    #[track_caller]
    fn call_rd_label(&mut self, rd: Reg, label: &Label) -> &mut Self {
        self.emit("call", &[rd.into(), label.into()])
    }

    /// `tail label`: jump within 2 GiB, through t1
    #[track_caller]
    fn tail(&mut self, label: &Label) -> &mut Self {
        self.emit("tail", &[label.into()])
    }

    /// `jump label, rd`: jump within 2 GiB, through a register
    #[track_caller]
    fn jump(&mut self, label: &Label, rd: Reg) -> &mut Self {
        self.emit("jump", &[label.into(), rd.into()])
    }

}

impl<T: Emit> Instructions for T {}

/// The descriptor of `zktr.pow`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZktrPow(Descriptor);

impl ZktrPow {
    /// Without any field.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "fields are missing")]
    pub fn new() -> Self {
        Self(Descriptor::new("zktr.pow"))
    }

    /// Field, extension degree and representation.
    #[must_use]
    pub fn format(self, value: &str) -> Self {
        Self(self.0.set("format", value))
    }

    /// Mode of the instruction; 0 where it has only one.
    #[must_use]
    pub fn mode(self, value: &str) -> Self {
        Self(self.0.set("mode", value))
    }

    /// The other bits must be zero.
    #[must_use]
    pub fn flags(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("flags", value))
    }

    /// The first value.
    #[must_use]
    pub fn init(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("init", value))
    }

    /// The factor from one value to the next.
    #[must_use]
    pub fn base(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("base", value))
    }

    /// The powers.
    #[must_use]
    pub fn out(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("out", value))
    }

    /// The power after the last one; the first if there is none.
    #[must_use]
    pub fn last(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("last", value))
    }

    /// The reduction polynomial.
    #[must_use]
    pub fn reduction(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("reduction", value))
    }
}

impl From<ZktrPow> for Descriptor {
    fn from(value: ZktrPow) -> Self {
        value.0
    }
}

/// The descriptor of `zktr.rlc`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZktrRlc(Descriptor);

impl ZktrRlc {
    /// Without any field.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "fields are missing")]
    pub fn new() -> Self {
        Self(Descriptor::new("zktr.rlc"))
    }

    /// Field, extension degree and representation.
    #[must_use]
    pub fn format(self, value: &str) -> Self {
        Self(self.0.set("format", value))
    }

    /// Mode of the instruction; 0 where it has only one.
    #[must_use]
    pub fn mode(self, value: &str) -> Self {
        Self(self.0.set("mode", value))
    }

    /// The other bits must be zero.
    #[must_use]
    pub fn flags(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("flags", value))
    }

    /// Entries of a tuple.
    #[must_use]
    pub fn k(self, value: u64) -> Self {
        Self(self.0.set("k", value))
    }

    /// The constant term (gamma).
    #[must_use]
    pub fn init(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("init", value))
    }

    /// One fingerprint a row.
    #[must_use]
    pub fn out(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("out", value))
    }

    /// The table: row i, column j.
    #[must_use]
    pub fn a(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("a", value))
    }

    /// The coefficients of the columns.
    #[must_use]
    pub fn coeff(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("coeff", value))
    }
}

impl From<ZktrRlc> for Descriptor {
    fn from(value: ZktrRlc) -> Self {
        value.0
    }
}

/// The descriptor of `zktr.inv`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZktrInv(Descriptor);

impl ZktrInv {
    /// Without any field.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "fields are missing")]
    pub fn new() -> Self {
        Self(Descriptor::new("zktr.inv"))
    }

    /// Field, extension degree and representation.
    #[must_use]
    pub fn format(self, value: &str) -> Self {
        Self(self.0.set("format", value))
    }

    /// Mode of the instruction; 0 where it has only one.
    #[must_use]
    pub fn mode(self, value: &str) -> Self {
        Self(self.0.set("mode", value))
    }

    /// The other bits must be zero.
    #[must_use]
    pub fn flags(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("flags", value))
    }

    /// The inverses.
    #[must_use]
    pub fn out(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("out", value))
    }

    /// The elements.
    #[must_use]
    pub fn a(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("a", value))
    }

    /// The reduction polynomial.
    #[must_use]
    pub fn reduction(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("reduction", value))
    }
}

impl From<ZktrInv> for Descriptor {
    fn from(value: ZktrInv) -> Self {
        value.0
    }
}

/// The descriptor of `zktr.scan`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZktrScan(Descriptor);

impl ZktrScan {
    /// Without any field.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "fields are missing")]
    pub fn new() -> Self {
        Self(Descriptor::new("zktr.scan"))
    }

    /// Field, extension degree and representation.
    #[must_use]
    pub fn format(self, value: &str) -> Self {
        Self(self.0.set("format", value))
    }

    /// Mode of the instruction; 0 where it has only one.
    #[must_use]
    pub fn mode(self, value: &str) -> Self {
        Self(self.0.set("mode", value))
    }

    /// The other bits must be zero.
    #[must_use]
    pub fn flags(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("flags", value))
    }

    /// The value before the first row.
    #[must_use]
    pub fn init(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("init", value))
    }

    /// One value a row.
    #[must_use]
    pub fn out(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("out", value))
    }

    /// The rows' terms or factors.
    #[must_use]
    pub fn a(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("a", value))
    }

    /// The value after the last row; the initial value if there is none.
    #[must_use]
    pub fn last(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("last", value))
    }

    /// The reduction polynomial.
    #[must_use]
    pub fn reduction(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("reduction", value))
    }
}

impl From<ZktrScan> for Descriptor {
    fn from(value: ZktrScan) -> Self {
        value.0
    }
}

/// The descriptor of `zktr.wscan`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZktrWscan(Descriptor);

impl ZktrWscan {
    /// Without any field.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "fields are missing")]
    pub fn new() -> Self {
        Self(Descriptor::new("zktr.wscan"))
    }

    /// Field, extension degree and representation.
    #[must_use]
    pub fn format(self, value: &str) -> Self {
        Self(self.0.set("format", value))
    }

    /// Mode of the instruction; 0 where it has only one.
    #[must_use]
    pub fn mode(self, value: &str) -> Self {
        Self(self.0.set("mode", value))
    }

    /// The other bits must be zero.
    #[must_use]
    pub fn flags(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("flags", value))
    }

    /// The value before the first row.
    #[must_use]
    pub fn init(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("init", value))
    }

    /// One value a row.
    #[must_use]
    pub fn out(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("out", value))
    }

    /// The rows' multiplicities.
    #[must_use]
    pub fn m(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("m", value))
    }

    /// The rows' terms.
    #[must_use]
    pub fn a(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("a", value))
    }

    /// The value after the last row; the initial value if there is none.
    #[must_use]
    pub fn last(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("last", value))
    }
}

impl From<ZktrWscan> for Descriptor {
    fn from(value: ZktrWscan) -> Self {
        value.0
    }
}

/// The descriptor of `zktr.logup`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZktrLogup(Descriptor);

impl ZktrLogup {
    /// Without any field.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "fields are missing")]
    pub fn new() -> Self {
        Self(Descriptor::new("zktr.logup"))
    }

    /// Field, extension degree and representation.
    #[must_use]
    pub fn format(self, value: &str) -> Self {
        Self(self.0.set("format", value))
    }

    /// Mode of the instruction; 0 where it has only one.
    #[must_use]
    pub fn mode(self, value: &str) -> Self {
        Self(self.0.set("mode", value))
    }

    /// The other bits must be zero.
    #[must_use]
    pub fn flags(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("flags", value))
    }

    /// Entries of a tuple.
    #[must_use]
    pub fn k(self, value: u64) -> Self {
        Self(self.0.set("k", value))
    }

    /// The constant term of the denominators.
    #[must_use]
    pub fn gamma(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("gamma", value))
    }

    /// The running sum before the first row.
    #[must_use]
    pub fn init(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("init", value))
    }

    /// One fraction a row.
    #[must_use]
    pub fn perm(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("perm", value))
    }

    /// The running sum after each row.
    #[must_use]
    pub fn sum(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("sum", value))
    }

    /// The table: row i, column j.
    #[must_use]
    pub fn a(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("a", value))
    }

    /// The coefficients of the columns.
    #[must_use]
    pub fn coeff(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("coeff", value))
    }

    /// The running sum after the last row; the initial value if there is none.
    #[must_use]
    pub fn last(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("last", value))
    }

    /// The reduction polynomial.
    #[must_use]
    pub fn reduction(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("reduction", value))
    }
}

impl From<ZktrLogup> for Descriptor {
    fn from(value: ZktrLogup) -> Self {
        value.0
    }
}

/// The descriptor of `zktr.cvt`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZktrCvt(Descriptor);

impl ZktrCvt {
    /// Without any field.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "fields are missing")]
    pub fn new() -> Self {
        Self(Descriptor::new("zktr.cvt"))
    }

    /// Field, extension degree and representation.
    #[must_use]
    pub fn format(self, value: &str) -> Self {
        Self(self.0.set("format", value))
    }

    /// Mode of the instruction; 0 where it has only one.
    #[must_use]
    pub fn mode(self, value: &str) -> Self {
        Self(self.0.set("mode", value))
    }

    /// The other bits must be zero.
    #[must_use]
    pub fn flags(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("flags", value))
    }

    /// Words of a row.
    #[must_use]
    pub fn k(self, value: u64) -> Self {
        Self(self.0.set("k", value))
    }

    /// The field elements.
    #[must_use]
    pub fn out(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("out", value))
    }

    /// The words.
    #[must_use]
    pub fn x(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("x", value))
    }
}

impl From<ZktrCvt> for Descriptor {
    fn from(value: ZktrCvt) -> Self {
        value.0
    }
}

/// The descriptor of `zktr.eq`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZktrEq(Descriptor);

impl ZktrEq {
    /// Without any field.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "fields are missing")]
    pub fn new() -> Self {
        Self(Descriptor::new("zktr.eq"))
    }

    /// Field, extension degree and representation.
    #[must_use]
    pub fn format(self, value: &str) -> Self {
        Self(self.0.set("format", value))
    }

    /// Mode of the instruction; 0 where it has only one.
    #[must_use]
    pub fn mode(self, value: &str) -> Self {
        Self(self.0.set("mode", value))
    }

    /// The other bits must be zero.
    #[must_use]
    pub fn flags(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("flags", value))
    }

    /// Coordinates of the point: bits of an index.
    #[must_use]
    pub fn k(self, value: u64) -> Self {
        Self(self.0.set("k", value))
    }

    /// A common factor.
    #[must_use]
    pub fn init(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("init", value))
    }

    /// The values.
    #[must_use]
    pub fn out(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("out", value))
    }

    /// The point; coordinate j belongs to bit j of an index.
    #[must_use]
    pub fn r(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("r", value))
    }

    /// The reduction polynomial.
    #[must_use]
    pub fn reduction(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("reduction", value))
    }
}

impl From<ZktrEq> for Descriptor {
    fn from(value: ZktrEq) -> Self {
        value.0
    }
}

/// The descriptor of `zktr.aff`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZktrAff(Descriptor);

impl ZktrAff {
    /// Without any field.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "fields are missing")]
    pub fn new() -> Self {
        Self(Descriptor::new("zktr.aff"))
    }

    /// Field, extension degree and representation.
    #[must_use]
    pub fn format(self, value: &str) -> Self {
        Self(self.0.set("format", value))
    }

    /// Mode of the instruction; 0 where it has only one.
    #[must_use]
    pub fn mode(self, value: &str) -> Self {
        Self(self.0.set("mode", value))
    }

    /// The other bits must be zero.
    #[must_use]
    pub fn flags(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("flags", value))
    }

    /// Terms.
    #[must_use]
    pub fn k(self, value: u64) -> Self {
        Self(self.0.set("k", value))
    }

    /// Columns of the first table.
    #[must_use]
    pub fn wa(self, value: u64) -> Self {
        Self(self.0.set("wa", value))
    }

    /// Columns of the second table; 0 if there is none.
    #[must_use]
    pub fn wb(self, value: u64) -> Self {
        Self(self.0.set("wb", value))
    }

    /// The constant term.
    #[must_use]
    pub fn init(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("init", value))
    }

    /// One fingerprint a row.
    #[must_use]
    pub fn out(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("out", value))
    }

    /// The coefficients of the terms.
    #[must_use]
    pub fn coeff(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("coeff", value))
    }

    /// What a term reads: bits 15 to 0 are the column, bit 16 is the table (0 first, 1 second), bit 17 is 1 for the next row. The other bits are zero.
    #[must_use]
    pub fn term(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("term", value))
    }

    /// The first table (main).
    #[must_use]
    pub fn a(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("a", value))
    }

    /// The second table (preprocessed).
    #[must_use]
    pub fn b(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("b", value))
    }
}

impl From<ZktrAff> for Descriptor {
    fn from(value: ZktrAff) -> Self {
        value.0
    }
}

/// The descriptor of `zktr.inv0`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZktrInv0(Descriptor);

impl ZktrInv0 {
    /// Without any field.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "fields are missing")]
    pub fn new() -> Self {
        Self(Descriptor::new("zktr.inv0"))
    }

    /// Field, extension degree and representation.
    #[must_use]
    pub fn format(self, value: &str) -> Self {
        Self(self.0.set("format", value))
    }

    /// Mode of the instruction; 0 where it has only one.
    #[must_use]
    pub fn mode(self, value: &str) -> Self {
        Self(self.0.set("mode", value))
    }

    /// The other bits must be zero.
    #[must_use]
    pub fn flags(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("flags", value))
    }

    /// The inverses.
    #[must_use]
    pub fn out(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("out", value))
    }

    /// The elements.
    #[must_use]
    pub fn a(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("a", value))
    }

    /// The reduction polynomial.
    #[must_use]
    pub fn reduction(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("reduction", value))
    }
}

impl From<ZktrInv0> for Descriptor {
    fn from(value: ZktrInv0) -> Self {
        value.0
    }
}

/// The descriptor of `zktr.frac`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZktrFrac(Descriptor);

impl ZktrFrac {
    /// Without any field.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "fields are missing")]
    pub fn new() -> Self {
        Self(Descriptor::new("zktr.frac"))
    }

    /// Field, extension degree and representation.
    #[must_use]
    pub fn format(self, value: &str) -> Self {
        Self(self.0.set("format", value))
    }

    /// Mode of the instruction; 0 where it has only one.
    #[must_use]
    pub fn mode(self, value: &str) -> Self {
        Self(self.0.set("mode", value))
    }

    /// The other bits must be zero.
    #[must_use]
    pub fn flags(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("flags", value))
    }

    /// The fractions.
    #[must_use]
    pub fn out(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("out", value))
    }

    /// The numerators: multiplicities.
    #[must_use]
    pub fn m(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("m", value))
    }

    /// The denominators.
    #[must_use]
    pub fn d(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("d", value))
    }

    /// The reduction polynomial.
    #[must_use]
    pub fn reduction(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("reduction", value))
    }
}

impl From<ZktrFrac> for Descriptor {
    fn from(value: ZktrFrac) -> Self {
        value.0
    }
}

/// The descriptor of `zktr.wbatch`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZktrWbatch(Descriptor);

impl ZktrWbatch {
    /// Without any field.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "fields are missing")]
    pub fn new() -> Self {
        Self(Descriptor::new("zktr.wbatch"))
    }

    /// Field, extension degree and representation.
    #[must_use]
    pub fn format(self, value: &str) -> Self {
        Self(self.0.set("format", value))
    }

    /// Mode of the instruction; 0 where it has only one.
    #[must_use]
    pub fn mode(self, value: &str) -> Self {
        Self(self.0.set("mode", value))
    }

    /// The other bits must be zero.
    #[must_use]
    pub fn flags(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("flags", value))
    }

    /// Fractions of a row.
    #[must_use]
    pub fn k(self, value: u64) -> Self {
        Self(self.0.set("k", value))
    }

    /// One sum a row.
    #[must_use]
    pub fn out(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("out", value))
    }

    /// A factor for each fraction: 1, or -1 for what is sent.
    #[must_use]
    pub fn sign(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("sign", value))
    }

    /// The multiplicities.
    #[must_use]
    pub fn m(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("m", value))
    }

    /// The denominators.
    #[must_use]
    pub fn d(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("d", value))
    }

    /// The reduction polynomial.
    #[must_use]
    pub fn reduction(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("reduction", value))
    }
}

impl From<ZktrWbatch> for Descriptor {
    fn from(value: ZktrWbatch) -> Self {
        value.0
    }
}

/// The descriptor of `zktr.mlogup`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZktrMlogup(Descriptor);

impl ZktrMlogup {
    /// Without any field.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "fields are missing")]
    pub fn new() -> Self {
        Self(Descriptor::new("zktr.mlogup"))
    }

    /// Field, extension degree and representation.
    #[must_use]
    pub fn format(self, value: &str) -> Self {
        Self(self.0.set("format", value))
    }

    /// Mode of the instruction; 0 where it has only one.
    #[must_use]
    pub fn mode(self, value: &str) -> Self {
        Self(self.0.set("mode", value))
    }

    /// The other bits must be zero.
    #[must_use]
    pub fn flags(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("flags", value))
    }

    /// Entries of a tuple.
    #[must_use]
    pub fn k(self, value: u64) -> Self {
        Self(self.0.set("k", value))
    }

    /// The constant term of the denominators.
    #[must_use]
    pub fn gamma(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("gamma", value))
    }

    /// The running sum before the first row.
    #[must_use]
    pub fn init(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("init", value))
    }

    /// One fraction a row.
    #[must_use]
    pub fn perm(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("perm", value))
    }

    /// One running sum a row.
    #[must_use]
    pub fn sum(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("sum", value))
    }

    /// The multiplicities.
    #[must_use]
    pub fn m(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("m", value))
    }

    /// The table: row i, column j.
    #[must_use]
    pub fn a(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("a", value))
    }

    /// The coefficients of the columns.
    #[must_use]
    pub fn coeff(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("coeff", value))
    }

    /// The running sum after the last row; the initial value if there is none.
    #[must_use]
    pub fn last(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("last", value))
    }

    /// The reduction polynomial.
    #[must_use]
    pub fn reduction(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("reduction", value))
    }
}

impl From<ZktrMlogup> for Descriptor {
    fn from(value: ZktrMlogup) -> Self {
        value.0
    }
}

/// The descriptor of `zktr.ascan`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZktrAscan(Descriptor);

impl ZktrAscan {
    /// Without any field.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "fields are missing")]
    pub fn new() -> Self {
        Self(Descriptor::new("zktr.ascan"))
    }

    /// Field, extension degree and representation.
    #[must_use]
    pub fn format(self, value: &str) -> Self {
        Self(self.0.set("format", value))
    }

    /// Mode of the instruction; 0 where it has only one.
    #[must_use]
    pub fn mode(self, value: &str) -> Self {
        Self(self.0.set("mode", value))
    }

    /// The other bits must be zero.
    #[must_use]
    pub fn flags(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("flags", value))
    }

    /// The value before the first row.
    #[must_use]
    pub fn init(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("init", value))
    }

    /// Factor of a row's element; for Horner's rule, of the value before the row.
    #[must_use]
    pub fn scale(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("scale", value))
    }

    /// What is added to it.
    #[must_use]
    pub fn shift(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("shift", value))
    }

    /// One value a row.
    #[must_use]
    pub fn out(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("out", value))
    }

    /// The rows' elements.
    #[must_use]
    pub fn a(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("a", value))
    }

    /// The value after the last row; the initial value if there is none.
    #[must_use]
    pub fn last(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("last", value))
    }

    /// The reduction polynomial.
    #[must_use]
    pub fn reduction(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("reduction", value))
    }
}

impl From<ZktrAscan> for Descriptor {
    fn from(value: ZktrAscan) -> Self {
        value.0
    }
}

/// The descriptor of `zktr.fold`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZktrFold(Descriptor);

impl ZktrFold {
    /// Without any field.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "fields are missing")]
    pub fn new() -> Self {
        Self(Descriptor::new("zktr.fold"))
    }

    /// Field, extension degree and representation.
    #[must_use]
    pub fn format(self, value: &str) -> Self {
        Self(self.0.set("format", value))
    }

    /// Mode of the instruction; 0 where it has only one.
    #[must_use]
    pub fn mode(self, value: &str) -> Self {
        Self(self.0.set("mode", value))
    }

    /// The other bits must be zero.
    #[must_use]
    pub fn flags(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("flags", value))
    }

    /// The value before the first row.
    #[must_use]
    pub fn init(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("init", value))
    }

    /// What the value is multiplied by in each row; only for Horner's rule.
    #[must_use]
    pub fn scale(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("scale", value))
    }

    /// The rows' terms or factors.
    #[must_use]
    pub fn a(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("a", value))
    }

    /// The value after the last row; the initial value if there is none.
    #[must_use]
    pub fn last(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("last", value))
    }

    /// The reduction polynomial.
    #[must_use]
    pub fn reduction(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("reduction", value))
    }
}

impl From<ZktrFold> for Descriptor {
    fn from(value: ZktrFold) -> Self {
        value.0
    }
}

/// The descriptor of `zktr.dot`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZktrDot(Descriptor);

impl ZktrDot {
    /// Without any field.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "fields are missing")]
    pub fn new() -> Self {
        Self(Descriptor::new("zktr.dot"))
    }

    /// Field, extension degree and representation.
    #[must_use]
    pub fn format(self, value: &str) -> Self {
        Self(self.0.set("format", value))
    }

    /// Mode of the instruction; 0 where it has only one.
    #[must_use]
    pub fn mode(self, value: &str) -> Self {
        Self(self.0.set("mode", value))
    }

    /// The other bits must be zero.
    #[must_use]
    pub fn flags(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("flags", value))
    }

    /// The value before the first row.
    #[must_use]
    pub fn init(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("init", value))
    }

    /// One factor of each product.
    #[must_use]
    pub fn m(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("m", value))
    }

    /// The other one.
    #[must_use]
    pub fn a(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("a", value))
    }

    /// The value after the last row; the initial value if there is none.
    #[must_use]
    pub fn last(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("last", value))
    }
}

impl From<ZktrDot> for Descriptor {
    fn from(value: ZktrDot) -> Self {
        value.0
    }
}

/// The descriptor of `zktr.tree`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZktrTree(Descriptor);

impl ZktrTree {
    /// Without any field.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "fields are missing")]
    pub fn new() -> Self {
        Self(Descriptor::new("zktr.tree"))
    }

    /// Field, extension degree and representation.
    #[must_use]
    pub fn format(self, value: &str) -> Self {
        Self(self.0.set("format", value))
    }

    /// Mode of the instruction; 0 where it has only one.
    #[must_use]
    pub fn mode(self, value: &str) -> Self {
        Self(self.0.set("mode", value))
    }

    /// The other bits must be zero.
    #[must_use]
    pub fn flags(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("flags", value))
    }

    /// Numerators of the sums.
    #[must_use]
    pub fn num(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("num", value))
    }

    /// Denominators of the sums.
    #[must_use]
    pub fn den(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("den", value))
    }

    /// Numerators of the first fractions.
    #[must_use]
    pub fn n0(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("n0", value))
    }

    /// Numerators of the second fractions.
    #[must_use]
    pub fn n1(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("n1", value))
    }

    /// Denominators of the first fractions.
    #[must_use]
    pub fn d0(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("d0", value))
    }

    /// Denominators of the second fractions.
    #[must_use]
    pub fn d1(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("d1", value))
    }

    /// The reduction polynomial.
    #[must_use]
    pub fn reduction(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("reduction", value))
    }
}

impl From<ZktrTree> for Descriptor {
    fn from(value: ZktrTree) -> Self {
        value.0
    }
}

/// The descriptor of `zktr.leaf`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZktrLeaf(Descriptor);

impl ZktrLeaf {
    /// Without any field.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "fields are missing")]
    pub fn new() -> Self {
        Self(Descriptor::new("zktr.leaf"))
    }

    /// Field, extension degree and representation.
    #[must_use]
    pub fn format(self, value: &str) -> Self {
        Self(self.0.set("format", value))
    }

    /// Mode of the instruction; 0 where it has only one.
    #[must_use]
    pub fn mode(self, value: &str) -> Self {
        Self(self.0.set("mode", value))
    }

    /// The other bits must be zero.
    #[must_use]
    pub fn flags(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("flags", value))
    }

    /// Numerators of the sums.
    #[must_use]
    pub fn num(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("num", value))
    }

    /// Denominators of the sums.
    #[must_use]
    pub fn den(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("den", value))
    }

    /// Multiplicities of the first fractions.
    #[must_use]
    pub fn m0(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("m0", value))
    }

    /// Multiplicities of the second fractions.
    #[must_use]
    pub fn m1(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("m1", value))
    }

    /// Denominators of the first fractions.
    #[must_use]
    pub fn d0(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("d0", value))
    }

    /// Denominators of the second fractions.
    #[must_use]
    pub fn d1(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("d1", value))
    }

    /// The reduction polynomial.
    #[must_use]
    pub fn reduction(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("reduction", value))
    }
}

impl From<ZktrLeaf> for Descriptor {
    fn from(value: ZktrLeaf) -> Self {
        value.0
    }
}

/// The descriptor of `zktr.mul`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZktrMul(Descriptor);

impl ZktrMul {
    /// Without any field.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "fields are missing")]
    pub fn new() -> Self {
        Self(Descriptor::new("zktr.mul"))
    }

    /// Field, extension degree and representation.
    #[must_use]
    pub fn format(self, value: &str) -> Self {
        Self(self.0.set("format", value))
    }

    /// Mode of the instruction; 0 where it has only one.
    #[must_use]
    pub fn mode(self, value: &str) -> Self {
        Self(self.0.set("mode", value))
    }

    /// The other bits must be zero.
    #[must_use]
    pub fn flags(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("flags", value))
    }

    /// The products.
    #[must_use]
    pub fn out(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("out", value))
    }

    /// The first factors.
    #[must_use]
    pub fn a(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("a", value))
    }

    /// The second factors.
    #[must_use]
    pub fn b(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("b", value))
    }

    /// The reduction polynomial.
    #[must_use]
    pub fn reduction(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("reduction", value))
    }
}

impl From<ZktrMul> for Descriptor {
    fn from(value: ZktrMul) -> Self {
        value.0
    }
}

/// The descriptor of `zktr.lin`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZktrLin(Descriptor);

impl ZktrLin {
    /// Without any field.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "fields are missing")]
    pub fn new() -> Self {
        Self(Descriptor::new("zktr.lin"))
    }

    /// Field, extension degree and representation.
    #[must_use]
    pub fn format(self, value: &str) -> Self {
        Self(self.0.set("format", value))
    }

    /// Mode of the instruction; 0 where it has only one.
    #[must_use]
    pub fn mode(self, value: &str) -> Self {
        Self(self.0.set("mode", value))
    }

    /// The other bits must be zero.
    #[must_use]
    pub fn flags(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("flags", value))
    }

    /// Factor of the first column.
    #[must_use]
    pub fn p(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("p", value))
    }

    /// Factor of the second column.
    #[must_use]
    pub fn q(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("q", value))
    }

    /// What is added to each row.
    #[must_use]
    pub fn shift(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("shift", value))
    }

    /// One element a row.
    #[must_use]
    pub fn out(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("out", value))
    }

    /// The first column.
    #[must_use]
    pub fn a(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("a", value))
    }

    /// The second column.
    #[must_use]
    pub fn b(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("b", value))
    }

    /// The reduction polynomial.
    #[must_use]
    pub fn reduction(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("reduction", value))
    }
}

impl From<ZktrLin> for Descriptor {
    fn from(value: ZktrLin) -> Self {
        value.0
    }
}

/// The descriptor of `zktr.cvt8`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZktrCvt8(Descriptor);

impl ZktrCvt8 {
    /// Without any field.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "fields are missing")]
    pub fn new() -> Self {
        Self(Descriptor::new("zktr.cvt8"))
    }

    /// Field, extension degree and representation.
    #[must_use]
    pub fn format(self, value: &str) -> Self {
        Self(self.0.set("format", value))
    }

    /// Mode of the instruction; 0 where it has only one.
    #[must_use]
    pub fn mode(self, value: &str) -> Self {
        Self(self.0.set("mode", value))
    }

    /// The other bits must be zero.
    #[must_use]
    pub fn flags(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("flags", value))
    }

    /// Words of a row.
    #[must_use]
    pub fn k(self, value: u64) -> Self {
        Self(self.0.set("k", value))
    }

    /// The field elements.
    #[must_use]
    pub fn out(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("out", value))
    }

    /// The words.
    #[must_use]
    pub fn x(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("x", value))
    }
}

impl From<ZktrCvt8> for Descriptor {
    fn from(value: ZktrCvt8) -> Self {
        value.0
    }
}

/// The descriptor of `zktr.cvt16`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZktrCvt16(Descriptor);

impl ZktrCvt16 {
    /// Without any field.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "fields are missing")]
    pub fn new() -> Self {
        Self(Descriptor::new("zktr.cvt16"))
    }

    /// Field, extension degree and representation.
    #[must_use]
    pub fn format(self, value: &str) -> Self {
        Self(self.0.set("format", value))
    }

    /// Mode of the instruction; 0 where it has only one.
    #[must_use]
    pub fn mode(self, value: &str) -> Self {
        Self(self.0.set("mode", value))
    }

    /// The other bits must be zero.
    #[must_use]
    pub fn flags(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("flags", value))
    }

    /// Words of a row.
    #[must_use]
    pub fn k(self, value: u64) -> Self {
        Self(self.0.set("k", value))
    }

    /// The field elements.
    #[must_use]
    pub fn out(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("out", value))
    }

    /// The words.
    #[must_use]
    pub fn x(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("x", value))
    }
}

impl From<ZktrCvt16> for Descriptor {
    fn from(value: ZktrCvt16) -> Self {
        value.0
    }
}

/// The descriptor of `zktr.cvt64`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZktrCvt64(Descriptor);

impl ZktrCvt64 {
    /// Without any field.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "fields are missing")]
    pub fn new() -> Self {
        Self(Descriptor::new("zktr.cvt64"))
    }

    /// Field, extension degree and representation.
    #[must_use]
    pub fn format(self, value: &str) -> Self {
        Self(self.0.set("format", value))
    }

    /// Mode of the instruction; 0 where it has only one.
    #[must_use]
    pub fn mode(self, value: &str) -> Self {
        Self(self.0.set("mode", value))
    }

    /// The other bits must be zero.
    #[must_use]
    pub fn flags(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("flags", value))
    }

    /// Words of a row.
    #[must_use]
    pub fn k(self, value: u64) -> Self {
        Self(self.0.set("k", value))
    }

    /// The field elements.
    #[must_use]
    pub fn out(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("out", value))
    }

    /// The words.
    #[must_use]
    pub fn x(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("x", value))
    }
}

impl From<ZktrCvt64> for Descriptor {
    fn from(value: ZktrCvt64) -> Self {
        value.0
    }
}

/// The descriptor of `zktr.slice`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZktrSlice(Descriptor);

impl ZktrSlice {
    /// Without any field.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "fields are missing")]
    pub fn new() -> Self {
        Self(Descriptor::new("zktr.slice"))
    }

    /// Field, extension degree and representation.
    #[must_use]
    pub fn format(self, value: &str) -> Self {
        Self(self.0.set("format", value))
    }

    /// Mode of the instruction; 0 where it has only one.
    #[must_use]
    pub fn mode(self, value: &str) -> Self {
        Self(self.0.set("mode", value))
    }

    /// The other bits must be zero.
    #[must_use]
    pub fn flags(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("flags", value))
    }

    /// Columns of a row.
    #[must_use]
    pub fn k(self, value: u64) -> Self {
        Self(self.0.set("k", value))
    }

    /// Words of a record.
    #[must_use]
    pub fn w(self, value: u64) -> Self {
        Self(self.0.set("w", value))
    }

    /// The rows.
    #[must_use]
    pub fn out(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("out", value))
    }

    /// The records.
    #[must_use]
    pub fn x(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("x", value))
    }

    /// For each column: which word of the record.
    #[must_use]
    pub fn src(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("src", value))
    }

    /// For each column: how far it is shifted to the right; bits 4 to 0 count.
    #[must_use]
    pub fn shift(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("shift", value))
    }

    /// For each column: which bits are kept then.
    #[must_use]
    pub fn mask(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("mask", value))
    }
}

impl From<ZktrSlice> for Descriptor {
    fn from(value: ZktrSlice) -> Self {
        value.0
    }
}

/// The descriptor of `zktr.onehot`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZktrOnehot(Descriptor);

impl ZktrOnehot {
    /// Without any field.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "fields are missing")]
    pub fn new() -> Self {
        Self(Descriptor::new("zktr.onehot"))
    }

    /// Field, extension degree and representation.
    #[must_use]
    pub fn format(self, value: &str) -> Self {
        Self(self.0.set("format", value))
    }

    /// Mode of the instruction; 0 where it has only one.
    #[must_use]
    pub fn mode(self, value: &str) -> Self {
        Self(self.0.set("mode", value))
    }

    /// The other bits must be zero.
    #[must_use]
    pub fn flags(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("flags", value))
    }

    /// Columns of a row.
    #[must_use]
    pub fn k(self, value: u64) -> Self {
        Self(self.0.set("k", value))
    }

    /// Words of a record.
    #[must_use]
    pub fn w(self, value: u64) -> Self {
        Self(self.0.set("w", value))
    }

    /// The rows.
    #[must_use]
    pub fn out(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("out", value))
    }

    /// The records.
    #[must_use]
    pub fn x(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("x", value))
    }

    /// For each column: which word of the record.
    #[must_use]
    pub fn src(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("src", value))
    }

    /// For each column: how far it is shifted to the right; bits 4 to 0 count.
    #[must_use]
    pub fn shift(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("shift", value))
    }

    /// For each column: which bits are kept then.
    #[must_use]
    pub fn mask(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("mask", value))
    }

    /// For each column: what they are compared with.
    #[must_use]
    pub fn key(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("key", value))
    }
}

impl From<ZktrOnehot> for Descriptor {
    fn from(value: ZktrOnehot) -> Self {
        value.0
    }
}

/// The descriptor of `zktr.delta`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZktrDelta(Descriptor);

impl ZktrDelta {
    /// Without any field.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "fields are missing")]
    pub fn new() -> Self {
        Self(Descriptor::new("zktr.delta"))
    }

    /// Field, extension degree and representation.
    #[must_use]
    pub fn format(self, value: &str) -> Self {
        Self(self.0.set("format", value))
    }

    /// Mode of the instruction; 0 where it has only one.
    #[must_use]
    pub fn mode(self, value: &str) -> Self {
        Self(self.0.set("mode", value))
    }

    /// The other bits must be zero.
    #[must_use]
    pub fn flags(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("flags", value))
    }

    /// Columns of a row.
    #[must_use]
    pub fn k(self, value: u64) -> Self {
        Self(self.0.set("k", value))
    }

    /// What is subtracted too: 1 for the distance between accesses.
    #[must_use]
    pub fn less(self, value: u64) -> Self {
        Self(self.0.set("less", value))
    }

    /// The rows.
    #[must_use]
    pub fn out(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("out", value))
    }

    /// Times of the accesses.
    #[must_use]
    pub fn cur(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("cur", value))
    }

    /// Times of the accesses before.
    #[must_use]
    pub fn prev(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("prev", value))
    }

    /// For each column: how far the difference is shifted to the right; bits 4 to 0 count.
    #[must_use]
    pub fn shift(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("shift", value))
    }

    /// For each column: which bits are kept then.
    #[must_use]
    pub fn mask(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("mask", value))
    }
}

impl From<ZktrDelta> for Descriptor {
    fn from(value: ZktrDelta) -> Self {
        value.0
    }
}

/// The descriptor of `zktr.adj`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZktrAdj(Descriptor);

impl ZktrAdj {
    /// Without any field.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "fields are missing")]
    pub fn new() -> Self {
        Self(Descriptor::new("zktr.adj"))
    }

    /// Field, extension degree and representation.
    #[must_use]
    pub fn format(self, value: &str) -> Self {
        Self(self.0.set("format", value))
    }

    /// Mode of the instruction; 0 where it has only one.
    #[must_use]
    pub fn mode(self, value: &str) -> Self {
        Self(self.0.set("mode", value))
    }

    /// The other bits must be zero.
    #[must_use]
    pub fn flags(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("flags", value))
    }

    /// Words of a key.
    #[must_use]
    pub fn w(self, value: u64) -> Self {
        Self(self.0.set("w", value))
    }

    /// One element a row.
    #[must_use]
    pub fn out(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("out", value))
    }

    /// The keys, the most significant word first.
    #[must_use]
    pub fn x(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("x", value))
    }

    /// The key before the first row.
    #[must_use]
    pub fn init(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("init", value))
    }
}

impl From<ZktrAdj> for Descriptor {
    fn from(value: ZktrAdj) -> Self {
        value.0
    }
}

/// The descriptor of `zktr.cmp`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZktrCmp(Descriptor);

impl ZktrCmp {
    /// Without any field.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "fields are missing")]
    pub fn new() -> Self {
        Self(Descriptor::new("zktr.cmp"))
    }

    /// Field, extension degree and representation.
    #[must_use]
    pub fn format(self, value: &str) -> Self {
        Self(self.0.set("format", value))
    }

    /// Mode of the instruction; 0 where it has only one.
    #[must_use]
    pub fn mode(self, value: &str) -> Self {
        Self(self.0.set("mode", value))
    }

    /// The other bits must be zero.
    #[must_use]
    pub fn flags(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("flags", value))
    }

    /// One element a row.
    #[must_use]
    pub fn out(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("out", value))
    }

    /// The first words.
    #[must_use]
    pub fn x(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("x", value))
    }

    /// The second words.
    #[must_use]
    pub fn y(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("y", value))
    }
}

impl From<ZktrCmp> for Descriptor {
    fn from(value: ZktrCmp) -> Self {
        value.0
    }
}

/// The descriptor of `zktr.fill`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZktrFill(Descriptor);

impl ZktrFill {
    /// Without any field.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "fields are missing")]
    pub fn new() -> Self {
        Self(Descriptor::new("zktr.fill"))
    }

    /// Field, extension degree and representation.
    #[must_use]
    pub fn format(self, value: &str) -> Self {
        Self(self.0.set("format", value))
    }

    /// Mode of the instruction; 0 where it has only one.
    #[must_use]
    pub fn mode(self, value: &str) -> Self {
        Self(self.0.set("mode", value))
    }

    /// The other bits must be zero.
    #[must_use]
    pub fn flags(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("flags", value))
    }

    /// Words of a row.
    #[must_use]
    pub fn k(self, value: u64) -> Self {
        Self(self.0.set("k", value))
    }

    /// The rows.
    #[must_use]
    pub fn out(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("out", value))
    }

    /// What each row becomes.
    #[must_use]
    pub fn t(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("t", value))
    }
}

impl From<ZktrFill> for Descriptor {
    fn from(value: ZktrFill) -> Self {
        value.0
    }
}

/// The descriptor of `zktr.copy`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZktrCopy(Descriptor);

impl ZktrCopy {
    /// Without any field.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "fields are missing")]
    pub fn new() -> Self {
        Self(Descriptor::new("zktr.copy"))
    }

    /// Field, extension degree and representation.
    #[must_use]
    pub fn format(self, value: &str) -> Self {
        Self(self.0.set("format", value))
    }

    /// Mode of the instruction; 0 where it has only one.
    #[must_use]
    pub fn mode(self, value: &str) -> Self {
        Self(self.0.set("mode", value))
    }

    /// The other bits must be zero.
    #[must_use]
    pub fn flags(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("flags", value))
    }

    /// Extent of the second dimension.
    #[must_use]
    pub fn k(self, value: u64) -> Self {
        Self(self.0.set("k", value))
    }

    /// Extent of the third dimension.
    #[must_use]
    pub fn c(self, value: u64) -> Self {
        Self(self.0.set("c", value))
    }

    /// To.
    #[must_use]
    pub fn out(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("out", value))
    }

    /// From.
    #[must_use]
    pub fn a(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("a", value))
    }
}

impl From<ZktrCopy> for Descriptor {
    fn from(value: ZktrCopy) -> Self {
        value.0
    }
}

/// The descriptor of `zktr.gather`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZktrGather(Descriptor);

impl ZktrGather {
    /// Without any field.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "fields are missing")]
    pub fn new() -> Self {
        Self(Descriptor::new("zktr.gather"))
    }

    /// Field, extension degree and representation.
    #[must_use]
    pub fn format(self, value: &str) -> Self {
        Self(self.0.set("format", value))
    }

    /// Mode of the instruction; 0 where it has only one.
    #[must_use]
    pub fn mode(self, value: &str) -> Self {
        Self(self.0.set("mode", value))
    }

    /// The other bits must be zero.
    #[must_use]
    pub fn flags(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("flags", value))
    }

    /// Rows of the table.
    #[must_use]
    pub fn bins(self, value: u64) -> Self {
        Self(self.0.set("bins", value))
    }

    /// The products.
    #[must_use]
    pub fn out(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("out", value))
    }

    /// The table.
    #[must_use]
    pub fn table(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("table", value))
    }

    /// For each row: which row of the table.
    #[must_use]
    pub fn idx(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("idx", value))
    }

    /// Its factor.
    #[must_use]
    pub fn m(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("m", value))
    }
}

impl From<ZktrGather> for Descriptor {
    fn from(value: ZktrGather) -> Self {
        value.0
    }
}

/// The descriptor of `zktr.pick`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZktrPick(Descriptor);

impl ZktrPick {
    /// Without any field.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "fields are missing")]
    pub fn new() -> Self {
        Self(Descriptor::new("zktr.pick"))
    }

    /// Field, extension degree and representation.
    #[must_use]
    pub fn format(self, value: &str) -> Self {
        Self(self.0.set("format", value))
    }

    /// Mode of the instruction; 0 where it has only one.
    #[must_use]
    pub fn mode(self, value: &str) -> Self {
        Self(self.0.set("mode", value))
    }

    /// The other bits must be zero.
    #[must_use]
    pub fn flags(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("flags", value))
    }

    /// Words of a row.
    #[must_use]
    pub fn k(self, value: u64) -> Self {
        Self(self.0.set("k", value))
    }

    /// Rows of the table.
    #[must_use]
    pub fn bins(self, value: u64) -> Self {
        Self(self.0.set("bins", value))
    }

    /// The rows.
    #[must_use]
    pub fn out(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("out", value))
    }

    /// The table.
    #[must_use]
    pub fn table(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("table", value))
    }

    /// For each row: which row of the table.
    #[must_use]
    pub fn idx(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("idx", value))
    }
}

impl From<ZktrPick> for Descriptor {
    fn from(value: ZktrPick) -> Self {
        value.0
    }
}

/// The descriptor of `zktr.scatter`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZktrScatter(Descriptor);

impl ZktrScatter {
    /// Without any field.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "fields are missing")]
    pub fn new() -> Self {
        Self(Descriptor::new("zktr.scatter"))
    }

    /// Field, extension degree and representation.
    #[must_use]
    pub fn format(self, value: &str) -> Self {
        Self(self.0.set("format", value))
    }

    /// Mode of the instruction; 0 where it has only one.
    #[must_use]
    pub fn mode(self, value: &str) -> Self {
        Self(self.0.set("mode", value))
    }

    /// The other bits must be zero.
    #[must_use]
    pub fn flags(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("flags", value))
    }

    /// Words of a row.
    #[must_use]
    pub fn k(self, value: u64) -> Self {
        Self(self.0.set("k", value))
    }

    /// Rows of the destination.
    #[must_use]
    pub fn bins(self, value: u64) -> Self {
        Self(self.0.set("bins", value))
    }

    /// The destination.
    #[must_use]
    pub fn out(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("out", value))
    }

    /// The rows.
    #[must_use]
    pub fn a(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("a", value))
    }

    /// For each row: where it goes.
    #[must_use]
    pub fn idx(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("idx", value))
    }
}

impl From<ZktrScatter> for Descriptor {
    fn from(value: ZktrScatter) -> Self {
        value.0
    }
}

/// The descriptor of `zktr.hist`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZktrHist(Descriptor);

impl ZktrHist {
    /// Without any field.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "fields are missing")]
    pub fn new() -> Self {
        Self(Descriptor::new("zktr.hist"))
    }

    /// Field, extension degree and representation.
    #[must_use]
    pub fn format(self, value: &str) -> Self {
        Self(self.0.set("format", value))
    }

    /// Mode of the instruction; 0 where it has only one.
    #[must_use]
    pub fn mode(self, value: &str) -> Self {
        Self(self.0.set("mode", value))
    }

    /// The other bits must be zero.
    #[must_use]
    pub fn flags(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("flags", value))
    }

    /// Counters.
    #[must_use]
    pub fn bins(self, value: u64) -> Self {
        Self(self.0.set("bins", value))
    }

    /// How far a word is shifted to the right.
    #[must_use]
    pub fn shift(self, value: u64) -> Self {
        Self(self.0.set("shift", value))
    }

    /// Which bits are kept then.
    #[must_use]
    pub fn mask(self, value: u64) -> Self {
        Self(self.0.set("mask", value))
    }

    /// The counters, modulo 2^32.
    #[must_use]
    pub fn h(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("h", value))
    }

    /// The words.
    #[must_use]
    pub fn x(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("x", value))
    }
}

impl From<ZktrHist> for Descriptor {
    fn from(value: ZktrHist) -> Self {
        value.0
    }
}

/// The descriptor of `zktr.histf`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZktrHistf(Descriptor);

impl ZktrHistf {
    /// Without any field.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "fields are missing")]
    pub fn new() -> Self {
        Self(Descriptor::new("zktr.histf"))
    }

    /// Field, extension degree and representation.
    #[must_use]
    pub fn format(self, value: &str) -> Self {
        Self(self.0.set("format", value))
    }

    /// Mode of the instruction; 0 where it has only one.
    #[must_use]
    pub fn mode(self, value: &str) -> Self {
        Self(self.0.set("mode", value))
    }

    /// The other bits must be zero.
    #[must_use]
    pub fn flags(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("flags", value))
    }

    /// Counters.
    #[must_use]
    pub fn bins(self, value: u64) -> Self {
        Self(self.0.set("bins", value))
    }

    /// How far a word is shifted to the right.
    #[must_use]
    pub fn shift(self, value: u64) -> Self {
        Self(self.0.set("shift", value))
    }

    /// Which bits are kept then.
    #[must_use]
    pub fn mask(self, value: u64) -> Self {
        Self(self.0.set("mask", value))
    }

    /// The counters.
    #[must_use]
    pub fn h(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("h", value))
    }

    /// The words.
    #[must_use]
    pub fn x(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("x", value))
    }

    /// How often each word counts.
    #[must_use]
    pub fn m(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("m", value))
    }
}

impl From<ZktrHistf> for Descriptor {
    fn from(value: ZktrHistf) -> Self {
        value.0
    }
}

/// The descriptor of `zktr.challenge`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZktrChallenge(Descriptor);

impl ZktrChallenge {
    /// Without any field.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "fields are missing")]
    pub fn new() -> Self {
        Self(Descriptor::new("zktr.challenge"))
    }

    /// Field, extension degree and representation.
    #[must_use]
    pub fn format(self, value: &str) -> Self {
        Self(self.0.set("format", value))
    }

    /// Mode of the instruction; 0 where it has only one.
    #[must_use]
    pub fn mode(self, value: &str) -> Self {
        Self(self.0.set("mode", value))
    }

    /// The other bits must be zero.
    #[must_use]
    pub fn flags(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("flags", value))
    }

    /// The challenges.
    #[must_use]
    pub fn out(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("out", value))
    }
}

impl From<ZktrChallenge> for Descriptor {
    fn from(value: ZktrChallenge) -> Self {
        value.0
    }
}

/// The descriptor of `zktr.run`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZktrRun(Descriptor);

impl ZktrRun {
    /// Without any field.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "fields are missing")]
    pub fn new() -> Self {
        Self(Descriptor::new("zktr.run"))
    }

    /// Field, extension degree and representation.
    #[must_use]
    pub fn format(self, value: &str) -> Self {
        Self(self.0.set("format", value))
    }

    /// Mode of the instruction; 0 where it has only one.
    #[must_use]
    pub fn mode(self, value: &str) -> Self {
        Self(self.0.set("mode", value))
    }

    /// The other bits must be zero.
    #[must_use]
    pub fn flags(self, value: impl Into<FieldValue>) -> Self {
        Self(self.0.set("flags", value))
    }

    /// Host address of the guest's memory: the guest's address a is the host's `memory` + a.
    #[must_use]
    pub fn memory(self, value: u64) -> Self {
        Self(self.0.set("memory", value))
    }

    /// Bytes of it. Beyond them the guest has no memory.
    #[must_use]
    pub fn size(self, value: u64) -> Self {
        Self(self.0.set("size", value))
    }

    /// Host address of 34 words of 32 bits: x0 to x31, the program counter, and why the guest stopped. Read at the start, written at the end.
    #[must_use]
    pub fn state(self, value: u64) -> Self {
        Self(self.0.set("state", value))
    }

    /// The guest stops after so many instructions.
    #[must_use]
    pub fn limit(self, value: u64) -> Self {
        Self(self.0.set("limit", value))
    }

    /// Host address of a record for each table of the trace schema, in its order: four double words, the address of the first row, the stride of rows in bytes, the rows that there is room for, and the rows that were written. Columns of a row are adjacent.
    #[must_use]
    pub fn tables(self, value: u64) -> Self {
        Self(self.0.set("tables", value))
    }
}

impl From<ZktrRun> for Descriptor {
    fn from(value: ZktrRun) -> Self {
        value.0
    }
}
