/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ways of a thread to be made, named and ended.
 *
 *	threads WAY
 *
 * Prints what it knows itself of what a report must say.
 */
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <threads.h>

#include "victim.h"

static int ends[2];

static void *nothing(void *arg)
{
	return arg;
}

/* Blocks for ever. */
static void *receive(void *tid)
{
	char byte;

	if (tid)
		__atomic_store_n((pid_t *)tid, tid_of_self(), __ATOMIC_RELEASE);
	return (void *)recv(ends[0], &byte, 1, 0);
}

static pthread_t receiver(void)
{
	static pid_t tid;
	pthread_t t;

	tid = 0;
	MUST(pthread_create(&t, NULL, receive, &tid) == 0);
	while (!__atomic_load_n(&tid, __ATOMIC_ACQUIRE))
		sched_yield();
	await_sleep(tid);
	return t;
}

static void join(pthread_t t)
{
	MUST(pthread_join(t, NULL) == 0);
}

/* ---- ways to end ------------------------------------------------------------------------------------- */

static void *leave(void *arg)
{
	pthread_exit(arg);
}

static void by_return(void)
{
	pthread_t t;
	void *result;

	MUST(pthread_create(&t, NULL, nothing, ends) == 0);
	MUST(pthread_join(t, &result) == 0 && result == ends);
}

static void by_pthread_exit(void)
{
	pthread_t t;
	void *result;

	MUST(pthread_create(&t, NULL, leave, ends) == 0);
	MUST(pthread_join(t, &result) == 0 && result == ends);
}

static void say(void *text)
{
	puts(text);
}

static void *receive_with_cleanup(void *arg)
{
	pthread_cleanup_push(say, "cleaned up");
	receive(arg);
	pthread_cleanup_pop(0);
	return NULL;
}

static void by_cancellation(void)
{
	pid_t tid = 0;
	pthread_t t;
	void *result;

	MUST(pthread_create(&t, NULL, receive_with_cleanup, &tid) == 0);
	while (!__atomic_load_n(&tid, __ATOMIC_ACQUIRE))
		sched_yield();
	await_sleep(tid);
	MUST(pthread_cancel(t) == 0 && pthread_join(t, &result) == 0 && result == PTHREAD_CANCELED);
}

static void by_exit(void)
{
	receiver();
	receiver();
	exit(0);
}

static void *exits(void *arg)
{
	exit(4);
}

static void exit_in_a_thread(void)
{
	pthread_t t;

	receiver();
	MUST(pthread_create(&t, NULL, exits, NULL) == 0);
	join(t);
}

/* The process lives on until its last thread has gone. */
static void *outlives(void *main_thread)
{
	join(*(pthread_t *)main_thread);
	receiver();
	puts("main is gone");
	fflush(stdout);
	_exit(0);
}

static void main_leaves(void)
{
	static pthread_t me;
	pthread_t t;

	me = pthread_self();
	MUST(pthread_create(&t, NULL, outlives, &me) == 0);
	pthread_exit(NULL);
}

/* ---- joins and detaches ------------------------------------------------------------------------------- */

static void joins(void)
{
	struct timespec until;
	pthread_t t[4];

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 60;
	for (int i = 0; i < 4; i++)
		MUST(pthread_create(&t[i], NULL, nothing, NULL) == 0);
	join(t[0]);
	while (pthread_tryjoin_np(t[1], NULL) == EBUSY)
		sched_yield();
	MUST(pthread_timedjoin_np(t[2], NULL, &until) == 0);
	MUST(pthread_clockjoin_np(t[3], NULL, CLOCK_REALTIME, &until) == 0);
}

static void *detach_self(void *arg)
{
	MUST(pthread_detach(pthread_self()) == 0);
	return receive(arg);
}

