/* SPDX-License-Identifier: Apache-2.0 */
#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "library.h"

/* ---- before ----------------------------------------------------------------------------------------- */

static bool is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static void make_absolute(char *to, size_t size, const char *path)
{
	char here[PATH_MAX] = "";

	if (path[0] != '/' && getcwd(here, sizeof here))
		snprintf(to, size, "%.*s/%s", (int)(size / 2), here, path);
	else
		snprintf(to, size, "%s", path);
}

/* The folder is checked before the program runs: afterwards it would be too late. */
static int check_folder(const char *pattern, const char *typed)
{
	char folder[PATH_MAX];
	char *slash;

	snprintf(folder, sizeof folder, "%s", pattern);
	slash = strrchr(folder, '/');
	slash[slash == folder] = 0;
	if (!is_folder(folder))
		return trouble("%s: dumps cannot go there: no such folder; make it first", typed);
	if (access(folder, W_OK | X_OK) < 0)
		return trouble("%s: dumps cannot go there: %s; name another folder with --output", typed,
			       strerror(errno));
	return -1;
}

static int choose_pattern(char *to, size_t size, const char *output)
{
	const char *temporary = getenv("TMPDIR");

	if (output && !*output)
		return trouble("--output: the name is empty; name a folder or a file");
	if (output && is_folder(output)) {
		make_absolute(to, size - 32, output);
		strcat(to, "/connleak.%p.dump");
		return check_folder(to, output);
	}
	if (output) {
		make_absolute(to, size, output);
		return check_folder(to, output);
	}
	if (access(".", W_OK | X_OK) == 0)
		make_absolute(to, size, "connleak.%p.dump");
	else
		snprintf(to, size, "%s/connleak.%%p.dump", temporary && *temporary == '/' ? temporary : "/tmp");
	return check_folder(to, "the temporary folder");
}

int launch_prepare(struct launch *l, const struct options *o, const char *name)
{
	int ret = library_find(l->library, sizeof l->library), error;

	if (ret < 0)
		ret = choose_pattern(l->pattern, sizeof l->pattern, o->output);
	if (ret >= 0)
		return ret;
	error = program_find(&l->program, name);
	if (error) {
		trouble("%s: cannot run it: %s", name, error == ENOENT ? "command not found" : strerror(error));
		return error == ENOENT ? 127 : 126;
	}
	program_examine(&l->program, l->library);
	if (getrandom(&l->session, sizeof l->session, 0) != sizeof l->session || !l->session)
		l->session = (uint64_t)time(NULL) << 22 ^ (uint64_t)getpid();
	return -1;
}

/* ---- the environment ---------------------------------------------------------------------------------- */

static void set_environment(const struct launch *l, const struct options *o)
{
	const char *others = getenv("LD_PRELOAD");
	char session[20], *preload = NULL;
	bool asan = l->program.sanitizer[0];

	/* gcc's shared AddressSanitizer refuses to start unless it comes first. */
	if (asprintf(&preload, "%s%s%s%s%s", asan ? l->program.sanitizer : "", asan ? ":" : "",
		     l->library, others && *others ? ":" : "", others && *others ? others : "") < 0)
		return;
	setenv("LD_PRELOAD", preload, 1);
	free(preload);
	snprintf(session, sizeof session, "%016llx", (unsigned long long)l->session);
	setenv("CONNLEAK_SESSION", session, 1);
	setenv("CONNLEAK_OUTPUT", l->pattern, 1);
	if (o->stack_depth)
		setenv("CONNLEAK_STACK_DEPTH", o->stack_depth, 1);
	if (o->history)
		setenv("CONNLEAK_HISTORY", o->history, 1);
}

/* ---- running ------------------------------------------------------------------------------------------- */

static volatile pid_t child;

/* The terminal's signals reach the whole foreground group, and so the child, without us; one that
 * somebody sent to us alone is passed on. */
static void pass_on(int number, siginfo_t *info, void *unused)
{
	int saved = errno;

	(void)unused;
	if (info->si_code != SI_KERNEL && child > 0 && info->si_pid != child)
		kill(child, number);
	errno = saved;
}

static const int passed[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM, SIGWINCH,
			     SIGCONT};
#define PASSED (sizeof passed / sizeof *passed)

static void catch_signals(struct sigaction old[PASSED])
{
	struct sigaction action = {.sa_sigaction = pass_on, .sa_flags = SA_SIGINFO | SA_RESTART};

	sigfillset(&action.sa_mask);
	for (size_t i = 0; i < PASSED; i++)
		sigaction(passed[i], &action, &old[i]);
}

static uint64_t wall(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* In the child: its signals are as ours were; when exec fails, the pipe says why. */
static void become(struct launch *l, const struct options *o, char **argv, int tell,
		   struct sigaction old[PASSED], const sigset_t *mask)
{
	int error;

	for (size_t i = 0; i < PASSED; i++)
		sigaction(passed[i], &old[i], NULL);
	sigprocmask(SIG_SETMASK, mask, NULL);
	set_environment(l, o);
	execvp(argv[0], argv);
	error = errno;
	if (write(tell, &error, sizeof error) != sizeof error)
		_exit(126);
	_exit(error == ENOENT ? 127 : 126);
}

static void wait_for(struct launch *l)
{
	while (waitpid(l->pid, &l->status, 0) < 0 && errno == EINTR)
		;
	l->ended_wall = wall();
}

int launch_run(struct launch *l, const struct options *o, char **argv)
{
	struct sigaction old[PASSED];
	sigset_t all, mask;
	int tell[2], error = 0;

	if (pipe2(tell, O_CLOEXEC) < 0)
		return trouble("cannot make a pipe: %s", strerror(errno));
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &mask); /* none is lost between the fork and the handlers */
	catch_signals(old);
	l->started_wall = wall();
	l->pid = fork();
	if (l->pid == 0)
		become(l, o, argv, tell[1], old, &mask);
	child = l->pid;
	sigprocmask(SIG_SETMASK, &mask, NULL);
	close(tell[1]);
	if (l->pid < 0) {
		close(tell[0]);
		return trouble("cannot fork: %s", strerror(errno));
	}
	if (read(tell[0], &error, sizeof error) != sizeof error)
		error = 0;
	close(tell[0]);
	wait_for(l);
	child = 0;
	if (!error)
		return -1;
	trouble("%s: cannot run it: %s", argv[0], strerror(error));
	return error == ENOENT ? 127 : 126;
}

int launch_exit_status(const struct launch *l)
{
	return WIFSIGNALED(l->status) ? 128 + WTERMSIG(l->status) : WEXITSTATUS(l->status);
}
