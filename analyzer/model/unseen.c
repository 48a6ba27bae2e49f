/* SPDX-License-Identifier: Apache-2.0 */
#include "model/unseen.h"

#include <dirent.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
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

/* Of two with one inode the first is found. */
static int unseen_by_inode(const void *a, const void *b)
{
	const struct socket *x = a, *y = b;

	return x->inode != y->inode ? (x->inode < y->inode ? -1 : 1) : x->fd - y->fd;
}

static int by_fd(const void *a, const void *b)
{
	return ((const struct socket *)a)->fd - ((const struct socket *)b)->fd;
}

struct known { /* which of them a dump knows */
	struct socket *by_fd; /* as many */
	const struct socket *all;
	uint32_t count;
	bool *is; /* by index into `all`, which is by inode */
};

static void strike_inode(struct known *k, uint64_t inode)
{
	uint32_t from = 0, to = k->count;

	while (from < to) {
		uint32_t middle = from + (to - from) / 2;

		if (k->all[middle].inode < inode)
			from = middle + 1;
		else
			to = middle;
	}
	for (; from < k->count && k->all[from].inode == inode; from++)
		k->is[from] = true;
}

static void strike(struct known *k, const struct dump_conn *c)
{
	if (c->inode)
		strike_inode(k, c->inode);
	for (unsigned i = 0; i < sizeof c->fds / sizeof *c->fds && c->state == DUMP_OPEN; i++) {
		struct socket key = {.fd = c->fds[i]};
		const struct socket *s = c->fds[i] < 0 ? NULL : bsearch(&key, k->by_fd, k->count, sizeof key, by_fd);

		if (s)
			strike_inode(k, s->inode);
	}
}

static void strike_all(struct known *k, const struct dump *d)
{
	char why[DUMP_WHY_MAX];
	uint32_t count;
	const struct dump_conn *c = dump_conns(d, &count);
	struct dump_walk *w = dump_walks(d) ? dump_walk_begin(d, DUMP_CHUNK_CONNECTIONS, why) : NULL;

	for (uint32_t i = 0; !w && i < count; i++)
		strike(k, &c[i]);
	while (w && (c = dump_walk_next(w, NULL)))
		strike(k, c);
	if (w)
		dump_walk_end(w);
}

/* Drops those that the dump knows: each of its many connections is looked for among the few sockets. */
static uint32_t without_known(struct socket *all, uint32_t count, const struct dump *d)
{
	struct known k = {calloc(count + 1ul, sizeof *all), all, count, calloc(count + 1ul, sizeof *k.is)};
	uint32_t left = 0;

	if (k.by_fd && k.is && count) {
		qsort(all, count, sizeof *all, unseen_by_inode);
		memcpy(k.by_fd, all, count * sizeof *all);
		qsort(k.by_fd, count, sizeof *all, by_fd);
		strike_all(&k, d);
		for (uint32_t i = 0; i < count; i++)
			if (!k.is[i])
				all[left++] = all[i];
	}
	free(k.by_fd);
	free(k.is);
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

/* Of the internet's families, or a unix one that connections are made with: libc's own (its log) are none.
 * Its number may be another socket's by now, which the dump may know. */
static bool is_connection(int pidfd, const struct socket *s)
{
	int copy = (int)syscall(SYS_pidfd_getfd, pidfd, s->fd, 0), domain;
	struct stat st;
	bool is;

	if (copy < 0)
		return false;
	domain = option(copy, SO_DOMAIN);
	is = fstat(copy, &st) == 0 && st.st_ino == s->inode &&
	     (domain == AF_INET || domain == AF_INET6 ||
	      (domain == AF_UNIX && option(copy, SO_TYPE) == SOCK_STREAM));
	close(copy);
	return is;
}

/* What the process has opened just now it may not have written down yet. Each connection is read once: it is
 * no matter whether it changes between two looks. */
static uint32_t look_again(struct socket *all, uint32_t count, const char *path, bool walks)
{
	char why[DUMP_WHY_MAX];
	struct dump *d;

	nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
	if ((walks ? dump_open_to_walk(path, NULL, &d, why) : dump_open(path, &d, why)) != DUMP_ERROR_OK)
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
	uint32_t count = all ? without_known(all, list(m->process.here, all), m->dump) : 0;

	if (count)
		count = look_again(all, count, path, model_walks(m));
	if (count)
		m->process.unseen = count_connections(m->process.here, all, count);
	free(all);
	if (m->process.unseen && m->process.end == MODEL_END_RUNNING)
		model_warn(m, "%s sockets are open that nobody saw being opened", NUMBER(m->process.unseen));
}
