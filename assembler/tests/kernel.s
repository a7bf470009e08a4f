# A kernel that uses most of what the assembler knows.
    .attribute stack_align, 16
    .equ    ROWS, 256
    .set    COLUMNS, 8
    ELEMENT = 4 * (1 + 0)

    .text
    .globl  fingerprint
    .type   fingerprint, @function
    .p2align 2
fingerprint:
    addi    sp, sp, -16
    sd      ra, 8(sp)
    la      a1, descriptor          # its address
    li      a2, ROWS
    zktr.rlc a0, a1, a2
    bnez    a0, .Lfallback          // refused: the host computes it
    zktr.wait a0, a0; beqz a0, .Ldone
.Lfallback:
    mv      a0, a1
    call    fingerprint_host
.Ldone:
    ld      ra, 8(sp)
    c.addi16sp sp, 16
    ret
    .size   fingerprint, . - fingerprint

/* Constants of all sizes,
   and local labels. */
constants:
    li      t0, 0x123456789abcdef0
    li      t1, -2049
1:  li      t2, 'a'
    beq     t0, t1, 1f
    bgtu    t1, t2, 1b
1:  csrr    a0, zktr.version
    csrw    0x340, a0
    fence   rw, w
    fence
    amoadd.w.aqrl a0, a1, (a2)
    lr.w    a3, 0(a4)
    lui     a0, %hi(table)
    lw      a0, %lo(table+4)(a0)
2:  auipc   a1, %pcrel_hi(table)
    sw      a0, %pcrel_lo(2b)(a1)
    lw      a5, table
    sw      a5, table + 8, t0
    tail    fingerprint
    .insn   r CUSTOM_3, 0x7, 0x09, a0, a1, a2
    .insn   i 0x13, 0, a0, a1, 12
    .insn   i 0x03, 2, a0, 8(a1)
    .insn   s 0x23, 2, a0, 8(a1)
    .insn   b 0x63, 0, a0, a1, 1b
    .insn   u 0x37, a0, 0x12345
    .insn   j 0x6f, ra, constants
    .insn   4, 0x00000013
    .insn   0x0001
    .option push
    .option norvc
    .option norelax
    .balign 16
    .option pop

    .section .rodata.table, "a", @progbits
    .balign 4
table:
    .word   1, 2, 3, table_end - table
    .half   0x1234, -1
    .byte   1, 'b', ROWS >> 4
    .asciz  "text\twith \"escapes\"\n"
    .space  3, 0xff
    .fill   2, 2, 0x55aa
table_end:

    .data
    .byte   1
descriptor:
    .zktr.descriptor zktr.rlc format=babybear4-m, k=COLUMNS, init={1, 2, 3, -1},
        out={result, 16, 4}, a={table, 4 * COLUMNS, ELEMENT}, coeff=coefficients
    .dword  descriptor, result + 16

    .bss
    .balign 64
result:
    .zero   16 * ROWS
coefficients:
    .zero   16 * COLUMNS
    .comm   shared, 64, 16
    .weak   fingerprint_host
