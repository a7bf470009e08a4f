# Every instruction of RV32IM in each round, on operands that change; exits when it has made all rounds.
# The number of rounds is in a0 at the beginning, 0 means 2^32.
    .globl _start
_start:
    la      s0, space
    li      s1, 0x9e3779b9
    li      s2, 0x80000000
    li      s3, 1
    mv      s4, a0
round:
    add     t0, s1, s2
    sub     t1, s1, s3
    xor     t2, t0, t1
    or      t3, t0, s3
    and     t4, t1, t2
    sll     t5, s1, s3
    srl     t6, s1, t0
    sra     a0, s2, t1
    slt     a1, t0, t1
    sltu    a2, t0, t1
    mul     a3, t0, t1
    mulh    a4, t0, t1
    mulhsu  a5, t0, t1
    mulhu   a6, t0, t1
    div     a7, t0, t3
    divu    s5, t1, t3
    rem     s6, t0, t3
    remu    s7, t1, t3
    addi    s1, a3, -77
    xori    s2, a4, 0x555
    ori     s3, s5, 1
    andi    t0, s1, 0x7f0
    slli    t1, s2, 7
    srli    t2, s3, 9
    srai    t3, a0, 3
    slti    t4, a5, -1
    sltiu   t5, a6, 11
    lui     t6, 0xfedcb
    auipc   a0, 0x12
    add     a1, s0, t0
    sb      s1, 5(a1)
    sh      s2, 6(a1)
    sw      s3, 8(a1)
    lb      t0, 4(a1)
    lbu     t1, 5(a1)
    lh      t2, 6(a1)
    lhu     t3, 8(a1)
    lw      t4, 8(a1)
    xor     s1, s1, t1
    add     s2, s2, t2
    beq     t0, t1, 1f
    bne     t2, t3, 1f
    addi    s1, s1, 1
1:  blt     t0, t2, 2f
    bge     t3, t4, 2f
    addi    s2, s2, 1
2:  bltu    t0, t3, 3f
    bgeu    t1, t4, 3f
    addi    s3, s3, 2
3:  jal     ra, leaf
    fence
    addi    s4, s4, -1
    beqz    s4, done
    j       round
leaf:
    jalr    zero, 0(ra)
done:
    li      a0, 0
    li      a7, 93
    ecall
    .bss
    .balign 4096
space:
    .zero   4096
