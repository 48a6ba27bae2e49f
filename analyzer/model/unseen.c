/* SPDX-License-Identifier: Apache-2.0 */
#include "model/unseen.h"

#include <dirent.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/printable.h"
#include "connleak/sys.h"

#define SOCKETS_MAX 4096u

struct socket {
	uint64_t inode;
	int fd;
};

static bool is_of(const struct dump_conn *c, const struct socket *s)
{
	for (unsigned i = 0; i < sizeof c->fds / sizeof *c->fds; i++)
		if (c->fds[i] == s->fd && c->state == DUMP_OPEN)
			return true;
	return c->inode && c->inode == s->inode;
}

/* Drops those that the dump knows. */
static uint32_t without_known(struct socket *all, uint32_t count, const struct dump *d)
{
	uint32_t conns, left = 0;
	const struct dump_conn *c = dump_conns(d, &conns);

	for (uint32_t i = 0; i < count; i++) {
		uint32_t k = 0;

		while (k < conns && !is_of(&c[k], &all[i]))
			k++;
		if (k == conns)
			all[left++] = all[i];
	}
	return left;
}

static uint32_t list(uint32_t pid, struct socket *to)
{
	char path[64], target[64];
	const struct dirent *e;
	uint32_t count = 0;
	DIR *folder;

	snprintf(path, sizeof path, "/proc/%" PRIu32 "/fd", pid);
	folder = opendir(path);
	while (folder && (e = readdir(folder)) && count < SOCKETS_MAX) {
		ssize_t size = readlinkat(dirfd(folder), e->d_name, target, sizeof target - 1);
		int fd = atoi(e->d_name);

		target[size > 0 ? size : 0] = 0;
		if (fd > STDERR_FILENO && sscanf(target, "socket:[%" SCNu64 "]", &to[count].inode) == 1)
			to[count++].fd = fd;
	}
	if (folder)
		closedir(folder);
	return count;
}

static int option(int fd, int name)
{
	int value = 0;
	socklen_t size = sizeof value;

	return getsockopt(fd, SOL_SOCKET, name, &value, &size) == 0 ? value : 0;
}

/* Of the internet's families, or a unix one that connections are made with: libc's own (its log) are none. */
static bool is_connection(int pidfd, const struct socket *s)
{
	int copy = (int)syscall(SYS_pidfd_getfd, pidfd, s->fd, 0), domain;
	bool is;

	if (copy < 0)
		return false;
	domain = option(copy, SO_DOMAIN);
	is = domain == AF_INET || domain == AF_INET6 || (domain == AF_UNIX && option(copy, SO_TYPE) == SOCK_STREAM);
	close(copy);
	return is;
}

/* What the process has opened just now it may not have written down yet. */
static uint32_t look_again(struct socket *all, uint32_t count, const char *path)
{
	char why[DUMP_WHY_MAX];
	struct dump *d;

	nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
	if (dump_open(path, &d, why) != DUMP_ERROR_OK)
		return 0;
	count = without_known(all, count, d);
	dump_close(d);
	return count;
}

static uint32_t count_connections(uint32_t pid, const struct socket *all, uint32_t count)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	uint32_t n = 0;

	for (uint32_t i = 0; pidfd >= 0 && i < count; i++)
		n += is_connection(pidfd, &all[i]);
	if (pidfd >= 0)
		close(pidfd);
	return n;
}

void unseen_count(struct model *m, const char *path)
{
	struct socket *all = m->process.end == MODEL_END_RUNNING ? calloc(SOCKETS_MAX, sizeof *all) : NULL;
	uint32_t count = all ? without_known(all, list(m->process.pid, all), m->dump) : 0;

	if (count)
		count = look_again(all, count, path);
	if (count)
		m->process.unseen = count_connections(m->process.pid, all, count);
	free(all);
	if (m->process.unseen && m->process.end == MODEL_END_RUNNING)
		model_warn(m, "%s sockets are open that nobody saw being opened", NUMBER(m->process.unseen));
}
