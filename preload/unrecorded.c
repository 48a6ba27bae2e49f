/* SPDX-License-Identifier: Apache-2.0 */
#include "unrecorded.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "beside/beside.h"
#include "core/arena.h"
#include "core/file.h"
#include "here/options.h"
#include "here/presence.h"

#define SCRIPTS_MAX 4   /* an interpreter may be a script itself (execve(2)) */
#define TOLD_MAX (1u << 20) /* bytes that all processes of a session tell */
#define PATH_SIZE 1024  /* what is longer is not looked at */
#define HEAD_SIZE 1024  /* of a file */

#if defined(__x86_64__)
#define OUR_MACHINE EM_X86_64
#elif defined(__aarch64__)
#define OUR_MACHINE EM_AARCH64
#endif

static bool wanted(void)
{
	return !state.off && !state.sandboxed && state.begun &&
	       (options.session || (arena_state(&here) == ARENA_FILE && !state_forked()));
}

/* ---- the file ------------------------------------------------------------------------------------- */

/* The dynamic linker ignores LD_PRELOAD for programs that gain privileges (ld.so(8)). To a caller who is
 * what the file would make him, nothing is gained, nor where the bits do not count. */
static enum dump_reason gains(const char *path, const struct stat *st)
{
	enum dump_reason reason = DUMP_REASON_NONE;
	long uid = sys_call0(SYS_getuid);
	struct statfs fs;

	if ((!(st->st_mode & S_ISUID) && sys_call0(SYS_geteuid) != uid) ||
	    (!(st->st_mode & S_ISGID) && sys_call0(SYS_getegid) != sys_call0(SYS_getgid)))
		return DUMP_REASON_OTHER_ID; /* so the kernel counts it, whatever the file says (getauxval(3), AT_SECURE) */
	if ((st->st_mode & S_ISUID) && st->st_uid != (uid_t)uid)
		reason = DUMP_REASON_SET_USER_ID;
	else if ((st->st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP) &&
		 st->st_gid != (gid_t)sys_call0(SYS_getgid))
		reason = DUMP_REASON_SET_GROUP_ID;
	else if (uid != 0 && sys_call4(SYS_getxattr, path, "security.capability", NULL, 0) > 0)
		reason = DUMP_REASON_CAPABILITIES;
	if (!reason || sys_call5(SYS_prctl, PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ||
	    (sys_call2(SYS_statfs, path, &fs) == 0 && (fs.f_flags & ST_NOSUID)))
		return DUMP_REASON_NONE;
	return reason;
}

/* The beginning of an ELF file, as far as it was read: its head, the program headers and the name of the
 * dynamic linker are there. What is not there is taken for what can be recorded. */
static enum dump_reason of_elf(const char *head, size_t size)
{
	const ElfW(Ehdr) *elf = (const void *)head;
	const ElfW(Phdr) *ph;

	if (head[EI_CLASS] != (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32) || elf->e_machine != OUR_MACHINE)
		return DUMP_REASON_OTHER_ELF;
	if (elf->e_phoff > size || (size - elf->e_phoff) / sizeof *ph < elf->e_phnum)
		return DUMP_REASON_NONE;
	ph = (const void *)(head + elf->e_phoff);
	for (int i = 0; i < elf->e_phnum; i++) {
		static const char linker[] = "ld-linux";

		if (ph[i].p_type != PT_INTERP)
			continue;
		if (ph[i].p_offset >= size || ph[i].p_filesz > size - ph[i].p_offset)
			return DUMP_REASON_NONE;
		return memmem(head + ph[i].p_offset, ph[i].p_filesz, linker, sizeof linker - 1) ?
			       DUMP_REASON_NONE : DUMP_REASON_OTHER_LIBC;
	}
	return DUMP_REASON_STATIC;
}

/* The dynamic linker itself has no interpreter, and preloads all the same. */
static bool is_linker(const char *path)
{
	const char *slash = strrchr(path, '/');

	return strncmp(slash ? slash + 1 : path, "ld-linux", 8) == 0;
}

static void keep_path(struct dump_unrecorded *it, const char *path)
{
	size_t n = strnlen(path, sizeof it->path - 1);

	memmove(it->path, path, n);
	it->path[n] = 0;
}

/* The name after "#!" (execve(2)), in place; NULL when it is no script. */
static char *interpreter(char *head, long size)
{
	char *name = head + 2, *end = head + size - 1;

	if (size < 4 || head[0] != '#' || head[1] != '!')
		return NULL;
	*end = 0;
	name += strspn(name, " \t");
	name[strcspn(name, " \t\n")] = 0;
	return *name ? name : NULL;
}

enum looked { PROGRAM, SCRIPT, STATIC_GO };

/* Its name is in `it`, when it has one; of a script its interpreter's name is there now. */
static enum looked read_head(struct dump_unrecorded *it, int fd, char *head)
{
	long size = sys_call4(SYS_pread64, fd, head, HEAD_SIZE, 0);
	char *name = interpreter(head, size);

	if (name)
		keep_path(it, name);
	else if (size >= (long)sizeof(ElfW(Ehdr)) && memcmp(head, ELFMAG, SELFMAG) == 0 && !is_linker(it->path))
		it->reason = of_elf(head, (size_t)size);
	if (it->reason == DUMP_REASON_STATIC && beside_fits(head, (size_t)size, true))
		return STATIC_GO;
	return name ? SCRIPT : PROGRAM;
}

/* Only regular files are opened: to open a device may do something, to open a pipe may wait. */
static enum looked look_once(struct dump_unrecorded *it, int folder, const char *path, char *head)
{
	enum looked is = PROGRAM;
	struct stat st;
	long fd;

