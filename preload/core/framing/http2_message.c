/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A request begins with the HEADERS that open its stream (RFC 9113 section 8.1); its response
 * begins with HEADERS that are not interim (1xx), and ends with END_STREAM or a reset.
 *
 * Pushed responses are skipped: nobody asked for them, and a client may drop one at any moment
 * (section 8.4). CONNECT (section 8.5) is an ordinary stream, open until its tunnel ends.
 */
#include "core/framing/http2_message.h"

#include "core/framing/http2_streams.h"

/* ---- streams ---------------------------------------------------------------------------------------- */

/* NULL: the framing is lost. */
static struct dump_streams *streams_of(struct feed *feed)
{
	struct dump_streams *s = feed->framing->streams ? feed->framing->streams(feed->framing) : NULL;

	if (!s)
		feed_lost(feed);
	return s;
}

static void answer(struct feed *feed, uint32_t news)
{
	struct dump_frame *f = feed->frame;
	struct dump_streams *s = streams_of(feed);
	uint32_t had;

	if (!s || (had = streams_answer(s, f->scratch, news)) == STREAM_CLOSED)
		return;
	if (!(had & DUMP_STREAM_ANSWERED)) {
		frame_count(&f->begun);
		f->body = 0;
		s->latest = f->scratch;
	}
	if (news & DUMP_STREAM_ENDED)
		frame_count(&f->done);
}

static bool pushed(const struct dump_frame *f)
{
	return !(f->scratch & 1);
}

void message_ends(struct feed *feed)
{
	struct dump_frame *f = feed->frame;

	if (!feed->requests && !pushed(f))
		answer(feed, DUMP_STREAM_ENDED);
	else if (feed->requests && f->done != f->begun)
		frame_count(&f->done);
}

/* ---- the end of a block of fields --------------------------------------------------------------------- */

static void final(struct feed *feed)
{
	answer(feed, DUMP_STREAM_ANSWERED | (feed->frame->flags & ENDS ? DUMP_STREAM_ENDED : 0));
}

/*
 * An interim response never ends a stream, and trailers always do (section 8.1): where :status
 * cannot be told, END_STREAM still can, and DATA that follows (message_data).
 */
static void response_headers(struct feed *feed)
{
	struct dump_frame *f = feed->frame;
	bool ends = f->flags & ENDS;

	switch (STATUS(f)) {
	case STATUS_FINAL: final(feed); break;
	case STATUS_INTERIM_KEPT: frame_flags(f, UNSURE, 0); /* fall through */
	case STATUS_INTERIM:
		if (ends)
			feed_lost(feed);
		break;
	case STATUS_INDEXED:
		if (!(f->flags & UNSURE))
			final(feed);
		else if (ends)
			message_ends(feed);
		break;
	case STATUS_OTHER: case STATUS_OTHER_KEPT:
		frame_flags(f, UNSURE, 0);
		if (ends)
			message_ends(feed);
		break;
	default: feed_lost(feed);
	}
}

void message_fields(struct feed *feed)
{
	struct dump_frame *f = feed->frame;

	if (!(f->flags & PROMISE) && feed->requests && (f->flags & ENDS))
		message_ends(feed);
	else if (!(f->flags & PROMISE) && !feed->requests && !pushed(f))
		response_headers(feed);
	if (f->state != STATE_LOST) {
		frame_flags(f, 0, IN_BLOCK | PROMISE | ENDS);
		f->sub = 0;
	}
}

/* ---- frames ------------------------------------------------------------------------------------------ */

bool message_headers(struct feed *feed, bool ends)
{
	struct dump_frame *f = feed->frame;
	struct dump_streams *s = streams_of(feed);
	bool trailers;

	if (!s)
		return false;
	trailers = feed->requests ? !streams_open(s, f->scratch)
				  : streams_bits(s, f->scratch) == DUMP_STREAM_ANSWERED;
	if (feed->requests && !trailers) {
		frame_count(&f->begun);
		feed_asks(feed);
	}
	if (!feed->requests && trailers && !ends) {
		feed_lost(feed); /* section 8.1 */
		return false;
	}
	set_status(f, feed->requests || trailers || pushed(f) ? STATUS_FINAL : STATUS_BEGIN);
	return true;
}

void message_data(struct feed *feed)
{
	struct dump_frame *f = feed->frame;
	struct dump_streams *s;

	if (feed->requests || pushed(f) || !(s = streams_of(feed)))
		return;
	if (f->flags & UNSURE) /* an interim response has no DATA: it was the final one */
		answer(feed, DUMP_STREAM_ANSWERED);
	if (s->latest == f->scratch)
		frame_flags(f, LATEST, 0);
}

void message_reset(struct feed *feed)
{
	struct dump_streams *s;

	if (!pushed(feed->frame) && (s = streams_of(feed)))
		streams_reset(s, feed->frame->scratch);
}

/* Section 6.8. What the client says so, is about pushes only. */
void message_goaway(struct feed *feed, uint32_t last)
{
	struct dump_streams *s;

	frame_flags(feed->frame, DUMP_FRAME_GOAWAY, 0);
	if (feed->requests || !(s = streams_of(feed)))
		return;
	frame_flags(feed->frame, DUMP_FRAME_CLOSE, 0);
	streams_goaway(s, last);
}

bool message_upgraded(struct feed *feed)
{
	struct dump_streams *s = streams_of(feed);

	if (s)
		streams_open(s, 1);
	return s != NULL;
}
