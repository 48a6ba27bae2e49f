/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was asked, for the direction of the answers: two bits for each of the last 16 requests.
 * Written by the direction of the requests only.
 *
 * More than 16 requests may be outstanding as long as nothing is overwritten by something else:
 * a thousand pipelined GETs are a thousand times the same two bits.
 */
#include "core/framing/protocol.h"

#define KINDS 16

static uint32_t peer_begun(const struct feed *feed)
{
	return __atomic_load_n(&feed->peer->begun, __ATOMIC_SEQ_CST);
}

/* Before anyone may look for it. False: there is no room. */
static bool write_kind(struct feed *feed, uint32_t n, unsigned kind)
{
	uint32_t *word = feed->framing->pipeline;
	unsigned shift = n % KINDS * 2;
	uint32_t old = __atomic_load_n(word, __ATOMIC_RELAXED);

	if ((old >> shift & 3) == kind)
		return true;
	/* The request that had these bits must be through with them. One that counts as begun may
	 * be about to look at them: leave one more. */
	if (n >= KINDS && (int32_t)(peer_begun(feed) - (n - KINDS)) < 2)
		return false;
	__atomic_store_n(word, (old & ~(3u << shift)) | kind << shift, __ATOMIC_SEQ_CST);
	return true;
}

/*
 * Each side first publishes its own fact, then looks at the other's (both sequentially
 * consistent), so that at least one of them sees both: either the response's framer finds the
 * kind, or we find here that it was read without. When it may have been, and mattered: lost.
 */
static bool in_time(const struct feed *feed, uint32_t n, unsigned kind)
{
	return kind == DUMP_REQUEST_PLAIN || (int32_t)(peer_begun(feed) - n) <= 0;
}

bool request_begun(struct feed *feed, unsigned kind)
{
	uint32_t n = feed->frame->begun;
	bool good = write_kind(feed, n, kind);

	frame_count(&feed->frame->begun);
	return good && in_time(feed, n, kind);
}

bool request_named(struct feed *feed, unsigned kind, uint8_t state)
{
	uint32_t n = feed->frame->begun - 1;
	bool good = write_kind(feed, n, kind);

	__atomic_store_n(&feed->frame->state, state, __ATOMIC_SEQ_CST);
	return good && in_time(feed, n, kind);
}

unsigned request_asked_for(struct feed *feed, uint32_t n)
{
	uint32_t begun;
	uint8_t state;

	/* Both of one moment: `begun` only grows. */
	do {
		begun = peer_begun(feed);
		state = __atomic_load_n(&feed->peer->state, __ATOMIC_SEQ_CST);
	} while (begun != peer_begun(feed));
	if (state == STATE_NAMING)
		begun--;
	if ((int32_t)(begun - n) <= 0)
		return DUMP_REQUEST_PLAIN;
	return __atomic_load_n(feed->framing->pipeline, __ATOMIC_SEQ_CST) >> n % KINDS * 2 & 3;
}
