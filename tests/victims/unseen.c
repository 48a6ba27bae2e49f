/* SPDX-License-Identifier: Apache-2.0 */
/* Opens sockets past libc: [N of the internet] [unix datagrams] [then ends beside a second thread: "thread",
 * or waits: "wait", or first opens another one, by libc, under the number of the first: "again"]. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static long raw(long number, long a, long b, long c)
{
#if defined(__x86_64__)
	long ret;

	__asm__ volatile("syscall" : "=a"(ret) : "a"(number), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
	return ret;
#else
	register long x8 __asm__("x8") = number, x0 __asm__("x0") = a, x1 __asm__("x1") = b, x2 __asm__("x2") = c;

	__asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
	return x0;
#endif
}

static void *sleeps(void *unused)
{
	pause();
	return unused;
}

int main(int argc, char **argv)
{
	for (int i = 0; i < atoi(argv[1]); i++)
		raw(SYS_socket, AF_INET, SOCK_STREAM, 0);
	for (int i = 0; i < atoi(argv[2]); i++)
		raw(SYS_socket, AF_UNIX, SOCK_DGRAM, 0);
	if (argc > 3 && strcmp(argv[3], "thread") == 0) {
		pthread_t thread;

		return pthread_create(&thread, NULL, sleeps, NULL);
	}
	if (argc > 3) {
		int seen = socket(AF_INET, SOCK_STREAM, 0);
		char byte;

		if (write(STDOUT_FILENO, "ready\n", 6) == 6 && strcmp(argv[3], "again") == 0 &&
		    read(STDIN_FILENO, &byte, 1) == 1) {
			raw(SYS_close, STDERR_FILENO + 1, 0, 0);
			if (socket(AF_INET, SOCK_STREAM, 0) != STDERR_FILENO + 1 || write(STDOUT_FILENO, "again\n", 6) != 6)
				return 1;
		}
		pause();
		close(seen);
	}
	return 0;
}
