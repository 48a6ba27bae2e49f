/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel's tables of TCP sockets, /proc/PID/net/tcp and tcp6 (proc_net_tcp.rst of the kernel): state and
 * queues of what may not be asked one by one. Needs no permission; knows no more of TCP_INFO.
 */
#ifndef CONNLEAK_KERNEL_TABLES_H
#define CONNLEAK_KERNEL_TABLES_H

#include "model/model.h"

struct kernel_tables;

/* As they are now. NULL without memory. */
struct kernel_tables *kernel_tables_read(uint32_t pid);
/* False: they cannot be read. */
bool kernel_tables_readable(const struct kernel_tables *t);
/* Fills in model_conn.kernel of an open TCP connection, without has_tcp. */
void kernel_tables_join(const struct kernel_tables *t, struct model_conn *c);
void kernel_tables_free(struct kernel_tables *t);

#endif
