/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Programs written in Go: found out by the linker's note, and made to tell us of their system calls. Knows
 * which places are made jumps, and what a call means to the hall (conn.h).
 */
#ifndef CONNLEAK_GOLANG_GOLANG_H
#define CONNLEAK_GOLANG_GOLANG_H

/* Before the program runs, in our constructor. Where the code is not as we know it, nothing is changed. */
void golang_begin(void);

#endif
