/* SPDX-License-Identifier: Apache-2.0 */
#include "sockets/identity.h"

#include <string.h>

#include "sockets/address.h"
#include "core/slot.h"
#include "sockets/descriptor.h"
#include "here/options.h"

#define YOUNG 64u /* so many are not asked for yet, at any time after the first ones */

static uint32_t young[YOUNG]; /* by id: index + 1 */

#define SENT 64u
static uint32_t sent[SENT], sent_count; /* index + 1 */

/* The descriptor may be closed at any moment, and its number be given to another socket: it counts if the
 * table says the same before and after. */
static uint64_t inode_of(const struct dump_conn *c, uint32_t index)
{
	for (unsigned i = 0; i < 4; i++) {
		int fd = __atomic_load_n(&c->fds[i], __ATOMIC_RELAXED);
		uint64_t inode = fd >= 0 && descriptor_get(fd) == index + 1 ? address_inode(fd) : 0;

		if (inode && descriptor_get(fd) == index + 1)
			return inode;
	}
	return 0;
}

static bool unsettled(const struct dump_conn *c)
{
	return __atomic_load_n(&c->state, __ATOMIC_RELAXED) == DUMP_OPEN &&
	       !__atomic_load_n(&c->inode, __ATOMIC_RELAXED);
}

static __attribute__((noinline)) void identity_ask(struct dump_conn *c, uint32_t index)
{
	uint64_t id = __atomic_load_n(&c->id, __ATOMIC_ACQUIRE), inode;

	if (!id || !unsettled(c))
		return;
	inode = inode_of(c, index);
	if (inode)
		slot_identify(c, id, inode);
}

/* Most are closed by then. */
static void settle(uint32_t index)
{
	struct dump_conn *c = arena_item(&here, ARENA_CONNECTIONS, index);

	if (unsettled(c))
		identity_ask(c, index);
}

void identity_opened(struct dump_conn *c, uint32_t index, uint64_t id, int fd)
{
	uint32_t *cell = &young[id % YOUNG], before;

	if (id < options.inodes) {
		c->inode = address_inode(fd);
		return;
	}
	before = __atomic_exchange_n(cell, index + 1, __ATOMIC_ACQ_REL);
	if (before && before != index + 1)
		settle(before - 1);
}

void identity_settle(void)
{
	for (unsigned i = 0; i < YOUNG; i++) {
		uint32_t index = __atomic_exchange_n(&young[i], 0, __ATOMIC_ACQ_REL);

		if (index)
			settle(index - 1);
	}
}

bool identity_lost(const struct dump_conn *c, int fd)
{
	uint64_t inode = __atomic_load_n(&c->inode, __ATOMIC_RELAXED), now = address_inode(fd);

	return !state.sandboxed && (!now || (inode && now != inode));
}

void identity_sent(uint32_t index)
{
	uint32_t at = __atomic_fetch_add(&sent_count, 1, __ATOMIC_RELAXED) % SENT;

	settle(index);
	__atomic_store_n(&sent[at], index + 1, __ATOMIC_RELEASE);
}

uint32_t identity_of_sent(uint64_t inode)
{
	for (unsigned i = 0; inode && i < SENT; i++) {
		uint32_t index = __atomic_load_n(&sent[i], __ATOMIC_ACQUIRE);
		const struct dump_conn *c = index ? arena_item(&here, ARENA_CONNECTIONS, index - 1) : NULL;

		if (c && __atomic_load_n(&c->inode, __ATOMIC_RELAXED) == inode)
			return index - 1;
	}
	return ARENA_NONE;
}

void identity_forget(void)
{
	memset(young, 0, sizeof young);
	memset(sent, 0, sizeof sent);
}
