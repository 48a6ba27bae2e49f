/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel's tables of TCP sockets, /proc/PID/net/tcp and tcp6 (proc_net_tcp in the kernel's documentation): state
 * and queues of what may not be asked one by one. Needs no permission; knows no more of TCP_INFO.
 */
#ifndef CONNLEAK_KERNEL_TABLES_H
#define CONNLEAK_KERNEL_TABLES_H

#include "model/model.h"

/* Fills model_conn.kernel of the open TCP connections from index `first` on, of a running process, without has_tcp.
 * False: the tables cannot be read, or without memory. */
bool kernel_tables_ask(struct model *m, uint32_t first);

#endif
