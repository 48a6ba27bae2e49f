/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nothing is believed that could have changed while it was read: a struct g is never freed, but used again,
 * and a stack may move or run on. So a goroutine's state, and where its stack was, are read again afterwards,
 * and its frames are dropped where they differ. Every index and size from the program is bounded.
 */
#include "name/goroutines.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "goimage/g.h"
#include "goimage/parked.h"
#include "name/golang.h"

#define GOROUTINES_MAX (1u << 20)
#define ADDED_MAX 65536u
#define G_MAX 1024u
#define STACK_MAX 16384u /* of a parked stack: its innermost frames are enough */
#define FRAMES_MAX 64u

struct live { /* a program */
	uint32_t pid;
	struct golang *golang;
	const struct go_image *image;
	uint64_t moved; /* how far it lies from where its file says */
	struct go_field field[G_FIELDS];
	size_t size; /* of a struct g, as far as it is asked for: what lies behind may not be mapped */
};

struct goroutine {
	uint64_t goid, parent, since;
	const char *in; /* NULL: in nothing that has a name */
	bool handed_out, reads_body, handles;
	char name[16];
};

/* ---- the program --------------------------------------------------------------------------------------- */

static bool peek(const struct live *l, uint64_t at, void *to, size_t size)
{
	struct iovec here = {to, size}, there = {(void *)(uintptr_t)at, size};

	return process_vm_readv((pid_t)l->pid, &here, 1, &there, 1, 0) == (ssize_t)size;
}

/* AT_ENTRY tells where the program's first instruction is. */
static bool find_moved(struct live *l)
{
	Elf64_auxv_t auxiliary[64];
	char path[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof path, "/proc/%u/auxv", l->pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, auxiliary, sizeof auxiliary);
	if (fd >= 0)
		close(fd);
	for (ssize_t i = 0; i < n / (ssize_t)sizeof *auxiliary; i++)
		if (auxiliary[i].a_type == AT_ENTRY) {
			l->moved = auxiliary[i].a_un.a_val - golang_entry(l->golang);
			return true;
		}
	return false;
}

static bool open_live(struct live *l)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/%u/exe", l->pid);
	l->golang = golang_open(path);
	if (!l->golang || !find_moved(l))
		return false;
	l->image = golang_image(l->golang);
	memcpy(l->field, go_g, sizeof go_g);
	go_image_fields(l->image, l->field, G_FIELDS);
	for (int i = 0; i < G_FIELDS; i++) {
		size_t end = (i == G_BP ? l->field[G_SCHED].offset : 0) + l->field[i].offset + (i == G_SCHED ? 16u : 8u);

		if ((i < G_NEEDED && !l->field[i].found) || end > G_MAX)
			return false;
		l->size = l->field[i].found && end > l->size ? end : l->size;
	}
	return true;
}

/* ---- one of them --------------------------------------------------------------------------------------- */

static uint64_t word(const struct live *l, const uint8_t *g, int f)
{
	uint64_t value = 0;

	if (l->field[f].found)
		memcpy(&value, g + l->field[f].offset, sizeof value);
	return value;
}

static uint64_t sched(const struct live *l, const uint8_t *g, uint32_t offset)
{
	uint64_t value;

	memcpy(&value, g + l->field[G_SCHED].offset + offset, sizeof value);
	return value;
}

static uint32_t status(const struct live *l, const uint8_t *g)
{
	return (uint32_t)word(l, g, G_STATUS) & ~GO_SCANNED;
}

