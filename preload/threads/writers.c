/* SPDX-License-Identifier: Apache-2.0 */
#include "threads/writers.h"

#include <fcntl.h>
#include <string.h>
#include <time.h>

#include "core/arena.h"
#include "core/threads.h"
#include "here/presence.h"
#include "here/self.h"

/* One that sleeps and has been in its call for longer waits for its peer. */
#define JUST_NOW 50000000u /* ns */

#define FIRST 25000 /* ns: the first pause; each is twice the one before, up to 12.8 ms */
#define SHORT 10u   /* so these are 25.6 ms in all, */
#define LONG 16u    /* and as many more are 205 ms */
#define LOOKS 64u   /* at a time: some 10 us each */

static bool writes(uint32_t call)
{
	return call == DUMP_CALL_write || call == DUMP_CALL_writev || call == DUMP_CALL_send ||
	       call == DUMP_CALL_sendto || call == DUMP_CALL_sendmsg;
}

/* "S" of "1234 (name) S 1 ...", from /proc/self/task/TID/stat; the name may hold parentheses (proc(5)). */
static bool sleeps(uint32_t tid)
{
	char path[sizeof "/proc/self/task/4294967295/stat"] = "/proc/self/task/", digits[10], text[64];
	size_t n = strlen(path), at = sizeof digits;
	const char *name;
	long fd, size;

	do
		digits[--at] = (char)('0' + tid % 10);
	while (tid /= 10);
	memcpy(path + n, digits + at, sizeof digits - at);
	memcpy(path + n + sizeof digits - at, "/stat", sizeof "/stat");
	fd = sys_call4(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
	if (fd < 0)
		return true;
	size = sys_call3(SYS_read, fd, text, sizeof text);
	sys_call1(SYS_close, fd);
	name = size > 0 ? memrchr(text, ')', (size_t)size) : NULL;
	return !name || name + 2 >= text + size || name[2] == 'S';
}

/* As far as is known now, `pauses` later; `now` is when it was asked first. */
static bool anybody_writes(uint64_t now, unsigned pauses)
{
	uint32_t used = arena_used(&here, ARENA_THREADS), looks = 0;

	for (uint32_t slot = 1; slot <= used; slot++) {
		const struct dump_thread *t = threads_at(&here, slot);

		if (!writes(DUMP_WAIT_CALL(__atomic_load_n(&t->waiting_in, __ATOMIC_ACQUIRE))) || t == self.at ||
		    !t->waiting_on)
			continue;
		if ((pauses < SHORT && t->waiting_since + JUST_NOW > now) || (looks++ < LOOKS && !sleeps(t->tid)))
			return true;
	}
	return false;
}

void writers_let_return(void)
{
	struct timespec moment = {0, FIRST};
	uint64_t now = state_now();

	for (unsigned pauses = 0; pauses < SHORT + LONG && anybody_writes(now, pauses); pauses++) {
		sys_call2(SYS_nanosleep, &moment, NULL);
		if (pauses + 1 < SHORT)
			moment.tv_nsec *= 2;
	}
}
