	.option nopic
	.attribute arch, "rv32i2p1_m2p0"
	.attribute unaligned_access, 0
	.attribute stack_align, 16
	.text
	.align	2
	.type	sift, @function
sift:
	lla	a2,a
	slli	a7,a0,2
	slli	a5,a0,1
	add	a4,a2,a7
	addi	a5,a5,1
	lw	t1,0(a4)
	bgtu	a1,a5,.L4
	j	.L2
.L9:
	lw	a0,0(a6)
	bleu	a0,a3,.L6
	mv	a3,a0
	slli	a5,a4,1
	add	a6,a2,a7
	addi	a5,a5,1
	mv	a0,a4
	bgeu	t1,a3,.L2
.L10:
	sw	a3,0(a6)
	slli	a7,a4,2
	bgeu	a5,a1,.L2
.L4:
	addi	a0,a0,1
	slli	a4,a0,3
	slli	a3,a5,2
	add	a6,a2,a4
	add	a3,a2,a3
	slli	a4,a0,1
	lw	a3,0(a3)
	bltu	a4,a1,.L9
.L6:
	mv	a4,a5
	slli	a5,a4,1
	add	a6,a2,a7
	addi	a5,a5,1
	mv	a0,a4
	bltu	t1,a3,.L10
.L2:
	add	a2,a2,a7
	sw	t1,0(a2)
	ret
	.size	sift, .-sift
	.align	2
	.globl	run
	.type	run, @function
run:
	lla	a1,.LANCHOR0
	addi	sp,sp,-32
	lw	a5,0(a1)
	sw	s1,20(sp)
	lla	s1,a
	sw	s0,24(sp)
	sw	s2,16(sp)
	sw	ra,28(sp)
	sw	s3,12(sp)
	sw	s4,8(sp)
	sw	s5,4(sp)
	sw	s6,0(sp)
	lla	a2,a+16000
	mv	s2,s1
	mv	a3,s1
	li	s0,0
.L12:
	slli	a4,a5,13
	xor	a5,a4,a5
	srli	a4,a5,17
	xor	a4,a4,a5
	slli	a5,a4,5
	xor	a5,a5,a4
	sw	a5,0(a3)
	addi	a3,a3,4
	add	s0,s0,a5
	bne	a3,a2,.L12
	li	s3,4096
	sw	a5,0(a1)
	li	s4,1999
	addi	s6,s3,-96
	li	s5,-1
.L13:
	mv	a0,s4
	mv	a1,s6
	addi	s4,s4,-1
	call	sift
	bne	s4,s5,.L13
	lla	s4,a+15996
	addi	s3,s3,-97
.L14:
	lw	a4,0(s4)
	lw	a5,0(s2)
	mv	a1,s3
	sw	a4,0(s2)
	sw	a5,0(s4)
	li	a0,0
	addi	s3,s3,-1
	call	sift
	addi	s4,s4,-4
	bne	s3,zero,.L14
	li	t1,4096
	li	a7,0
	addi	t1,t1,-96
	li	a6,1
.L15:
	lw	a0,0(s1)
	li	a3,0
	mv	a2,t1
	j	.L16
.L17:
	lw	a4,0(a4)
	bgtu	a4,a0,.L30
	mv	a3,a5
.L16:
	add	a5,a2,a3
	srli	a5,a5,1
	slli	a4,a5,2
	sub	a1,a2,a3
	add	a4,s2,a4
	bgtu	a1,a6,.L17
	slli	a3,a3,2
	add	a3,s2,a3
	lw	a5,0(a3)
	bne	a5,a0,.L25
	beq	a7,zero,.L31
	lw	a5,-4(s1)
	bgtu	a5,a0,.L25
	addi	a7,a7,1
	sub	s0,s0,a0
	addi	s1,s1,4
	bne	a7,t1,.L15
	snez	a0,s0
	j	.L11
.L30:
	mv	a2,a5
	j	.L16
.L31:
	sub	s0,s0,a0
	addi	s1,s1,4
	li	a7,1
	j	.L15
.L25:
	li	a0,1
.L11:
	lw	ra,28(sp)
	lw	s0,24(sp)
	lw	s1,20(sp)
	lw	s2,16(sp)
	lw	s3,12(sp)
	lw	s4,8(sp)
	lw	s5,4(sp)
	lw	s6,0(sp)
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
	.bss
	.align	2
	.type	a, @object
	.size	a, 16000
a:
	.zero	16000
