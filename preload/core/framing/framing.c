/* SPDX-License-Identifier: Apache-2.0 */
#include "core/framing/framing.h"

#include <string.h>

#include "core/framing/protocol.h"

static uint8_t protocol_of(const struct framing *f)
{
	return __atomic_load_n(f->protocol, __ATOMIC_ACQUIRE);
}

static struct feed feed_make(struct framing *f, enum framing_direction direction,
			     const uint8_t *bytes, uint64_t size)
{
	uint8_t asks = direction == FRAMING_IN ? DUMP_HAS_REQUESTS_IN : DUMP_HAS_REQUESTS_OUT;

	return (struct feed){
		.framing = f,
		.frame = f->frame[direction],
		.peer = f->frame[!direction],
		.at = bytes,
		.left = size,
		.requests = (__atomic_load_n(f->has, __ATOMIC_ACQUIRE) & asks) != 0,
	};
}

static void feed_all(struct framing *f, enum framing_direction direction, const uint8_t *bytes,
		     uint64_t size)
{
	struct feed feed = feed_make(f, direction, bytes, size);

	if (feed.frame->state == STATE_TUNNEL)
		memset(feed.frame, 0, sizeof *feed.frame);
	while (feed.left && feed.frame->state < STATE_TUNNEL) {
		const struct protocol *protocol;

		if (feed.frame->state == STATE_SNIFFING && !sniff(&feed))
			return;
		if (feed.frame->state >= STATE_TUNNEL)
			return; /* what was kept back was enough to lose it */
		protocol = protocols[protocol_of(f)];
		if (!protocol && protocol_of(f) == DUMP_PROTOCOL_UNKNOWN)
			continue; /* what was kept back ended in a tunnel: what follows is looked at anew */
		if (!protocol || !protocol->feed)
			return;
		protocol->feed(&feed);
	}
}

void framing_feed(struct framing *f, enum framing_direction direction, const void *bytes,
		  size_t size)
{
	if (!size || framing_deaf(f, direction))
		return;
	feed_all(f, direction, bytes, size);
}

void framing_skip(struct framing *f, enum framing_direction direction, uint64_t size)
{
	if (!size || framing_deaf(f, direction))
		return;
	feed_all(f, direction, NULL, size);
}

void framing_eof(struct framing *f, enum framing_direction direction)
{
	struct feed feed = feed_make(f, direction, NULL, 0);
	const struct protocol *protocol;

	if (framing_deaf(f, direction))
		return;
	if (feed.frame->state == STATE_SNIFFING && !sniff(&feed))
		return;
	protocol = protocols[protocol_of(f)];
	if (protocol && protocol->eof && feed.frame->state < STATE_SWITCHED)
		protocol->eof(&feed);
}

void framing_void(struct framing *f, enum framing_direction direction)
{
	struct feed feed = feed_make(f, direction, NULL, 0);
	uint8_t unknown = DUMP_PROTOCOL_UNKNOWN;

	if (framing_deaf(f, direction))
		return;
	__atomic_compare_exchange_n(f->protocol, &unknown, DUMP_PROTOCOL_NONE, false,
				    __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
	feed_lost(&feed);
}

void framing_restart(struct framing *f)
{
	memset(f->frame[FRAMING_IN], 0, sizeof(struct dump_frame));
	memset(f->frame[FRAMING_OUT], 0, sizeof(struct dump_frame));
	*f->pipeline = 0;
	__atomic_store_n(f->protocol, DUMP_PROTOCOL_UNKNOWN, __ATOMIC_RELEASE);
}
