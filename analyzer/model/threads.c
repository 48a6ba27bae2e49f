/* SPDX-License-Identifier: Apache-2.0 */
#include "model/threads.h"

#include <stdlib.h>
#include <string.h>

static int threads_by_id(const void *a, const void *b)
{
	const struct model_thread *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

static const char *call_name(uint32_t call)
{
	static const char *const names[] = {
		NULL,
#define X(name) #name,
		DUMP_CALLS(X)
#undef X
	};

	return call < DUMP_CALL_COUNT ? names[call] : NULL;
}

/* What it was parked in at the end, in Go's words, says more than the call that it made last. */
static void goroutine_of(struct model *m, struct model_thread *it)
{
	const char *in = model_text(m, it->facts->waiting_also[1]);

	it->goroutine = true;
	it->goid = it->facts->waiting_also[0];
	it->handed_out = it->alive && (it->facts->flags & DUMP_THREAD_HANDED_OUT);
	it->reads_body = it->alive && (it->facts->flags & DUMP_THREAD_READS_BODY);
	it->handles = it->alive && (it->facts->flags & DUMP_THREAD_HANDLES);
	if (!it->alive || !in)
		return;
	if (!it->waiting_in)
		it->waiting_since = it->facts->waiting_since; /* as Go knows it */
	it->waiting_in = in;
}

static bool has_goroutines(const struct model *m)
{
	return m->process.runtime && strncmp(m->process.runtime, "go", 2) == 0;
}

/* The runtime's own threads are nobody's news where it has goroutines, unless a function in C that one of
 * these called has used a socket. */
static bool listed(const struct model *m, const struct dump_thread *t)
{
	return !has_goroutines(m) || !(t->flags & (DUMP_THREAD_MAIN | DUMP_THREAD_FOREIGN)) ||
	       (t->flags & DUMP_THREAD_GOROUTINE) || t->touched;
}

static struct model_thread thread_of(struct model *m, const struct dump_thread *t, bool torn)
{
	struct model_thread it = {.id = t->id, .tid = t->tid, .name = t->name, .facts = t,
				  .alive = !(t->flags & DUMP_THREAD_ENDED),
				  .main = (t->flags & DUMP_THREAD_MAIN) &&
					  (!has_goroutines(m) || (t->flags & DUMP_THREAD_GOROUTINE)),
				  .foreign = t->flags & DUMP_THREAD_FOREIGN,
				  .detached = t->flags & DUMP_THREAD_DETACHED,
				  .joined = t->flags & DUMP_THREAD_JOINED, .half_written = torn,
				  .created_mono = t->flags & DUMP_THREAD_MAIN ? m->process.started_mono : t->created_mono,
				  .ended_mono = t->ended_mono,
				  .created_by = t->created_by, .stack = model_use_stack(m, t->stack)};

	if (it.alive && t->waiting_in) {
		it.waiting_in = call_name(DUMP_WAIT_CALL(t->waiting_in));
		it.waiting_since = t->waiting_since;
	}
	if (t->flags & DUMP_THREAD_GOROUTINE)
		goroutine_of(m, &it);
	return it;
}

bool threads_build(struct model *m)
{
	uint32_t count;
	const struct dump_thread *from = dump_threads(m->dump, &count);

	m->threads = calloc(count + 1u, sizeof *m->threads);
	if (!m->threads)
		return false;
	for (uint32_t i = 0; i < count; i++)
		if (listed(m, &from[i]))
			m->threads[m->thread_count++] = thread_of(m, &from[i], dump_thread_torn(m->dump, i) != 0);
	qsort(m->threads, m->thread_count, sizeof *m->threads, threads_by_id);
	return true;
}
