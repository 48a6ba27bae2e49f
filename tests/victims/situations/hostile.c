/* SPDX-License-Identifier: Apache-2.0 */
/* Places in which a recorder may easily break its host: sandboxes, limits, folders that go away. */
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "situation.h"

/* ---- a sandbox: what is not named here kills the process ------------------------------------------- */

static int install(bool by_prctl, unsigned flags)
{
	static const int allowed[] = {SYS_read, SYS_write, SYS_close, SYS_socket, SYS_connect, SYS_bind,
				      SYS_listen, SYS_accept, SYS_dup, SYS_sendto, SYS_recvfrom,
#ifdef SYS_poll
				      SYS_poll,
#endif
				      SYS_ppoll, SYS_exit, SYS_exit_group};
	enum { N = sizeof allowed / sizeof *allowed };
	struct sock_filter code[N * 2 + 2] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr))};
	struct sock_fprog program = {N * 2 + 2, code};

	for (int i = 0; i < N; i++) {
		code[1 + 2 * i] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)allowed[i], 0, 1);
		code[2 + 2 * i] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	}
	code[N * 2 + 1] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
	MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	return by_prctl ? prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) :
			  (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

static unsigned self;

__attribute__((constructor)) static void who_am_i(void)
{
	self = (unsigned)getpid();
}

/* Not even getsockname is allowed there, so the address is our own: 127.0.0.0/8, by the pid. */
static void work(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(7777),
				      .sin_addr.s_addr = htonl(0x7f010000u + self)};
	socklen_t size = sizeof address;
	int listener = socket(AF_INET, SOCK_STREAM, 0), a = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), b;
	struct pollfd writable = {a, POLLOUT, 0};
	static struct pollfd ready; /* not on the stack: whether it can be read may not be asked */
	void *volatile nowhere = (void *)8;
	char byte;

	if (bind(listener, (void *)&address, size) || listen(listener, 8) ||
	    connect(a, (void *)&address, size) != -1 || errno != EINPROGRESS || poll(&writable, 1, 60000) != 1 ||
	    (b = accept(listener, NULL, NULL)) < 0 || send(a, "x", 1, 0) != 1 || recv(b, &byte, 1, 0) != 1)
		_exit(3);
	ready = (struct pollfd){a, POLLOUT, 0};
	if (poll(&ready, 1, 0) != 1 || poll(&ready, 1, 0) != 1 || poll(nowhere, 1, 0) != -1 || errno != EFAULT)
		_exit(4);
	close(listener);
	close(dup(a));
	close(a); /* b is left */
}

static void sandbox_by_prctl(void)
{
	close(made());
	made(); /* of which nobody may ask at the end whether it is still there */
	MUST(install(true, 0) == 0);
	work();
	_exit(0);
}

static void sandbox_by_syscall(void)
{
	close(made());
	made();
	MUST(install(false, 0) == 0);
	work();
	_exit(0);
}

static void sandbox_before_the_first_socket(void)
{
	MUST(install(true, 0) == 0);
	work();
	_exit(0);
}

/* Nothing but read, write and exit (seccomp(2)). */
static void sandbox_strict(void)
{
	char text[8];
	int pair[2];

	connected(pair);
	MUST(prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) == 0);
	if (write(pair[0], "12345", 5) == 5 && read(pair[1], text, 3) == 3)
		sys_call1(SYS_exit, 7);
	sys_call1(SYS_exit, 8);
}

/* The kernel refuses: nothing has changed, and everything goes on being recorded in full. */
static void sandbox_refused(void)
{
	made();
	printf("%d %d\n", prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL), errno);
	printf("%ld %d\n", syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0xffffu, NULL), errno);
	work();
}

static int opened, stop;

static void *open_and_close(void *unused)
{
	while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE)) {
		close(socket(AF_INET, SOCK_STREAM, 0));
		__atomic_store_n(&opened, 1, __ATOMIC_RELEASE);
	}
	return unused;
}

/* The filter comes over a thread in the midst of its sockets. */
static void sandbox_for_all_threads(void)
{
	pthread_t other;

	close(made());
	MUST(pthread_create(&other, NULL, open_and_close, NULL) == 0);
	while (!__atomic_load_n(&opened, __ATOMIC_ACQUIRE)) /* its start makes calls that are not allowed */
		usleep(1000);
	MUST(install(false, SECCOMP_FILTER_FLAG_TSYNC) == 0);
	for (int i = 0; i < 2000; i++)
		close(socket(AF_INET, SOCK_STREAM, 0));
	_exit(0);
}

/* ---- no descriptor is ours --------------------------------------------------------------------------- */

static void closes_everything(void)
{
	int before[2], after[2], out = fcntl(1, F_DUPFD, 200);
	char text[32] = "";

	connected(before);
	for (int i = 0; i < 200; i++)
		close(i);
	connected(after); /* takes the lowest numbers: whose were they? */
	for (int i = 0; i < 20; i++)
		close(socket(AF_INET, SOCK_STREAM, 0));
	MUST(write(after[0], "untouched", 9) == 9 && read(after[1], text, sizeof text) == 9);
	dprintf(out, "%d %d %s\n", after[0], after[1], text);
}

/* Started with nothing but standard output. */
static void no_standard_streams(void)
{
	int a = made(), b = made(), c = made();

	MUST(close(a) == 0);
	printf("%d %d %d\n", a, b, c);
}

