/* SPDX-License-Identifier: Apache-2.0 */
/* What a program may see of a recorder, and must not. */
#include <dlfcn.h>
#include <limits.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <resolv.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/uio.h>

#include "situation.h"

/* ---- the program's own allocator ----------------------------------------------------------------------- */

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
static unsigned long allocations;

void *malloc(size_t size)
{
	__atomic_fetch_add(&allocations, 1, __ATOMIC_RELAXED);
	return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	__atomic_fetch_add(&allocations, 1, __ATOMIC_RELAXED);
	return __libc_calloc(count, size);
}

static void exchange(void)
{
	struct pollfd ready;
	int pair[2], copy;
	char text[16];

	connected(pair);
	MUST(write(pair[0], "GET / HTTP/1.1\r\nHost: h\r\n\r\n", 27) == 27);
	ready = (struct pollfd){pair[1], POLLIN, 0};
	MUST(poll(&ready, 1, -1) == 1 && recv(pair[1], text, sizeof text, 0) == sizeof text);
	copy = dup(pair[0]);
	close(copy);
	close(pair[0]);
	close(pair[1]);
}

static void allocates_nothing(void)
{
	unsigned long before;

	for (int i = 0; i < 20; i++)
		exchange();
	before = allocations;
	for (int i = 0; i < 500; i++)
		exchange();
	printf("%lu allocations\n", allocations - before);
}

/* ---- before main and after it ---------------------------------------------------------------------------- */

static int early[3];
static int early_errno; /* which a success leaves alone */
static int wanted; /* only the situation that is about this leaves sockets lying about */

static void in_preinit(int argc, char **argv, char **envp)
{
	wanted = argc > 1 && strcmp(argv[1], "early_and_late") == 0;
	if (wanted) {
		errno = 77;
		early[0] = made();
		early_errno = errno;
	}
	(void)envp;
}
__attribute__((section(".preinit_array"), used)) static void (*preinit)(int, char **, char **) = in_preinit;

__attribute__((constructor)) static void in_constructor(void)
{
	if (wanted)
		early[1] = made();
}

__attribute__((destructor)) static void in_destructor(void)
{
	if (wanted)
		made();
}

static void in_atexit(void) { close(early[1]); }

static void early_and_late(void)
{
	MUST(atexit(in_atexit) == 0);
	printf("%d %d %d\n", early[0], early[1], early_errno);
}

/* ---- threads ----------------------------------------------------------------------------------------------- */

static void *one_socket(void *unused)
{
	close(made());
	return unused;
}

static void smallest_stack(void)
{
	pthread_attr_t attributes;
	pthread_t thread;

	MUST(pthread_attr_init(&attributes) == 0);
	MUST(pthread_attr_setstacksize(&attributes, (size_t)PTHREAD_STACK_MIN) == 0);
	for (int i = 0; i < 20; i++)
		MUST(pthread_create(&thread, &attributes, one_socket, NULL) == 0 && pthread_join(thread, NULL) == 0);
	puts("alive");
}

static void cleanup(void *fd)
{
	printf("cleanup %d\n", close(*(int *)fd));
}

static pid_t blocked_tid;

static void *blocked(void *fds)
{
	char byte;

	__atomic_store_n(&blocked_tid, (pid_t)syscall(SYS_gettid), __ATOMIC_RELEASE);
	pthread_cleanup_push(cleanup, fds);
	recv(*(int *)fds, &byte, 1, 0);
	pthread_cleanup_pop(0);
	return NULL;
}

static void cancelled_in_a_call(void)
{
	pthread_t thread;
	void *ret;
	int pair[2];

	connected(pair);
	MUST(pthread_create(&thread, NULL, blocked, pair) == 0);
	while (!__atomic_load_n(&blocked_tid, __ATOMIC_ACQUIRE))
		usleep(1000);
	await_sleep(blocked_tid);
	MUST(pthread_cancel(thread) == 0 && pthread_join(thread, &ret) == 0);
	printf("%d\n", ret == PTHREAD_CANCELED);
	close(pair[1]);
}

/* ---- signals ------------------------------------------------------------------------------------------------ */

static void on_signal(int number)
{
	close(made());
	(void)number;
}

