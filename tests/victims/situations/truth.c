/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Says in a file what it is about to do, does it, and says that it is done; until it is killed.
 *
 *     truth LOG SEED
 *
 * Before: "+o FD FD" a socketpair (the numbers are those that come next), "+d FD NEW" a copy, "+c FD 0",
 * "+w FD BYTES", "+r FD BYTES". After: "=N", N bytes were moved.
 */
#include "situation.h"

#define LIVE 64

static int log_fd, fds[LIVE], peer[LIVE], live;
static unsigned seed;

static void note(const char *format, int a, int b)
{
	char line[64];
	int n = snprintf(line, sizeof line, format, a, b);

	MUST(write(log_fd, line, (size_t)n) == n);
}

static void done(ssize_t moved)
{
	note("=%d\n", moved > 0 ? (int)moved : 0, 0);
}

/* Both ends go to the end of the list; the numbers are the lowest that are free, so they are known. */
static void open_pair(void)
{
	int a = dup(log_fd), b = dup(log_fd), p[2];

	close(a);
	close(b);
	note("+o %d %d\n", a, b);
	MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, p) == 0 && p[0] == a && p[1] == b);
	done(0);
	for (int i = 0; i < 2; i++) {
		peer[live] = p[!i];
		fds[live++] = p[i];
	}
}

static void copy(int i)
{
	int next = dup(log_fd);

	close(next);
	note("+d %d %d\n", fds[i], next);
	MUST(dup(fds[i]) == next);
	done(0);
	peer[live] = -1;
	fds[live++] = next;
}

static void shut(int i)
{
	note("+c %d %d\n", fds[i], 0);
	MUST(close(fds[i]) == 0);
	done(0);
	live--;
	fds[i] = fds[live];
	peer[i] = peer[live];
}

static void move(int i)
{
	char bytes[100] = "";
	int n = 1 + rand_r(&seed) % 100;

	note("+w %d %d\n", fds[i], n);
	done(send(fds[i], bytes, (size_t)n, MSG_NOSIGNAL));
	if (peer[i] < 0)
		return; /* or, if that number was closed, whatever has it now */
	note("+r %d %d\n", peer[i], n);
	done(recv(peer[i], bytes, (size_t)n, 0));
}

int main(int argc, char **argv)
{
	MUST(argc > 2 && (log_fd = open(argv[1], O_WRONLY | O_CREAT | O_APPEND, 0600)) >= 0);
	seed = (unsigned)atoi(argv[2]);
	for (int i = 0; i < 300000; i++) {
		int what = rand_r(&seed) % 8;

		if (live < 2 || (what == 0 && live < LIVE - 2))
			open_pair();
		else if (what == 1 && live < LIVE - 2)
			copy(rand_r(&seed) % live);
		else if (what == 2 || live >= LIVE - 2)
			shut(rand_r(&seed) % live);
		else
			move(rand_r(&seed) % live);
	}
	return 0;
}
