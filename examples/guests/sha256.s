	.option nopic
	.attribute arch, "rv32i2p1_m2p0"
	.attribute unaligned_access, 0
	.attribute stack_align, 16
	.text
	.align	2
	.type	sha_block, @function
sha_block:
	addi	sp,sp,-336
	addi	t3,sp,32
	sw	s0,332(sp)
	sw	s1,328(sp)
	sw	s2,324(sp)
	sw	s3,320(sp)
	sw	s4,316(sp)
	sw	s5,312(sp)
	sw	s6,308(sp)
	sw	s7,304(sp)
	sw	s8,300(sp)
	mv	a6,t3
	addi	t1,sp,96
	mv	a4,t3
.L2:
	lbu	a5,0(a1)
	lbu	a2,1(a1)
	lbu	a7,3(a1)
	lbu	a3,2(a1)
	slli	a5,a5,24
	slli	a2,a2,16
	or	a5,a5,a2
	or	a5,a5,a7
	slli	a3,a3,8
	or	a5,a5,a3
	sw	a5,0(a4)
	addi	a4,a4,4
	addi	a1,a1,4
	bne	t1,a4,.L2
	lw	s0,68(sp)
	lw	t2,72(sp)
	lw	t0,76(sp)
	lw	t6,80(sp)
	lw	t5,84(sp)
	lw	a2,88(sp)
	lw	t4,92(sp)
	lw	a3,32(sp)
	addi	a1,sp,36
	addi	s1,t3,196
.L3:
	mv	s2,a3
	lw	a3,0(a1)
	srli	s3,a2,19
	slli	a4,a2,15
	srli	s4,a2,17
	slli	a7,a2,13
	srli	a5,a3,7
	slli	s6,a3,25
	slli	t1,a3,14
	srli	s5,a3,18
	or	t1,t1,s5
	or	a7,a7,s3
	or	a5,a5,s6
	or	a4,a4,s4
	srli	s3,a2,10
	xor	a5,a5,t1
	xor	a4,a4,a7
	srli	t1,a3,3
	xor	a4,a4,s3
	xor	a5,a5,t1
	add	a5,a5,a4
	add	a5,a5,s2
	mv	a4,t4
	add	t4,a5,s0
	sw	t4,60(a1)
	addi	a1,a1,4
	mv	s0,t2
	mv	t2,t0
	mv	t0,t6
	mv	t6,t5
	mv	t5,a2
	mv	a2,a4
	bne	s1,a1,.L3
	mv	s0,sp
	mv	t2,a0
	mv	a5,s0
	mv	a4,a0
.L4:
	lw	a3,0(a4)
	addi	a5,a5,4
	addi	a4,a4,4
	sw	a3,-4(a5)
	bne	a5,t3,.L4
	lw	a2,16(sp)
	lw	s3,28(sp)
	lw	t5,20(sp)
	lw	t4,24(sp)
	lw	a1,0(sp)
	lw	t3,4(sp)
	lw	a7,8(sp)
	lw	t6,12(sp)
	lla	t1,.LANCHOR0
	lla	t0,.LANCHOR0+256
	j	.L5
.L7:
	mv	a7,t3
	mv	t4,t5
	mv	t3,a1
	mv	t5,a2
	mv	a1,a5
	mv	a2,a3
.L5:
	lw	s1,0(t1)
	lw	s5,0(a6)
	slli	s6,a2,26
	slli	s4,a2,21
	srli	a3,a2,6
	srli	a5,a2,11
	or	a5,a5,s4
	srli	s2,a2,25
	or	a3,a3,s6
	slli	a4,a2,7
	or	a4,a4,s2
	xor	a3,a3,a5
	not	s4,a2
	xor	a3,a3,a4
	and	s8,a2,t5
	add	a4,s1,s5
	and	s4,s4,t4
	srli	a5,a1,13
	slli	s7,a1,19
	srli	s2,a1,2
	slli	s6,a1,30
	add	a3,a3,a4
	or	s2,s2,s6
	slli	s1,a1,10
	srli	s5,a1,22
	xor	s4,s4,s8
	or	a5,a5,s7
	xor	a5,a5,s2
	xor	a4,t3,a7
	add	a3,a3,s4
	or	s1,s1,s5
	add	a3,a3,s3
	and	s2,t3,a7
	and	a4,a4,a1
	xor	a5,a5,s1
	add	a5,a5,a3
	xor	a4,a4,s2
	addi	t1,t1,4
	add	a3,t6,a3
	add	a5,a4,a5
	mv	s3,t4
	mv	t6,a7
	addi	a6,a6,4
	bne	t1,t0,.L7
	sw	t4,28(sp)
	sw	t5,24(sp)
	sw	a2,20(sp)
	sw	a3,16(sp)
	sw	a7,12(sp)
	sw	t3,8(sp)
	sw	a1,4(sp)
	sw	a5,0(sp)
	addi	a0,a0,32
.L6:
	lw	a5,0(t2)
	lw	a4,0(s0)
	addi	t2,t2,4
	addi	s0,s0,4
	add	a5,a5,a4
	sw	a5,-4(t2)
	bne	t2,a0,.L6
	lw	s0,332(sp)
	lw	s1,328(sp)
	lw	s2,324(sp)
	lw	s3,320(sp)
	lw	s4,316(sp)
	lw	s5,312(sp)
	lw	s6,308(sp)
	lw	s7,304(sp)
	lw	s8,300(sp)
	addi	sp,sp,336
	jr	ra
	.size	sha_block, .-sha_block
	.align	2
	.type	sha256, @function