static void detaches(void)
{
	static pid_t first;
	pid_t tid = 0;
	pthread_t t;
	pthread_attr_t a;

	MUST(pthread_create(&t, NULL, receive, &first) == 0); /* may not have begun */
	MUST(pthread_detach(t) == 0 && pthread_detach(receiver()) == 0);
	pthread_attr_init(&a);
	pthread_attr_setdetachstate(&a, PTHREAD_CREATE_DETACHED);
	MUST(pthread_create(&t, &a, receive, NULL) == 0);
	MUST(pthread_create(&t, NULL, detach_self, &tid) == 0);
	while (!__atomic_load_n(&tid, __ATOMIC_ACQUIRE) || !__atomic_load_n(&first, __ATOMIC_ACQUIRE))
		sched_yield(); /* one that never begins is not known to be detached */
	await_sleep(tid);
}

/* ---- C11 ------------------------------------------------------------------------------------------------ */

static int c11_return(void *arg)
{
	return 7;
}

static int c11_exit(void *arg)
{
	thrd_exit(-8);
}

static void c11(void)
{
	thrd_t t[3];
	int result;

	MUST(thrd_create(&t[0], c11_return, NULL) == thrd_success);
	MUST(thrd_create(&t[1], c11_exit, NULL) == thrd_success);
	MUST(thrd_create(&t[2], c11_return, NULL) == thrd_success);
	MUST(thrd_join(t[0], &result) == thrd_success && result == 7);
	MUST(thrd_join(t[1], &result) == thrd_success && result == -8);
	MUST(thrd_detach(t[2]) == thrd_success);
	await_threads(1);
}

/* ---- names ----------------------------------------------------------------------------------------------- */

static void *named_self(void *arg)
{
	MUST(pthread_setname_np(pthread_self(), "by-itself") == 0);
	return receive(arg);
}

static void *named_by_prctl(void *arg)
{
	MUST(prctl(PR_SET_NAME, "by-prctl") == 0);
	return receive(arg);
}

static void names(void)
{
	void *(*const routines[])(void *) = {named_self, named_by_prctl, receive, receive};
	pid_t tids[4] = {0};
	pthread_t t[4];

	MUST(pthread_setname_np(pthread_self(), "boss") == 0);
	for (int i = 0; i < 4; i++) {
		MUST(pthread_create(&t[i], NULL, routines[i], &tids[i]) == 0);
		if (i == 2) /* at once: before it has come to its first line, or while it does */
			MUST(pthread_setname_np(t[i], "by-its-creator") == 0);
	}
	MUST(pthread_setname_np(t[2], "a name that is too long") == ERANGE);
	for (int i = 0; i < 4; i++) {
		while (!__atomic_load_n(&tids[i], __ATOMIC_ACQUIRE))
			sched_yield();
		await_sleep(tids[i]);
	}
}

/* Each is named while it starts: before, in the middle of, or after its first line. */
static int begun;

static void *begin_and_receive(void *unused)
{
	__atomic_fetch_add(&begun, 1, __ATOMIC_RELEASE);
	return receive(NULL);
}

static void named_at_once(void)
{
	for (int i = 0; i < 300; i++) {
		char name[16];
		pthread_t t;

		snprintf(name, sizeof name, "thread-%d", i);
		MUST(pthread_create(&t, NULL, begin_and_receive, NULL) == 0);
		for (volatile int delay = 0; delay < i * 20; delay++)
			;
		MUST(pthread_setname_np(t, name) == 0 && pthread_detach(t) == 0);
	}
	while (__atomic_load_n(&begun, __ATOMIC_ACQUIRE) < 300)
		sched_yield(); /* who ends before its first line has no name */
	receiver();
}

/* ---- creators ----------------------------------------------------------------------------------------------- */

static void *__attribute__((noinline)) create_one(void *arg)
{
	receiver();
	return receive(arg);
}

static void creators(void)
{
	pid_t tid = 0;
	pthread_t t;

	MUST(pthread_create(&t, NULL, create_one, &tid) == 0);
	while (!__atomic_load_n(&tid, __ATOMIC_ACQUIRE))
		sched_yield();
	await_sleep(tid);
}

