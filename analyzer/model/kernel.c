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

#include "base/spill.h"
#include "connleak/sys.h"
#include "model/each.h"
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

/* `error`: nothing can be asked of this process, and why. */
static void ask(struct model_conn *c, int pidfd, int *error)
{
	int fd = -1, copy;

	for (unsigned i = 0; i < 4 && fd < 0; i++)
		fd = c->facts->fds[i];
	if (fd < 0)
		return;
	copy = (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);
	if (copy >= 0) {
		ask_copy(c, copy);
		close(copy);
		return;
	}
	if (errno == EBADF)
		c->kernel = (struct model_kernel){.known = true, .gone = true};
	else
		*error = errno;
}

/* ---- each of them -------------------------------------------------------------------------------------- */

struct asking {
	struct model *m;
	int pidfd, error; /* `error`: why it cannot be asked, and the tables are */
	struct kernel_tables *tables;
	struct dump_again *again; /* NULL: one cannot look */
	struct spill *asked; /* of a dump that is walked */
};

/* The process goes on: by the time that it is asked a connection may be closed, and its number another one's.
 * The recorder writes a close down before it happens, but what dup2() closes a moment after. What the inode
 * does not vouch for, and that it is gone, is true of a connection that is open still. */
static bool about_it(const struct asking *a, const struct model_conn *c, uint32_t slot)
{
	if (!c->kernel.known || (c->facts->inode && !c->kernel.gone))
		return true;
	return a->again && dump_again_open(a->again, c->facts, slot);
}

static void ask_one(struct asking *a, struct model_conn *c, uint32_t slot)
{
	struct model_kernel before = c->kernel;

	if (!a->error)
		ask(c, a->pidfd, &a->error);
	if (a->error && !a->tables)
		a->tables = kernel_tables_read(a->m->process.here);
	if (a->error && a->tables)
		kernel_tables_join(a->tables, c);
	if (!about_it(a, c, slot))
		c->kernel = before;
}

static bool keep(struct asking *a, const struct model_conn *c)
{
	struct each_asked it = {c->index, c->kernel};
	struct model_conn *named = model_conn_by_id(a->m, c->facts->id);

	if (named && named->index == c->index)
		named->kernel = c->kernel;
	if (spill_add(a->asked, &it))
		return true;
	snprintf(a->m->why, sizeof a->m->why, "no temporary file for what the kernel says of its connections: %s; "
		 "set TMPDIR to a folder with room", strerror(errno));
	return false;
}

static bool ask_all(struct asking *a)
{
	bool enough = true;
	struct each e;

	each_begin(&e, a->m);
	for (struct model_conn *c; enough && (c = each_next(&e));) {
		if (c->facts->state != DUMP_OPEN)
			continue;
		ask_one(a, c, each_slot(&e, c));
		enough = !a->asked || keep(a, c);
	}
	return each_end(&e, a->m->why) && enough;
}

static void warn(const struct asking *a)
{
	struct model *m = a->m;

	if (a->error && a->tables && kernel_tables_readable(a->tables))
		model_warn(m, "the open sockets of %u could not be asked one by one: %s; state and queues are those of "
			   "/proc/%u/net/tcp; root may ask, and who may trace it (ptrace(2))", m->process.here, strerror(a->error),
			   m->process.here);
	else if (a->error)
		model_warn(m, "the kernel was not asked about the open sockets of %u: %s; run as the same user, or as root",
			   m->process.here, strerror(a->error));
}

bool kernel_ask(struct model *m)
{
	struct asking a = {.m = m};
	struct rlimit limit;
	bool enough;

	if (m->process.end != MODEL_END_RUNNING)
		return true;
	if (prlimit((pid_t)m->process.here, RLIMIT_NOFILE, NULL, &limit) == 0)
		m->process.nofile = limit.rlim_cur;
	if (model_walks(m) && !(a.asked = malloc(sizeof *a.asked)))
		return false;
	if (a.asked)
		*a.asked = spill_of(sizeof(struct each_asked));
	a.pidfd = (int)syscall(SYS_pidfd_open, m->process.here, 0);
	a.error = a.pidfd < 0 ? errno : 0;
	a.again = dump_again_begin(m->dump);
	enough = ask_all(&a);
	dump_again_end(a.again);
	m->asked = a.asked;
	warn(&a);
	kernel_tables_free(a.tables);
	if (a.pidfd >= 0)
		close(a.pidfd);
	return enough;
}
