# Calls the unit for three elements: w = 3, c = 10, so out = 3 a + b^2 + 10 modulo KoalaBear's p.
# Exit code: the status if the unit refuses, otherwise the last element.
        .text
        .globl  _start
_start:
        lla     a1, request
        li      a2, 3
        wsum.run a0, a1, a2
        bnez    a0, 1f
        lla     t0, out
        lw      a0, 8(t0)
1:      li      a7, 93
        ecall

        .data
a:      .word   1, 2, 3
b:      .word   4, 5, 6
out:    .word   0, 0, 0

request: .zktr.descriptor wsum.run format=koalabear, w=3, c=10, out=out, a=a, b=b
