/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A process that we trace: its memory, and system calls that it makes for us. Only for beside/.
 */
#ifndef CONNLEAK_BESIDE_TRACEE_H
#define CONNLEAK_BESIDE_TRACEE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/user.h>

#include "connleak/sys.h"

#define TRACEE_CHUNK 512u /* a power of two, which divides a page */

struct tracee {
	int pid;
	bool stopped;  /* after its exec, before its first instruction */
	bool ended;    /* while we were at it */
	int status;    /* then */
	int pending;   /* a signal that came meanwhile and is to be given back */
	struct user_regs_struct regs; /* at its entry */
	uint64_t call; /* where an instruction SYSCALL is; 0 none */
	uint64_t mask; /* its signals, blocked meanwhile */
	struct tracee_chunk {
		uint64_t at; /* 0: nothing */
		uint8_t bytes[TRACEE_CHUNK];
	} chunks[4]; /* of its memory, as it was read */
};

/* 0 or -errno. */
long tracee_seize(int pid);
/* False: it ended, and *status says how. Else `stopped`, if all is well. */
bool tracee_wait_for_exec(struct tracee *t, int *status);
/* Detaches; false: it ended meanwhile. */
bool tracee_let_go(struct tracee *t, int *status);

bool tracee_read(struct tracee *t, uint64_t at, void *to, size_t size);
/* 0 where nothing can be read. */
uint64_t tracee_word(struct tracee *t, uint64_t at);
bool tracee_write(struct tracee *t, uint64_t at, const void *from, size_t size);

/* Finds a SYSCALL in the kernel's own library (vdso(7)), so that none need be written, and blocks signals. */
bool tracee_can_call(struct tracee *t, uint64_t vdso);
/* What the call returns, -errno included; -ESRCH when it ended. */
long tracee_call(struct tracee *t, long n, const uint64_t args[6]);
/* mmap(2), private: of a file, or anonymous with fd -1. At a place of its own with `at`, else anywhere. */
long tracee_map(struct tracee *t, uint64_t at, uint64_t size, long prot, long fd, uint64_t offset);
void tracee_unmap(struct tracee *t, uint64_t at, uint64_t size);
/* Where it will go on, with signals as they were. */
bool tracee_go_on(struct tracee *t, uint64_t at);

#endif
