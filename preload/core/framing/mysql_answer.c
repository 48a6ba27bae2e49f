/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The answers of a MySQL server: which packets one has depends on the command, on what was agreed
 * at the login, and on the packets themselves.
 */
#include "core/framing/mysql_parts.h"

enum { MORE_RESULTS = 0x8, CURSOR_EXISTS = 0x40 };

static bool ends_by_eof(const struct feed *feed)
{
	return !(__atomic_load_n(&feed->peer->flags, __ATOMIC_ACQUIRE) & NO_EOF);
}

static void answered(struct feed *feed)
{
	frame_count(&feed->frame->done);
	feed->frame->scratch = 0;
	phase(feed->frame, BEFORE_ANSWER);
	feed->frame->state = REST;
}

/* The status of an OK or EOF, which ends a result or follows the definitions of columns. */
void answer_status(struct feed *feed, unsigned bits)
{
	struct dump_frame *f = feed->frame;

	f->scratch = 0;
	f->state = REST;
	if (phase_of(f) == AFTER_COLUMNS && !(bits & CURSOR_EXISTS))
		phase(f, IN_ROWS);
	else if ((f->flags & KIND) >> 8 == RESULT && (bits & MORE_RESULTS))
		phase(f, IN_ANSWER);
	else
		answered(feed);
}

/* `count` definitions follow, and after them, where they end by EOF, rows or nothing. */
void answer_columns(struct feed *feed, uint32_t count)
{
	struct dump_frame *f = feed->frame;

	f->state = REST;
	f->scratch = count;
	if (count)
		phase(f, IN_DEFINITIONS);
	else if ((f->flags & KIND) >> 8 == PREPARE)
		answered(feed);
	else
		phase(f, ends_by_eof(feed) ? AFTER_COLUMNS : IN_ROWS);
}

void answer_prepared(struct feed *feed)
{
	struct dump_frame *f = feed->frame;
	uint32_t columns = f->scratch & 0xffff, parameters = f->scratch >> 16;

	if (ends_by_eof(feed))
		answer_columns(feed, columns + (columns > 0) + parameters + (parameters > 0));
	else
		answer_columns(feed, columns + parameters);
}

/* One more went by. */
static void defined(struct feed *feed)
{
	answer_columns(feed, feed->frame->scratch - 1);
}

static void result(struct feed *feed, uint8_t byte)
{
	struct dump_frame *f = feed->frame;

	if (byte == 0) {
		f->state = AFFECTED;
	} else if (byte == 0xfb) {
		f->state = REST; /* LOAD DATA LOCAL: the client sends a file, then comes the answer */
		phase(f, IN_ANSWER);
	} else if (byte == 0xfc) {
		f->state = COLUMNS;
	} else if (byte < 0xfb) {
		f->scratch = byte;
		f->state = METADATA;
		if (!LEFT(f))
			answer_columns(feed, byte);
	} else {
		feed_lost(feed);
	}
}

/* A dialogue about passwords (COM_CHANGE_USER) goes on. */
static bool dialogue(const struct dump_frame *f, uint8_t byte)
{
	return byte == 0x01 || (byte == 0xfe && LEFT(f) >= 8);
}

static void answer(struct feed *feed, uint8_t byte)
{
	struct dump_frame *f = feed->frame;
	enum kind kind = (enum kind)((f->flags & KIND) >> 8);

	f->state = REST;
	if (byte == 0xff)
		f->state = ERROR_CODE;
	else if (kind == RESULT)
		result(feed, byte);
	else if (kind == PREPARE && byte == 0)
		f->state = PREPARED;
	else if (kind == PREPARE)
		feed_lost(feed);
	else if (dialogue(f, byte))
		phase(f, IN_ANSWER);
	else
		answered(feed);
}

static void row(struct feed *feed, uint8_t byte)
{
	struct dump_frame *f = feed->frame;
	bool eof = ends_by_eof(feed);

	f->state = REST;
	if (byte == 0xff)
		f->state = ERROR_CODE;
	else if (byte == 0xfe && LEFT(f) + 1 < (eof ? 9 : FULL))
		f->state = eof ? WARNINGS : AFFECTED;
	else if (phase_of(f) == AFTER_COLUMNS)
		feed_lost(feed);
}

static void answer_begins(struct feed *feed)
{
	struct dump_frame *f = feed->frame;
	unsigned kind;

	frame_count(&f->begun);
	f->body = 0;
	kind = request_asked_for(feed, f->begun - 1);
	frame_flags(f, kind << 8, KIND | DUMP_FRAME_COMES);
	phase(f, kind == ROWS ? IN_ROWS : IN_ANSWER);
}

/* The first byte of a packet says what it is. */
void answer_byte(struct feed *feed)
{
	struct dump_frame *f = feed->frame;
	uint8_t byte = feed_byte(feed);

	f->remaining--;
	if (phase_of(f) == BEFORE_ANSWER)
		answer_begins(feed);
	switch (phase_of(f)) {
	case IN_LOGIN:
		f->state = REST;
		if (byte == 0)
			phase(f, BEFORE_ANSWER);
		else if (byte == 0xff) /* too many connections, a login refused: it ends the session */
			frame_flags(f, DUMP_FRAME_CLOSE, 0);
		break;
	case IN_DEFINITIONS:
		if (byte == 0xff)
			f->state = ERROR_CODE;
		else
			defined(feed);
		break;
	case AFTER_COLUMNS: case IN_ROWS: row(feed, byte); break;
	default: answer(feed, byte);
	}
}

void answer_comes(struct feed *feed)
{
	if (!feed->requests && phase_of(feed->frame) == BEFORE_ANSWER)
		frame_flags(feed->frame, DUMP_FRAME_COMES, 0);
}

void answer_packet(struct feed *feed)
{
	struct dump_frame *f = feed->frame;

	f->state = ANSWER;
	if (LEFT(f)) {
		if (!feed->left)
			answer_comes(feed);
		return;
	}
	f->state = REST; /* an empty one is no answer, nor a definition, nor a row */
	if (phase_of(f) != IN_LOGIN)
		feed_lost(feed);
}

/* A MariaDB server tells its progress in errors with a code of their own. */
void answer_error(struct feed *feed)
{
	if (feed->frame->scratch == 0xffff) {
		feed->frame->scratch = 0;
		feed->frame->state = REST;
	} else {
		answered(feed);
	}
}
