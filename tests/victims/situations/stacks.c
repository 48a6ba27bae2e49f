/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets on small stacks: of handlers, coroutines, fibers and threads. Below each lies nothing. */
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <ucontext.h>

#include "situation.h"

#ifndef SS_AUTODISARM
#define SS_AUTODISARM (1u << 31)
#endif
#ifndef AT_MINSIGSTKSZ
#define AT_MINSIGSTKSZ 51
#endif

/* ---- a fiber: another stack, of which nobody knows ------------------------------------------------------ */

void run_on(void *top, void (*what)(void));
#if defined(__x86_64__)
__asm__(".text\n.type run_on, @function\nrun_on:\n"
	"	push %rbx\n	mov %rsp, %rbx\n	mov %rdi, %rsp\n	call *%rsi\n"
	"	mov %rbx, %rsp\n	pop %rbx\n	ret\n.size run_on, .-run_on\n");
#else
__asm__(".text\n.type run_on, %function\nrun_on:\n"
	"	stp x29, x30, [sp, #-32]!\n	str x19, [sp, #16]\n	mov x19, sp\n	mov sp, x0\n	blr x1\n"
	"	mov sp, x19\n	ldr x19, [sp, #16]\n	ldp x29, x30, [sp], #32\n	ret\n.size run_on, .-run_on\n");
#endif

/* `size` bytes that end where a page ends, with nothing mapped below their first page; returns their end. */
static char *stack_of(size_t size, int flags)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), whole = (size + page - 1) / page * page;
	char *memory = mmap(NULL, whole + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);

	MUST(memory != MAP_FAILED && mprotect(memory, page, PROT_NONE) == 0);
	return memory + page + whole;
}

/* Painted below what may be used: a page is no bound for a stack that is smaller, or not a multiple. */
#define PAINT 0x5a
static size_t unpainted(const char *bottom, const char *end)
{
	while (bottom < end && *bottom == PAINT)
		bottom++;
	return (size_t)(end - bottom);
}

/* ---- what is done there ---------------------------------------------------------------------------------- */

static struct sockaddr_in address;
static int listener, client, server, other, error;
static char bytes[256];
static const char request[] = "GET /some/where HTTP/1.1\r\nHost: example.org\r\nContent-Length: 0\r\n\r\n";
static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
/* A record of TLS with the beginning of a ClientHello. */
static const char hello[] = "\x16\x03\x01\x00\x2f\x01\x00\x00\x2b\x03\x03";

static void opens(void) { client = socket(AF_INET, SOCK_STREAM, 0); }
static void opens_a_listener(void) { listener = socket(AF_INET, SOCK_STREAM, 0); }
static void listens(void)
{
	socklen_t size = sizeof address;

	error |= bind(listener, (void *)&address, size) | listen(listener, 8) | getsockname(listener, (void *)&address, &size);
}
static void connects(void) { error |= connect(client, (void *)&address, sizeof address); }
static void accepts(void) { server = accept(listener, NULL, NULL); }
static void asks(void) { error |= send(client, request, sizeof request - 1, 0) < 0; }
static void is_asked(void) { error |= recv(server, bytes, sizeof bytes, 0) < 0; }
static void answers(void) { error |= write(server, answer, sizeof answer - 1) < 0; }
static void waits(void)
{
	struct pollfd it = {client, POLLIN, 0};

	error |= poll(&it, 1, -1) != 1;
}
static void reads(void) { error |= read(client, bytes, sizeof bytes) < 0; }
static void copies(void) { error |= (other = dup(client)) < 0; }
static void closes(void) { error |= close(client) | close(server) | close(other); }
static void closes_the_listener(void) { error |= close(listener); }
static void begins_tls(void) { error |= send(client, hello, sizeof hello - 1, 0) < 0; }
static void is_greeted(void) { error |= recv(server, bytes, sizeof bytes, 0) < 0; }
static void execs(void)
{
	char *const arguments[] = {"/nowhere/at-all", NULL};

	error |= execve(arguments[0], arguments, environ) != -1;
}

static const struct {
	const char *name;
	void (*what)(void);
} steps[] = {
#define STEP(name) {#name, name}
	STEP(opens_a_listener), STEP(listens), STEP(opens), STEP(connects), STEP(accepts), STEP(asks), STEP(is_asked), STEP(answers),
	STEP(waits), STEP(reads), STEP(copies), STEP(execs), STEP(closes), STEP(opens), STEP(connects), STEP(accepts),
	STEP(begins_tls), STEP(is_greeted), STEP(copies), STEP(closes), STEP(closes_the_listener)};

static void everything(void)
{
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
		steps[i].what();
}

static void begin(void)
{
	address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	alarm(120);
}

/* ---- how deep it goes --------------------------------------------------------------------------------- */

#define DEEP (256u << 10)

static void depths(void)
{
	char *end = stack_of(DEEP, 0);

	begin();
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		memset(end - DEEP, PAINT, DEEP);
		run_on(end, steps[i].what);
		printf("%s %zu\n", steps[i].name, unpainted(end - DEEP, end));
	}
	MUST(error == 0);
}

/* ---- coroutines ----------------------------------------------------------------------------------------- */

static void on_a_fiber(void)
{
	begin();
	run_on(stack_of(4096, 0), everything);
	printf("%d\n", error);
}