sha256:
	lla	a5,.LANCHOR0
	lw	a6,272(a5)
	lw	a3,276(a5)
	lw	a4,280(a5)
	lw	t4,256(a5)
	lw	t3,260(a5)
	lw	t1,264(a5)
	lw	a7,268(a5)
	lw	a5,284(a5)
	addi	sp,sp,-176
	sw	s0,168(sp)
	sw	a6,16(sp)
	sw	a3,20(sp)
	sw	a4,24(sp)
	sw	ra,172(sp)
	mv	s0,a2
	sw	t4,0(sp)
	sw	t3,4(sp)
	sw	t1,8(sp)
	sw	a7,12(sp)
	sw	a5,28(sp)
	addi	a3,sp,32
	li	a4,0
	li	a6,64
.L18:
	sub	a5,a1,a4
	seqz	a5,a5
	add	a2,a0,a4
	slli	a5,a5,7
	bleu	a1,a4,.L15
.L22:
	lbu	a5,0(a2)
	addi	a4,a4,1
	addi	a3,a3,1
	sb	a5,-1(a3)
	sub	a5,a1,a4
	seqz	a5,a5
	add	a2,a0,a4
	slli	a5,a5,7
	bgtu	a1,a4,.L22
.L15:
	sb	a5,0(a3)
	addi	a4,a4,1
	beq	a4,a6,.L17
	addi	a3,a3,1
	j	.L18
.L17:
	srli	a5,a1,5
	andi	a5,a5,255
	slli	a1,a1,11
	or	a5,a1,a5
	mv	a0,sp
	addi	a1,sp,32
	sh	a5,94(sp)
	sh	zero,92(sp)
	call	sha_block
	li	a5,0
	li	a2,32
.L19:
	andi	a3,a5,-4
	addi	a4,a3,160
	add	a3,a4,sp
	lw	a3,-160(a3)
	not	a4,a5
	andi	a4,a4,3
	slli	a4,a4,3
	add	a1,s0,a5
	srl	a4,a3,a4
	sb	a4,0(a1)
	addi	a5,a5,1
	bne	a5,a2,.L19
	lw	ra,172(sp)
	lw	s0,168(sp)
	addi	sp,sp,176
	jr	ra
	.size	sha256, .-sha256
	.section	.rodata.str1.4,"aMS",@progbits,1
	.align	2
.LC1:
	.string	"abc"
	.text
	.align	2
	.globl	run
	.type	run, @function
run:
	addi	sp,sp,-48
	li	a1,3
	mv	a2,sp
	lla	a0,.LC1
	sw	ra,44(sp)
	sw	s0,40(sp)
	call	sha256
	mv	a5,sp
	lla	a4,.LANCHOR0+288
	addi	a1,sp,32
	j	.L25
.L32:
	beq	a5,a1,.L31
.L25:
	lbu	a2,0(a5)
	lbu	a3,0(a4)
	addi	a5,a5,1
	addi	a4,a4,1
	beq	a2,a3,.L32
	lw	ra,44(sp)
	lw	s0,40(sp)
	li	a0,1
	addi	sp,sp,48
	jr	ra
.L31:
	li	s0,250
.L26:
	addi	s0,s0,-1
	mv	a2,sp
	li	a1,32
	mv	a0,sp
	call	sha256
	bne	s0,zero,.L26
	lw	ra,44(sp)
	lw	s0,40(sp)
	li	a0,0
	addi	sp,sp,48
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
	.section	.rodata
	.align	2
	.set	.LANCHOR0,. + 0
	.type	sha_k, @object
	.size	sha_k, 256
sha_k:
	.word	1116352408
	.word	1899447441
	.word	-1245643825
	.word	-373957723
	.word	961987163
	.word	1508970993
	.word	-1841331548
	.word	-1424204075
	.word	-670586216
	.word	310598401
	.word	607225278
	.word	1426881987
	.word	1925078388
	.word	-2132889090
	.word	-1680079193
	.word	-1046744716
	.word	-459576895
	.word	-272742522
	.word	264347078
	.word	604807628
	.word	770255983
	.word	1249150122
	.word	1555081692
	.word	1996064986
	.word	-1740746414
	.word	-1473132947
	.word	-1341970488
	.word	-1084653625
	.word	-958395405
	.word	-710438585
	.word	113926993
	.word	338241895
	.word	666307205
	.word	773529912
	.word	1294757372
	.word	1396182291
	.word	1695183700
	.word	1986661051
	.word	-2117940946
	.word	-1838011259
	.word	-1564481375
	.word	-1474664885
	.word	-1035236496
	.word	-949202525
	.word	-778901479
	.word	-694614492
	.word	-200395387
	.word	275423344
	.word	430227734
	.word	506948616
	.word	659060556
	.word	883997877
	.word	958139571
	.word	1322822218
	.word	1537002063
	.word	1747873779
	.word	1955562222
	.word	2024104815
	.word	-2067236844
	.word	-1933114872
	.word	-1866530822
	.word	-1538233109
	.word	-1090935817
	.word	-965641998
.LC0:
	.word	1779033703
	.word	-1150833019
	.word	1013904242
	.word	-1521486534
	.word	1359893119
	.word	-1694144372
	.word	528734635
	.word	1541459225
	.type	expected, @object
	.size	expected, 32
expected:
	.string	"\272x\026\277\217\001\317\352AA@\336]\256\"#\260\003a\243\226\027z\234\264\020\377a\362"
	.ascii	"\025\255"
