/* SPDX-License-Identifier: Apache-2.0 */
/* Signal handlers that do what the code does that they interrupt, or do not return to it; and the threads of timers. */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <time.h>

#include "situation.h"

#define PATIENCE 120 /* seconds: one child of a hundred may take some, on a busy machine */

/* ---- signals, once or often --------------------------------------------------------------------------- */

static void on(int number, void (*handler)(int), int flags)
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = flags};

	MUST(sigaction(number, &action, NULL) == 0);
	alarm(PATIENCE); /* who hangs is killed */
}

static int next_is_the_call[2];

/* Once, from a child: when its parent sleeps in the call that it makes after enters_the_call(). The child is there before any
 * socket, and leaves no dump. */
static void signals_in_the_call(int number)
{
	pid_t parent = getpid();
	char byte;

	MUST(pipe(next_is_the_call) == 0);
	if (fork())
		return;
	alarm(PATIENCE);
	MUST(close(next_is_the_call[1]) == 0 && read(next_is_the_call[0], &byte, 1) == 1);
	await_sleep(parent);
	kill(parent, number);
	_exit(0);
}

static void enters_the_call(void)
{
	MUST(write(next_is_the_call[1], "", 1) == 1);
}

static timer_t signals(int number)
{
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = number};
	timer_t timer;

	MUST(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
	return timer;
}