static void signals_and_masks(void)
{
	struct sigaction action = {.sa_handler = on_signal}, now;
	sigset_t some, mask;

	sigemptyset(&some);
	sigaddset(&some, SIGUSR2);
	MUST(sigprocmask(SIG_BLOCK, &some, NULL) == 0 && sigaction(SIGUSR1, &action, NULL) == 0);
	raise(SIGUSR1); /* the first socket of all, in a handler */
	for (int i = 0; i < 300; i++)
		made();
	MUST(sigprocmask(SIG_SETMASK, NULL, &mask) == 0);
	for (int i = 1; i < 65; i++) {
		sigaction(i, NULL, &now);
		printf("%d%c", sigismember(&mask, i), now.sa_handler == SIG_DFL ? 'd' : 'h');
	}
}

/* ---- errno and errors ----------------------------------------------------------------------------------------- */

#define SHOW(call)                                                                                \
	do {                                                                                      \
		long ret;                                                                         \
		errno = 0;                                                                        \
		ret = (long)(call);                                                               \
		printf("%ld %d ", ret, errno);                                                    \
	} while (0)

static void errors(void)
{
	struct sockaddr_in nobody = {.sin_family = AF_INET, .sin_port = htons(1),
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct pollfd ready;
	int fd = made(), other = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), error = 0, pair[2];
	void *volatile nowhere = (void *)8;
	socklen_t size = sizeof error;
	char byte;

	SHOW(connect(fd, (void *)&nobody, sizeof nobody));
	SHOW(connect(other, (void *)&nobody, sizeof nobody));
	ready = (struct pollfd){other, POLLOUT, 0};
	poll(&ready, 1, -1);
	for (int i = 0; i < 2; i++) { /* told once */
		SHOW(getsockopt(other, SOL_SOCKET, SO_ERROR, &error, &size));
		printf("[%d] ", error);
	}
	connected(pair);
	SHOW(recv(pair[0], &byte, 1, MSG_DONTWAIT));
	SHOW(sendmsg(pair[0], nowhere, 0));
	SHOW(readv(pair[0], nowhere, 1));
	SHOW(connect(made(), nowhere, sizeof nobody));
	errno = 0;
	close(made());
	fclose(fmemopen(&byte, 1, "r"));
	printf("%d\n", errno);
}

/* What the kernel calls EFAULT crashes nobody, wherever the wrapper looks before the call. The array that straddles
 * the end of what can be read begins where it can. */
