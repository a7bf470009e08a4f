	.option nopic
	.attribute arch, "rv32i2p1_m2p0"
	.attribute unaligned_access, 0
	.attribute stack_align, 16
	.text
	.align	2
	.type	merge_sort, @function
merge_sort:
	addi	sp,sp,-48
	sw	s2,32(sp)
	sw	ra,44(sp)
	sw	s0,40(sp)
	sw	s1,36(sp)
	li	a5,1
	mv	s2,a0
	ble	a1,a5,.L2
	srai	s1,a1,1
	li	a5,0
.L3:
	addi	a5,a5,1
	lw	a0,0(a0)
	bne	s1,a5,.L3
	sub	a1,a1,s1
	call	merge_sort
	mv	s0,a0
	mv	a1,s1
	mv	a0,s2
	sw	s0,12(sp)
	call	merge_sort
	sw	a0,16(sp)
	addi	a4,sp,20
	beq	a0,zero,.L21
	beq	s0,zero,.L11
.L10:
	lw	a2,4(a0)
	lw	a3,4(s0)
	addi	a5,sp,16
	ble	a2,a3,.L8
	mv	a0,s0
	addi	a5,sp,12
.L8:
	sw	a0,0(a4)
	lw	a3,0(a0)
	mv	a4,a0
	sw	a3,0(a5)
	lw	a5,16(sp)
	beq	a5,zero,.L9
	lw	s0,12(sp)
	mv	a0,a5
	bne	s0,zero,.L10
.L11:
	lw	ra,44(sp)
	lw	s0,40(sp)
	sw	a0,0(a4)
	lw	a0,20(sp)
	lw	s1,36(sp)
	lw	s2,32(sp)
	addi	sp,sp,48
	jr	ra
.L2:
	beq	a0,zero,.L4
	sw	zero,0(a0)
.L4:
	lw	ra,44(sp)
	lw	s0,40(sp)
	lw	s1,36(sp)
	mv	a0,s2
	lw	s2,32(sp)
	addi	sp,sp,48
	jr	ra
.L9:
	lw	a0,12(sp)
	j	.L11
.L21:
	mv	a0,s0
	j	.L11
	.size	merge_sort, .-merge_sort
	.align	2
	.globl	run
	.type	run, @function
run:
	lla	a0,.LANCHOR1
	lw	a4,0(a0)
	addi	sp,sp,-80
	sw	ra,76(sp)
	slli	a5,a4,13
	xor	a5,a5,a4
	srli	a4,a5,17
	xor	a4,a4,a5
	slli	a5,a4,5
	xor	a5,a5,a4
	srli	a4,a5,17
	sw	a4,.LANCHOR0+4,a3
	sw	zero,.LANCHOR0+8,a4
	sw	s0,72(sp)
	sw	s1,68(sp)
	sw	s2,64(sp)
	sw	s3,60(sp)
	sw	s4,56(sp)
	sw	s5,52(sp)
	sw	s6,48(sp)
	sw	s7,44(sp)
	sw	s8,40(sp)
	sw	s9,36(sp)
	sw	s10,32(sp)
	sw	zero,4(sp)
	sw	zero,8(sp)
	sw	zero,12(sp)
	sw	zero,16(sp)
	sw	zero,20(sp)
	sw	zero,24(sp)
	sw	zero,28(sp)
	lla	a4,.LANCHOR0+12
	li	a2,0
	li	a1,63
.L23:
	slli	a3,a5,13
	xor	a5,a3,a5
	srli	a3,a5,17
	xor	a3,a3,a5
	slli	a5,a3,5
	xor	a5,a5,a3
	addi	a2,a2,1
	srli	a3,a5,17
	sw	a4,-12(a4)
	sw	a3,4(a4)
	sw	a2,8(a4)
	addi	a4,a4,12
	bne	a2,a1,.L23
	lla	s8,.LANCHOR0+768
	sw	zero,.LANCHOR0+756,a4
	lla	s3,.LANCHOR0+930
	lla	a1,.LANCHOR0+932
	mv	a2,s8
.L24:
	slli	a4,a5,13
	xor	a4,a4,a5
	srli	a5,a4,17
	xor	a5,a5,a4
	slli	a4,a5,5
	xor	a4,a4,a5
	slli	a5,a4,13
	xor	a5,a5,a4
	srli	a3,a5,17
	xor	a3,a3,a5
	slli	a5,a3,5
	xor	a5,a5,a3
	sh	a4,0(a2)
	sh	a5,0(a1)
	addi	a2,a2,2
	addi	a1,a1,2
	bne	s3,a2,.L24
	li	s2,40960
	sw	a5,0(a0)
	li	s7,0
	li	s10,0
	lla	a0,.LANCHOR0
	li	s0,0
	lla	s5,.LANCHOR0+1420
	lla	s6,.LANCHOR2+32
	addi	s2,s2,1
	lla	s4,.LANCHOR0+1094
