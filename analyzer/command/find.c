/* SPDX-License-Identifier: Apache-2.0 */
#include "command/find.h"

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
#include "command/options.h"

#define NAME_ONE "name a dump, a folder of dumps, or the pid of a process that runs"

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

static size_t ending(const char *name)
{
	size_t n = strlen(name);

	return n > 5 && strcmp(name + n - 5, ".dump") == 0 ? 5 : 0;
}

/* The head of a file, when it is one of ours. It may be large: only the head is read. The process
 * is the first chunk. */
struct head {
	struct dump_header header;
	struct dump_chunk chunk;
	struct dump_process process;
};

static bool read_head(const char *path, struct head *head)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	ssize_t n = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? read(fd, head, sizeof *head) : -1;

	if (fd >= 0)
		close(fd);
	return n == sizeof *head && memcmp(head->header.magic, DUMP_MAGIC, sizeof head->header.magic) == 0 &&
	       head->chunk.kind == DUMP_CHUNK_PROCESS;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strverscmp((*a)->d_name, (*b)->d_name);
}

/* By its name, or, where somebody has named it differently, by what it begins with. */
static bool is_dump(const char *folder, const char *name)
{
	char path[PATH_MAX];
	struct head head;

	return ending(name) || (snprintf(path, sizeof path, "%s/%s", folder, name) < (int)sizeof path &&
				read_head(path, &head));
}

static int add_folder(struct paths *p, const char *folder)
{
	struct dirent **entries;
	int n = scandir(folder, &entries, NULL, by_name);
	size_t before = p->count;
	char path[PATH_MAX];

	if (n < 0)
		return trouble("%s: cannot read the folder: %s; run as its owner, or as root", folder, strerror(errno));
	for (int i = 0; i < n; i++) {
		if (is_dump(folder, entries[i]->d_name) &&
		    snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name) < (int)sizeof path)
			add(p, path);
		free(entries[i]);
	}
	free(entries);
	if (p->count == before)
		return trouble("%s: no dump in this folder; name the folder that 'connleak run' wrote to", folder);
	return -1;
}

/* ---- by pid ------------------------------------------------------------------------------------------- */

/* The child of a fork has its parent's dump mapped, too. Seen from outside a container, a process
 * has another pid. */
static bool is_of(const struct head *head, const char *pid, bool namespace)
{
	return head->process.pid == strtoul(pid, NULL, 10) || namespace;
}

static bool other_namespace(const char *pid)
{
	char path[64], ours[64] = "", theirs[64] = "";

	snprintf(path, sizeof path, "/proc/%s/ns/pid", pid);
	return readlink("/proc/self/ns/pid", ours, sizeof ours - 1) > 0 &&
	       readlink(path, theirs, sizeof theirs - 1) > 0 && strcmp(ours, theirs) != 0;
}

/* One line of /proc/PID/maps, proc(5): the mapping at offset 0 of a file that is its dump. In another mount
 * namespace it is beneath the root of the process; one that was removed can still be had through map_files,
 * by root. */
static bool mapped_dump(const char *pid, char *line, char *path, size_t size)
{
	char range[64], *name = strchr(line, '/');
	unsigned long long offset;
	struct head head;
	bool elsewhere;

	line[strcspn(line, "\n")] = 0;
	if (!name || sscanf(line, "%63s %*s %llx", range, &offset) != 2 || offset)
		return false;
	snprintf(path, size, "%s", name);
	if (read_head(path, &head) && is_of(&head, pid, false))
		return true;
	elsewhere = other_namespace(pid);
	if (snprintf(path, size, "/proc/%s/root%s", pid, name) < (int)size && read_head(path, &head) &&
	    is_of(&head, pid, elsewhere))
		return true;
	snprintf(path, size, "/proc/%s/map_files/%s", pid, range);
	return read_head(path, &head) && is_of(&head, pid, elsewhere);
}

static int add_pid(struct paths *p, const char *pid)
{
	char path[PATH_MAX], line[PATH_MAX + 128];
	bool found = false;
	FILE *maps;
	int error;

	snprintf(path, sizeof path, "/proc/%s/maps", pid);
	maps = fopen(path, "re");
	if (!maps)
		return errno == EACCES ? trouble("%s: cannot look into this process: %s; run as its user, or as root",
						 pid, strerror(errno)) :
			trouble("%s: no such process, and no such file; " NAME_ONE, pid);
	errno = 0;
	while (!found && fgets(line, sizeof line, maps))
		found = mapped_dump(pid, line, path, sizeof path);
	error = ferror(maps) ? errno : 0;
	fclose(maps);
	if (error)
		return trouble("%s: cannot look into this process: %s; run as its user, or as root", pid,
			       strerror(error));
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
	return trouble("%s: cannot open: %s; " NAME_ONE, argument, strerror(errno));
}

/* ---- by session ---------------------------------------------------------------------------------------- */

static void search(struct paths *p, const char *folder, const char *name, uint64_t session, time_t since)
{
	size_t same = strcspn(name, "%"); /* what all names begin with: before the pid, or the number */
	DIR *d = opendir(folder);
	struct dirent *e;
	char path[PATH_MAX];
	struct stat st;
	struct head head;

	if (!name[same])
		same -= ending(name);
	while (d && (e = readdir(d))) {
		if (strncmp(e->d_name, name, same) != 0 ||
		    snprintf(path, sizeof path, "%s/%s", folder, e->d_name) >= (int)sizeof path)
			continue;
		if (lstat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_mtime + 2 >= since &&
		    read_head(path, &head) && head.process.session == session)
			add(p, path);
	}
	if (d)
		closedir(d);
}

void find_session(struct paths *p, const char *folder, const char *name, uint64_t session, time_t since)
{
	const char *temporary = getenv("TMPDIR");
	struct stat here, there;

	if (!temporary || temporary[0] != '/')
		temporary = "/tmp";
	search(p, folder, name, session, since);
	if (stat(folder, &here) < 0 || stat(temporary, &there) < 0 || here.st_dev != there.st_dev ||
	    here.st_ino != there.st_ino)
		search(p, temporary, "connleak.%p.dump", session, since);
}
