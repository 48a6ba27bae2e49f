/* SPDX-License-Identifier: Apache-2.0 */
#include "core/partial.h"

#include <string.h>

#include "core/names.h"

static struct partial *place_of(const struct recorder *r, uint64_t id)
{
	return &r->tables->partial[id % PARTIAL_TABLE];
}

/* NULL when somebody is in it: another thread, or the code this signal handler interrupted. Then the name
 * that is there lacks a piece, should it be this connection's: until the next one begins, none is told. */
static struct partial *enter(const struct recorder *r, uint64_t id)
{
	struct partial *p = place_of(r, id);

	if (!__atomic_exchange_n(&p->busy, 1, __ATOMIC_ACQUIRE))
		return p;
	__atomic_store_n(&p->missed, 1, __ATOMIC_RELAXED);
	return NULL;
}

/* Without the blanks around it. */
static uint32_t trimmed(struct recorder *r, const char *at, const char *end)
{
	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	while (end > at && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	return end > at ? names_intern(r, at, (size_t)(end - at)) : 0;
}

static void leave(struct partial *p)
{
	__atomic_store_n(&p->busy, 0, __ATOMIC_RELEASE);
}

void partial_add(struct recorder *r, uint64_t id, const void *bytes, size_t size, bool begins)
{
	struct partial *p = enter(r, id);

	if (!p)
		return;
	if (begins) {
		p->conn = id;
		p->size = 0;
		__atomic_store_n(&p->missed, 0, __ATOMIC_RELAXED);
	}
	if (p->conn == id && size <= PARTIAL_MAX - p->size) {
		memcpy(p->bytes + p->size, bytes, size);
		p->size += (uint32_t)size;
	} else if (p->conn == id) {
		p->conn = 0;
	}
	leave(p);
}

uint32_t partial_end(struct recorder *r, uint64_t id)
{
	struct partial *p = enter(r, id);
	uint32_t name = 0;

	if (!p)
		return 0;
	if (p->conn == id) {
		name = __atomic_load_n(&p->missed, __ATOMIC_RELAXED) ? 0 : trimmed(r, p->bytes, p->bytes + p->size);
		p->conn = 0;
	}
	leave(p);
	return name;
}