.L69:
	addi	s9,s10,1
	slli	a1,s9,2
	add	a1,a1,s9
	slli	a1,a1,2
	mv	a3,s7
	mv	a2,s7
	beq	a0,zero,.L78
.L71:
	mv	a4,a0
	j	.L27
.L29:
	lw	a4,0(a4)
	beq	a4,zero,.L78
.L27:
	lw	a5,4(a4)
	xor	a5,a3,a5
	andi	a5,a5,255
	bne	a5,zero,.L29
	lw	a4,8(a4)
.L36:
	li	s1,16
.L32:
	xor	a5,s0,a4
	andi	a5,a5,1
	srli	s0,s0,1
	beq	a5,zero,.L31
	xor	s0,s0,s2
.L31:
	addi	s1,s1,-1
	srli	a4,a4,1
	bne	s1,zero,.L32
	beq	a0,zero,.L33
	li	a4,0
	j	.L34
.L77:
	mv	a0,a5
.L34:
	lw	a5,0(a0)
	sw	a4,0(a0)
	mv	a4,a0
	bne	a5,zero,.L77
	addi	a2,a2,1
	mv	a3,a2
	bne	a2,a1,.L71
.L37:
	li	a1,64
	call	merge_sort
	andi	a3,s10,7
	mv	a5,s8
.L39:
	lhu	a4,0(a5)
	addi	a5,a5,2
	add	a4,a3,a4
	sh	a4,-2(a5)
	bne	a5,s3,.L39
	lla	t4,.LANCHOR0+1096
	mv	t5,t4
	mv	t1,s8
	li	t3,9
	li	t6,81
.L40:
	mv	a1,s4
	mv	a7,t5
	li	a6,0
.L44:
	addi	a4,a1,-162
	mv	a3,t1
	li	a2,0
.L41:
	lh	t0,0(a4)
	lh	a5,0(a3)
	addi	a4,a4,18
	addi	a3,a3,2
	mul	a5,a5,t0
	srai	t0,a5,2
	srai	a5,a5,5
	andi	t0,t0,15
	andi	a5,a5,127
	mul	a5,t0,a5
	add	a2,a2,a5
	bne	a4,a1,.L41
	sw	a2,0(a7)
	addi	a6,a6,1
	addi	a7,a7,4
	addi	a1,a4,2
	bne	a6,t3,.L44
	addi	s1,s1,9
	addi	t1,t1,18
	addi	t5,t5,36
	bne	s1,t6,.L40
.L47:
	lw	a3,0(t4)
	li	a4,16
.L46:
	xor	a5,s0,a3
	andi	a5,a5,1
	srli	s0,s0,1
	beq	a5,zero,.L45
	xor	s0,s0,s2
.L45:
	addi	a4,a4,-1
	srli	a3,a3,1
	bne	a4,zero,.L46
	addi	t4,t4,36
	bne	s5,t4,.L47
	lla	a7,.LANCHOR2
	li	t6,53
	li	a6,5
	lla	a2,.L53
	li	a1,9
	li	t5,69
	li	t1,46
	li	t4,45
	li	t3,43
.L66:
	lw	a3,0(a7)
	li	a5,0
	beq	t6,zero,.L61
.L48:
	addi	a4,t6,-48
	andi	a4,a4,0xff
	bgtu	a5,a6,.L51
	slli	a5,a5,2
	add	a5,a5,a2
	lw	a5,0(a5)
	add	a5,a5,a2
	jr	a5
	.section	.rodata
	.align	2
	.align	2
.L53:
	.word	.L58-.L53
	.word	.L57-.L53
	.word	.L56-.L53
	.word	.L55-.L53
	.word	.L54-.L53
	.word	.L52-.L53
	.text
.L33:
	addi	a2,a2,1
	beq	a2,a1,.L37
.L78:
	li	a4,0
	j	.L36
.L58:
	bleu	a4,a1,.L151
	beq	t6,t4,.L149
	beq	t6,t1,.L153
	beq	t6,t3,.L149
.L51:
	li	a4,24
	li	a5,6
.L59:
	addi	t6,sp,4
	add	a4,t6,a4
	lw	t0,0(a4)
	lbu	t6,1(a3)
	addi	a3,a3,1
	addi	t0,t0,1
	sw	t0,0(a4)
	bne	t6,zero,.L48
.L61:
	addi	a7,a7,4
	beq	a7,s6,.L159
	lw	a5,0(a7)
	lbu	t6,0(a5)
	j	.L66
.L158:
	bne	t6,t1,.L51
.L153:
	lw	a5,16(sp)
	lbu	t6,1(a3)
	addi	a3,a3,1
	addi	a5,a5,1
	sw	a5,16(sp)
	beq	t6,zero,.L61
	addi	a4,t6,-48
	andi	a4,a4,0xff
