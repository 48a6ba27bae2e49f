/* SPDX-License-Identifier: Apache-2.0 */
#include "core/tasks.h"

#include <string.h>

#include "core/arena.h"

void tasks_name(struct recorder *r, uint64_t id, uint32_t index, const uint8_t *name, uint32_t size)
{
	uint32_t at = free_list_pop(&r->free_tasks);
	struct dump_task *t;

	if (at == QUEUE_EMPTY)
		at = arena_take(r, ARENA_TASKS, 1);
	if (at == ARENA_NONE)
		return;
	if (size >= DUMP_TASK_NAME)
		for (size = DUMP_TASK_NAME - 1; size && (name[size] & 0xc0) == 0x80; size--)
			; /* not within a character */
	t = arena_item(r, ARENA_TASKS, at);
	memset(t->name, 0, sizeof t->name);
	memcpy(t->name, name, size);
	__atomic_store_n(&t->conn, id, __ATOMIC_RELEASE);
	r->tables->tasks_of[index] = at + 1;
}

void tasks_drop(struct recorder *r, uint32_t index)
{
	/* Most programs have none: then the table is not touched. */
	uint32_t at = arena_used(r, ARENA_TASKS) ? r->tables->tasks_of[index] : 0;

	if (!at)
		return;
	r->tables->tasks_of[index] = 0;
	__atomic_store_n(&((struct dump_task *)arena_item(r, ARENA_TASKS, at - 1))->conn, 0, __ATOMIC_RELEASE);
	free_list_push(&r->free_tasks, at - 1);
}
