/* SPDX-License-Identifier: Apache-2.0 */
#include "program/unrecorded.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "connleak/dump.h"

#define PROGRAMS_MAX 1000

static struct unrecorded *find(struct unrecorded_list *list, const struct dump_unrecorded *told)
{
	struct unrecorded *more;

	for (size_t i = 0; i < list->count; i++)
		if (list->item[i].reason == told->reason && strcmp(list->item[i].path, told->path) == 0)
			return &list->item[i];
	more = list->count < PROGRAMS_MAX ? realloc(list->item, (list->count + 1) * sizeof *more) : NULL;
	if (!more)
		return NULL;
	list->item = more;
	more += list->count++;
	*more = (struct unrecorded){.reason = told->reason};
	strcpy(more->path, told->path);
	return more;
}

static void add(struct unrecorded_list *list, struct dump_unrecorded *told)
{
	struct unrecorded *it;

	told->path[sizeof told->path - 1] = 0;
	if (!told->reason || told->reason >= DUMP_REASON_COUNT || !(it = find(list, told)))
		return;
	if (!told->failed) {
		it->pid = told->pid;
		it->count++;
	} else if (it->count) {
		it->pid = it->pid == told->pid ? 0 : it->pid;
		it->count--;
	}
}

struct unrecorded_list unrecorded_read(const char *folder, uint64_t session)
{
	struct unrecorded_list list = {NULL, 0};
	struct dump_unrecorded told;
	char name[64], path[PATH_MAX];
	struct stat st;
	int fd;

	snprintf(name, sizeof name, DUMP_UNRECORDED_NAME, (unsigned long long)session);
	if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path)
		return list;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return list;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		while (read(fd, &told, sizeof told) == sizeof told)
			add(&list, &told);
		unlink(path);
	}
	close(fd);
	return list;
}

void unrecorded_free(struct unrecorded_list *list)
{
	free(list->item);
	*list = (struct unrecorded_list){NULL, 0};
}

const struct unrecorded *unrecorded_of(const struct unrecorded_list *list, uint32_t pid)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->item[i].pid == pid && list->item[i].count)
			return &list->item[i];
	return NULL;
}
