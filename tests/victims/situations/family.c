/* SPDX-License-Identifier: Apache-2.0 */
/* Every way to make a process, and what becomes of the sockets on both sides. */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>

#include "../older.h"
#include "situation.h"

extern char **environ;
pid_t _Fork(void);
static char *self; /* our own name, to be executed again */

/* ---- vfork: the child runs in our memory ------------------------------------------------------------ */

static void vfork_closes_all(void)
{
	int fd = made();
	pid_t pid = vfork();

	if (pid == 0) {
		for (int i = 3; i < 64; i++)
			close(i);
		_exit(0);
	}
	reap(pid);
	printf("%d\n", fcntl(fd, F_GETFD));
}

static void vfork_opens_and_copies(void)
{
	int fd = made();
	pid_t pid = vfork();

	if (pid == 0) {
		close(fd);
		dup2(socket(AF_INET, SOCK_STREAM, 0), 40); /* under our socket's number */
		_exit(0);
	}
	reap(pid);
	close(fd);
}

/* Of the child's exec the parent's dump says nothing, whatever becomes of the parent. */
static void vfork_execs(void)
{
	pid_t pid;

	MUST(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) >= 0);
	pid = vfork();
	if (pid == 0) {
		execl("/bin/true", "true", (char *)NULL);
		_exit(1);
	}
	reap(pid);
	fflush(stdout);
	raise(SIGKILL);
}

static void fork_then_vfork(void)
{
	int fd = made();
	pid_t pid = fork();

	if (pid == 0) { /* as Python's multiprocessing, then subprocess */
		pid = vfork();
		if (pid == 0) {
			close(fd);
			execl("/bin/true", "true", (char *)NULL);
		}
		reap(pid);
		made();
		fflush(stdout);
		_exit(0);
	}
	reap(pid);
	close(fd);
}

/* As varnishd's child: it is a thread that asks for a thread before it is one that touches a socket. What is
 * known of threads by their handles is the parent's. */
static void in_a_forked_child(int ask(pthread_t thread))
{
	int fd = made();
	pid_t pid = fork();

	if (pid == 0) {
		ask(pthread_self());
		made();
		fflush(stdout);
		_exit(0);
	}
	reap(pid);
	close(fd);
}

static int name_it(pthread_t thread)
{
	return pthread_setname_np(thread, "child");
}

static int join_it(pthread_t thread)
{
	return pthread_join(thread, NULL); /* EDEADLK */
}

static void forked_child_names_itself(void)
{
	in_a_forked_child(name_it);
}

static void forked_child_detaches_itself(void)
{
	in_a_forked_child(pthread_detach);
}

static void forked_child_joins_itself(void)
{
	in_a_forked_child(join_it);
}

static void spawn(void)
{
	char *argv[] = {"true", NULL};
	posix_spawn_file_actions_t actions;
	int fd = made();
	pid_t pid;

	MUST(posix_spawn_file_actions_init(&actions) == 0);
	MUST(posix_spawn_file_actions_addclose(&actions, fd) == 0);
	MUST(posix_spawn(&pid, "/bin/true", &actions, NULL, argv, environ) == 0);
	reap(pid);
}

/* ---- forks: the child has its own story -------------------------------------------------------------- */

/* Closes what it inherited and leaves one of its own. */
static void child(int fd)
{
	close(fd);
	made();
	_exit(5);
}

static void by_fork(void)
{
	int fd = made();
	pid_t pid = fork();

	if (pid == 0)
		child(fd);
	reap(pid);
}

/* As a server that forks for each connection: what the parent accepted, the child reads to its end. */
static void serves_what_was_accepted(void)
{
	int pair[2];
	char byte;
	pid_t pid;

	connected(pair);
	pid = fork();
	if (pid == 0) {
		close(pair[0]);
		MUST(read(pair[1], &byte, 1) == 1 && read(pair[1], &byte, 1) == 0);
		_exit(5);
	}
	MUST(write(pair[0], "x", 1) == 1);
	close(pair[0]);
	close(pair[1]);
	reap(pid);
}

static void by__Fork(void)
{
	int fd = made();
	pid_t pid = _Fork();

	if (pid == 0)
		child(fd);
	reap(pid);
}

static void by_raw_clone(void)
{
	int fd = made();
	pid_t pid = (pid_t)sys_call5(SYS_clone, SIGCHLD, 0, 0, 0, 0);

	if (pid == 0)
		child(fd);
	reap(pid);
}

static void by_syscall_clone(void)
{
	int fd = made();
	pid_t pid = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);

	if (pid == 0)
		child(fd);
	reap(pid);
}

static int cloned(void *fd)
{
	child(*(int *)fd);
	return 0;
}

static void by_libc_clone(void)
{
	static char stack[64 * 1024] __attribute__((aligned(16)));
	int fd = made();

	reap(clone(cloned, stack + sizeof stack, SIGCHLD, &fd));
}

static void touches_nothing(void)
{
	int fd = made();
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	reap(pid);
	close(fd);
}

/* The classic: two forks, a session of its own, every descriptor closed. It ends after we do. */
static void daemon_by_hand(void)
{
	int fd = made(), tell[2];
	char byte;
	pid_t pid;

	MUST(pipe(tell) == 0);
	pid = fork();
	if (pid == 0) {
		setsid();
		if (fork() > 0)
			_exit(0);
		for (int i = 0; i < 256; i++)
			if (i != tell[1])
				close(i);
		MUST(open("/dev/null", O_RDWR) == 0 && dup(0) == 1 && dup(0) == 2);
		made();
		MUST(write(tell[1], "x", 1) == 1);
		close(tell[1]);
		usleep(300000);
		made();
		_exit(0);
	}
	reap(pid);
	close(tell[1]);
	MUST(read(tell[0], &byte, 1) == 1);
	close(fd);
}