static void descriptors_are_the_same(void)
{
	for (int i = 0; i < 300; i++)
		printf("%d ", made());
	fflush(stdout);
	MUST(system("ls /proc/$PPID/fd | wc -l") == 0);
}

/* ---- limits --------------------------------------------------------------------------------------------- */

static void limit(int which, rlim_t value)
{
	struct rlimit l = {value, value};

	MUST(setrlimit(which, &l) == 0);
}

static void fill(int n)
{
	int last = -1, fd;

	while (n-- && (fd = socket(AF_INET, SOCK_STREAM, 0)) >= 0)
		last = fd;
	printf("last %d errno %d\n", last, n < 0 ? 0 : errno);
}

static void nofile_64(void)
{
	limit(RLIMIT_NOFILE, 64);
	fill(100);
}

static void nofile_full_at_the_first_socket(void)
{
	limit(RLIMIT_NOFILE, 8);
	while (dup(0) >= 0)
		;
	close(7);
	fill(2);
}

/* Or as many as we may have here. Between the first and the last thousand one of 16 is closed: all of a million take minutes
 * where a system call is dear, and each page of a table that is found by the number is reached all the same. */
static void nofile_a_million(void)
{
	struct rlimit l = {1000000, 1000000};

	if (setrlimit(RLIMIT_NOFILE, &l) != 0)
		MUST(getrlimit(RLIMIT_NOFILE, &l) == 0);
	limit(RLIMIT_NOFILE, l.rlim_max);
	MUST(dup2(made(), (int)l.rlim_max - 1) == (int)l.rlim_max - 1);
	for (int i = 3; i < (int)l.rlim_max; i += i < 1024 || i >= (int)l.rlim_max - 1024 ? 1 : 16)
		close(i);
	fill(3);
}

static void fsize_0(void)
{
	limit(RLIMIT_FSIZE, 0);
	fill(3);
}

static void fsize_too_small_to_grow(void)
{
	limit(RLIMIT_FSIZE, 300 << 10);
	fill(900);
}

static rlim_t used_address_space(void)
{
	unsigned long pages = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	MUST(f && fscanf(f, "%lu", &pages) == 1 && fclose(f) == 0);
	return pages * 4096;
}

static void no_memory(void)
{
	limit(RLIMIT_AS, used_address_space() + (64 << 10));
	fill(3);
}

static void little_memory(void)
{
	limit(RLIMIT_AS, used_address_space() + (1200 << 10));
	fill(900);
}

/* ---- the folder, the root and the user change while sockets are open -------------------------------- */

static void folder_goes_away(void)
{
	char command[4200];

	made();
	snprintf(command, sizeof command, "rm -rf '%s'", getenv("FOLDER"));
	MUST(system(command) == 0);
	fill(900);
}

static void dump_is_replaced(void)
{
	made();
	MUST(system("cd \"$FOLDER\" && for f in *.dump; do mv \"$f\" moved && echo mine >\"$f\"; done") == 0);
	fill(900);
}

static void root_changes(void)
{
	made();
	MUST(chroot(getenv("FOLDER")) == 0 && chdir("/") == 0);
	fill(900);
}

/* As a server that locks up each of its children, before they do anything with a socket. */
static void childs_root_changes(void)
{
	pid_t pid;

	made();
	pid = fork();
	if (pid == 0) {
		MUST(chroot(getenv("FOLDER")) == 0 && chdir("/") == 0);
		fill(3);
		fflush(stdout);
		_exit(0);
	}
	reap(pid);
}

static void user_changes(void)
{
	made();
	MUST(setgid(65534) == 0 && setuid(65534) == 0);
	fill(900);
}

static void user_changed_before(void)
{
	MUST(setgid(65534) == 0 && setuid(65534) == 0);
	fill(3);
}

/* What there is to complain about goes to a pipe that nobody reads any more. */
static void complaint_into_a_broken_pipe(void)
{
	limit(RLIMIT_FSIZE, 0);
	fill(1);
}

static void complaint_into_a_connection(void)
{
	int pair[2];
	char byte;

	limit(RLIMIT_FSIZE, 0);
	MUST(sys_call6(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, pair, 0, 0) == 0);
	MUST(sys_call3(SYS_dup3, pair[0], 2, 0) == 2);
	made(); /* no dump: number 2 is a connection now, and not ours to write into */
	printf("%zd\n", recv(pair[1], &byte, 1, MSG_DONTWAIT));
}

#define ROW(name) {#name, name}
SITUATIONS(ROW(sandbox_by_prctl), ROW(sandbox_by_syscall), ROW(sandbox_before_the_first_socket),
	   ROW(sandbox_strict), ROW(sandbox_refused), ROW(sandbox_for_all_threads), ROW(closes_everything), ROW(no_standard_streams),
	   ROW(descriptors_are_the_same), ROW(nofile_64), ROW(nofile_full_at_the_first_socket),
	   ROW(nofile_a_million), ROW(fsize_0), ROW(fsize_too_small_to_grow), ROW(no_memory),
	   ROW(little_memory), ROW(folder_goes_away), ROW(dump_is_replaced), ROW(root_changes), ROW(childs_root_changes), ROW(user_changes),
	   ROW(user_changed_before), ROW(complaint_into_a_broken_pipe), ROW(complaint_into_a_connection))