	if (sys_call4(SYS_newfstatat, folder, path, &st, 0) < 0 || !S_ISREG(st.st_mode) || !(st.st_mode & 0111))
		return PROGRAM;
	if (path != it->path)
		keep_path(it, path); /* the kernel has just read it */
	fd = sys_call4(SYS_openat, folder, path, O_RDONLY | O_CLOEXEC | O_NOCTTY, 0);
	if (fd >= 0) {
		is = read_head(it, (int)fd, head);
		sys_call1(SYS_close, fd);
	}
	if (is == STATIC_GO && gains(path, &st)) /* who is traced would gain nothing */
		is = PROGRAM;
	else if (!it->reason && is == PROGRAM)
		it->reason = gains(path, &st);
	return is;
}

bool unrecorded_look(struct dump_unrecorded *it, int folder, const char *path)
{
	enum looked is = SCRIPT;
	char *head;

	it->reason = DUMP_REASON_NONE;
	it->path[0] = 0;
	if (!wanted() || !(head = file_memory(HEAD_SIZE)))
		return false;
	for (int i = 0; i < SCRIPTS_MAX && is == SCRIPT; i++) {
		is = look_once(it, folder, i ? it->path : path, head);
		folder = AT_FDCWD;
	}
	file_free(head, HEAD_SIZE);
	return is == STATIC_GO;
}

bool unrecorded_look_at(struct dump_unrecorded *it, int fd)
{
	char link[32] = "/proc/self/fd/", *at = link + strlen(link);
	unsigned digits = 1;
	bool go;
	long n;

	for (unsigned rest = (unsigned)fd; rest >= 10; rest /= 10)
		digits++;
	at[digits] = 0;
	for (unsigned rest = (unsigned)fd; digits; rest /= 10)
		at[--digits] = (char)('0' + rest % 10);
	go = unrecorded_look(it, AT_FDCWD, link);
	n = it->reason && strcmp(it->path, link) == 0 ?
		    sys_call4(SYS_readlinkat, AT_FDCWD, link, it->path, sizeof it->path - 1) : 0;
	if (n > 0)
		it->path[n] = 0;
	return go;
}

static bool can_be_run(const char *name)
{
	struct stat st;

	return sys_call4(SYS_newfstatat, AT_FDCWD, name, &st, 0) == 0 && S_ISREG(st.st_mode) &&
	       sys_call3(SYS_faccessat, AT_FDCWD, name, X_OK) == 0;
}

/* The first of that name along the path, into `name`. */
static bool find(char *name, const char *path, const char *file)
{
	for (;; path++) {
		size_t n = strcspn(path, ":"), size = strlen(file) + 1;

		if (n + size + 1 < PATH_SIZE) {
			memcpy(name, path, n);
			name[n] = '/';
			memcpy(name + n + (n > 0), file, size); /* an empty element is the working folder */
			if (can_be_run(name))
				return true;
		}
		path += n;
		if (!*path)
			return false;
	}
}

bool unrecorded_look_for(struct dump_unrecorded *it, const char *file)
{
	const char *path = getenv("PATH");
	char *name;
	bool go;

	it->reason = DUMP_REASON_NONE;
	if (!wanted())
		return false;
	if (strchr(file, '/'))
		return unrecorded_look(it, AT_FDCWD, file);
	name = file_memory(PATH_SIZE);
	if (!name)
		return false;
	go = find(name, path ? path : "/bin:/usr/bin", file) && unrecorded_look(it, AT_FDCWD, name);
	file_free(name, PATH_SIZE);
	return go;
}

/* ---- the session ------------------------------------------------------------------------------------ */

/* The folder of the pattern, in which %% is a percent sign, and the file's name. */
static bool tell_where(char *to, size_t size)
{
	static const char hex[] = "0123456789abcdef";
	const char *end = strrchr(options.output, '/');
	size_t n = 0;

	for (const char *p = options.output; p <= end; p++) {
		if (n + 64 > size)
			return false;
		to[n++] = *p;
		p += p[0] == '%' && p[1] == '%';
	}
	n = (size_t)(stpcpy(to + n, "connleak.") - to);
	for (int shift = 60; shift >= 0; shift -= 4)
		to[n++] = hex[options.session >> shift & 15];
	strcpy(to + n, ".unrecorded");
	return end;
}

/* Beyond RLIMIT_FSIZE the kernel would send SIGXFSZ to the program; and there is an end to everything. */
static bool room(int fd, size_t size)
{
	struct rlimit limit;
	struct stat st;

	return sys_call2(SYS_fstat, fd, &st) == 0 && (uint64_t)st.st_size < TOLD_MAX &&
	       sys_call4(SYS_prlimit64, 0, RLIMIT_FSIZE, NULL, &limit) == 0 &&
	       (uint64_t)st.st_size + size <= limit.rlim_cur;
}

void unrecorded_tell(struct dump_unrecorded *it, uint32_t pid, bool failed)
{
	char *name = options.session ? file_memory(PATH_SIZE) : NULL;
	long fd = -1;

	if (!name)
		return;
	it->pid = pid;
	it->failed = failed;
	memset(it->path + strlen(it->path), 0, sizeof it->path - strlen(it->path));
	if (tell_where(name, PATH_SIZE))
		fd = sys_call4(SYS_openat, AT_FDCWD, name, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	file_free(name, PATH_SIZE);
	if (fd < 0)
		return;
	if (room((int)fd, sizeof *it))
		sys_call3(SYS_write, fd, it, sizeof *it);
	sys_call1(SYS_close, fd);
}
