# Copies its input to its output in pieces of 64 bytes, each byte mixed with those before; exits at the end of the input.
    .globl _start
_start:
    la      s0, buffer
    li      s1, 0x5a
again:
    li      a0, 0
    mv      a1, s0
    li      a2, 64
    li      a7, 63
    ecall
    blez    a0, done
    mv      s2, a0
    mv      t0, s0
    add     t1, s0, a0
1:  lbu     t2, 0(t0)
    xor     s1, s1, t2
    slli    t3, s1, 1
    srli    s1, s1, 7
    or      s1, s1, t3
    andi    s1, s1, 0xff
    sb      s1, 0(t0)
    addi    t0, t0, 1
    bltu    t0, t1, 1b
    li      a0, 1
    mv      a1, s0
    mv      a2, s2
    li      a7, 64
    ecall
    j       again
done:
    li      a0, 0
    li      a7, 93
    ecall
    .bss
    .balign 4
buffer:
    .zero   64