static void *fork_in_thread(void *arg)
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		ends[0] = tcp_connect(arg);
		receiver();
		_exit(0); /* two threads of the child's own */
	}
	MUST(waitpid(child, &status, 0) == child && status == 0);
	return NULL;
}

static void forks(void)
{
	struct sockaddr_in a;
	pthread_t t;

	tcp_listen(&a, 8);
	receiver();
	MUST(pthread_create(&t, NULL, fork_in_thread, &a) == 0);
	join(t);
}

/* ---- attributes ----------------------------------------------------------------------------------------------- */

static void *small(void *arg)
{
	char stack[1000];
	int pair[2];

	memset(stack, 1, sizeof stack);
	tcp_pair(pair);
	MUST(send(pair[1], stack, sizeof stack, 0) == sizeof stack);
	MUST(recv(pair[0], stack, sizeof stack, MSG_WAITALL) == sizeof stack);
	return nothing(arg);
}

static void stacks(void)
{
	size_t guard, size, least = (size_t)sysconf(_SC_THREAD_STACK_MIN);
	void *own = aligned_alloc(65536, 65536);
	pthread_attr_t a;
	pthread_t t;

	pthread_attr_init(&a);
	MUST(pthread_attr_setstacksize(&a, least) == 0 && pthread_create(&t, &a, small, NULL) == 0);
	join(t);
	MUST(pthread_attr_setguardsize(&a, 8192) == 0 && pthread_attr_setstacksize(&a, least + 8192) == 0);
	MUST(pthread_create(&t, &a, small, NULL) == 0);
	join(t);
	MUST(pthread_attr_getguardsize(&a, &guard) == 0 && guard == 8192);
	MUST(pthread_attr_setstack(&a, own, 65536) == 0 && pthread_create(&t, &a, small, NULL) == 0);
	join(t);
	MUST(pthread_attr_init(&a) == 0 && pthread_attr_setstacksize(&a, least) == 0);
	MUST(pthread_setattr_default_np(&a) == 0 && pthread_create(&t, NULL, small, NULL) == 0);
	join(t);
	MUST(pthread_getattr_default_np(&a) == 0 && pthread_attr_getstacksize(&a, &size) == 0 && size == least);
}

static void fails(void)
{
	pthread_attr_t a;
	pthread_t t;

	pthread_attr_init(&a);
	MUST(pthread_attr_setstacksize(&a, SIZE_MAX / 4 & ~4095ul) == 0); /* no address space for that */
	for (int i = 0; i < 3; i++)
		MUST(pthread_create(&t, &a, nothing, NULL) == EAGAIN);
	by_return();
}

/* ---- many --------------------------------------------------------------------------------------------------------- */

static void many(void)
{
	pthread_t t[100];

	for (int round = 0; round < 100; round++) {
		for (int i = 0; i < 100; i++)
			MUST(pthread_create(&t[i], NULL, nothing, NULL) == 0);
		for (int i = 0; i < 100; i++)
			join(t[i]);
	}
	receiver();
}

static const struct way {
	const char *name;
	void (*run)(void);
} ways[] = {
	{"return", by_return}, {"pthread_exit", by_pthread_exit}, {"cancel", by_cancellation}, {"exit", by_exit},
	{"exit-in-thread", exit_in_a_thread}, {"main-leaves", main_leaves}, {"joins", joins}, {"detaches", detaches},
	{"c11", c11}, {"names", names}, {"named-at-once", named_at_once}, {"creators", creators}, {"forks", forks}, {"stacks", stacks}, {"fails", fails},
	{"many", many},
};

int main(int argc, char **argv)
{
	tcp_pair(ends);
	for (const struct way *w = ways; w < ways + sizeof ways / sizeof *ways; w++)
		if (argc > 1 && strcmp(w->name, argv[1]) == 0) {
			w->run();
			exit(0);
		}
	return 2;
}
