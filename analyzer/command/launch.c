/* SPDX-License-Identifier: Apache-2.0 */
#include "command/launch.h"

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

#include "beside/beside.h"
#include "program/library.h"

/* ---- where dumps go ---------------------------------------------------------------------------------- */

#define DUMP_NAME "connleak.%p.dump"

static bool is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* access(2) says yes to root where nobody can make a file (/proc), so one is made: without a name
 * where the file system can do that. 0, or errno. */
static int try_to_make_a_file(const char *folder)
{
	char path[PATH_MAX];
	int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd < 0) {
		if (snprintf(path, sizeof path, "%s/.connleak-XXXXXX", folder) >= (int)sizeof path)
			return ENAMETOOLONG;
		fd = mkostemp(path, O_CLOEXEC);
		if (fd < 0)
			return errno;
		unlink(path);
	}
	close(fd);
	return 0;
}

/* NULL, or why dumps cannot go there. Asked before the program runs: afterwards it is too late. */
static const char *look_at_folder(const char *folder)
{
	int error;

	if (!is_folder(folder))
		return access(folder, F_OK) == 0 ? "not a folder" : strerror(errno);
	error = try_to_make_a_file(folder);
	return error ? strerror(error) : NULL;
}

/* A folder is taken as it is, and so what the recorder would expand in its name is escaped. */
static bool put_escaped(char *to, size_t size, const char *folder)
{
	size_t n = 0;

	for (const char *p = folder; *p; p++) {
		if (n + 3 > size)
			return false;
		if (*p == '%')
			to[n++] = '%';
		to[n++] = *p;
	}
	to[n] = 0;
	return true;
}

/* Fills in folder, name and pattern. NULL, or why not. */
static const char *place(struct launch *l, const char *folder, const char *name)
{
	const char *why = look_at_folder(folder);
	char real[PATH_MAX];
	size_t n;

	if (why)
		return why;
	if (!realpath(folder, real))
		return strerror(errno);
	n = strlen(name);
	if (!put_escaped(l->pattern, sizeof l->pattern, real) || n >= sizeof l->name ||
	    strlen(l->pattern) + n + 32 > sizeof l->pattern)
		return strerror(ENAMETOOLONG);
	strcpy(l->folder, real);
	strcpy(l->name, name);
	strcat(strcat(l->pattern, "/"), name);
	return NULL;
}

/* As the user typed it: a folder, or a file in one. */
static const char *place_typed(struct launch *l, const char *typed)
{
	const char *slash = strrchr(typed, '/');
	char folder[PATH_MAX];

	if (!*typed)
		return "the name is empty";
	if (is_folder(typed))
		return place(l, typed, DUMP_NAME);
	if (!slash)
		return place(l, ".", typed);
	if (!slash[1])
		return strerror(ENOENT);
	if ((size_t)(slash - typed) >= sizeof folder)
		return strerror(ENAMETOOLONG);
	snprintf(folder, sizeof folder, "%.*s", slash == typed ? 1 : (int)(slash - typed), typed);
	return place(l, folder, slash + 1);
}

static int choose_place(struct launch *l, const char *typed)
{
	const char *temporary = getenv("TMPDIR"), *given = getenv("CONNLEAK_OUTPUT"), *why;

	if (typed) {
		why = place_typed(l, typed);
		return why ? trouble("--output: '%s': dumps cannot go there: %s; name another folder or file", typed,
				     why) : -1;
	}
	if (given && *given) {
		why = place_typed(l, given);
		if (!why)
			return -1;
		trouble("cannot use CONNLEAK_OUTPUT '%s': %s; the default is used", given, why);
	}
	if (!place(l, ".", DUMP_NAME))
		return -1;
	if (!temporary || *temporary != '/' || !is_folder(temporary))
		temporary = "/tmp";
	why = place(l, temporary, DUMP_NAME);
	return why ? trouble("%s: dumps can go neither to the working folder nor there: %s; name a folder with "
			     "--output", temporary, why) : -1;
}

/* ---- the environment ---------------------------------------------------------------------------------- */

/* How many inodes may be asked for: the recorder's own limit, for which there is no option. */
#define INODES_MAX 1000000000

/* What each process of the program would complain about is said once, and goes away. */
static void check_number(const char *name, bool overruled, unsigned long max)
{
	const char *text = getenv(name);

	if (overruled || !text || !*text || options_whole(text, max))
		return;
	trouble("cannot use %s '%s': not a number from 0 to %lu; the default is used", name, text, max);
	unsetenv(name);
}

static void check_environment(struct launch *l, const struct options *o)
{
	const char *disable = getenv("CONNLEAK_DISABLE");

	l->disabled = o->disable || (disable && *disable && strcmp(disable, "0") != 0);
	check_number("CONNLEAK_STACK_DEPTH", o->stack_depth != NULL, OPTIONS_STACK_DEPTH_MAX);
	check_number("CONNLEAK_HISTORY", o->history != NULL, OPTIONS_HISTORY_MAX);
	check_number("CONNLEAK_INODES", false, INODES_MAX);
}

