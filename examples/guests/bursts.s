	.option nopic
	.attribute arch, "rv32i2p1_m2p0"
	.attribute unaligned_access, 0
	.attribute stack_align, 16
	.text
	.align	2
	.type	stream, @function
stream:
	li	a6,100
.L2:
	slli	a5,a1,3
	add	a5,a5,a0
	srli	a4,a5,5
	xor	a4,a4,a1
	add	a5,a5,a4
	slli	a2,a5,7
	add	a2,a2,a4
	srli	a3,a2,9
	xor	a3,a3,a5
	slli	a4,a3,2
	xor	a4,a4,a2
	slli	a5,a4,4
	add	a5,a5,a3
	srli	a3,a5,6
	xor	a3,a3,a4
	add	a5,a5,a3
	slli	a4,a5,8
	add	a4,a4,a3
	srli	a0,a4,10
	xor	a0,a0,a5
	slli	a1,a0,3
	addi	a6,a6,-1
	xor	a1,a1,a4
	bne	a6,zero,.L2
	xor	a0,a0,a1
	ret
	.size	stream, .-stream
	.align	2
	.globl	run
	.type	run, @function
run:
	addi	sp,sp,-32
	sw	s0,24(sp)
	lla	s0,.LANCHOR0
	sw	s1,20(sp)
	lw	s1,0(s0)
	sw	s2,16(sp)
	sw	s3,12(sp)
	sw	ra,28(sp)
	sw	s4,8(sp)
	sw	s5,4(sp)
	li	s3,120
	li	s2,0
.L11:
	slli	a5,s1,13
	xor	a5,a5,s1
	srli	a4,a5,17
	xor	a4,a4,a5
	slli	a5,a4,5
	xor	a5,a5,a4
	slli	a3,a5,13
	xor	a3,a3,a5
	srli	a4,a3,17
	xor	a4,a4,a3
	slli	s1,a4,5
	xor	s1,s1,a4
	ori	a0,a5,1
	ori	s5,s1,1
	mv	a3,a0
	mv	a5,s5
	j	.L6
.L12:
	mv	a5,a4
.L6:
	remu	a4,a3,a5
	mv	a3,a5
	bne	a4,zero,.L12
	remu	a4,a0,a5
	bne	a4,zero,.L14
	remu	a5,s5,a5
	bne	a5,zero,.L14
	li	a2,8
.L10:
	slli	a4,s1,13
	xor	a4,a4,s1
	srli	a5,a4,17
	xor	a5,a5,a4
	slli	a4,a5,5
	xor	a4,a4,a5
	slli	a3,a4,13
	xor	a3,a3,a4
	srli	a5,a3,17
	xor	a5,a5,a3
	slli	a3,a5,5
	xor	s1,a5,a3
	beq	a5,a3,.L15
	mv	a5,s1
.L9:
	mv	a3,a5
	remu	a5,a4,a5
	mv	a4,a3
	bne	a5,zero,.L9
	addi	a2,a2,-1
	add	s2,s2,a3
	bne	a2,zero,.L10
.L20:
	mv	a1,s5
	call	stream
	xor	s4,a0,s2
	mv	a1,s4
	mv	a0,s5
	call	stream
	addi	s3,s3,-1
	xor	s2,s4,a0
	bne	s3,zero,.L11
	sub	a0,s4,a0
	seqz	a0,a0
	j	.L7
.L15:
	mv	a3,a4
	addi	a2,a2,-1
	add	s2,s2,a3
	bne	a2,zero,.L10
	j	.L20
.L14:
	li	a0,1
.L7:
	sw	s1,0(s0)
	lw	ra,28(sp)
	lw	s0,24(sp)
	lw	s1,20(sp)
	lw	s2,16(sp)
	lw	s3,12(sp)
	lw	s4,8(sp)
	lw	s5,4(sp)
	addi	sp,sp,32
	jr	ra
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
	.data
	.align	2
	.set	.LANCHOR0,. + 0
	.type	seed, @object
	.size	seed, 4
seed:
	.word	-1831433054
