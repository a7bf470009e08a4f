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
	lw	t4,256(a5)
	lw	t3,260(a5)
	lw	t1,264(a5)
	lw	a7,268(a5)
	lw	a6,272(a5)
	lw	a3,276(a5)
	lw	a4,280(a5)
	lw	a5,284(a5)
	addi	sp,sp,-192
	sw	s1,180(sp)
	sw	s2,176(sp)
	sw	s3,172(sp)
	sw	s4,168(sp)
	sw	s5,164(sp)
	sw	s6,160(sp)
	sw	ra,188(sp)
	sw	s0,184(sp)
	sw	t4,0(sp)
	sw	t3,4(sp)
	sw	t1,8(sp)
	sw	a7,12(sp)
	sw	a6,16(sp)
	sw	a3,20(sp)
	sw	a4,24(sp)
	sw	a5,28(sp)
	andi	s2,a1,-64
	mv	s3,a1
	mv	s5,a0
	mv	s1,a2
	andi	s6,a1,63
	mv	s4,sp
	beq	s2,zero,.L17
	mv	a1,a0
	mv	a0,s4
	call	sha_block
	li	a5,64
	bleu	s2,a5,.L17
	addi	a1,s5,64
	mv	a0,s4
	call	sha_block
.L17:
	li	a5,55
	bgtu	s6,a5,.L23
	li	a1,63
	li	a2,64
.L16:
	addi	a3,sp,32
	li	s0,0
.L20:
	sub	a5,s6,s0
	add	a4,s2,s0
	seqz	a5,a5
	add	a4,s5,a4
	slli	a5,a5,7
	bleu	s6,s0,.L19
	lbu	a5,0(a4)
.L19:
	sb	a5,0(a3)
	addi	s0,s0,1
	addi	a3,a3,1
	bne	s0,a2,.L20
	slli	s3,s3,3
	addi	a5,a1,160
	add	a5,a5,sp
	srli	a4,s3,8
	addi	a1,sp,32
	mv	a0,s4
	sb	s3,-128(a5)
	sb	a4,-129(a5)
	sb	zero,-130(a5)
	sb	zero,-131(a5)
	call	sha_block
	li	a5,64
	beq	s0,a5,.L21
	addi	a1,sp,96
	mv	a0,s4
	call	sha_block
.L21:
	li	a5,0
	li	a2,32
.L22:
	andi	a3,a5,-4
	addi	a4,a3,160
	add	a3,a4,sp
	lw	a3,-160(a3)
	not	a4,a5
	andi	a4,a4,3
	slli	a4,a4,3
	add	a1,s1,a5
	srl	a4,a3,a4
	sb	a4,0(a1)
	addi	a5,a5,1
	bne	a5,a2,.L22
	lw	ra,188(sp)
	lw	s0,184(sp)
	lw	s1,180(sp)
	lw	s2,176(sp)
	lw	s3,172(sp)
	lw	s4,168(sp)
	lw	s5,164(sp)
	lw	s6,160(sp)
	addi	sp,sp,192
	jr	ra
.L23:
	li	a1,127
	li	a2,128
	j	.L16
	.size	sha256, .-sha256
	.align	2
	.globl	run
	.type	run, @function
run:
	lla	t5,.LANCHOR1
	addi	sp,sp,-208
	lw	a5,0(t5)
	sw	s2,192(sp)
	lla	s2,.LANCHOR2
	sw	s0,200(sp)
	sw	s3,188(sp)
	sw	s4,184(sp)
	sw	ra,204(sp)
	sw	s1,196(sp)
	sw	s5,180(sp)
	sw	s6,176(sp)
	sw	s7,172(sp)
	sw	s8,168(sp)
	sw	s9,164(sp)
	lla	s4,.LANCHOR2+128
	mv	t6,s2
	mv	a0,s2
	li	s3,0
	li	a1,0
	lla	s0,text
	lla	t0,text+1
	lla	t4,text+34
	li	t3,10
	li	t1,32
	li	a7,24
	li	a6,127
.L30:
	add	a4,s0,a1
	sb	t3,0(a4)
	addi	a3,a1,2
	add	a4,t0,a1
	sw	a1,0(a0)
	sb	t1,0(a4)
	add	a3,s0,a3
	add	a2,t4,a1
.L28:
	slli	a4,a5,13
	xor	a5,a4,a5
	srli	a4,a5,17
	xor	a4,a4,a5
	slli	a5,a4,5
	xor	a5,a5,a4
	sb	a5,0(a3)
	addi	a3,a3,1
	bne	a3,a2,.L28
	slli	a4,a5,13
	xor	a5,a4,a5
	srli	a4,a5,17
	xor	a4,a4,a5
	slli	a5,a4,5
	xor	a5,a5,a4
	add	a2,s0,a1
	srli	a3,a5,12
	addi	a4,a1,35
	sb	a7,34(a2)
	add	s3,s3,a3
	add	a4,s0,a4
	bleu	a3,a6,.L53
	ori	a3,a3,-128
	sb	a3,0(a4)
	srli	a3,a5,19
	addi	a2,a4,1
	bleu	a3,a6,.L54
	ori	a2,a3,-128
	addi	a4,a4,2
	srli	a3,a5,26
	li	t2,2
	sb	a2,-1(a4)
.L29:
	addi	a1,a1,36
	sb	a3,0(a4)
	addi	a0,a0,4
	add	a1,a1,t2
	bne	a0,s4,.L30
	lla	s1,tree+1024
	sw	a5,0(t5)
	sw	a1,128(t6)
	mv	s9,s1
	li	s6,0
	li	s8,35
	li	s5,2
	li	s7,3
