/* SPDX-License-Identifier: Apache-2.0 */
#include "program/program.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "beside/beside.h"
#include "model/model.h"
#include "name/golang.h"
#include "program/wrapper.h"

/* ---- finding it ---------------------------------------------------------------------------------- */

static int executable(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return errno == ENOTDIR ? ENOENT : errno;
	if (!S_ISREG(st.st_mode) || access(path, X_OK) < 0)
		return EACCES;
	return 0;
}

int program_find(struct program *p, const char *name)
{
	const char *path = getenv("PATH");
	int found = ENOENT;

	*p = (struct program){0};
	if (strchr(name, '/') || !*name) {
		snprintf(p->path, sizeof p->path, "%s", name);
		return *name ? executable(p->path) : ENOENT;
	}
	for (path = path ? path : "/bin:/usr/bin";;) {
		int n = (int)strcspn(path, ":"), error;

		snprintf(p->path, sizeof p->path, "%.*s/%s", n ? n : 1, n ? path : ".", name);
		error = executable(p->path);
		if (!error)
			return 0;
		if (error == EACCES)
			found = EACCES; /* goes on looking, as execvp does */
		if (!path[n])
			return found;
		path += n + 1;
	}
}

/* ---- looking into it -------------------------------------------------------------------------------- */

#define SCRIPTS_MAX 4 /* an interpreter may be a script itself (execve(2)) */
#define WRAPPERS_MAX 8 /* nice env timeout ... */

/* "env NAME": the program that it is there to find. Its options are for env to understand. */
static void look_behind_env(char *image, size_t size, char *words)
{
	const char *slash = strrchr(image, '/');
	struct program behind;
	char *word, *state = NULL;

	if (strcmp(slash ? slash + 1 : image, "env") != 0)
		return;
	for (word = strtok_r(words, " \t", &state); word; word = strtok_r(NULL, " \t", &state)) {
		if (strcmp(word, "-S") == 0 || strcmp(word, "-i") == 0 || strchr(word, '='))
			continue;
		if (word[0] != '-' && program_find(&behind, word) == 0)
			snprintf(image, size, "%s", behind.path);
		return;
	}
}

/* The interpreter of a script, in place of the script (execve(2)); false when it is none. */
static bool interpreter(char *image, size_t size)
{
	char line[256];
	int fd = open(image, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, line, sizeof line - 1);
	char *name, *rest;

	if (fd >= 0)
		close(fd);
	if (n < 3 || line[0] != '#' || line[1] != '!')
		return false;
	line[n] = 0;
	line[strcspn(line, "\n")] = 0;
	name = line + 2 + strspn(line + 2, " \t");
	rest = name + strcspn(name, " \t");
	if (*rest)
		*rest++ = 0;
	snprintf(image, size, "%s", name);
	look_behind_env(image, size, rest);
	return true;
}

struct facts {
	bool elf, dynamic, go;
	bool beside; /* static, and can be helped */
	int class, machine;
	char linker[64]; /* name of the dynamic linker that it asks for */
};

static void look_at_sections(Elf *elf, struct facts *f)
{
	size_t names;
	Elf_Scn *section = NULL;

	if (elf_getshdrstrndx(elf, &names) < 0)
		return;
	while ((section = elf_nextscn(elf, section))) {
		GElf_Shdr header;
		const char *name;

		if (!gelf_getshdr(section, &header))
			continue;
		name = elf_strptr(elf, names, header.sh_name);
		if (name && (strcmp(name, ".go.buildinfo") == 0 || strcmp(name, ".note.go.buildid") == 0 ||
			     strcmp(name, ".gopclntab") == 0)) /* the last even where no build id was wanted */
			f->go = true;
	}
}

static void find_sanitizer(Elf *elf, char *to, size_t size)
{
	Elf_Scn *section = NULL;
	GElf_Shdr header;

	while ((section = elf_nextscn(elf, section))) {
		Elf_Data *data;
		GElf_Dyn dyn;

		if (!gelf_getshdr(section, &header) || header.sh_type != SHT_DYNAMIC)
			continue;
		data = elf_getdata(section, NULL);
		for (int i = 0; data && gelf_getdyn(data, i, &dyn) && dyn.d_tag != DT_NULL; i++) {
			const char *name = dyn.d_tag == DT_NEEDED ?
						   elf_strptr(elf, header.sh_link, dyn.d_un.d_val) : NULL;

			if (name && strncmp(name, "libasan.so", 10) == 0)
				snprintf(to, size, "%s", name); /* the dynamic linker finds it by name */
		}
	}
}

static void look_at_linker(int fd, const GElf_Phdr *ph, struct facts *f)
{
	char name[256] = "";
	const char *slash;

	f->dynamic = true;
	if (ph->p_filesz == 0 || ph->p_filesz >= sizeof name ||
	    pread(fd, name, ph->p_filesz, (off_t)ph->p_offset) != (ssize_t)ph->p_filesz)
		return;
	slash = strrchr(name, '/');
	snprintf(f->linker, sizeof f->linker, "%.63s", slash ? slash + 1 : name);
}

static bool can_be_helped(int fd)
{
	static char head[4096] __attribute__((aligned(8)));
	ssize_t n = pread(fd, head, sizeof head, 0);

	return n > 0 && beside_fits(head, (size_t)n, false);
}

