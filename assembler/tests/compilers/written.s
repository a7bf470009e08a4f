start:
    la.tls.ie a0, counter
    la.tls.gd a1, buffer
    lui a2, %tprel_hi(counter)
    add a2, a2, tp, %tprel_add(counter)
    lw a3, %tprel_lo(counter)(a2)
    sw a3, %tprel_lo(counter)(a2)
    addi a3, a2, %tprel_lo(counter)
1:  auipc a4, %tls_ie_pcrel_hi(buffer)
    lw a4, %pcrel_lo(1b)(a4)
2:  auipc a5, %tls_gd_pcrel_hi(buffer)
    addi a0, a5, %pcrel_lo(2b)
    call __tls_get_addr
    fsd fs0, 8(sp)
    fsd fs11, 504(sp)
    fsd f31, 512(sp)
    fld ft0, 16(a0)
    fld fa0, 16(a0)
    fld fs1, 8(sp)
    fld fa5, (t0)
    fld fa5, constant, t0
    fsd fa5, constant, t0
    lui a0, %hi(constant)
    fld fa0, %lo(constant)(a0)
    fsd fa0, %lo(constant)(a0)
    .insn i 0x07, 3, fa0, 8(sp)
    .cfi_startproc
    .cfi_offset fs0, -16
    .cfi_endproc
    csrw mscratch, 0
    csrs mstatus, 1 << 3
    csrc sstatus, 2
    csrrw a0, mie, 5
    csrw pmpaddr63, a0
    csrr a0, mhpmcounter31
    csrw tcontrol, a0
    bset a0, a1, 5
    bclr a0, a1, 5
    binv a0, a1, 5
    bext a0, a1, 5
    ror a0, a1, 5
    move a0, a1
    li a0, (1UL << 12) - 4L
    wfi
    sfence.vma
    sfence.vma a0
    sfence.vma a0, a1
    sret
    mret
    dret
    .section .tbss, "awT", @nobits
    .globl counter
counter: .zero 4
    .section .tdata, "awT", @progbits
    .globl buffer
buffer: .word 5
    .section .rodata
    .balign 8
constant: .dword 1
