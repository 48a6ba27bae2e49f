/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rcx and r11 are the kernel's to spoil, so a stub may use them; who calls Syscall6 keeps nothing in registers
 * but r14 (g), rbp, rsp, and xmm15, which is 0.
 *
 * A thread's stack is 256 KiB in three levels of 64: a signal handler that comes while a call is recorded, and makes
 * calls of its own, takes the next one; where there is none left, the call goes straight to the kernel. It ends at
 * a multiple of 256 KiB, by which the last level is known.
 */
#include "golang/enter.h"

#include <stdbool.h>

#include "here/bounds.h"

#if defined(__x86_64__)
#define LEVEL "65536" /* BOUNDS_LENT */
_Static_assert(BOUNDS_LENT == 65536, "LEVEL, as a number");
/* mmap(NULL, 512 KiB, READ | WRITE, PRIVATE | ANONYMOUS | NORESERVE, -1, 0) */
#define MAP_A_STACK                                                                               \
	"	movl $9, %eax\n	xorl %edi, %edi\n	movl $0x80000, %esi\n	movl $3, %edx\n" \
	"	movl $0x4022, %r10d\n	movq $-1, %r8\n	xorl %r9d, %r9d\n	syscall\n"
/* The highest multiple of 256 KiB in it that has as much below it. */
#define ALIGN_IT(reg) "	addq $0x7ffff, " reg "\n	andq $-0x40000, " reg "\n"

__asm__(".text\n"
	".globl golang_gate\n.hidden golang_gate\n.type golang_gate, @function\n"
	"golang_gate:\n"
	"	cmpq $511, %rax\n"
	"	ja 1f\n"
	"	leaq syscall_rows(%rip), %r11\n"
	"	cmpb $0, (%r11,%rax,4)\n"
	"	jne 2f\n"
	"1:	movq %rcx, %r12\n"
	"	syscall\n"
	"	jmp *%r12\n"
	"2:	movq bounds_lent@gottpoff(%rip), %r12\n"
	"	movq %fs:(%r12), %r13\n"
	"	testq %r13, %r13\n"
	"	jz 4f\n"
	"3:	leaq -" LEVEL "(%r13), %r11\n"
	"	testl $0x30000, %r11d\n"
	"	jz 1b\n"
	"	movq %r11, %fs:(%r12)\n"
	"	movq %rsp, %r11\n"
	"	movq %r13, %rsp\n"
	"	pushq %r11\n	pushq %rcx\n	pushq %rbp\n	pushq %r14\n	pushq %r9\n	pushq %r8\n"
	"	pushq %r10\n	pushq %rdx\n	pushq %rsi\n	pushq %rdi\n	pushq %rax\n"
	"	movq %rsp, %rdi\n"
	"	subq $24, %rsp\n" /* 11 words and 3: a multiple of 16 */
	"	leaq 8(%rsp), %rsi\n"
	"	cld\n"
	"	call golang_called\n"
	"	testb $1, 8(%rsp)\n"
	"	jnz 5f\n"
	"	movq 48(%rsp), %rdx\n"
	"	movq 80(%rsp), %r14\n"
	"	movq 96(%rsp), %rcx\n"
	"	movq 104(%rsp), %rsp\n"
	"	movq %r13, %fs:(%r12)\n"
	"	xorps %xmm15, %xmm15\n"
	"	jmp *%rcx\n"
	/* One that does not return, perhaps in the child of a vfork: with nothing held. */
	"5:	addq $24, %rsp\n"
	"	popq %rax\n	popq %rdi\n	popq %rsi\n	popq %rdx\n	popq %r10\n	popq %r8\n"
	"	popq %r9\n	popq %r14\n	popq %rbp\n	popq %rcx\n	popq %rsp\n"
	"	movq %r13, %fs:(%r12)\n"
	"	xorps %xmm15, %xmm15\n"
	"	jmp 1b\n"
	/* This thread's first. */
	"4:	pushq %rax\n	pushq %rcx\n	pushq %rdi\n	pushq %rsi\n	pushq %rdx\n	pushq %r10\n"
	"	pushq %r8\n	pushq %r9\n" MAP_A_STACK
	"	movq %rax, %r13\n"
	"	popq %r9\n	popq %r8\n	popq %r10\n	popq %rdx\n	popq %rsi\n	popq %rdi\n"
	"	popq %rcx\n	popq %rax\n"
	"	cmpq $-4096, %r13\n"
	"	ja 1b\n" ALIGN_IT("%r13")
	"	movq %r13, %fs:(%r12)\n"
	"	jmp 3b\n"
	".size golang_gate, .-golang_gate\n");

__asm__(".text\n"
	".globl golang_watch\n.hidden golang_watch\n.type golang_watch, @function\n"
	"golang_watch:\n"
	"	pushq %r11\n"
	"	pushq %r10\n"
	"	movq bounds_lent@gottpoff(%rip), %r11\n"
	"	movq %fs:(%r11), %r10\n"
	"	testq %r10, %r10\n"
	"	jz 8f\n"
	"7:	subq $" LEVEL ", %r10\n"
	"	testl $0x30000, %r10d\n"
	"	jz 9f\n"
	"	movq %r10, %fs:(%r11)\n"
	"	addq $" LEVEL ", %r10\n"
	"	xchgq %rsp, %r10\n" /* r10: the goroutine's, with r10 and r11 upon it */
	"	pushq %r10\n	pushq %r12\n	pushq %rbp\n	pushq %r14\n	pushq %r15\n	pushq 8(%r10)\n"
	"	pushq (%r10)\n	pushq %r9\n	pushq %r8\n	pushq %rsi\n	pushq %rdi\n	pushq %rdx\n"
	"	pushq %rcx\n	pushq %rbx\n	pushq %rax\n	pushq %r13\n"
	"	movq %rsp, %rdi\n"
	"	leaq 128(%rsp), %r13\n"
	"	cld\n"
	"	call golang_watched\n"
	"	movq bounds_lent@gottpoff(%rip), %r11\n"
	"	movq %r13, %fs:(%r11)\n"
	"	popq %r13\n	popq %rax\n	popq %rbx\n	popq %rcx\n	popq %rdx\n	popq %rdi\n"
	"	popq %rsi\n	popq %r8\n	popq %r9\n	addq $16, %rsp\n	popq %r15\n	popq %r14\n"
	"	popq %rbp\n	popq %r12\n	popq %rsp\n"
	"	xorps %xmm15, %xmm15\n"
	"9:	popq %r10\n"
	"	popq %r11\n"
	"	jmp *%r12\n"
	"8:	pushq %rax\n	pushq %rcx\n	pushq %rdi\n	pushq %rsi\n	pushq %rdx\n	pushq %r8\n"
	"	pushq %r9\n	pushq %r11\n" MAP_A_STACK
	"	movq %rax, %r10\n"
	"	popq %r11\n	popq %r9\n	popq %r8\n	popq %rdx\n	popq %rsi\n	popq %rdi\n"
	"	popq %rcx\n	popq %rax\n"
	"	cmpq $-4096, %r10\n"
	"	ja 9b\n" ALIGN_IT("%r10")
	"	movq %r10, %fs:(%r11)\n"
	"	jmp 7b\n"
	".size golang_watch, .-golang_watch\n");
#endif
