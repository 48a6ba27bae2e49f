/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The quiz, in C: an HTTP client with the structure of Go's net/http transport. How many threads are
 * alive at the end?
 *
 *	transport [-v] [-w SECONDS] [-k] RUN HOST:PORT...
 *
 * -v prints "connections N threads M": how many were opened, and how many threads the kernel counts.
 * -w waits before it ends, with whatever is left. -k: it ends by SIGKILL.
 */
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "transport_pool.h"

#define REQUESTS 6
#define TIMEOUT_MS 50

enum then { READ, READ_TO_EOF, LEAVE, CLOSE, CANCEL };

static const struct run {
	const char *name, *path;
	enum then then;	     /* what becomes of the body */
	bool new_pool;	     /* for each request */
	unsigned timeout_ms; /* of each request */
} runs[] = {
	{"read", "/fixed?size=20000", READ, false, 0},
	{"unread", "/fixed?size=300000", LEAVE, false, 0},
	{"swallowed", "/fixed?size=100", LEAVE, false, 0},
	{"closed", "/fixed?size=300000", CLOSE, false, 0},
	{"hosts", "/fixed?size=20000", READ, false, 0},
	{"pools", "/fixed?size=20000", READ, true, 0},
	{"cancelled", "/fixed?size=300000", CANCEL, false, 0},
	{"peer-closes", "/bye?size=20000", READ_TO_EOF, false, 0},
	{"timeout", "/fixed?size=300000", LEAVE, false, TIMEOUT_MS},
};

static struct transport *transports[REQUESTS];
static unsigned transport_count;

static struct transport *transport_for(const struct run *r)
{
	if (r->new_pool || !transport_count)
		transports[transport_count++] = transport_new();
	return transports[transport_count - 1];
}

static bool request(const struct run *r, const char *where)
{
	struct conn *c = transport_get(transport_for(r), where, r->path, r->timeout_ms);
	char buffer[1000];

	if (!c)
		return false;
	switch (r->then) {
	case READ:
		while (body_read(c, buffer, sizeof buffer))
			;
		break;
	case READ_TO_EOF:
		while (body_read(c, buffer, sizeof buffer))
			;
		conn_await_end(c);
		break;
	case CLOSE: body_close(c); break;
	case CANCEL: body_cancel(c); break;
	case LEAVE: break;
	}
	return true;
}

/* Counts the threads of this process, and those of them that do not sleep. */
static unsigned count_threads(unsigned *awake)
{
	DIR *d = opendir("/proc/self/task");
	struct dirent *e;
	unsigned n = 0;

	*awake = 0;
	while (d && (e = readdir(d))) {
		char path[300], line[200] = "", *after;
		FILE *f;

		snprintf(path, sizeof path, "/proc/self/task/%s/stat", e->d_name);
		f = e->d_name[0] == '.' ? NULL : fopen(path, "re");
		if (!f)
			continue;
		after = fgets(line, sizeof line, f) ? strrchr(line, ')') : NULL;
		n++;
		*awake += !after || after[2] != 'S';
		fclose(f);
	}
	if (d)
		closedir(d);
	return n;
}

/* Until all that are alive have come to rest in the call that they will stay in. */
static unsigned settle(void)
{
	unsigned awake, n, before = 0;

	for (unsigned i = 0; i < transport_count; i++)
		for (struct conn *c = transports[i]->all; c; c = c->next)
			conn_settle(c);
	while (n = count_threads(&awake), awake > 1 || n != before) { /* the one is main */
		before = n;
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	}
	return n;
}

static void tell_counts(unsigned threads)
{
	unsigned opened = 0;

	for (unsigned i = 0; i < transport_count; i++)
		opened += transports[i]->opened;
	printf("connections %u threads %u\n", opened, threads);
	fflush(stdout);
}

static const struct run *run_named(const char *name)
{
	for (const struct run *r = runs; r < runs + sizeof runs / sizeof *runs; r++)
		if (strcmp(r->name, name) == 0)
			return r;
	return NULL;
}

int main(int argc, char **argv)
{
	const struct run *r = NULL;
	bool verbose = false, kill_self = false;
	unsigned seconds = 0, threads;
	int option;

	while ((option = getopt(argc, argv, "vw:k")) != -1) {
		verbose = verbose || option == 'v';
		kill_self = kill_self || option == 'k';
		seconds = option == 'w' ? (unsigned)atoi(optarg) : seconds;
	}
	if (optind + 1 < argc)
		r = run_named(argv[optind++]);
	if (!r) {
		fprintf(stderr, "usage: transport [-v] [-w SECONDS] [-k] RUN HOST:PORT...\n");
		return 2;
	}
	for (int i = 0; i < REQUESTS; i++)
		if (!request(r, argv[optind + i % (argc - optind)])) {
			fprintf(stderr, "transport: request %d failed\n", i + 1);
			return 1;
		}
	threads = settle();
	if (verbose)
		tell_counts(threads);
	sleep(seconds);
	if (kill_self)
		raise(SIGKILL);
	_exit(0); /* with the threads that are left */
}
