/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Threads that open, copy, read, write and close each other's sockets, through the recorder's core. Made
 * for ThreadSanitizer (./dev test builds it so): no test here is about who wins, only about what holds
 * whoever does. Small histories, so that slots are recycled while others are still at them.
 */
#include <link.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include <cmocka.h>

#include "alone.h"
#include "core/arena.h"
#include "stacks/module.h"
#include "stacks/stack.h"
#include "threads/thread.h"

#define THREADS 4
#define ROUNDS 600

static const char request[] = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";
static const char response[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/* The numbers of the sockets that are anybody's; -1 is none. */
static int shared[8] = {-1, -1, -1, -1, -1, -1, -1, -1};

static void write_and_read(int fd)
{
	struct conn_io io;
	struct iovec out = {(void *)request, sizeof request - 1}, in = {(void *)response, sizeof response - 1};

	if (conn_begin(&io, fd, DUMP_CALL_write))
		conn_end_out(&io, (ssize_t)out.iov_len, 0, &out, 1);
	if (conn_begin(&io, fd, DUMP_CALL_read))
		conn_end_in(&io, (ssize_t)in.iov_len, 0, &in, 1, true);
}

static void copy(int fd)
{
	int to = (int)syscall(SYS_dup, fd); /* the program may lose this race with close() */

	if (to < 0)
		return;
	conn_duplicated(fd, to);
	conn_close(to);
	close(to);
}

static void open_into(unsigned place)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0), old;

	CHECK(fd >= 0);
	conn_opened(fd, AF_INET, SOCK_STREAM, 0);
	old = __atomic_exchange_n(&shared[place], fd, __ATOMIC_ACQ_REL);
	if (old < 0)
		return;
	conn_close(old);
	close(old);
}

/* Each in another order, so that every use meets every other. */
static void *use_all(void *number)
{
	unsigned at = (unsigned)(uintptr_t)number * 3;
	struct thread_wait sockets = {.count = 0};

	for (int i = 0; i < ROUNDS; i++) {
		int fd = __atomic_load_n(&shared[at % 8], __ATOMIC_ACQUIRE);

		switch ((at + (unsigned)i) % 6) {
		case 0: open_into(at % 8); break;
		case 1: copy(fd); break;
		case 2: conn_shut(fd, SHUT_WR); break;
		case 3: sockets.count = 0; conn_polled(fd, &sockets); break;
		default: write_and_read(fd);
		}
		at = at * 5 + 7 + (unsigned)i / 8;
	}
	return NULL;
}

/* As the hooks have it: born by its creator, at its first line, at its end. */
struct start {
	struct thread_ref it;
	void *(*function)(void *);
	void *argument;
};

static void *run(void *data)
{
	struct start *start = data;

	if (start->it.slot)
		thread_start(start->it.slot, 0);
	start->function(start->argument);
	thread_end();
	return NULL;
}

static void among_threads(void *(*function)(void *))
{
	pthread_t threads[THREADS];
	struct start starts[THREADS];

	for (uintptr_t i = 0; i < THREADS; i++) {
		starts[i] = (struct start){thread_birth(false, 0), function, (void *)i};
		CHECK(pthread_create(&threads[i], NULL, run, &starts[i]) == 0);
	}
	for (int i = 0; i < THREADS; i++)
		CHECK(pthread_join(threads[i], NULL) == 0);
}

static void sockets_are_everybodys(void)
{
	uint64_t left = 0;
	int fd;

	setenv("CONNLEAK_HISTORY", "4", 1);
	fd = made();
	among_threads(use_all);
	for (int i = 0; i < 8; i++)
		left += shared[i] >= 0;
	CHECK(left && at(fd)->state == DUMP_OPEN);
	for (int i = 0; i < 8; i++)
		if (shared[i] >= 0)
			conn_close(shared[i]);
	for (unsigned i = 0; i < arena_used(&here, ARENA_CONNECTIONS); i++) {
		const struct dump_conn *c = arena_item(&here, ARENA_CONNECTIONS, i);

		CHECK(c->state == DUMP_FREE || c->state == DUMP_CLOSED || c == at(fd));
		if (c->state != DUMP_FREE) /* a free one is held for whoever takes it */
			CHECK(c->seq % 2 == 0 && c->in.seq % 2 == 0 && c->out.seq % 2 == 0);
	}
}

/* Many meet at the same few call sites. */
static void *intern(void *ids)
{
	for (uintptr_t i = 0; i < ROUNDS; i++) {
		void *frames[] = {(void *)(0x1000 + i / 4), (void *)0x2000};
		uint32_t id = stack_intern(frames, 2);
		const struct dump_stack *s = stack_of(&here, id);

		CHECK(s->depth == 2 && ((const uint64_t *)(s + 1))[0] == (uintptr_t)frames[0]);
	}
	return ids;
}

static void call_sites_are_shared(void)
{
	made();
	among_threads(intern);
}

/* How many modules there are is not known to who comes while they are recorded. */
static uint32_t meanwhile = UINT32_MAX;

