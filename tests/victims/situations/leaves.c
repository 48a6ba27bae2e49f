/* SPDX-License-Identifier: Apache-2.0 */
/* Every way to leave, each with the first half of an answer read, which nobody but the recorder can tell of afterwards. */
#include <pthread.h>
#include <signal.h>

#include "situation.h"

static void leave_half_an_answer(void)
{
	static const char request[] = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
	static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
	char text[64];
	int pair[2];

	connected(pair);
	MUST(write(pair[0], request, sizeof request - 1) > 0 && recv(pair[1], text, sizeof text, 0) > 0);
	MUST(write(pair[1], answer, sizeof answer - 1) > 0 && recv(pair[0], text, sizeof answer - 3, MSG_WAITALL) > 0);
	close(pair[1]);
}

static void *leave(void *unused)
{
	exit(7);
	return unused;
}

static void by_exit(void) { exit(7); }
static void by__exit(void) { _exit(7); }
static void by__Exit(void) { _Exit(7); }
static void by_quick_exit(void) { quick_exit(7); }
static void by_exit_group(void) { syscall(SYS_exit_group, 7); }
static void by_abort(void) { abort(); }
static void by_sigkill(void) { raise(SIGKILL); }
static void by_sigsegv(void) { *(volatile int *)8 = 0; }
/* Nobody could have seen it. */
static void by_raw_exit_group(void) { sys_call1(SYS_exit_group, 7); }

static void by_exit_in_a_thread(void)
{
	pthread_t thread;

	MUST(pthread_create(&thread, NULL, leave, NULL) == 0);
	pause();
}

#define ROW(name) {#name, name}
int main(int argc, char **argv)
{
	static const struct situation list[] = {
		ROW(by_exit), ROW(by__exit), ROW(by__Exit), ROW(by_quick_exit), ROW(by_exit_group), ROW(by_exit_in_a_thread),
		ROW(by_raw_exit_group), ROW(by_abort), ROW(by_sigkill), ROW(by_sigsegv)};

	leave_half_an_answer();
	return choose(argc, argv, list, sizeof list / sizeof *list);
}
