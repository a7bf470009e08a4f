	.option nopic
	.attribute arch, "rv32i2p1_m2p0"
	.attribute unaligned_access, 0
	.attribute stack_align, 16
	.text
	.align	2
	.type	montgomery, @function
montgomery:
	addi	sp,sp,-160
	addi	t1,sp,72
	sw	s0,156(sp)
	sw	s1,152(sp)
	sw	s2,148(sp)
	addi	a4,sp,144
	mv	a5,t1
.L2:
	sw	zero,0(a5)
	addi	a5,a5,4
	bne	a5,a4,.L2
	lla	a5,.LANCHOR0
	lw	t6,0(a5)
	lw	t4,4(a5)
	mv	t3,a2
	addi	t5,a2,64
	addi	a7,t1,60
	addi	a6,t1,64
.L3:
	lw	s0,0(t3)
	mv	t2,a1
	mv	a2,t1
	li	a3,0
.L4:
	lw	t0,0(t2)
	lw	a5,0(a2)
	addi	a2,a2,4
	mul	a4,s0,t0
	addi	t2,t2,4
	mulhu	t0,s0,t0
	add	a5,a4,a5
	add	a3,a5,a3
	sltu	a4,a5,a4
	sw	a3,-4(a2)
	sltu	a5,a3,a5
	add	a4,a4,t0
	add	a3,a5,a4
	bne	a2,a6,.L4
	lw	a5,72(sp)
	lw	s1,136(sp)
	lla	s0,.LANCHOR0+8
	mul	s2,a5,t6
	add	a3,s1,a3
	sltu	s1,a3,s1
	sw	a3,136(sp)
	mv	t0,t1
	mul	a4,s2,t4
	mulhu	t2,s2,t4
	add	a2,a4,a5
	sltu	a2,a2,a4
	add	a2,a2,t2
.L5:
	lw	t2,0(s0)
	lw	a5,4(t0)
	addi	t0,t0,4
	mul	a4,s2,t2
	addi	s0,s0,4
	mulhu	t2,s2,t2
	add	a5,a4,a5
	add	a2,a5,a2
	sltu	a4,a5,a4
	sw	a2,-4(t0)
	sltu	a5,a2,a5
	add	a4,a4,t2
	add	a2,a5,a4
	bne	a7,t0,.L5
	add	a2,a3,a2
	sltu	a3,a2,a3
	add	s1,s1,a3
	sw	a2,132(sp)
	sw	s1,136(sp)
	addi	t3,t3,4
	bne	t3,t5,.L3
	addi	a1,sp,8
	lla	t3,.LANCHOR0+4
	mv	a7,a1
	mv	a2,t1
	li	a3,0
.L7:
	lw	a5,0(a2)
	lw	a4,0(t3)
	addi	a2,a2,4
	addi	t3,t3,4
	sub	a4,a5,a4
	sub	a3,a4,a3
	sgtu	a5,a4,a5
	neg	a5,a5
	sgtu	a4,a3,a4
	sw	a3,0(a7)
	sub	a5,a5,a4
	srli	a3,a5,31
	addi	a7,a7,4
	bne	a2,a6,.L7
	addi	a4,a1,64
.L11:
	bleu	a3,s1,.L18
	lw	a5,0(t1)
.L10:
	addi	a1,a1,4
	sw	a5,0(a0)
	addi	a0,a0,4
	addi	t1,t1,4
	bne	a4,a1,.L11
	lw	s0,156(sp)
	lw	s1,152(sp)
	lw	s2,148(sp)
	addi	sp,sp,160
	jr	ra
.L18:
	lw	a5,0(a1)
	j	.L10
	.size	montgomery, .-montgomery
	.align	2
	.globl	run
	.type	run, @function
run:
	li	a5,-569
	addi	sp,sp,-352
	sw	a5,.LANCHOR0+4,a4
	sw	ra,348(sp)
	sw	s0,344(sp)
	sw	s1,340(sp)
	sw	s2,336(sp)
	sw	s3,332(sp)
	sw	s4,328(sp)
	sw	s5,324(sp)
	sw	s6,320(sp)
	lla	a4,.LANCHOR0+8
	li	a5,1
	li	a2,-1
	li	a3,16