/* Along the frame pointers of a stack whose bounds are a g's first two words; addresses as in the file. */
static uint32_t walk(const struct live *l, const uint8_t *g, uint64_t *frames)
{
	uint64_t bounds[2], sp = sched(l, g, 0), bp = sched(l, g, l->field[G_BP].offset), size;
	static uint64_t stack[STACK_MAX / 8];
	uint32_t n = 0;

	memcpy(bounds, g, sizeof bounds);
	if (sp < bounds[0] || sp >= bounds[1] || (sp & 7))
		return 0;
	size = bounds[1] - sp < STACK_MAX ? bounds[1] - sp : STACK_MAX;
	if (!peek(l, sp, stack, size & ~7ull))
		return 0;
	frames[n++] = sched(l, g, 8) - l->moved;
	while (n < FRAMES_MAX && bp >= sp && bp - sp + 16 <= size && !(bp & 7)) {
		uint64_t next = stack[(bp - sp) / 8], back = stack[(bp - sp) / 8 + 1] - l->moved;

		if (back < l->image->text || back > l->image->etext)
			break;
		frames[n++] = back;
		if (next <= bp)
			break;
		bp = next;
	}
	return n;
}

static void name(const struct live *l, uint64_t *frames, uint32_t n, struct goroutine *to)
{
	const char *last = n ? go_image_name(l->image, frames[n - 1] - 1) : NULL;

	if (last && strncmp(last, "runtime.goexit", 14) == 0)
		n--;
	go_called(l->image, frames, n, to->name);
}

/* False: there is none, or one of the runtime's own. */
static bool look(const struct live *l, uint64_t at, struct goroutine *to)
{
	uint8_t g[G_MAX], again[G_MAX];
	uint64_t frames[FRAMES_MAX];
	uint32_t is, n;

	if (!peek(l, at, g, l->size))
		return false;
	is = status(l, g);
	if (is == GO_IDLE || is >= GO_DEAD || go_runtimes_own(l->image, word(l, g, G_STARTPC) - l->moved))
		return false;
	*to = (struct goroutine){.goid = word(l, g, G_ID), .parent = word(l, g, G_PARENT)};
	to->handles = go_handles(l->image, NULL, 0, word(l, g, G_GOPC) - l->moved);
	if (is != GO_WAITING)
		return to->goid != 0;
	n = walk(l, g, frames);
	if (!peek(l, at, again, l->size) || status(l, again) != is || word(l, again, G_ID) != to->goid ||
	    sched(l, again, 0) != sched(l, g, 0))
		n = 0; /* it went on meanwhile */
	to->in = go_parked_in(l->image, frames, n);
	to->since = to->in ? word(l, g, G_WAITSINCE) : 0;
	to->handed_out = go_handed_out(l->image, frames, n);
	to->reads_body = go_reads_body(l->image, frames, n);
	to->handles = to->handles || go_handles(l->image, frames, n, 0);
	name(l, frames, n, to);
	return to->goid != 0;
}

/* allgs may be moved while it is read: length first, pointer then. -1: it cannot be read. */
static int64_t look_at_all(const struct live *l, struct goroutine **all)
{
	uint64_t at = go_image_goroutines(l->image), slice[2], *list;
	int64_t n = 0;

	*all = NULL;
	if (!at || !peek(l, at + l->moved + 8, &slice[1], 8) || !peek(l, at + l->moved, &slice[0], 8) || !slice[1] ||
	    slice[1] > GOROUTINES_MAX)
		return -1;
	list = calloc(slice[1], sizeof *list);
	*all = calloc(slice[1], sizeof **all);
	if (list && *all && peek(l, slice[0], list, slice[1] * sizeof *list)) {
		for (uint64_t i = 0; i < slice[1]; i++)
			if (list[i] && look(l, list[i], &(*all)[n]))
				n++;
	} else {
		n = -1;
	}
	free(list);
	return n;
}

/* ---- in the model -------------------------------------------------------------------------------------- */

static int by_goid(const void *a, const void *b)
{
	uint64_t x = ((const struct goroutine *)a)->goid, y = ((const struct goroutine *)b)->goid;

	return x < y ? -1 : x > y;
}

static void tell(struct model_thread *t, const struct goroutine *it)
{
	t->handed_out = it->handed_out;
	t->reads_body = it->reads_body;
	t->handles = it->handles;
	if (it->in && strcmp(it->in, "IO wait") == 0 && t->facts->waiting_in) {
		t->waiting_in = it->in; /* on what, and since when, is on record */
		return;
	}
	t->waiting_in = it->in;
	t->waiting_since = it->since;
	t->waits_elsewhere = true;
}

