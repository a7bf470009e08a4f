# Fingerprints of three rows of two columns: out = 7 + 10 a0 + 100 a1, modulo BabyBear's p.
# Exit code: the sum of the fingerprints modulo 256, or 255 if the unit refuses.
        .text
        .globl  _start
_start:
        lla     s0, request
        li      s1, 3
        zktr.rlc a0, s0, s1
        bnez    a0, refused
        lla     t0, out
        li      a0, 0
sum:
        lw      t1, 0(t0)
        add     a0, a0, t1
        addi    t0, t0, 4
        addi    s1, s1, -1
        bnez    s1, sum
exit:
        li      a7, 93
        ecall
refused:
        li      a0, 255
        j       exit

        .data
table:  .word   1, 2,  3, 4,  5, 6
coeff:  .word   10, 100
out:    .word   0, 0, 0

request: .zktr.descriptor zktr.rlc format=babybear, k=2, init=7, out=out, a=table, coeff=coeff
