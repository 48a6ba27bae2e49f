/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sockets that the kernel has and nobody saw being opened. Knows the table of descriptors, and no
 * connection.
 */
#ifndef CONNLEAK_UNSEEN_H
#define CONNLEAK_UNSEEN_H

#include <stdint.h>

/* At the end of a process image: how many are open, as the kernel has them; 0 also where another thread is
 * at counting them. Makes system calls. Where there are some, and threads, it takes up to 26 ms. */
uint32_t conn_unseen(void);

#endif