static void set_environment(const struct launch *l, const struct options *o)
{
	const char *others = getenv("LD_PRELOAD");
	char session[20], *preload = NULL;
	bool asan = l->program.sanitizer[0];

	if (l->disabled) {
		setenv("CONNLEAK_DISABLE", "1", 1);
		return;
	}
	if (l->program.do_not_preload)
		return;
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

int launch_prepare(struct launch *l, const struct options *o, char **argv)
{
	const char *name = argv[0];
	int ret, error;

	check_environment(l, o);
	ret = l->disabled ? -1 : library_find(l->library, sizeof l->library);
	if (ret < 0)
		ret = choose_place(l, o->output);
	if (ret >= 0)
		return ret;
	error = program_find(&l->program, name);
	if (error) {
		trouble("%s: cannot run it: %s", name, error == ENOENT ? "command not found" : strerror(error));
		return error == ENOENT ? 127 : 126;
	}
	if (!l->disabled)
		program_examine(&l->program, argv, l->library);
	if (getrandom(&l->session, sizeof l->session, 0) != sizeof l->session || !l->session)
		l->session = (uint64_t)time(NULL) << 22 ^ (uint64_t)getpid();
	return -1;
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

/* A static program has to be stopped at its exec. Where that may not be it still runs, and is told of. */
static void refuse(struct launch *l, const char *why)
{
	snprintf(l->program.why_not, sizeof l->program.why_not, "%.*s is %s: %s", PATH_MAX, l->program.image,
		 "a static Go program", why);
	trouble("%s; it runs without being recorded", l->program.why_not);
}

static void seize(struct launch *l)
{
	if (l->pid > 0 && beside_seize(l->pid) < 0) {
		l->program.beside = false;
		refuse(l, "tracing it (ptrace) is not permitted here, so it cannot be recorded");
	}
}

static void follow(struct launch *l)
{
	switch (beside_follow(l->pid, l->library, 0, true, &l->status)) {
	case BESIDE_DONE: break;
	case BESIDE_NOT: refuse(l, "the dynamic linker could not be put beside it, so it cannot be recorded"); break;
	case BESIDE_ENDED: l->ended = true; break;
	}
}

/* In the child: its signals are as ours were; when exec fails, the pipe says why. */
static void become(struct launch *l, const struct options *o, char **argv, const int tell[2], const int go[2],
		   struct sigaction old[PASSED], const sigset_t *mask)
{
	int error;
	char c;

	for (size_t i = 0; i < PASSED; i++)
		sigaction(passed[i], &old[i], NULL);
	sigprocmask(SIG_SETMASK, mask, NULL);
	set_environment(l, o);
	close(go[1]);
	while (read(go[0], &c, 1) < 0 && errno == EINTR)
		; /* until we are seized, or need not be */
	execvp(argv[0], argv);
	error = errno;
	if (write(tell[1], &error, sizeof error) != sizeof error)
		_exit(126);
	_exit(error == ENOENT ? 127 : 126);
}

/* From its end on, signals are our own again: a report can be interrupted. */
static void wait_for(struct launch *l, struct sigaction old[PASSED])
{
	while (!l->ended && waitpid(l->pid, &l->status, 0) < 0 && errno == EINTR)
		;
	child = 0;
	l->ended_wall = wall();
	for (size_t i = 0; i < PASSED; i++)
		sigaction(passed[i], &old[i], NULL);
}

int launch_run(struct launch *l, const struct options *o, char **argv)
{
	struct sigaction old[PASSED];
	sigset_t all, mask;
	int tell[2], go[2], error = 0;

	if (pipe2(tell, O_CLOEXEC) < 0 || pipe2(go, O_CLOEXEC) < 0)
		return trouble("cannot make a pipe: %s", strerror(errno));
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &mask); /* none is lost between the fork and the handlers */
	catch_signals(old);
	l->started_wall = wall();
	l->pid = fork();
	if (l->pid == 0)
		become(l, o, argv, tell, go, old, &mask);
	child = l->pid;
	sigprocmask(SIG_SETMASK, &mask, NULL);
	close(tell[1]);
	if (l->program.beside && !l->disabled)
		seize(l);
	close(go[0]);
	close(go[1]);
	if (l->program.beside && !l->disabled && l->pid > 0)
		follow(l);
	if (l->pid < 0) {
		close(tell[0]);
		return trouble("cannot fork: %s", strerror(errno));
	}
	if (read(tell[0], &error, sizeof error) != sizeof error)
		error = 0;
	close(tell[0]);
	wait_for(l, old);
	if (!error)
		return -1;
	trouble("%s: cannot run it: %s", argv[0], strerror(error));
	return error == ENOENT ? 127 : 126;
}

int launch_exit_status(const struct launch *l)
{
	return WIFSIGNALED(l->status) ? 128 + WTERMSIG(l->status) : WEXITSTATUS(l->status);
}
