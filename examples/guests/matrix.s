	.option nopic
	.attribute arch, "rv32i2p1_m2p0"
	.attribute unaligned_access, 0
	.attribute stack_align, 16
	.text
	.align	2
	.globl	run
	.type	run, @function
run:
	lla	t6,.LANCHOR0
	lw	a5,0(t6)
	addi	sp,sp,-16
	lla	a6,.LANCHOR1
	lla	t1,b
	sw	s0,12(sp)
	sw	s1,8(sp)
	sw	s2,4(sp)
	lla	a7,a
	lla	a0,a+160
	lla	t3,b+6400
	mv	t4,t1
	mv	t5,a6
.L3:
	slli	a4,a5,13
	xor	a5,a4,a5
	srli	a4,a5,17
	xor	a4,a4,a5
	slli	a5,a4,5
	xor	a5,a5,a4
	sw	a5,0(t5)
	addi	a2,a0,-160
	mv	a1,t4
.L2:
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
	sw	a4,0(a2)
	sw	a5,0(a1)
	addi	a2,a2,4
	addi	a1,a1,4
	bne	a2,a0,.L2
	addi	t4,t4,160
	addi	t5,t5,4
	addi	a0,a2,160
	bne	t4,t3,.L3
	li	t2,8192
	lla	t5,c
	addi	t2,t2,-1632
	li	s0,-8192
	sw	a5,0(t6)
	mv	s2,t5
	lla	t6,c+6400
	li	s1,0
	add	t2,t1,t2
	addi	s0,s0,1792
.L7:
	slli	t0,s1,2
	add	t0,t0,s1
	slli	t0,t0,5
	add	t0,t0,a7
	mv	a0,t3
	mv	t4,s2
.L9:
	add	a5,a0,s0
	mv	a3,t0
	li	a2,0
.L5:
	lw	a4,0(a3)
	lw	a1,0(a5)
	addi	a5,a5,160
	addi	a3,a3,4
	mul	a4,a4,a1
	add	a2,a2,a4
	bne	a5,a0,.L5
	sw	a2,0(t4)
	addi	a0,a5,4
	addi	t4,t4,4
	bne	a0,t2,.L9
	addi	s2,s2,160
	addi	s1,s1,1
	bne	s2,t6,.L7
	lla	t4,.LANCHOR1+160
	mv	a1,t4
	mv	t0,t4
.L8:
	mv	a5,a6
	mv	a3,t1
	li	a2,0
.L10:
	lw	a4,0(a3)
	lw	a0,0(a5)
	addi	a5,a5,4
	addi	a3,a3,4
	mul	a4,a4,a0
	add	a2,a2,a4
	bne	a1,a5,.L10
	sw	a2,0(t0)
	addi	t1,t1,160
	addi	t0,t0,4
	bne	t1,t3,.L8
	lla	t3,.LANCHOR1+320
	lla	t2,a+6400
	mv	t1,t3
	mv	t0,t3
.L13:
	mv	a5,t4
	mv	a3,a7
	li	a2,0
.L12:
	lw	a4,0(a3)
	lw	a0,0(a5)
	addi	a5,a5,4
	addi	a3,a3,4
	mul	a4,a4,a0
	add	a2,a2,a4
	bne	t1,a5,.L12
	sw	a2,0(t0)
	addi	a7,a7,160
	addi	t0,t0,4
	bne	t2,a7,.L13
	lla	a7,.LANCHOR1+160
.L14:
	mv	a5,a6
	mv	a3,t5
	li	a2,0
.L15:
	lw	a4,0(a3)
	lw	a0,0(a5)
	addi	a5,a5,4
	addi	a3,a3,4
	mul	a4,a4,a0
	add	a2,a2,a4
	bne	a1,a5,.L15
	sw	a2,0(a7)
	addi	t5,t5,160
	addi	a7,a7,4
	bne	t5,t6,.L14
	lw	a4,0(t4)
	lw	a5,0(t3)
	addi	t4,t4,4
	addi	t3,t3,4
	bne	a4,a5,.L18
.L34:
	beq	t1,t4,.L33
	lw	a4,0(t4)
	lw	a5,0(t3)
	addi	t4,t4,4
	addi	t3,t3,4
	beq	a4,a5,.L34
.L18:
	lw	s0,12(sp)
	lw	s1,8(sp)
	lw	s2,4(sp)
	li	a0,1
	addi	sp,sp,16
	jr	ra
.L33:
	lw	s0,12(sp)
	lw	s1,8(sp)
	lw	s2,4(sp)
	li	a0,0
	addi	sp,sp,16
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
	.set	.LANCHOR1,. + 0
	.type	v, @object
	.size	v, 160
v:
	.zero	160
	.type	x, @object
	.size	x, 160
x:
	.zero	160
	.type	y, @object
	.size	y, 160
y:
	.zero	160
	.type	c, @object
	.size	c, 6400
c:
	.zero	6400
	.type	b, @object
	.size	b, 6400
b:
	.zero	6400
	.type	a, @object
	.size	a, 6400
a:
	.zero	6400
