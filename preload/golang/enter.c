/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rcx and r11 are the kernel's to spoil, so a stub may use them; who calls Syscall6 keeps nothing in
 * registers but r14 (g), rbp, rsp, and xmm15, which is 0.
 *
 * Where libc has not made the thread, its fs is exchanged at its first call (pointer.h), and g with it.
 *
 * A thread's stack is 256 KiB in three levels of 64: a signal handler that comes while a call is recorded,
 * and makes calls of its own, takes the next one; where there is none left, the call goes straight to the
 * kernel. It ends at a multiple of 256 KiB, by which the last level is known.
 */
#include "golang/enter.h"

#include <stddef.h>

#include "golang/pointer.h"
#include "here/bounds.h"
#include "here/presence.h"
#include "sockets/descriptor.h"
#include "syscalls.h"

#if defined(__x86_64__)
#define LEVEL "65536" /* BOUNDS_LENT */
_Static_assert(BOUNDS_LENT == 65536, "LEVEL, as a number");
#define WAITS_FOR_SET "18"
#define BY_DESCRIPTOR "4" /* up to here calls are on the descriptor that is the first argument */
#define DESCRIPTORS "1048576"
#define BY_CALL "2" /* GOLANG_POINTER_BY_CALL */
#define SANDBOXED "state+21"
_Static_assert(SYSCALL_WAITS_FOR_SET == 18 && SYSCALL_READS == 1 && SYSCALL_CONNECTS == 4 &&
	       DESCRIPTORS_MAX == 1048576 && GOLANG_POINTER_BY_CALL == 2 && offsetof(struct state, sandboxed) == 21,
	       "the same, as numbers");
/* mmap(NULL, 512 KiB, READ | WRITE, PRIVATE | ANONYMOUS | NORESERVE, -1, 0) */
#define MAP_A_STACK                                                                               \
	"	movl $9, %eax\n	xorl %edi, %edi\n	movl $0x80000, %esi\n	movl $3, %edx\n" \
	"	movl $0x4022, %r10d\n	movq $-1, %r8\n	xorl %r9d, %r9d\n	syscall\n"
/* A multiple of 256 KiB in it that has as much below it. */
#define ALIGN_IT(reg) "	addq $0x7ffff, " reg "\n	andq $-0x40000, " reg "\n"

/* Where fs is Go's (pointer.h): makes it ours, for as long as this thread lives. r12: 0 where that cannot
 * be. Spoils r11, r13 and xmm15. On what is left of the goroutine's stack only as far as there is none of
 * ours. */
__asm__(".text\n"
	".type golang_exchange, @function\n"
	"golang_exchange:\n"
	"	xorl %r12d, %r12d\n"
	"	cmpb $" BY_CALL ", golang_pointer_foreign(%rip)\n"
	"	jne 1f\n"
	"	cmpb $0, " SANDBOXED "(%rip)\n"
	"	jne 3f\n"
	"1:	pushq %rax\n	pushq %rcx\n	pushq %rdi\n	pushq %rsi\n	pushq %rdx\n	pushq %r10\n"
	"	pushq %r8\n	pushq %r9\n" MAP_A_STACK
	"	cmpq $-4096, %rax\n"
	"	ja 2f\n"
	"	movq %rax, %r12\n" ALIGN_IT("%r12")
	"	xchgq %rsp, %r12\n"
	"	leaq (%rsp), %rdi\n"
	"	pushq %r12\n	pushq %rax\n"
	"	cld\n"
	"	call golang_lend\n"
	"	movq %rax, %r12\n"
	"	movq (%rsp), %rdi\n"
	"	movq 8(%rsp), %rsp\n"
	"	subq %rdi, %rax\n"
	"	cmpq $0x80000, %rax\n"
	"	jb 2f\n"
	"	movl $11, %eax\n	movl $0x80000, %esi\n	syscall\n" /* munmap: it has another's, or none */
	"2:	popq %r9\n	popq %r8\n	popq %r10\n	popq %rdx\n	popq %rsi\n	popq %rdi\n"
	"	popq %rcx\n	popq %rax\n"
	"3:	xorps %xmm15, %xmm15\n"
	"	ret\n"
	".size golang_exchange, .-golang_exchange\n");

__asm__(".text\n"
	".globl golang_gate\n.hidden golang_gate\n.type golang_gate, @function\n"
	"golang_gate:\n"
	"	cmpq $511, %rax\n"
	"	ja 1f\n"
	"	leaq syscall_rows(%rip), %r11\n"
	"	movzbl (%r11,%rax,4), %r11d\n"
	"	testl %r11d, %r11d\n"
	"	jz 1f\n"
	"	cmpl $" WAITS_FOR_SET ", %r11d\n" /* the poller waits for everybody, which says nothing of anybody */
	"	je 1f\n"
	"	cmpl $" BY_DESCRIPTOR ", %r11d\n"
	"	ja 2f\n"
	"	movl %edi, %r11d\n"
	"	cmpl $" DESCRIPTORS ", %r11d\n"
	"	jae 1f\n"
	"	leaq descriptor_table(%rip), %r12\n"
	"	cmpl $0, (%r12,%r11,4)\n" /* most files are no sockets */
	"	jne 2f\n"
	"1:	movq %rcx, %r12\n"
	"	syscall\n"
	"	jmp *%r12\n"
	"2:	cmpb $0, golang_pointer_foreign(%rip)\n"
	"	jne 6f\n"
	"7:	movq bounds_lent@gottpoff(%rip), %r12\n"
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
	/* Is fs ours already? libc's struct pthread points to itself in its first word and its third. Go's, which
	 * has g below it, has words there that nobody uses (m.tls); before Go sets it, it is libc's. */
	"6:	movq %fs:0, %r13\n"
	"	testq %r13, %r13\n"
	"	jz 8f\n"
	"	cmpq %r13, %fs:16\n"
	"	je 7b\n"
	"8:	call golang_exchange\n"
	"	testq %r12, %r12\n"
	"	jnz 7b\n"
	"	jmp 1b\n"
	".size golang_gate, .-golang_gate\n");

__asm__(".text\n"
	".globl golang_watch\n.hidden golang_watch\n.type golang_watch, @function\n"
	"golang_watch:\n"
	"	pushq %r11\n"
	"	pushq %r10\n"
	"	cmpb $0, golang_pointer_foreign(%rip)\n"
	"	jne 3f\n"
	"6:	movq bounds_lent@gottpoff(%rip), %r11\n"
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
	/* As in golang_gate. */
	"3:	movq %fs:0, %r11\n"
	"	testq %r11, %r11\n"
	"	jz 4f\n"
	"	cmpq %r11, %fs:16\n"
	"	je 6b\n"
	"4:	pushq %r12\n"
	"	pushq %r13\n"
	"	call golang_exchange\n"
	"	testq %r12, %r12\n"
	"	popq %r13\n"
	"	popq %r12\n"
	"	jnz 6b\n"
	"	jmp 9b\n"
	".size golang_watch, .-golang_watch\n");
#else /* goimage/code.c knows no instructions of another processor: no place is found, no jump leads here */
const char golang_gate[1], golang_watch[1];
#endif
