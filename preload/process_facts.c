/* SPDX-License-Identifier: Apache-2.0 */
#include "process_facts.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <time.h>

#include "core/names.h"
#include "here/options.h"
#include "here/presence.h"
#include "here/program.h"
#include "sockets/exhausted.h"

static char runtime[32];
static char interpreter[48]; /* and what else runs scripts */
static bool crypto_declined;

static size_t read_file(const char *path, char *to, size_t size)
{
	long fd = sys_call4(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0), n = 0, part;

	if (fd < 0)
		return 0;
	while ((size_t)n < size && (part = sys_call3(SYS_read, fd, to + n, size - (size_t)n)) > 0)
		n += part;
	sys_call1(SYS_close, fd);
	return (size_t)n;
}

/* Of who describes the process, which happens once: the first socket may be opened on any stack. */
static char text[DUMP_STRING_MAX + 1];

/* Field 22 of /proc/PID/stat, in clock ticks since boot (proc(5)); the name before it may contain
 * blanks and parentheses. */
static uint64_t start_ticks(void)
{
	size_t n = read_file("/proc/self/stat", text, sizeof text - 1);
	const char *p;

	text[n] = 0;
	p = strrchr(text, ')');
	for (int field = 2; p && field < 22; field++)
		p = strchr(p + 1, ' ');
	return p ? strtoull(p + 1, NULL, 10) : 0;
}

/* The same by CLOCK_MONOTONIC, in ns; earlier by what the machine slept since then. 0: unknown. */
static uint64_t born_mono(uint64_t ticks)
{
	uint64_t second = getauxval(AT_CLKTCK), now = state_now_exactly(), boot = state_ask(CLOCK_BOOTTIME);
	uint64_t age = second ? boot - ticks * (1000000000u / second) : 0;

	return ticks && second && age < now ? now - age : 0;
}

static void read_boot_id(uint8_t to[16])
{
	size_t n = read_file("/proc/sys/kernel/random/boot_id", text, 36), at = 0;

	for (size_t i = 0; i + 1 < n && at < 16; i += text[i] == '-' ? 1 : 2) {
		char pair[3] = {text[i], text[i + 1], 0};

		if (text[i] != '-')
			to[at++] = (uint8_t)strtoul(pair, NULL, 16);
	}
}

static void describe_command(struct dump_process *p)
{
	size_t n = program_path(text, sizeof text);

	if (n)
		p->exe = names_intern(&here, text, n);
	n = read_file("/proc/self/cmdline", text, sizeof text);
	p->cmdline_cut = n > DUMP_STRING_MAX;
	if (n)
		p->cmdline = names_intern(&here, text, n);
}

/*
 * When that moment of the exact clock was by CLOCK_REALTIME, in ns. Whoever looks at two clocks may be kept
 * from running in between, for any time: of a few looks the one that took least counts, and one of 10 us is
 * good enough.
 */
static uint64_t wall_of(uint64_t exactly)
{
	uint64_t least = UINT64_MAX, wall = 0;

	for (int i = 0; i < 4 && least > 10000; i++) {
		uint64_t before = state_now_exactly(), took;
		struct timespec t;

		sys_call2(SYS_clock_gettime, CLOCK_REALTIME, &t);
		took = state_now_exactly() - before;
		if (took >= least)
			continue;
		least = took;
		wall = (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
		wall -= before + took / 2 - exactly;
	}
	return wall;
}

void process_describe(struct dump_process *p, const struct process_began *began)
{
	p->pid = state.pid;
	p->ppid = (uint32_t)sys_call0(SYS_getppid);
	p->start_ticks = start_ticks();
	p->born_mono = born_mono(p->start_ticks);
	p->started_mono = began->mono;
	p->began_mono = began->exactly;
	p->started_wall = wall_of(began->exactly);
	p->session = options.session;
	p->history = options.history;
	p->stack_depth = options.stack_depth;
	p->nofile_began = exhausted_limit();
	p->lost[DUMP_LOST_CRYPTO] = crypto_declined;
	if (*runtime)
		p->runtime = names_intern(&here, runtime, strlen(runtime));
	else if (*interpreter)
		p->runtime = names_intern(&here, interpreter, strlen(interpreter));
	read_boot_id(p->boot_id);
	describe_command(p);
}

/* The second number, in ns (Documentation/scheduler/sched-stats). */
uint32_t process_delayed_us(void)
{
	char numbers[64];
	const char *p = numbers, *end = p + read_file("/proc/thread-self/schedstat", numbers, sizeof numbers);
	uint64_t ns = 0;

	while (p < end && *p != ' ')
		p++;
	while (++p < end && *p >= '0' && *p <= '9')
		ns = ns * 10 + (uint64_t)(*p - '0');
	return ns / 1000 < UINT32_MAX ? (uint32_t)(ns / 1000) : UINT32_MAX;
}

/* ---- the language --------------------------------------------------------------------------------- */

void process_runtime(const char *name, size_t size)
{
	memcpy(runtime, name, size < sizeof runtime ? size : sizeof runtime - 1);
}

void process_crypto_declined(void)
{
	crypto_declined = true;
}

bool process_has_runtime(void)
{
	return *runtime;
}

void process_interpreter(const char *name)
{
	size_t size = strlen(name);
	struct dump_process *p = here.arena.process;

	if (*runtime || *interpreter || size >= sizeof interpreter)
		return;
	memcpy(interpreter, name, size);
	if (p)
		__atomic_store_n(&p->runtime, names_intern(&here, name, size), __ATOMIC_RELEASE);
}

void process_interpreter_declined(const char *name, enum dump_decline why)
{
	struct dump_process *p = here.arena.process;

	if (!p || p->declined)
		return;
	p->declined_runtime = names_intern(&here, name, strlen(name));
	__atomic_store_n(&p->declined, why, __ATOMIC_RELEASE);
}