.L55:
	bleu	a4,a1,.L81
	andi	t6,t6,223
	bne	t6,t5,.L51
	lw	a5,20(sp)
	lbu	t6,1(a3)
	addi	a3,a3,1
	addi	a5,a5,1
	sw	a5,20(sp)
	beq	t6,zero,.L61
	addi	a4,t6,-48
	andi	a4,a4,0xff
.L54:
	bleu	a4,a1,.L156
	addi	a5,t6,-43
	andi	a5,a5,253
	bne	a5,zero,.L51
.L156:
	lw	a4,24(sp)
	lbu	a5,1(a3)
	addi	a3,a3,1
	addi	a4,a4,1
	sw	a4,24(sp)
	beq	a5,zero,.L61
	addi	a5,a5,-48
	andi	a4,a5,0xff
.L52:
	bgtu	a4,a1,.L51
	li	a4,20
	li	a5,5
	j	.L59
.L149:
	lw	a5,8(sp)
	lbu	t6,1(a3)
	addi	a3,a3,1
	addi	a5,a5,1
	sw	a5,8(sp)
	beq	t6,zero,.L61
	addi	a4,t6,-48
	andi	a4,a4,0xff
.L57:
	bgtu	a4,a1,.L158
.L151:
	lw	a5,12(sp)
	lbu	t6,1(a3)
	addi	a3,a3,1
	addi	a5,a5,1
	sw	a5,12(sp)
	beq	t6,zero,.L61
	addi	a4,t6,-48
	andi	a4,a4,0xff
.L56:
	bgtu	a4,a1,.L158
	li	a4,8
	li	a5,2
	j	.L59
.L81:
	li	a4,12
	li	a5,3
	j	.L59
.L159:
	lw	a4,12(sp)
	lw	a5,16(sp)
	li	a3,16
	add	a4,a4,a5
.L68:
	xor	a5,a4,s0
	andi	a5,a5,1
	srli	s0,s0,1
	beq	a5,zero,.L67
	xor	s0,s0,s2
.L67:
	addi	a3,a3,-1
	srli	a4,a4,1
	bne	a3,zero,.L68
	li	a5,24
	mv	s10,s9
	addi	s7,s7,20
	bne	s9,a5,.L69
	bne	a0,zero,.L73
	j	.L74
.L75:
	lw	a4,4(a5)
	lw	a5,4(a0)
	bgt	a4,a5,.L160
.L73:
	mv	a5,a0
	lw	a0,0(a0)
	bne	a0,zero,.L75
.L74:
	li	a5,-24576
	addi	a5,a5,95
	add	a0,s0,a5
	snez	a0,a0
.L22:
	lw	ra,76(sp)
	lw	s0,72(sp)
	lw	s1,68(sp)
	lw	s2,64(sp)
	lw	s3,60(sp)
	lw	s4,56(sp)
	lw	s5,52(sp)
	lw	s6,48(sp)
	lw	s7,44(sp)
	lw	s8,40(sp)
	lw	s9,36(sp)
	lw	s10,32(sp)
	addi	sp,sp,80
	jr	ra
.L160:
	li	a0,1
	j	.L22
	.size	run, .-run
	.align	2
	.globl	_start
	.type	_start, @function
_start:
	addi	sp,sp,-16
	sw	ra,12(sp)
	call	run
	li	a7,93
 #APP
# 15 "c/guest.h" 1
	ecall
# 0 "" 2
 #NO_APP
	.size	_start, .-_start
	.section	.rodata.str1.4,"aMS",@progbits,1
	.align	2
.LC0:
	.string	"5012"
	.align	2
.LC1:
	.string	"1234"
	.align	2
.LC2:
	.string	"-874"
	.align	2
.LC3:
	.string	"+122"
	.align	2
.LC4:
	.string	"35.54400"
	.align	2
.LC5:
	.string	".1234500"
	.align	2
.LC6:
	.string	"-110.700"
	.align	2
.LC7:
	.string	"T0.3e-1F"
	.data
	.align	2
	.set	.LANCHOR1,. + 0
	.type	seed, @object
	.size	seed, 4
seed:
	.word	-1831433054
	.bss
	.align	2
	.set	.LANCHOR0,. + 0
	.type	nodes, @object
	.size	nodes, 768
nodes:
	.zero	768
	.type	a, @object
	.size	a, 162
a:
	.zero	162
	.zero	2
	.type	b, @object
	.size	b, 162
b:
	.zero	162
	.zero	2
	.type	c, @object
	.size	c, 324
c:
	.zero	324
	.section	.rodata
	.align	2
	.set	.LANCHOR2,. + 0
	.type	numbers, @object
	.size	numbers, 32
numbers:
	.word	.LC0
	.word	.LC1
	.word	.LC2
	.word	.LC3
	.word	.LC4
	.word	.LC5
	.word	.LC6
	.word	.LC7