/* One that never made a call. */
static void add(struct model *m, const struct goroutine *it, uint32_t id)
{
	static const struct dump_thread nothing = {.waiting_epfd = -1};
	struct model_thread *t = &m->threads[m->thread_count++];

	*t = (struct model_thread){.id = id, .name = model_keep(m, (struct dump_text){it->name, strlen(it->name)}),
				   .alive = true, .goroutine = true, .goid = it->goid, .main = it->goid == 1,
				   .stack = MODEL_NONE, .facts = &nothing, .created_mono = it->goid == 1 ?
				   m->process.started_mono : 0};
	if (!t->name)
		t->name = "";
	tell(t, it);
}

static void name_makers(struct model *m, uint32_t from, const struct goroutine *all, size_t count)
{
	for (uint32_t i = from; i < m->thread_count; i++) {
		struct goroutine key = {.goid = m->threads[i].goid};
		const struct goroutine *it = bsearch(&key, all, count, sizeof *all, by_goid);

		for (uint32_t k = 0; it && it->parent && k < m->thread_count && k < ADDED_MAX; k++)
			if (m->threads[k].goid == it->parent)
				m->threads[i].created_by = m->threads[k].id;
	}
}

static bool join(struct model *m, struct goroutine *all, size_t count)
{
	uint32_t recorded = m->thread_count, last = recorded ? m->threads[recorded - 1].id : 0;
	struct model_thread *more = realloc(m->threads, (recorded + count + 1) * sizeof *more);
	bool *known = calloc(count + 1, sizeof *known);

	if (more)
		m->threads = more;
	if (!more || !known) {
		free(known);
		return false;
	}
	qsort(all, count, sizeof *all, by_goid);
	for (uint32_t i = 0; i < recorded; i++) {
		struct model_thread *t = &m->threads[i];
		struct goroutine key = {.goid = t->goid}, *it;

		if (!t->goroutine || !t->alive)
			continue;
		it = bsearch(&key, all, count, sizeof *all, by_goid);
		t->alive = it != NULL;
		if (!it) {
			t->ended_mono = m->process.ended_mono; /* by now */
			t->waiting_in = NULL;
		} else {
			known[it - all] = true;
			tell(t, it);
		}
	}
	for (size_t i = 0, added = 0; i < count && added < ADDED_MAX; i++)
		if (!known[i] && (!i || all[i].goid != all[i - 1].goid)) {
			add(m, &all[i], ++last);
			added++;
		}
	name_makers(m, recorded, all, count);
	m->process.goroutines = count;
	free(known);
	return true;
}

#define AS_THEY_WERE "goroutines are as they were when each made its last call: "

static bool any_alive(const struct model *m)
{
	uint32_t i = 0;

	while (i < m->thread_count && !(m->threads[i].goroutine && m->threads[i].alive))
		i++;
	return i < m->thread_count;
}

bool goroutines_ask(struct model *m)
{
	struct live l = {.pid = m->process.here};
	struct goroutine *all = NULL;
	bool enough = true;
	int64_t n = -1;

	if (!m->process.runtime || strncmp(m->process.runtime, "go", 2) != 0)
		return true;
	if (m->process.end == MODEL_END_KILLED && any_alive(m))
		model_warn(m, AS_THEY_WERE "the process was killed, so that none could be asked");
	if (m->process.end != MODEL_END_RUNNING)
		return true;
	errno = 0;
	if (open_live(&l))
		n = look_at_all(&l, &all);
	if (n >= 0)
		enough = join(m, all, (size_t)n);
	else
		model_warn(m, AS_THEY_WERE "the memory of process %u cannot be read%s", m->process.here,
			   errno == EPERM || errno == EACCES ? " (not permitted: ptrace(2))" : "");
	free(all);
	golang_close(l.golang);
	return enough;
}
