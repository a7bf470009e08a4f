# Compared with GNU as after linking. (Not `call rd, symbol`: GNU goes through t1, the manual and LLVM through rd.)
    .text
    la      a0, word
    lla     a1, start
    lw      a2, word
    ld      a3, word + 8
    sw      a2, word, t0
    lui     a4, %hi(word)
    addi    a4, a4, %lo(word)
    sd      a4, %lo(word + 8)(a4)
2:  auipc   a5, %pcrel_hi(word)
    sw      a5, %pcrel_lo(2b)(a5)
    call    start
    tail    external
    jump    start, t1
    j       start
    beq     a0, a1, start
    jal     external
    .balign 16
    .data
    .balign 8
word:
    .word   start - word, external
    .dword  word + 4, end - start
    .half   end - strings