.L37:
	lw	a1,4(s2)
	lw	a5,0(s2)
	add	t1,s0,a1
	add	a4,s0,a5
	sub	a1,a1,a5
	bgeu	a4,t1,.L31
	mv	a2,a4
	li	t3,0
.L35:
	addi	a3,a2,1
	li	a0,0
	li	a7,0
.L32:
	bleu	t1,a3,.L31
	beq	a0,s8,.L31
	lbu	a5,0(a3)
	addi	a3,a3,1
	andi	a6,a5,127
	slli	a5,a5,24
	sll	a6,a6,a0
	srai	a5,a5,24
	or	a7,a7,a6
	addi	a0,a0,7
	blt	a5,zero,.L32
	lbu	a5,0(a2)
	andi	a2,a5,7
	beq	a2,s5,.L75
	srli	a5,a5,3
	mv	a2,a3
	beq	a5,s7,.L76
	bgtu	t1,a2,.L35
.L78:
	add	s6,s6,t3
.L31:
	addi	a5,sp,32
	sb	zero,32(sp)
	add	a0,a5,a1
	beq	a1,zero,.L40
.L39:
	lbu	a3,0(a4)
	addi	a5,a5,1
	addi	a4,a4,1
	sb	a3,0(a5)
	bne	a5,a0,.L39
.L40:
	mv	a2,s9
	addi	a1,a1,1
	addi	a0,sp,32
	addi	s2,s2,4
	call	sha256
	addi	s9,s9,32
	bne	s2,s4,.L37
	li	a0,1
	bne	s3,s6,.L27
	lla	s5,tree+992
	lla	s3,tree+1984
	lla	s4,tree+2016
	lla	s2,tree
	addi	s0,sp,65
	li	s6,1
.L43:
	sb	s6,32(sp)
	addi	a5,sp,33
	mv	a3,s4
	mv	a4,s3
.L42:
	lbu	a0,0(a4)
	lbu	a1,0(a3)
	addi	a5,a5,1
	sb	a0,-1(a5)
	sb	a1,31(a5)
	addi	a4,a4,1
	addi	a3,a3,1
	bne	s0,a5,.L42
	mv	a2,s5
	li	a1,65
	addi	a0,sp,32
	addi	s3,s3,-64
	call	sha256
	addi	s5,s5,-32
	addi	s4,s4,-64
	bne	s2,s3,.L43
	li	s3,32
	addi	s4,sp,32
	li	s7,1
.L44:
	mv	s6,s3
	mv	s5,sp
	mv	a5,s1
	mv	a4,sp
	addi	a2,s1,32
.L45:
	lw	a3,0(a5)
	addi	a5,a5,4
	addi	a4,a4,4
	sw	a3,-4(a4)
	bne	a2,a5,.L45
.L50:
	andi	a5,s6,1
	beq	a5,zero,.L46
	addi	a4,s6,-1
	slli	a4,a4,5
	sb	s7,32(sp)
	add	a4,s2,a4
	addi	a5,sp,33
	mv	a3,sp
.L47:
	lbu	a1,0(a4)
	lbu	a2,0(a3)
	addi	a5,a5,1
	sb	a1,-1(a5)
	sb	a2,31(a5)
	addi	a4,a4,1
	addi	a3,a3,1
	bne	s0,a5,.L47
	mv	a2,sp
	li	a1,65
	addi	a0,sp,32
	srai	s6,s6,1
	call	sha256
	bne	s6,s7,.L50
.L79:
	lla	a5,tree+32
	j	.L52
.L51:
	beq	s5,s4,.L77
.L52:
	lbu	a3,0(s5)
	lbu	a4,0(a5)
	addi	s5,s5,1
	addi	a5,a5,1
	beq	a3,a4,.L51
	li	a0,2
.L27:
	lw	ra,204(sp)
	lw	s0,200(sp)
	lw	s1,196(sp)
	lw	s2,192(sp)
	lw	s3,188(sp)
	lw	s4,184(sp)
	lw	s5,180(sp)
	lw	s6,176(sp)
	lw	s7,172(sp)
	lw	s8,168(sp)
	lw	s9,164(sp)
	addi	sp,sp,208
	jr	ra
.L76:
	add	t3,t3,a7
	bgtu	t1,a2,.L35
	j	.L78
.L53:
	li	t2,0
	j	.L29
.L75:
	sub	a5,t1,a3
	bgtu	a7,a5,.L31
	add	a2,a3,a7
	bgtu	t1,a2,.L35
	j	.L78
.L54:
	mv	a4,a2
	li	t2,1
	j	.L29
.L46:
	addi	a3,s6,1
	slli	a3,a3,5
	sb	s7,32(sp)
	addi	a4,sp,33
	add	a3,s2,a3
	mv	a5,sp
.L49:
	lbu	a1,0(a5)
	lbu	a2,0(a3)
	addi	a5,a5,1
	sb	a1,0(a4)
	sb	a2,32(a4)
	addi	a3,a3,1
	addi	a4,a4,1
	bne	s4,a5,.L49
	mv	a2,sp
	li	a1,65
	addi	a0,sp,32
	srai	s6,s6,1
	call	sha256
	bne	s6,s7,.L50
	j	.L79
.L77:
	addi	s3,s3,5
	li	a5,67
	addi	s1,s1,160
	bne	s3,a5,.L44
	li	a0,0
	j	.L27
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
	.data
	.align	2
	.set	.LANCHOR1,. + 0
	.type	seed, @object
	.size	seed, 4
seed:
	.word	-1831433054
	.bss
	.align	2
	.set	.LANCHOR2,. + 0
	.type	starts, @object
	.size	starts, 132
starts:
	.zero	132
	.type	tree, @object
	.size	tree, 2048
tree:
	.zero	2048
	.type	text, @object
	.size	text, 4096
text:
	.zero	4096
