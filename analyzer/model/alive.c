/* SPDX-License-Identifier: Apache-2.0 */
#include "model/alive.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
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
uint64_t kernel_began(uint32_t pid)
{
	char path[64], text[1024];
	const char *field;

	snprintf(path, sizeof path, "/proc/%u/stat", pid);
	if (!read_file(path, text, sizeof text) || !(field = strrchr(text, ')')) || field[1] != ' ' ||
	    field[2] == 'Z' || field[2] == 'X')
		return 0;
	for (int i = 2; i < 22 && field; i++)
		field = strchr(field + 1, ' ');
	return field ? strtoull(field + 1, NULL, 10) : 0;
}

/* ---- in a container ------------------------------------------------------------------------------------ */

#define CONTAINED_MAX 4096
static struct contained {
	uint32_t here, own;
} contained[CONTAINED_MAX];
static uint32_t count;
static uint64_t looked; /* when, in ns: a folder may have thousands of dumps */

/* The last number of "NSpid: 4711 3" is what it calls itself; one number: it is in our namespace, 0. */
static uint32_t calls_itself(const char *pid)
{
	char path[300], text[4096], *line, *last;

	snprintf(path, sizeof path, "/proc/%s/status", pid);
	if (!read_file(path, text, sizeof text) || !(line = strstr(text, "\nNSpid:\t")))
		return 0;
	line += strlen("\nNSpid:\t");
	line[strcspn(line, "\n")] = 0;
	last = strrchr(line, '\t');
	return last ? (uint32_t)strtoul(last, NULL, 10) : 0;
}

static void look(void)
{
	DIR *proc = opendir("/proc");

	count = 0;
	for (struct dirent *e; proc && count < CONTAINED_MAX && (e = readdir(proc));) {
		uint32_t own = isdigit((unsigned char)*e->d_name) ? calls_itself(e->d_name) : 0;

		if (own)
			contained[count++] = (struct contained){(uint32_t)strtoul(e->d_name, NULL, 10), own};
	}
	if (proc)
		closedir(proc);
}

static uint32_t in_a_container(const struct dump_process *p)
{
	struct timespec t;
	uint64_t now;

	clock_gettime(CLOCK_MONOTONIC, &t);
	now = (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
	if (!looked || now - looked > 500000000u) {
		look();
		looked = now;
	}
	for (uint32_t i = 0; i < count; i++)
		if (contained[i].own == p->pid && kernel_began(contained[i].here) == p->start_ticks)
			return contained[i].here;
	return 0;
}

uint32_t kernel_process_runs(const struct dump_process *p)
{
	if (!p->start_ticks || !kernel_same_boot(p))
		return 0;
	return kernel_began(p->pid) == p->start_ticks ? p->pid : in_a_container(p);
}