static void unreadable_arguments(void)
{
	char *pages = mmap(NULL, 2 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct timeval at_once = {0, 0};
	struct timespec at_once_too = {0, 0};
	struct sockaddr_in peer = {.sin_family = AF_INET};
	void *nowhere, *across;
	socklen_t size = sizeof peer;
	int listener = made(), pair[2];

	MUST(pages != MAP_FAILED && munmap(pages + 4096, 4096) == 0);
	nowhere = pages + 4096;
	across = pages + 4096 - sizeof(struct pollfd);
	connected(pair);
	MUST(listen(listener, 8) == 0 && getsockname(listener, (void *)&peer, &size) == 0);
	SHOW(poll(nowhere, 1, 0));
	SHOW(poll(across, 1, 0)); /* zeroes: descriptor 0, nothing asked for */
	SHOW(poll(across, 2, 0));
	SHOW(ppoll(nowhere, 1, &at_once_too, NULL));
	SHOW(select(64, nowhere, NULL, NULL, &at_once));
	SHOW(select(64, NULL, nowhere, NULL, &at_once));
	SHOW(pselect(64, nowhere, NULL, NULL, &at_once_too, NULL));
	SHOW(epoll_ctl(epoll_create1(EPOLL_CLOEXEC), EPOLL_CTL_ADD, pair[0], nowhere));
	SHOW(connect(made(), nowhere, sizeof peer));
	SHOW(connect(made(), nowhere, 4096)); /* longer than any address: EINVAL before it is read */
	SHOW(sendmsg(pair[0], nowhere, 0));
	SHOW(sendmmsg(pair[0], nowhere, 1, 0));
	SHOW(writev(pair[0], nowhere, 1));
	SHOW(recvmsg(pair[1], nowhere, MSG_DONTWAIT));
	SHOW(recvmmsg(pair[1], nowhere, 1, MSG_DONTWAIT, NULL));
	for (int i = 0; i < 3; i++)
		MUST(connect(made(), (void *)&peer, size) == 0);
	SHOW(accept(listener, (void *)&peer, nowhere));
	SHOW(accept4(listener, (void *)&peer, nowhere, 0));
	SHOW(accept(listener, nowhere, &size));
	SHOW(getsockopt(listener, SOL_SOCKET, SO_ERROR, &peer, nowhere));
	SHOW(socketpair(AF_UNIX, SOCK_STREAM, 0, nowhere));
	SHOW(pipe(nowhere));
	puts("");
}

/* The peer's address ends where the memory does, and is told to be longer. */
static void accepts_into_little_room(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	socklen_t size = sizeof address, little = 4;
	int listener = made(), fd = made();

	MUST(page != MAP_FAILED && mprotect(page + 4096, 4096, PROT_NONE) == 0);
	MUST(bind(listener, (void *)&address, size) == 0 && listen(listener, 1) == 0);
	MUST(getsockname(listener, (void *)&address, &size) == 0 && connect(fd, (void *)&address, size) == 0);
	printf("%d", accept(listener, (void *)(page + 4096 - little), &little) - fd);
	printf(" %u\n", little);
}

/* ---- getaddrinfo asks a server of ours, which does not answer -------------------------------------------------- */

static void asks_a_name_server(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof address;
	struct addrinfo *list;
	int server = socket(AF_INET, SOCK_DGRAM, 0), ret;
	char query[512];

	MUST(bind(server, (void *)&address, size) == 0 && getsockname(server, (void *)&address, &size) == 0);
	MUST(res_init() == 0);
	_res.nscount = 1;
	_res.nsaddr_list[0] = address;
	_res.retrans = 1;
	_res.retry = 1;
	ret = getaddrinfo("nobody.example", "80", NULL, &list);
	printf("%d %d\n", ret != 0, recv(server, query, sizeof query, MSG_DONTWAIT) > 0);
	close(server);
}

/* ---- libraries that come and go --------------------------------------------------------------------------------- */

static void comes_and_goes(void)
{
	for (int i = 0; i < 50; i++) {
		void *plugin = dlopen(getenv("PLUGIN"), RTLD_NOW);
		int (*f)(int) = plugin ? (int (*)(int))dlsym(plugin, "plugin_close") : NULL;

		MUST(f && f(made()) == 0 && dlclose(plugin) == 0);
	}
	puts("");
}

/* ---- stacks ------------------------------------------------------------------------------------------------------ */

static __attribute__((noinline)) int call_down(int depth)
{
	int fd = depth ? call_down(depth - 1) : socket(AF_INET, SOCK_STREAM, 0);

	__asm__ volatile("" : "+r"(fd)); /* so that it is no tail call */
	return fd;
}

static void opens_far_down(void)
{
	call_down(100);
	puts("");
}

/* ---- time --------------------------------------------------------------------------------------------------------- */

/* Allowed: the kernel looks no further than the process's last descriptor. We once went through 2^31 numbers. */
static void selects_among_all_numbers(void)
{
	struct timeval at_once = {0, 0};
	struct rusage used;
	fd_set set;
	int fd = made();

	for (int i = 0; i < 3; i++) {
		FD_ZERO(&set);
		FD_SET(fd, &set);
		MUST(select(INT_MAX, NULL, &set, NULL, &at_once) == 1 && FD_ISSET(fd, &set));
	}
	MUST(getrusage(RUSAGE_SELF, &used) == 0);
	puts(used.ru_utime.tv_sec == 0 ? "quick" : "slow");
}

#define ROW(name) {#name, name}
SITUATIONS(ROW(allocates_nothing), ROW(early_and_late), ROW(smallest_stack), ROW(cancelled_in_a_call),
	   ROW(signals_and_masks), ROW(errors), ROW(unreadable_arguments), ROW(accepts_into_little_room),
	   ROW(asks_a_name_server),
	   ROW(comes_and_goes), ROW(opens_far_down), ROW(selects_among_all_numbers))
