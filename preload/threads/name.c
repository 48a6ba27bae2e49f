/* SPDX-License-Identifier: Apache-2.0 */
#include "threads/name.h"

#include <string.h>
#include <sys/prctl.h>

#include "core/threads.h"
#include "here/presence.h"

bool (*thread_naming)(char name[THREAD_NAME_SIZE]);
bool (*thread_renaming)(char name[THREAD_NAME_SIZE], const char *kernels);
static bool named[ARENA_THREADS_MAX]; /* by it, by slot: what the kernel calls it is no news */

static bool kernels(char name[THREAD_KERNEL_NAME_SIZE])
{
	return !state.sandboxed && sys_call5(SYS_prctl, PR_GET_NAME, name, 0, 0, 0) == 0;
}

void name_ask(struct dump_thread *t)
{
	char name[THREAD_KERNEL_NAME_SIZE] = "";

	if (kernels(name))
		memcpy(t->name, name, sizeof name);
}

void name_inherit(uint32_t slot, struct dump_thread *t, const struct dump_thread *creator)
{
	if (creator)
		memcpy(t->name, creator->name, THREAD_KERNEL_NAME_SIZE - 1); /* as the kernel does */
	named[slot - 1] = thread_naming && thread_naming(t->name);
}

/* Others may name it meanwhile, and what the kernel said may be old: the last word is what it says twice. */
void name_follow(const char before[THREAD_KERNEL_NAME_SIZE])
{
	char known[THREAD_KERNEL_NAME_SIZE], name[THREAD_KERNEL_NAME_SIZE] = "";

	if (named[self.slot - 1])
		return;
	memcpy(known, before, sizeof known);
	while (kernels(name) && memcmp(known, name, sizeof name) != 0) {
		name_change(self.slot, self.id, name);
		memcpy(known, name, sizeof known);
	}
}

void name_change(uint32_t slot, uint32_t id, const char *name)
{
	struct dump_thread *t = slot ? threads_at(&here, slot) : NULL;

	if (t)
		threads_rename(t, id, name);
}

void name_change_self(const char *name)
{
	char cut[THREAD_KERNEL_NAME_SIZE] = "", whole[THREAD_NAME_SIZE];

	memcpy(cut, name, strnlen(name, sizeof cut - 1)); /* prctl(2) takes longer ones */
	if (named[self.slot - 1] && cut[sizeof cut - 2] &&
	    strncmp(threads_at(&here, self.slot)->name, cut, sizeof cut - 1) == 0)
		return; /* the beginning of what it is known by */
	name_change(self.slot, self.id, thread_renaming && thread_renaming(whole, cut) ? whole : cut);
}
