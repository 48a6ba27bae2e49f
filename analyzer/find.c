/* SPDX-License-Identifier: Apache-2.0 */
#include "find.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "connleak/dump.h"
#include "options.h"

static void add(struct paths *p, const char *path)
{
	char **more = realloc(p->path, (p->count + 1) * sizeof *more);

	if (!more)
		return;
	p->path = more;
	p->path[p->count] = strdup(path);
	if (p->path[p->count])
		p->count++;
}

void paths_free(struct paths *p)
{
	while (p->count)
		free(p->path[--p->count]);
	free(p->path);
	p->path = NULL;
}

static bool is_dump_name(const char *name)
{
	size_t n = strlen(name);

	return n > 5 && strcmp(name + n - 5, ".dump") == 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strverscmp((*a)->d_name, (*b)->d_name);
}

static int pick_dumps(const struct dirent *e)
{
	return is_dump_name(e->d_name);
}

static int add_folder(struct paths *p, const char *folder)
{
	struct dirent **entries;
	int n = scandir(folder, &entries, pick_dumps, by_name);
	char path[PATH_MAX];

	if (n < 0)
		return trouble("%s: cannot read the folder: %s", folder, strerror(errno));
	if (n == 0) {
		free(entries);
		return trouble("%s: no dump in this folder; dumps end in .dump", folder);
	}
	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
		add(p, path);
		free(entries[i]);
	}
	free(entries);
	return -1;
}

/* ---- by pid ------------------------------------------------------------------------------------------- */

static bool begins_with_magic(const char *path)
{
	char magic[8] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool yes = fd >= 0 && read(fd, magic, sizeof magic) == sizeof magic &&
		   memcmp(magic, DUMP_MAGIC, sizeof magic) == 0;

	if (fd >= 0)
		close(fd);
	return yes;
}

/* One line of /proc/PID/maps, proc(5): the mapping at offset 0 of a file that is a dump. A file
 * that was removed can still be had through map_files. */
static bool mapped_dump(const char *pid, char *line, char *path, size_t size)
{
	char range[64], *name = strchr(line, '/');
	unsigned long long offset;

	line[strcspn(line, "\n")] = 0;
	if (!name || sscanf(line, "%63s %*s %llx", range, &offset) != 2 || offset)
		return false;
	snprintf(path, size, "%s", name);
	if (begins_with_magic(path))
		return true;
	if (!strstr(name, " (deleted)"))
		return false;
	snprintf(path, size, "/proc/%s/map_files/%s", pid, range);
	return begins_with_magic(path);
}

static int add_pid(struct paths *p, const char *pid)
{
	char path[PATH_MAX], line[PATH_MAX + 128];
	bool found = false;
	FILE *maps;

	snprintf(path, sizeof path, "/proc/%s/maps", pid);
	maps = fopen(path, "re");
	if (!maps)
		return trouble("%s: no such process, and no such file", pid);
	while (!found && fgets(line, sizeof line, maps))
		found = mapped_dump(pid, line, path, sizeof path);
	fclose(maps);
	if (!found)
		return trouble("%s: this process has no dump: it was not started with the recorder, or has opened "
			       "no socket yet; start it with 'connleak run'", pid);
	add(p, path);
	return -1;
}

int find_argument(struct paths *p, const char *argument)
{
	struct stat st;

	if (stat(argument, &st) == 0) {
		if (S_ISDIR(st.st_mode))
			return add_folder(p, argument);
		add(p, argument);
		return -1;
	}
	if (*argument && strspn(argument, "0123456789") == strlen(argument))
		return add_pid(p, argument);
	return trouble("%s: cannot open: %s", argument, strerror(errno));
}

/* ---- by session ---------------------------------------------------------------------------------------- */

/* Of the head of the file only: it may be large. The process is the first chunk. */
static bool of_session(const char *path, uint64_t session)
{
	struct {
		struct dump_header header;
		struct dump_chunk chunk;
		struct dump_process process;
	} head;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	bool whole = fd >= 0 && read(fd, &head, sizeof head) == sizeof head;

	if (fd >= 0)
		close(fd);
	return whole && memcmp(head.header.magic, DUMP_MAGIC, sizeof head.header.magic) == 0 &&
	       head.chunk.kind == DUMP_CHUNK_PROCESS && head.process.session == session;
}

static void search(struct paths *p, const char *folder, const char *like, uint64_t session, time_t since)
{
	DIR *d = opendir(folder);
	struct dirent *e;
	char path[PATH_MAX];
	struct stat st;

	while (d && (e = readdir(d))) {
		if (strncmp(e->d_name, like, strcspn(like, "%")) != 0)
			continue;
		snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
		if (lstat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_mtime + 2 >= since &&
		    of_session(path, session))
			add(p, path);
	}
	if (d)
		closedir(d);
}

void find_session(struct paths *p, const char *pattern, uint64_t session, time_t since)
{
	const char *temporary = getenv("TMPDIR"), *slash = strrchr(pattern, '/');
	char folder[PATH_MAX];

	if (!temporary || temporary[0] != '/')
		temporary = "/tmp";
	snprintf(folder, sizeof folder, "%.*s", slash == pattern ? 1 : (int)(slash - pattern), pattern);
	search(p, folder, slash + 1, session, since);
	if (strcmp(folder, temporary) != 0)
		search(p, temporary, "connleak.", session, since);
}