static void on_contexts(void)
{
	static ucontext_t back, there;

	begin();
	for (int i = 0; i < 3; i++) {
		char *end = stack_of(4096, 0);

		MUST(getcontext(&there) == 0);
		there.uc_stack = (stack_t){.ss_sp = end - 4096, .ss_size = 4096};
		there.uc_link = &back;
		address.sin_port = 0;
		makecontext(&there, everything, 0);
		MUST(swapcontext(&back, &there) == 0);
	}
	printf("%d\n", error);
}

static void forks_inside(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		everything();
		_exit(error);
	}
	error |= waitpid(pid, &listener, 0) != pid || listener != 0;
}

static void forks_on_a_fiber(void)
{
	begin();
	close(made());
	run_on(stack_of(8192, 0), forks_inside); /* libc's own fork takes more than half of it */
	printf("%d\n", error);
}

static void *in_a_thread(void *unused)
{
	run_on(stack_of(4096, 0), everything);
	return unused;
}

static void on_a_fiber_in_a_thread(void)
{
	pthread_t thread;

	begin();
	close(made()); /* and libunwind is there */
	MUST(pthread_create(&thread, NULL, in_a_thread, NULL) == 0 && pthread_join(thread, NULL) == 0);
	printf("%d\n", error);
}

/* ---- handlers ---------------------------------------------------------------------------------------------- */

static int handled;

static void handle(int number)
{
	everything();
	address.sin_port = 0;
	handled++;
	(void)number;
}

static void handler_on(char *bottom, size_t size, unsigned flags)
{
	struct sigaction action = {.sa_handler = handle, .sa_flags = SA_ONSTACK};
	stack_t stack = {.ss_sp = bottom, .ss_size = size, .ss_flags = (int)flags};

	begin();
	MUST(sigaltstack(&stack, NULL) == 0 && sigaction(SIGUSR1, &action, NULL) == 0);
	for (int i = 0; i < 3; i++)
		raise(SIGUSR1);
	printf("%d %d\n", handled, error);
}

/* The kernel's smallest frame and 2 KiB; what lies below is painted. */
static size_t smallest(void)
{
	size_t frame = getauxval(AT_MINSIGSTKSZ);

	return (frame ? frame : MINSIGSTKSZ) + 2048;
}

static void on_the_smallest(unsigned flags)
{
	size_t size = smallest(), page = (size_t)sysconf(_SC_PAGESIZE), rest;
	char *end = stack_of(size, 0), *bottom = end - size;

	rest = (size_t)(bottom - (char *)((uintptr_t)bottom & ~(page - 1)));
	memset(bottom - rest, PAINT, rest);
	handler_on(bottom, size, flags);
	MUST(unpainted(bottom - rest, bottom) == 0);
}

static void handler_on_the_smallest(void) { on_the_smallest(0); }
static void handler_on_a_disarmed_one(void) { on_the_smallest(SS_AUTODISARM); }

static void handler_on_the_smallest_later(void)
{
	close(made());
	on_the_smallest(0);
}

static void handler_on_one_that_grows(void)
{
	char *end = stack_of(16384, MAP_GROWSDOWN);

	close(made());
	handler_on(end - 16384, 16384, 0);
}

/* In main's frame, of which there is plenty. */
static void handler_within_the_stack(void)
{
	char room[16384];

	close(made());
	memset(room, PAINT, sizeof room);
	handler_on(room + sizeof room - smallest(), smallest(), 0);
	MUST(unpainted(room, room + sizeof room - smallest()) == 0);
}

/* ---- main's own, and its limit ------------------------------------------------------------------------------- */

static __attribute__((noinline)) void deeper(uintptr_t down_to)
{
	volatile char room[1024];

	room[0] = 0;
	if ((uintptr_t)__builtin_frame_address(0) > down_to)
		deeper(down_to);
	else
		everything();
	__asm__ volatile("" : : "r"(room) : "memory");
}

/* 12 KiB from where there is no more: the limit counts from the very end, where the program's name lies. */
static void near_the_limit(void)
{
	struct rlimit limit = {512 << 10, 512 << 10};

	MUST(setrlimit(RLIMIT_STACK, &limit) == 0);
	begin();
	close(made());
	deeper((uintptr_t)getauxval(AT_EXECFN) - (500 << 10));
	printf("%d\n", error);
}

static void *runs_everything(void *unused)
{
	everything();
	return unused;
}

static void in_the_smallest_thread(void)
{
	pthread_attr_t attributes;
	pthread_t thread;

	begin();
	close(made());
	MUST(pthread_attr_init(&attributes) == 0 &&
	     pthread_attr_setstacksize(&attributes, (size_t)sysconf(_SC_THREAD_STACK_MIN)) == 0);
	MUST(pthread_create(&thread, &attributes, runs_everything, NULL) == 0 && pthread_join(thread, NULL) == 0);
	printf("%d\n", error);
}

#define ROW(name) {#name, name}
SITUATIONS(ROW(depths), ROW(on_a_fiber), ROW(on_contexts), ROW(forks_on_a_fiber), ROW(on_a_fiber_in_a_thread),
	   ROW(handler_on_the_smallest), ROW(handler_on_a_disarmed_one), ROW(handler_on_the_smallest_later),
	   ROW(handler_on_one_that_grows), ROW(handler_within_the_stack), ROW(near_the_limit), ROW(in_the_smallest_thread))