/* Once, in `delay` ns. */
static void soon(timer_t timer, long delay)
{
	MUST(timer_settime(timer, 0, &(struct itimerspec){{0, 0}, {0, delay}}, NULL) == 0);
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* ---- in the midst of a call ---------------------------------------------------------------------------- */

static int pair[2], another;

static void close_another(int number)
{
	close(another);
	(void)number;
}

static void closes_in_the_midst_of_a_call(void)
{
	char byte;

	signals_in_the_call(SIGUSR1);
	connected(pair);
	another = made();
	on(SIGUSR1, close_another, 0);
	enters_the_call();
	printf("%zd", recv(pair[0], &byte, 1, 0));
	printf(" %d\n", errno);
	close(pair[0]);
	close(pair[1]);
}

static sigjmp_buf out;

static void jump(int number)
{
	siglongjmp(out, number);
}

static void leaves_a_call_by_longjmp(void)
{
	char byte;

	signals_in_the_call(SIGUSR1);
	connected(pair);
	another = made();
	on(SIGUSR1, jump, 0);
	if (!sigsetjmp(out, 1)) {
		enters_the_call();
		recv(pair[0], &byte, 1, 0);
	}
	printf("%d\n", close(another));
	MUST(write(pair[1], "x", 1) == 1 && recv(pair[0], &byte, 1, 0) == 1);
	close(pair[0]);
	close(pair[1]);
}

static void read_one(int number)
{
	char byte;

	MUST(write(pair[1], "abc", 3) == 3 && recv(pair[0], &byte, 1, 0) == 1);
	(void)number;
}

static void reads_in_the_midst_of_a_read(void)
{
	char bytes[8];

	signals_in_the_call(SIGUSR1);
	connected(pair);
	on(SIGUSR1, read_one, SA_RESTART);
	enters_the_call();
	printf("%zd\n", recv(pair[0], bytes, sizeof bytes, 0));
}

static void fork_one(int number)
{
	pid_t pid;

	MUST(write(pair[1], "c", 1) == 1);
	pid = fork();
	if (pid == 0)
		return; /* into the call that was interrupted */
	MUST(waitpid(pid, &number, 0) == pid && number == 0);
	MUST(write(pair[1], "p", 1) == 1);
}

/* Both return into the same recv(), and get a byte each. */
static void forks_in_the_midst_of_a_call(void)
{
	pid_t self = getpid();
	char byte = 0;

	signals_in_the_call(SIGUSR1);
	connected(pair);
	on(SIGUSR1, fork_one, SA_RESTART);
	enters_the_call();
	MUST(recv(pair[0], &byte, 1, 0) == 1 && byte == (getpid() == self ? 'p' : 'c'));
	if (getpid() == self)
		printf("%c\n", byte);
}

/* ---- in the midst of the recorder ---------------------------------------------------------------------- */

static volatile unsigned long handled; /* libc's calls are leaves to the compiler, which sees no handler run in them */

static void open_and_close(int number)
{
	int saved = errno;

	close(made());
	handled++;
	errno = saved;
	(void)number;
}

/* The next signal is asked for here, once the last was handled, not every so often: where a handler takes longer than that,
 * what it interrupts would never go on. After 20 to 160 us, so that a slow machine gets as far as a close, too. */
static void closes_in_the_midst_of_a_close(void)
{
	double end = seconds() + 0.5; /* or until some have interrupted it */
	unsigned long sockets = 0, asked_for = 0;
	timer_t timer = signals(SIGUSR1);

	on(SIGUSR1, open_and_close, SA_RESTART);
	for (; seconds() < end || handled < 200; sockets++) {
		if (handled == asked_for)
			soon(timer, 20000L << asked_for++ % 4);
		close(made());
	}
	timer_delete(timer);
	fprintf(stderr, "%lu sockets, %lu handlers\n", sockets + handled, handled);
}

/* From more places than the recorder knows by heart. */
static __attribute__((noinline)) int from_depth(int depth)
{
	int fd = depth ? from_depth(depth - 1) : made();

	__asm__ volatile("" : "+r"(fd)); /* so that it is no tail call */
	return fd;
}

/* Somebody raises the signal meanwhile, at the second. */
static void opens_in_the_midst_of_an_opening(void)
{
	on(SIGUSR1, open_and_close, SA_RESTART);
	close(made());
	close(from_depth(1));
	fprintf(stderr, "%lu handlers\n", handled);
}

static void *open_from_everywhere(void *stop)
{
	for (int i = 0; !__atomic_load_n((int *)stop, __ATOMIC_RELAXED); i++)
		close(from_depth(i % 100));
	return NULL;
}

static void opens_in_a_child(int n)
{
	alarm(PATIENCE);
	close(from_depth(n % 100));
	_exit(0);
}

static void forks_in_the_midst_of_an_opening(void)
{
	int stop = 0, status, failed = 0;
	pthread_t threads[3];

	for (int i = 0; i < 3; i++)
		MUST(pthread_create(&threads[i], NULL, open_from_everywhere, &stop) == 0);
	for (int i = 0; i < 100; i++) {
		pid_t pid = fork();

		if (pid == 0)
			opens_in_a_child(i);
		MUST(waitpid(pid, &status, 0) == pid);
		failed += status != 0;
	}
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	printf("%d of 100 failed\n", failed);
}

/* ---- in the midst of malloc ------------------------------------------------------------------------------ */

extern void *__libc_malloc(size_t size);
static __thread int inside, armed;
static int entered_again;

/* A real one holds a lock by now. */
void *malloc(size_t size)
{
	void *memory;

	if (inside++)
		__atomic_fetch_add(&entered_again, 1, __ATOMIC_RELAXED);
	if (armed) {
		armed = 0;
		raise(SIGUSR1);
	}
	memory = __libc_malloc(size);
	inside--;
	return memory;
}

static void *interrupted(void *unused)
{
	armed = 1;
	free(malloc(100));
	return unused;
}

static void first_socket_of_all_in_the_midst_of_malloc(void)
{
	on(SIGUSR1, open_and_close, 0);
	interrupted(NULL);
	printf("%d\n", entered_again);
}

static void first_socket_of_a_thread_in_the_midst_of_malloc(void)
{
	pthread_t thread;

	close(made());
	on(SIGUSR1, open_and_close, 0);
	MUST(pthread_create(&thread, NULL, interrupted, NULL) == 0 && pthread_join(thread, NULL) == 0);
	printf("%d\n", entered_again);
}

/* ---- on a small stack --------------------------------------------------------------------------------------- */

/* SIGSTKSZ as it was for decades, with nothing below it. */
static void on_an_alternate_stack(void)
{
	char *memory = mmap(NULL, 4096 + 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	stack_t stack = {.ss_sp = memory + 4096, .ss_size = 8192};

	MUST(memory != MAP_FAILED && mprotect(memory, 4096, PROT_NONE) == 0 && sigaltstack(&stack, NULL) == 0);
	on(SIGUSR1, open_and_close, SA_ONSTACK);
	for (int i = 0; i < 3; i++)
		raise(SIGUSR1);
	printf("%lu\n", handled);
}

static void first_socket_on_an_alternate_stack(void) { on_an_alternate_stack(); }

static void later_sockets_on_an_alternate_stack(void)
{
	close(made());
	on_an_alternate_stack();
}

/* ---- masks ------------------------------------------------------------------------------------------------- */

static void the_mask_of_a_forked_child(void)
{
	sigset_t mask;
	pid_t pid;

	made();
	sigemptyset(&mask);
	sigaddset(&mask, SIGUSR2);
	MUST(sigprocmask(SIG_BLOCK, &mask, NULL) == 0);
	pid = fork();
	if (pid == 0) {
		made();
		MUST(sigprocmask(SIG_SETMASK, NULL, &mask) == 0);
		for (int i = 1; i < 65; i++)
			printf("%d", sigismember(&mask, i));
		puts("");
		fflush(stdout);
		_exit(0);
	}
	reap(pid);
}

/* Those that libc keeps to itself, blocked as libc blocks them: its own functions show and set neither. */
static void the_mask_of_libcs_own_signals(void)
{
	uint64_t own = 3ul << 31, mask = 0; /* 32 and 33 */

	MUST(syscall(SYS_rt_sigprocmask, SIG_BLOCK, &own, NULL, sizeof own) == 0);
	close(made());
	close(made());
	MUST(syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &mask, sizeof mask) == 0);
	printf("%d\n", (mask & own) == own);
}

/* ---- a timer's thread, which libc makes without any call of the program's ------------------------------------ */

#define TURNS 20
static int turns, said; /* of the timer's threads, of main's */

static void talk(union sigval value)
{
	int mine[2];
	char byte;

	connected(mine);
	MUST(write(mine[0], "12", 2) == 2 && read(mine[1], &byte, 1) == 1); /* of its own: one byte is left */
	close(mine[0]);
	close(mine[1]);
	while (__atomic_load_n(&said, __ATOMIC_ACQUIRE) <= turns)
		usleep(100); /* main may have been stopped while it holds the direction, and this write is then not counted */
	MUST(write(pair[0], "x", 1) == 1); /* of everybody's */
	__atomic_add_fetch(&turns, 1, __ATOMIC_RELEASE);
	(void)value;
}

static void a_timers_thread(void)
{
	struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = talk};
	struct itimerspec soon = {{0, 0}, {0, 1}};
	char bytes[2 * TURNS];
	timer_t timer;

	alarm(PATIENCE);
	connected(pair);
	MUST(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
	for (int i = 1; i <= TURNS; i++) {
		MUST(timer_settime(timer, 0, &soon, NULL) == 0 && write(pair[0], "y", 1) == 1);
		__atomic_store_n(&said, i, __ATOMIC_RELEASE);
		while (__atomic_load_n(&turns, __ATOMIC_ACQUIRE) < i)
			usleep(100);
	}
	printf("%zd\n", recv(pair[1], bytes, sizeof bytes, MSG_WAITALL));
}

/* ---- what only looks like a handler ------------------------------------------------------------------------ */

static int listener;
static size_t depth;

static __attribute__((noinline)) void leaves_a_restorer_below(void)
{
	volatile char room[depth + 1];
	struct sigaction action = {.sa_handler = close_another}, old;

	room[0] = (char)depth;
	MUST(sigaction(SIGHUP, &action, &old) == 0 && room[0] == (char)depth);
}

/* As apache's workers: signals are blocked, and sigaction(2) has left its struct where accept4() has a frame next. */
static void *sets_a_handler_and_accepts(void *unused)
{
	struct sockaddr_in peer;
	socklen_t size = sizeof peer;

	leaves_a_restorer_below();
	close(accept4(listener, (void *)&peer, &size, SOCK_CLOEXEC));
	return unused;
}

static void accepts_where_a_handler_was_set(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof address;
	sigset_t all;
	pthread_t thread;

	on(SIGTERM, close_another, 0);
	listener = made();
	MUST(bind(listener, (void *)&address, size) == 0 && listen(listener, 8) == 0);
	MUST(getsockname(listener, (void *)&address, &size) == 0);
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, NULL);
	for (depth = 0; depth < 512; depth += 8) {
		int fd = made();

		MUST(pthread_create(&thread, NULL, sets_a_handler_and_accepts, NULL) == 0);
		MUST(connect(fd, (void *)&address, size) == 0 && pthread_join(thread, NULL) == 0);
		close(fd);
	}
	close(listener);
}

#define ROW(name) {#name, name}
SITUATIONS(ROW(closes_in_the_midst_of_a_call), ROW(leaves_a_call_by_longjmp), ROW(reads_in_the_midst_of_a_read),
	   ROW(closes_in_the_midst_of_a_close), ROW(opens_in_the_midst_of_an_opening), ROW(forks_in_the_midst_of_an_opening),
	   ROW(first_socket_of_all_in_the_midst_of_malloc), ROW(first_socket_of_a_thread_in_the_midst_of_malloc),
	   ROW(the_mask_of_a_forked_child), ROW(the_mask_of_libcs_own_signals), ROW(a_timers_thread), ROW(forks_in_the_midst_of_a_call),
	   ROW(first_socket_on_an_alternate_stack), ROW(later_sockets_on_an_alternate_stack),
	   ROW(accepts_where_a_handler_was_set))