/* libc's own, whose forks and copies nobody sees. */
static void by_daemon(void)
{
	int fd = made(), tell[2];
	char byte;

	MUST(pipe(tell) == 0);
	if (fork() == 0) {
		MUST(daemon(0, 0) == 0);
		close(fd);
		made();
		MUST(write(tell[1], "x", 1) == 1);
		_exit(0);
	}
	close(tell[1]);
	MUST(wait(NULL) > 0 && read(tell[0], &byte, 1) == 1 && read(tell[0], &byte, 1) == 0);
	puts("");
}

/* The child gets the socket as its standard input, as inetd does it. */
static void spawn_passes_it_on(void)
{
	char *argv[] = {self, "after_exec", NULL};
	posix_spawn_file_actions_t actions;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	pid_t pid;

	MUST(posix_spawn_file_actions_init(&actions) == 0);
	MUST(posix_spawn_file_actions_adddup2(&actions, fd, 5) == 0);
	MUST(posix_spawn(&pid, self, &actions, NULL, argv, environ) == 0);
	reap(pid);
	close(fd);
}

static void many_children(void)
{
	int fd = made(), n = atoi(getenv("CHILDREN") ? getenv("CHILDREN") : "2000"), failed = 0;

	for (int i = 0; i < n; i++) {
		pid_t pid = fork();
		int status;

		if (pid == 0)
			_exit(i % 3 == 0 && close(fd) < 0);
		MUST(waitpid(pid, &status, 0) == pid);
		failed += status != 0;
	}
	printf("%d of %d failed\n", failed, n);
}

/* ---- exec ------------------------------------------------------------------------------------------------ */

static void exec_keeps_and_closes(void)
{
	int keeps = made(), both = made(), copy = dup(both);

	MUST(fcntl(keeps, F_SETFD, 0) == 0);
	MUST(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) >= 0);
	MUST(fcntl(both, F_SETFD, FD_CLOEXEC) == 0 && copy >= 0);
	fflush(stdout);
	execl(self, self, "after_exec", (char *)NULL);
}

static void after_exec(void)
{
	char name[8];

	for (int fd = 3; fd < 8; fd++)
		printf("%d", fcntl(fd, F_GETFD) >= 0);
	made();
	snprintf(name, sizeof name, "%d", atoi(getenv("LEFT") ? getenv("LEFT") : "0") - 1);
	fflush(stdout);
	if (setenv("LEFT", name, 1) == 0 && atoi(name) > 0)
		execlp(self, self, "after_exec", (char *)NULL);
}

/* By each of libc's names, with a socket that stays and one that does not. */
#define EXEC(name, ...)                                                                           \
	static void by_##name(void)                                                               \
	{                                                                                         \
		char *argv[] = {self, "after_exec", NULL};                                        \
		int program = open(self, O_RDONLY | O_CLOEXEC);                                   \
                                                                                                  \
		made();                                                                           \
		MUST(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) >= 0 && program == 3);        \
		name(__VA_ARGS__);                                                                \
		MUST(!argv[0]);                                                                   \
	}
EXEC(execve, self, argv, environ)
EXEC(execv, self, argv)
EXEC(execvp, self, argv)
EXEC(execvpe, self, argv, environ)
EXEC(execl, self, argv[0], argv[1], (char *)NULL)
EXEC(execlp, self, argv[0], argv[1], (char *)NULL)
EXEC(execle, self, argv[0], argv[1], (char *)NULL, environ)
EXEC(fexecve, program, argv, environ)
EXEC(execveat, AT_FDCWD, self, argv, environ, 0)

static void exec_fails(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	printf("%d %d\n", execl("/no/such/file", "x", (char *)NULL), errno);
	printf("%d %d\n", execlp("no-such-file", "x", (char *)NULL), errno);
	printf("%ld %d\n", syscall(SYS_execve, "/no/such/file", NULL, NULL), errno);
	close(fd);
	made();
}

/* Then nothing sets it right at the end. */
static void exec_fails_and_is_killed(void)
{
	MUST(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) >= 0);
	MUST(execl("/no/such/file", "x", (char *)NULL) == -1);
	raise(SIGKILL);
}

#define ROW(name) {#name, name}
static const struct situation list[] = {
	ROW(vfork_closes_all), ROW(vfork_opens_and_copies), ROW(vfork_execs), ROW(fork_then_vfork),
	ROW(forked_child_names_itself), ROW(forked_child_detaches_itself), ROW(forked_child_joins_itself), ROW(spawn), ROW(by_fork),
	ROW(serves_what_was_accepted), ROW(by__Fork), ROW(by_raw_clone), ROW(by_syscall_clone), ROW(by_libc_clone), ROW(touches_nothing),
	ROW(daemon_by_hand), ROW(by_daemon), ROW(spawn_passes_it_on), ROW(many_children), ROW(exec_keeps_and_closes), ROW(after_exec),
	ROW(by_execve), ROW(by_execv), ROW(by_execvp), ROW(by_execvpe), ROW(by_execl), ROW(by_execlp), ROW(by_execle),
	ROW(by_fexecve), ROW(by_execveat), ROW(exec_fails), ROW(exec_fails_and_is_killed)};

int main(int argc, char **argv)
{
	self = argv[0];
	return choose(argc, argv, list, sizeof list / sizeof *list);
}