.L22:
	sw	a2,0(a4)
	addi	a5,a5,1
	addi	a4,a4,4
	bne	a5,a3,.L22
	li	a3,5
	li	a4,1
	li	a1,-569
	li	a2,2
.L23:
	mul	a5,a4,a1
	addi	a3,a3,-1
	sub	a5,a2,a5
	mul	a4,a4,a5
	bne	a3,zero,.L23
	neg	a4,a4
	sw	a4,.LANCHOR0,a3
	lla	t1,.LANCHOR1
	mv	s5,sp
	addi	s0,sp,128
	li	a4,569
	li	a6,323584
	lw	a5,0(t1)
	addi	a1,sp,64
	sw	a4,0(sp)
	mv	a0,s5
	mv	a2,s0
	li	a3,0
	addi	a6,a6,177
	li	a7,16
	j	.L25
.L47:
	sw	zero,0(a0)
	li	a6,0
.L25:
	slli	a4,a5,13
	xor	a5,a4,a5
	srli	a4,a5,17
	xor	a4,a4,a5
	slli	a5,a4,5
	xor	a5,a5,a4
	sw	a6,0(a1)
	sw	a5,0(a2)
	addi	a3,a3,1
	addi	a0,a0,4
	addi	a1,a1,4
	addi	a2,a2,4
	bne	a3,a7,.L47
	addi	a1,sp,128
	addi	a2,sp,64
	mv	a0,a1
	addi	s4,sp,192
	sw	a5,0(t1)
	call	montgomery
	mv	a5,s4
	mv	a3,s4
.L26:
	lw	a4,0(s0)
	addi	s0,s0,4
	addi	a5,a5,4
	sw	a4,-4(a5)
	bne	s0,a3,.L26
	li	s0,16
.L27:
	addi	s0,s0,-1
	mv	a2,s4
	mv	a1,s4
	mv	a0,s4
	call	montgomery
	bne	s0,zero,.L27
	addi	a2,sp,128
	mv	a1,s4
	mv	a0,s4
	call	montgomery
	addi	s6,sp,256
	addi	a2,s5,64
	mv	a4,s6
	mv	a5,s5
.L28:
	lw	a3,0(a5)
	addi	a5,a5,4
	addi	a4,a4,4
	sw	a3,-4(a4)
	bne	a2,a5,.L28
	li	s1,511
	li	s3,62
	li	s2,-1
.L31:
	addi	a5,s1,31
	bgtu	a5,s3,.L34
	li	s0,-570
.L29:
	addi	a2,sp,256
	srl	s0,s0,s1
	mv	a1,a2
	mv	a0,a2
	andi	s0,s0,1
	call	montgomery
	addi	s1,s1,-1
	bne	s0,zero,.L48
	bne	s1,s2,.L31
.L49:
	addi	a5,sp,320
.L33:
	lw	a3,0(s6)
	lw	a4,0(s5)
	addi	s6,s6,4
	addi	s5,s5,4
	bne	a3,a4,.L35
	bne	a5,s6,.L33
	li	a0,0
.L21:
	lw	ra,348(sp)
	lw	s0,344(sp)
	lw	s1,340(sp)
	lw	s2,336(sp)
	lw	s3,332(sp)
	lw	s4,328(sp)
	lw	s5,324(sp)
	lw	s6,320(sp)
	addi	sp,sp,352
	jr	ra
.L48:
	addi	a1,sp,256
	mv	a2,s4
	mv	a0,a1
	call	montgomery
	bne	s1,s2,.L31
	j	.L49
.L35:
	li	a0,1
	j	.L21
.L34:
	li	s0,-1
	j	.L29
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
	.set	.LANCHOR1,. + 0
	.type	seed, @object
	.size	seed, 4
seed:
	.word	-1831433054
	.bss
	.align	2
	.set	.LANCHOR0,. + 0
	.type	inverse, @object
	.size	inverse, 4
inverse:
	.zero	4
	.type	modulus, @object
	.size	modulus, 64
modulus:
	.zero	64
