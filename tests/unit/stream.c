/* SPDX-License-Identifier: Apache-2.0 */
#include "stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void note_host(struct framing *f, const char *name, size_t size, enum framing_part part)
{
	struct stream *s = (struct stream *)f;
	size_t there = part & FRAMING_FIRST ? 0 : strlen(s->pieces);

	for (size_t i = 0; i < size && there + 1 < sizeof s->pieces; i++)
		s->pieces[there++] = name[i] ? name[i] : '0';
	s->pieces[there] = '\0';
	if (part & FRAMING_LAST && !*s->host)
		sscanf(s->pieces, " %255s", s->host); /* without blanks around it */
}

static struct dump_streams *streams_of(struct framing *f)
{
	return &((struct stream *)f)->streams;
}

void stream_begin(struct stream *s, uint8_t has)
{
	memset(s, 0, sizeof *s);
	s->has = has;
	s->framing = (struct framing){.frame = {&s->in, &s->out}, .protocol = &s->protocol,
				      .has = &s->has, .pipeline = &s->pipeline,
				      .streams = streams_of, .host = note_host};
}

unsigned stream_count(const struct stream *s, uint32_t bits)
{
	unsigned count = 0;

	for (unsigned i = 0; i < DUMP_STREAMS_MAX; i++)
		count += s->streams.open[i] && s->streams.open[i] >> 32 == bits;
	return count;
}

static size_t length(const char *bytes, size_t size)
{
	return size ? size : bytes ? strlen(bytes) : 0;
}

/* In pieces of `first` bytes, then of `step` each. */
static void feed(struct stream *s, enum framing_direction d, const char *bytes, size_t size, size_t first,
		 size_t step)
{
	for (size_t at = 0, n; at < size; at += n) {
		n = at ? step : first;
		if (n > size - at)
			n = size - at;
		framing_feed(&s->framing, d, bytes + at, n);
	}
}

static void verify(const struct conversation *c, const struct stream *s, bool swapped)
{
	const struct dump_frame *requests = swapped ? &s->in : &s->out;
	const struct dump_frame *responses = swapped ? &s->out : &s->in;

	assert_int_equal(s->protocol, c->protocol);
	assert_int_equal(((requests->flags | responses->flags) & DUMP_FRAME_LOST) != 0, c->lost);
	if (c->lost)
		return;
	assert_int_equal(requests->begun, c->asked);
	assert_int_equal(responses->begun, c->begun);
	assert_int_equal(responses->done, c->done);
	assert_int_equal(responses->flags & c->flags, c->flags);
	assert_int_equal(responses->flags & c->not_flags, 0);
	assert_int_equal(responses->body, c->body);
	assert_int_equal(stream_count(s, 0), c->awaited);
	assert_int_equal(stream_count(s, DUMP_STREAM_ANSWERED), c->answered);
	if (c->protocol != DUMP_PROTOCOL_HTTP2)
		assert_int_equal(responses->remaining, c->remaining);
}

static void converse(const struct conversation *c, bool swapped, size_t first, size_t step)
{
	enum framing_direction asks = swapped ? FRAMING_IN : FRAMING_OUT;
	struct stream s;

	stream_begin(&s, swapped ? DUMP_HAS_REQUESTS_IN : DUMP_HAS_REQUESTS_OUT);
	feed(&s, asks, c->requests, length(c->requests, c->requests_size), first, step);
	feed(&s, !asks, c->responses, length(c->responses, c->responses_size), first, step);
	if (c->eof)
		framing_eof(&s.framing, !asks);
	verify(c, &s, swapped);
}

void check_conversation(const struct conversation *c)
{
	size_t a = length(c->requests, c->requests_size), b = length(c->responses, c->responses_size);
	size_t longest = a > b ? a : b;

	print_message("    %s\n", c->name);
	for (int swapped = 0; swapped < 2; swapped++) {
		converse(c, swapped, SIZE_MAX, SIZE_MAX);
		converse(c, swapped, 1, 1);
		for (size_t cut = 1; cut < longest; cut++)
			converse(c, swapped, cut, SIZE_MAX);
	}
}