static void store_another(const struct dl_phdr_info *info)
{
	void *frames[] = {(void *)info->dlpi_phdr};

	meanwhile = stack_of(&here, stack_intern(frames, 1))->modules;
}

static void modules_are_recorded_meanwhile(void)
{
	void *frames[] = {(void *)0x1000};

	module_seen = store_another;
	made();
	CHECK(stack_of(&here, stack_intern(frames, 1))->modules > 1);
	CHECK(meanwhile == 0);
}

/* Everyone's own sockets, and one connection that all write on: what is counted is what was written. */
static int common;

static void *write_often(void *unused)
{
	for (int i = 0; i < ROUNDS; i++) {
		int fd = made();

		write_and_read(common);
		conn_close(fd);
		close(fd);
	}
	return unused;
}

static void nothing_is_counted_twice(void)
{
	const struct dump_conn *c;
	uint64_t lost, all = THREADS * ROUNDS * (sizeof request - 1);

	setenv("CONNLEAK_HISTORY", "4", 1);
	common = made();
	c = at(common);
	among_threads(write_often);
	lost = here.arena.process->lost[DUMP_LOST_IO];
	CHECK(c->out.bytes <= all && (c->out.bytes == all || lost));
	CHECK(here.arena.process->next_id == THREADS * ROUNDS + 2);
	/* 4 closed ones are kept, or as many as the ring has room for (128) while a thread sleeps in the middle of a
	 * push; and what each thread has in its hands. There were 2,400. */
	CHECK(arena_used(&here, ARENA_CONNECTIONS) <= 128 + 4 * THREADS);
}

/* Everybody's sockets stay open, so that the dump has to grow, and several find it too small at the same moment. */
#define MANY 200
static int open_ones[THREADS][MANY];

static void *open_many(void *number)
{
	for (int i = 0; i < MANY; i++)
		open_ones[(uintptr_t)number][i] = made();
	return NULL;
}

static void the_dump_grows_once_for_all(void)
{
	static bool seen[THREADS * MANY + 1];

	made();
	among_threads(open_many);
	CHECK(arena_used(&here, ARENA_CONNECTIONS) == THREADS * MANY + 1);
	for (int t = 0; t < THREADS; t++)
		for (int i = 0; i < MANY; i++) {
			const struct dump_conn *c = at(open_ones[t][i]);

			CHECK(c->fds[0] == open_ones[t][i] && c->id <= THREADS * MANY + 1 && !seen[c->id - 1]);
			seen[c->id - 1] = true;
		}
}

/* ---- all want the last place of a pool ------------------------------------------------------------- */

static uint32_t ready;

static void *open_when_all_are_there(void *number)
{
	__atomic_fetch_add(&ready, 1, __ATOMIC_ACQ_REL);
	while (__atomic_load_n(&ready, __ATOMIC_ACQUIRE) < THREADS)
		sched_yield();
	open_ones[(uintptr_t)number][0] = made();
	return NULL;
}

/* The first segment of connections has 256 places, so that all find the pool full. Did two of them grow it at
 * once, one's segment would take the place of the other's, with a connection in it. */
static void a_full_pool_grows_once(void)
{
	static bool seen[257 + THREADS];

	for (int i = 0; i < 256; i++)
		made();
	among_threads(open_when_all_are_there);
	for (int t = 0; t < THREADS; t++) {
		const struct dump_conn *c = at(open_ones[t][0]);

		CHECK(c->fds[0] == open_ones[t][0] && c->id > 256 && c->id <= 256 + THREADS && !seen[c->id]);
		seen[c->id] = true;
	}
}

/* Whether two meet there is chance. */
static void test_a_full_pool_grows_once(void **unused)
{
	for (int i = 0; i < 40; i++)
		alone(a_full_pool_grows_once);
}

static void *write_once(void *unused)
{
	write_and_read(common);
	return unused;
}

static void threads_come_and_go(void)
{
	common = made();
	for (int i = 0; i < 50; i++)
		among_threads(write_once);
	CHECK(here.arena.process->threads_made == 50 * THREADS && here.arena.process->threads_ended == 50 * THREADS);
}

ALONE(sockets_are_everybodys)
ALONE(call_sites_are_shared)
ALONE(modules_are_recorded_meanwhile)
ALONE(nothing_is_counted_twice)
ALONE(the_dump_grows_once_for_all)
ALONE(threads_come_and_go)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sockets_are_everybodys),
		cmocka_unit_test(test_call_sites_are_shared),
		cmocka_unit_test(test_modules_are_recorded_meanwhile),
		cmocka_unit_test(test_nothing_is_counted_twice),
		cmocka_unit_test(test_the_dump_grows_once_for_all),
		cmocka_unit_test(test_a_full_pool_grows_once),
		cmocka_unit_test(test_threads_come_and_go),
	};

	/* libunwind locks a mutex at a thread's end, after ThreadSanitizer has let go of the thread. */
	setenv("CONNLEAK_STACK_DEPTH", "0", 1);
	return IN_FOLDER(tests);
}
