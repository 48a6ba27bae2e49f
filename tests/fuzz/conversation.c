/* SPDX-License-Identifier: Apache-2.0 */
#include "conversation.h"

#include <stdlib.h>
#include <string.h>

#include "core/framing/http1_known.h"
#include "core/framing/protocol.h"

static struct dump_streams *streams_of(struct framing *f)
{
	return &((struct known *)f)->streams;
}

static void note_host(struct framing *f, const char *name, size_t size, enum framing_part part)
{
	struct known *k = (struct known *)f;

	if (part & FRAMING_FIRST)
		k->coming.size = 0;
	for (size_t i = 0; i < size; i++) { /* readable to its end */
		bool blank = name[i] == ' ' || name[i] == '\t';

		if (k->coming.size < sizeof k->coming.bytes && (k->coming.size || !blank))
			k->coming.bytes[k->coming.size++] = name[i];
	}
	if (!(part & FRAMING_LAST) || k->host.size)
		return;
	k->host = k->coming;
	while (k->host.size && (k->host.bytes[k->host.size - 1] == ' ' || k->host.bytes[k->host.size - 1] == '\t'))
		k->host.size--;
}

/* The size of the next piece; from a generator of pseudo-random numbers when `step` is 0. */
static size_t piece(size_t left, size_t step, uint32_t *seed)
{
	if (!step) {
		*seed = *seed * 1664525u + 1013904223u;
		step = 1 + (*seed >> 24) % 23;
	}
	return step < left ? step : left;
}

/* Each piece in memory of its own size, so that reading beyond it is found; small ones are kept. */
static void feed(struct known *k, enum framing_direction d, const uint8_t *bytes, size_t size)
{
	static uint8_t *small[32];
	uint8_t *copy = size < 32 && small[size] ? small[size] : malloc(size);

	memcpy(copy, bytes, size);
	framing_feed(&k->framing, d, copy, size);
	if (size < 32)
		small[size] = copy;
	else
		free(copy);
}

/* None is known at the beginning of an input, so that each can be tried alone. */
static struct known_head *no_heads(void)
{
	static struct known_head heads[KNOWN_HEADS];

	for (unsigned i = 0; i < KNOWN_HEADS; i++)
		heads[i].size = heads[i].misses = 0;
	return heads;
}

static void converse(struct known *k, const struct conversation *c, bool accepted, size_t step, struct known_head *heads)
{
	enum framing_direction asks = accepted ? FRAMING_IN : FRAMING_OUT;
	uint32_t seed = 1;

	memset(k, 0, sizeof *k);
	k->has = accepted ? DUMP_HAS_REQUESTS_IN : DUMP_HAS_REQUESTS_OUT;
	k->framing = (struct framing){.frame = {&k->in, &k->out}, .protocol = &k->protocol, .has = &k->has,
				      .pipeline = &k->pipeline, .streams = streams_of, .heads = heads, .host = note_host};
	for (unsigned i = 0; i < c->turns; i++)
		for (size_t at = 0, n; at < c->size[i]; at += n) {
			n = piece(c->size[i] - at, step, &seed);
			feed(k, i % 2 ? !asks : asks, c->bytes[i] + at, n);
		}
	if (c->eof)
		framing_eof(&k->framing, !asks);
}

/* What was said before a tunnel stood stays until that direction speaks again. */
static uint32_t said(const struct dump_frame *f)
{
	return f->state == STATE_TUNNEL ? 0 : f->begun;
}

static void consistent(const struct known *k, const struct dump_frame *f)
{
	const struct dump_frame *other = f == &k->in ? &k->out : &k->in;

	MUST(f->done <= f->begun, "more messages ended than began");
	MUST(!(f->flags & DUMP_FRAME_LENGTH) || f->state < 2 || f->remaining + f->body >= f->body,
	     "a length that overflows");
	MUST(k->protocol != DUMP_PROTOCOL_NONE || !(said(f) + said(other)), "messages of no protocol");
}

/* What is kept in between may differ, what is known may not. */
static void same_frame(const struct known *a, const struct dump_frame *x, const struct dump_frame *y)
{
	MUST(x->begun == y->begun, "begun depends on the pieces");
	MUST(x->done == y->done, "done depends on the pieces");
	MUST((x->flags & 0xff) == (y->flags & 0xff), "the flags depend on the pieces");
	/* While sniffing, the body's place holds the first bytes. */
	if (x->state && !known_lost(a))
		MUST(x->body == y->body, "the body depends on the pieces");
}

static void same(const struct known *a, const struct known *b)
{
	MUST(a->protocol == b->protocol, "the protocol depends on the pieces");
	MUST(a->has == b->has, "who asks depends on the pieces");
	MUST(a->host.size == b->host.size && memcmp(a->host.bytes, b->host.bytes, a->host.size) == 0,
	     "the host depends on the pieces");
	same_frame(a, &a->in, &b->in);
	same_frame(a, &a->out, &b->out);
	if (!known_lost(a))
		MUST(memcmp(a->streams.open, b->streams.open, sizeof a->streams.open) == 0,
		     "the open streams depend on the pieces");
}

static struct known mirror(const struct known *k)
{
	struct known m = *k;

	m.in = k->out;
	m.out = k->in;
	m.has = (uint8_t)(k->has == DUMP_HAS_REQUESTS_IN ? DUMP_HAS_REQUESTS_OUT : DUMP_HAS_REQUESTS_IN);
	return m;
}

struct known conversation_check(const struct conversation *c)
{
	static const size_t steps[] = {1, 0, 7};
	struct known_head *heads = no_heads();
	struct known whole, other;

	converse(&whole, c, false, SIZE_MAX, NULL);
	consistent(&whole, &whole.in);
	consistent(&whole, &whole.out);
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		converse(&other, c, false, steps[i], NULL);
		same(&whole, &other);
	}
	for (int again = 0; again < 2; again++) { /* with heads that are known from this conversation */
		converse(&other, c, false, SIZE_MAX, heads);
		same(&whole, &other);
	}
	converse(&other, c, true, SIZE_MAX, heads);
	other = mirror(&other);
	same(&whole, &other);
	return whole;
}
