/* SPDX-License-Identifier: Apache-2.0 */
#include "model/alive.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- does it run? ---------------------------------------------------------------------------------- */

static size_t read_file(const char *path, char *to, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, to, size - 1);

	if (fd >= 0)
		close(fd);
	to[n > 0 ? n : 0] = 0;
	return n > 0 ? (size_t)n : 0;
}

bool kernel_same_boot(const struct dump_process *p)
{
	static const uint8_t unknown[16];
	char text[64];
	uint8_t id[16];
	unsigned at = 0;

	read_file("/proc/sys/kernel/random/boot_id", text, sizeof text);
	for (const char *c = text; *c && at < sizeof id; c += *c == '-' ? 1 : 2) {
		if (*c == '-')
			continue;
		if (sscanf(c, "%2hhx", &id[at]) != 1)
			return false;
		at++;
	}
	return at == sizeof id && memcmp(p->boot_id, unknown, sizeof id) != 0 &&
	       memcmp(p->boot_id, id, sizeof id) == 0;
}

/* A zombie has run: its last thread is gone, and with it its descriptors (proc(5)). */
bool kernel_process_runs(const struct dump_process *p)
{
	char path[64], text[1024];
	const char *field;

	if (!p->start_ticks || !kernel_same_boot(p))
		return false;
	snprintf(path, sizeof path, "/proc/%u/stat", p->pid);
	if (!read_file(path, text, sizeof text) || !(field = strrchr(text, ')')) || field[1] != ' ' ||
	    field[2] == 'Z' || field[2] == 'X')
		return false;
	for (int i = 2; i < 22 && field; i++)
		field = strchr(field + 1, ' ');
	return field && strtoull(field + 1, NULL, 10) == p->start_ticks;
}
