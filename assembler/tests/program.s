# Compared with GNU as byte for byte: nothing here needs the linker.
    .option norelax
    .option norvc
    .set    N, 10
    .equ    MASK, (1 << 4) - 1
    .text
    .globl  start
start:
    mv      a0, a1
    not     a0, a1
    neg     a0, a1
    negw    a0, a1
    seqz    a0, a1
    snez    a0, a1
    sltz    a0, a1
    sgtz    a0, a1
    sext.w  a0, a1
    zext.b  a0, a1
    li      a0, 0
    li      a0, -1
    li      a0, 2047
    li      a0, 2048
    li      a0, 0x12345678
    li      a0, 0x7fffffff
    li      a0, -0x80000000
    li      a0, N * 4 + MASK
1:  beqz    a0, 1f
    bnez    a0, 1b
    blez    a0, 1b
    bgez    a0, 1b
    bltz    a0, 1b
    bgtz    a0, 1b
    bgt     a0, a1, 1b
    ble     a0, a1, 1b
    bgtu    a0, a1, 1b
    bleu    a0, a1, 1b
1:  j       1b
    jal     local
    jal     t0, local
    jr      a0
    jalr    a0
    jalr    a1, a0, 4
    jalr    a1, 8(a0)
    ret
    nop
    fence
    fence   iorw, rw
    fence.i
    ecall
    ebreak
    csrr    a0, cycle
    csrw    mscratch, a0
    csrs    mstatus, a0
    csrc    mstatus, a0
    csrwi   mstatus, 3
    csrsi   0x300, 3
    csrci   0x300, 3
    rdcycle a0
    rdtime  a0
    rdinstret a0
    lw      a0, (a1)
    sw      a0, (a1)
    lr.w    a0, (a1)
    sc.d.aqrl a0, a1, (a2)
    addi    a0, a0, N - 1
    addi    a0, a0, 'A'
    slli    a0, a0, 5 + 1
    sh1add  a0, a1, a2
    rev8    a0, a1
    rori    a0, a1, 63
    .balign 16
local:
    .insn   r 0x33, 0, 0, a0, a1, a2
    .insn   i 0x13, 0, a0, a1, -1
    .insn   i 0x03, 0, a0, 4(a1)
    .insn   s 0x23, 2, a0, 4(a1)
    .insn   b 0x63, 0, a0, a1, local
    .insn   u 0x37, a0, 0x12345
    .insn   j 0x6f, a0, local
    .insn   4, 0x00000013
    .insn   0x00100013
    .option rvc
    c.addi  a0, 1
    c.li    a0, -1
    c.mv    a0, a1
    c.beqz  a0, local
    c.j     local
    c.lwsp  a0, 4(sp)
    c.sdsp  a0, 8(sp)
    .insn   0x0001
    .balign 8
    .option norvc
    # GNU as fills code up to the alignment of its section.
    .balign 16

    .section .rodata
    .byte   1, 2, -1, 'a', '\n'
    .balign 4
    .half   1, 0xffff
    .short  5
    .word   1 + 2 * 3, 1 << 2 + 1, ~0, -1, 7 / 2, 7 % 4
    .word   1 | 2 ^ 3, 6 & 3, 5 ! 2, 3 == 3, 3 != 3, 2 < 3, 3 >= 4, 1 && 2, 0 || 2
    .word   (1 + 2) * 3, -7 / 2, 0x10, 010, 0b11
    .dword  0x123456789abcdef0, -1
    .quad   5
    .ascii  "abc\tdef", "ghi"
    .asciz  "octal \101 hex \x42 quote \" slash \\"
    .string "x"
    .space  3
    .zero   2
    .skip   2, 7
    .fill   3, 2, 0x1234
    .fill   1, 8, 0x11223344
    .p2align 3
    .align  2
    .balign 16, 0xaa
    .org    . + 4
strings:
    .word   strings - . , . - strings, end - strings
end:
    .data
    .byte   end - strings
