/* SPDX-License-Identifier: Apache-2.0 */
#include "model/kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "connleak/sys.h"
#include "model/kernel_tables.h"

/* ---- asking ------------------------------------------------------------------------------------------ */

/* An older kernel tells less of it; libc's own struct ends earlier (tcp(7)). */
#define TCP_NEEDED (offsetof(struct tcp_info, tcpi_bytes_received) + sizeof(uint64_t))

static void ask_copy(struct model_conn *c, int copy)
{
	struct model_kernel *k = &c->kernel;
	struct tcp_info tcp;
	socklen_t size = sizeof tcp;
	struct stat st;
	int bytes;

	if (fstat(copy, &st) < 0)
		return;
	*k = (struct model_kernel){.known = true};
	if (!S_ISSOCK(st.st_mode) || (c->facts->inode && st.st_ino != c->facts->inode)) {
		k->gone = true;
		return;
	}
	memset(&tcp, 0, sizeof tcp);
	if (getsockopt(copy, IPPROTO_TCP, TCP_INFO, &tcp, &size) == 0 && size >= TCP_NEEDED) {
		k->has_tcp = true;
		k->tcp_state = tcp.tcpi_state;
		k->received = tcp.tcpi_bytes_received;
		k->acked = tcp.tcpi_bytes_acked;
		k->rtt_us = tcp.tcpi_rtt;
		k->retransmitted = tcp.tcpi_total_retrans;
	}
	if (!(c->facts->flags & DUMP_LISTENING) && ioctl(copy, FIONREAD, &bytes) == 0) {
		k->has_queue = true;
		k->queued = (uint32_t)bytes;
		if (ioctl(copy, SIOCOUTQ, &bytes) == 0)
			k->unsent = (uint32_t)bytes;
	}
}

/* False: nothing can be asked of this process, and why. */
static bool ask(struct model_conn *c, int pidfd, int *error)
{
	int fd = -1, copy;

	for (unsigned i = 0; i < 4 && fd < 0; i++)
		fd = c->facts->fds[i];
	if (fd < 0)
		return true;
	copy = (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);
	if (copy >= 0) {
		ask_copy(c, copy);
		close(copy);
		return true;
	}
	*error = errno;
	if (errno == EBADF)
		c->kernel = (struct model_kernel){.known = true, .gone = true};
	return errno == EBADF;
}

static void ask_tables(struct model *m, uint32_t first, int error)
{
	if (kernel_tables_ask(m, first))
		model_warn(m, "the open sockets of %u could not be asked one by one: %s; state and queues are those of "
			   "/proc/%u/net/tcp; root may ask, and who may trace it (ptrace(2))", m->process.pid, strerror(error),
			   m->process.pid);
	else
		model_warn(m, "the kernel was not asked about the open sockets of %u: %s; run as the same user, or as root",
			   m->process.pid, strerror(error));
}

void kernel_ask(struct model *m)
{
	uint32_t at = 0;
	struct rlimit limit;
	int pidfd, error = 0;

	if (m->process.end != MODEL_END_RUNNING)
		return;
	if (prlimit((pid_t)m->process.pid, RLIMIT_NOFILE, NULL, &limit) == 0)
		m->process.nofile = limit.rlim_cur;
	pidfd = (int)syscall(SYS_pidfd_open, m->process.pid, 0);
	error = pidfd < 0 ? errno : 0;
	while (!error && at < m->conn_count && (m->conns[at].facts->state != DUMP_OPEN || ask(&m->conns[at], pidfd, &error)))
		at++;
	if (error)
		ask_tables(m, at, error);
	if (pidfd >= 0)
		close(pidfd);
}
