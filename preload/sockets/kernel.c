/* SPDX-License-Identifier: Apache-2.0 */
#include "sockets/address.h"
#include "sockets/kernel.h"

#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>

#include "core/arena.h"
#include "core/slot.h"
#include "sockets/census.h"
#include "sockets/identity.h"
#include "here/presence.h"

/* An older kernel tells less of it; libc's own struct ends earlier (tcp(7)). */
#define TCP_NEEDED (offsetof(struct tcp_info, tcpi_bytes_received) + sizeof(uint64_t))

static void ask_tcp(struct dump_kernel *k, int fd)
{
	struct tcp_info info;
	socklen_t size = sizeof info;

	memset(&info, 0, sizeof info);
	if (sys_call5(SYS_getsockopt, fd, IPPROTO_TCP, TCP_INFO, &info, &size) < 0 ||
	    size < TCP_NEEDED)
		return;
	k->tcp_state = info.tcpi_state;
	k->received = info.tcpi_bytes_received;
	k->acked = info.tcpi_bytes_acked;
	k->has |= DUMP_KERNEL_TCP;
}

void kernel_ask_one(const struct dump_conn *c, int fd, struct dump_kernel *k)
{
	int bytes = 0;

	if (state.sandboxed)
		return;
	if (c->family == AF_INET || c->family == AF_INET6)
		ask_tcp(k, fd);
	if ((c->flags & DUMP_LISTENING) || sys_call3(SYS_ioctl, fd, FIONREAD, &bytes) != 0)
		return;
	k->queued = (uint32_t)bytes;
	k->has |= DUMP_KERNEL_QUEUE;
	if (sys_call3(SYS_ioctl, fd, SIOCOUTQ, &bytes) == 0)
		k->unsent = (uint32_t)bytes;
}

/* Asked by the first of its descriptors that is named. */
static bool asks(const struct dump_conn *c, int fd)
{
	for (unsigned i = 0; i < 4; i++)
		if (c->fds[i] >= 0)
			return c->fds[i] == fd;
	return true;
}

static void kernel_ask(struct dump_conn *c, int fd, void *data)
{
	struct dump_kernel *k;
	uint32_t at;

	slot_name(c, fd); /* of nine the first four may have been closed */
	if (!asks(c, fd))
		return;
	address_local_last(c, fd);
	at = state.sandboxed ? ARENA_NONE : arena_take(&here, ARENA_KERNEL, 1);
	if (at == ARENA_NONE) {
		arena_lost(&here, DUMP_LOST_KERNEL, 1);
		return;
	}
	k = arena_item(&here, ARENA_KERNEL, at);
	if (identity_lost(c, fd))
		k->has = DUMP_KERNEL_GONE;
	else
		kernel_ask_one(c, fd, k);
	__atomic_store_n(&k->conn, c->id, __ATOMIC_RELEASE);
}

void kernel_ask_all(void)
{
	conn_each_open(kernel_ask, NULL);
}