static struct facts look(const char *path, char *sanitizer, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	Elf *elf = fd < 0 ? NULL : elf_begin(fd, ELF_C_READ, NULL);
	struct facts f = {0};
	GElf_Ehdr header;
	GElf_Phdr ph;

	if (elf && elf_kind(elf) == ELF_K_ELF && gelf_getehdr(elf, &header)) {
		f.elf = true;
		f.class = header.e_ident[EI_CLASS];
		f.machine = header.e_machine;
		for (int i = 0; i < header.e_phnum && gelf_getphdr(elf, i, &ph); i++)
			if (ph.p_type == PT_INTERP)
				look_at_linker(fd, &ph, &f);
		look_at_sections(elf, &f);
		f.beside = f.go && !f.dynamic && can_be_helped(fd);
		if (sanitizer)
			find_sanitizer(elf, sanitizer, size);
	}
	if (elf)
		elf_end(elf);
	if (fd >= 0)
		close(fd);
	return f;
}

/* The dynamic linker ignores LD_PRELOAD for programs that gain privileges (ld.so(8)). To a caller
 * who is what the file would make him, nothing is gained, nor where the bits do not count. */
static enum dump_reason gains_privileges(const char *path)
{
	struct statvfs fs;
	struct stat st;

	if (stat(path, &st) < 0)
		return DUMP_REASON_NONE;
	if ((!(st.st_mode & S_ISUID) && geteuid() != getuid()) || (!(st.st_mode & S_ISGID) && getegid() != getgid()))
		return DUMP_REASON_OTHER_ID; /* so the kernel counts it, whatever the file says (getauxval(3), AT_SECURE) */
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 || (statvfs(path, &fs) == 0 && (fs.f_flag & ST_NOSUID)))
		return DUMP_REASON_NONE;
	if ((st.st_mode & S_ISUID) && st.st_uid != getuid())
		return DUMP_REASON_SET_USER_ID;
	if ((st.st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP) && st.st_gid != getgid())
		return DUMP_REASON_SET_GROUP_ID;
	return getuid() != 0 && getxattr(path, "security.capability", NULL, 0) > 0 ? DUMP_REASON_CAPABILITIES :
										      DUMP_REASON_NONE;
}

/* The recorder is made for this C library: another one (musl) would not even start with it. */
static bool is_dynamic_linker(const char *path)
{
	char real[PATH_MAX];
	const char *slash = realpath(path, real) ? strrchr(real, '/') : NULL;

	return slash && strncmp(slash + 1, "ld-linux", 8) == 0;
}

/* Why nothing can be preloaded into it. */
static enum dump_reason reason_of(const char *image, const struct facts *program, const struct facts *ours)
{
	if (ours->elf && (program->class != ours->class || program->machine != ours->machine))
		return DUMP_REASON_OTHER_ELF;
	if (program->go && ((!program->dynamic && !program->beside) || !golang_known(image)))
		return DUMP_REASON_GO;
	if (!program->dynamic && !program->beside)
		return is_dynamic_linker(image) ? DUMP_REASON_NONE : DUMP_REASON_STATIC;
	if (program->linker[0] && strncmp(program->linker, "ld-linux", 8) != 0)
		return DUMP_REASON_OTHER_LIBC;
	return gains_privileges(image);
}

/* The ELF file behind p->path into p->image, and why_not when nothing can be preloaded into it. */
static void examine_file(struct program *p, const struct facts *ours)
{
	struct facts program;
	enum dump_reason why;

	snprintf(p->image, sizeof p->image, "%s", p->path);
	for (int i = 0; i < SCRIPTS_MAX && interpreter(p->image, sizeof p->image); i++)
		;
	program = look(p->image, p->sanitizer, sizeof p->sanitizer);
	if (!program.elf)
		return; /* execve will say what is wrong with it */
	why = reason_of(p->image, &program, ours);
	p->beside = !why && program.beside;
	if (why == DUMP_REASON_OTHER_ELF || why == DUMP_REASON_OTHER_LIBC)
		p->do_not_preload = true;
	if (why)
		snprintf(p->why_not, sizeof p->why_not, "%.*s is %s: it cannot be recorded", PATH_MAX, p->image,
			 model_reason(why));
}

static bool find_wrapped(struct program *p, const struct wrapped *w)
{
	const char *name = w->argv[0];

	if (strchr(name, '/') ? w->other_folder && name[0] != '/' : w->other_path)
		return false;
	return program_find(p, name) == 0;
}

/* p runs the program of `argv`, which may be there to run another one in turn. */
static void examine_wrapped(struct program *p, char **argv, const struct facts *ours)
{
	struct program at = *p;
	struct wrapped w;

	for (int i = 0; i < WRAPPERS_MAX && !p->why_not[0]; i++, argv = w.argv) {
		if (strcmp(at.path, at.image) != 0 || !wrapper_look(argv, &w))
			return; /* a script may do what it likes with its arguments */
		if (w.no_preload)
			snprintf(p->why_not, sizeof p->why_not, "%.*s is run by %s without LD_PRELOAD: it cannot be recorded",
				 PATH_MAX, w.argv[0], argv[0]);
		if (w.no_preload || !find_wrapped(&at, &w))
			return;
		examine_file(&at, ours);
		memcpy(p->why_not, at.why_not, sizeof p->why_not);
		p->do_not_preload = at.do_not_preload;
		p->beside = false; /* by exec of what is recorded */
	}
}

void program_examine(struct program *p, char **argv, const char *library)
{
	struct facts ours;

	elf_version(EV_CURRENT);
	ours = look(library, NULL, 0);
	examine_file(p, &ours);
	examine_wrapped(p, argv, &ours);
}
