/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MySQL and MariaDB (their manuals, chapters "Client/Server Protocol"): the server speaks first,
 * everything goes in packets of a length and a sequence number, and a command is what the client
 * sends with number 0. How its answer ends depends on the command: the kind that pipeline.c passes
 * on. Encrypted and compressed conversations are left alone.
 *
 * Of a packet its first bytes are looked at, as integers; `scratch` has the one that comes in, or,
 * between packets, how many packets of definitions are still to come.
 */
#include "core/framing/mysql_parts.h"

enum { CLIENT_COMPRESS = 1 << 5, CLIENT_SSL = 1 << 11, CLIENT_DEPRECATE_EOF = 1 << 24,
       CLIENT_OPTIONAL_METADATA = 1 << 25, CLIENT_ZSTD = 1 << 26 };
/* The greeting of protocol 10: its version begins with a digit. */
static enum sniffed sniff_greeting(const uint8_t *bytes, size_t size)
{
	if ((size > 2 && bytes[2] != 0) || (size > 3 && bytes[3] != 0) || (size > 4 && bytes[4] != 10) ||
	    bytes[0] < 40 || (size > 1 && bytes[1] != 0))
		return SNIFF_NO;
	if (size < 6)
		return SNIFF_MORE;
	return bytes[5] >= '0' && bytes[5] <= '9' ? SNIFF_YES : SNIFF_NO;
}

/* ---- the client --------------------------------------------------------------------------------------- */

/* -1: nothing answers it. -2: what follows is no game of question and answer. */
static int kind_of(uint8_t command)
{
	switch (command) {
	case 0x03: case 0x0a: case 0x17: case 0xfa: return RESULT; /* query, process info, execute, bulk execute */
	case 0x16: return PREPARE;
	case 0x04: case 0x1c: return ROWS;                 /* field list, fetch */
	case 0x01: case 0x18: case 0x19: return -1;        /* quit, long data, close statement */
	case 0x12: case 0x1e: return -2;                   /* binlog dumps */
	default: return command < 0x20 ? SINGLE : -2;
	}
}

/* A statement that begins so, which is nearly always all there, only sets the session up. */
static bool sets(const struct feed *feed)
{
	return feed->left >= 4 && (feed->at[0] | 0x20) == 's' && (feed->at[1] | 0x20) == 'e' &&
	       (feed->at[2] | 0x20) == 't' && feed->at[3] == ' ';
}

static bool asks(const struct feed *feed, uint8_t command)
{
	switch (command) {
	case 0x02: case 0x0e: case 0x11: case 0x1b: case 0x1f: /* database, ping, user, option, reset */
		return false;
	case 0x03: return !sets(feed);
	default: return true;
	}
}

static void command(struct feed *feed)
{
	struct dump_frame *f = feed->frame;
	uint8_t byte = feed_byte(feed);
	int kind = kind_of(byte);

	if (kind >= 0 && asks(feed, byte))
		feed_asks(feed);
	f->remaining--;
	frame_flags(f, byte == 0x01 ? DUMP_FRAME_CLOSE : 0, DUMP_FRAME_CLOSE);
	if (kind == -2) {
		feed_switched(feed);
		return;
	}
	if (kind >= 0 && !request_begun(feed, (unsigned)kind))
		feed_lost(feed);
	else
		f->state = REST;
}

static void capabilities(struct feed *feed)
{
	struct dump_frame *f = feed->frame;

	if (f->scratch & (CLIENT_SSL | CLIENT_COMPRESS | CLIENT_ZSTD))
		feed_switched(feed);
	else if (f->scratch & CLIENT_OPTIONAL_METADATA)
		feed_lost(feed);
	else
		frame_flags(f, LOGGED_IN | (f->scratch & CLIENT_DEPRECATE_EOF ? NO_EOF : 0), 0);
}

/* LOAD DATA LOCAL: the packets of a file count on, beyond 255 from 0 again. */
static bool sends_file(const struct feed *feed)
{
	uint32_t done = __atomic_load_n(&feed->peer->done, __ATOMIC_SEQ_CST);

	return __atomic_load_n(&feed->peer->begun, __ATOMIC_SEQ_CST) != done &&
	       phase_of(feed->peer) == IN_ANSWER;
}

static void client_packet(struct feed *feed, uint8_t number)
{
	struct dump_frame *f = feed->frame;

	if (!number && sends_file(feed)) {
		f->state = REST;
		return;
	}
	if (!number)
		f->state = COMMAND;
	else if (!(f->flags & LOGGED_IN))
		f->state = CAPABILITIES;
	else
		f->state = REST;
	/* A command without a byte, or one before the login. */
	if ((!number && (!LEFT(f) || !(f->flags & LOGGED_IN))) || (f->state == CAPABILITIES && LEFT(f) < 32))
		feed_lost(feed);
}

/* ---- integers ------------------------------------------------------------------------------------------ */

/* Little-endian; `sub` counts its bytes. True when it is complete. */
static bool integer(struct feed *feed, unsigned bytes)
{
	struct dump_frame *f = feed->frame;

	if (!f->sub)
		f->scratch = 0;
	while (f->sub < bytes && feed->left && LEFT(f)) {
		f->scratch |= (uint32_t)feed_byte(feed) << 8 * f->sub++;
		f->remaining--;
	}
	if (f->sub < bytes)
		return false;
	f->sub = 0;
	return true;
}

/* A number in front of a string or by itself, of which `byte` is the first: how many more it has. */
static int more_bytes(uint8_t byte)
{
	return byte < 0xfb ? 0 : byte == 0xfc ? 2 : byte == 0xfd ? 3 : byte == 0xfe ? 8 : -1;
}

/* 1 to 9 bytes whose value does not matter; `sub`: how many are to come. True at its end. */
static bool skip_integer(struct feed *feed)
{
	struct dump_frame *f = feed->frame;

	if (!f->sub) {
		int more = more_bytes(feed_byte(feed));

		f->remaining--;
		if (more < 0)
			feed_lost(feed);
		f->sub = (uint8_t)(more > 0 ? more : 0);
		return more == 0;
	}
	while (f->sub && feed->left && LEFT(f)) {
		feed_byte(feed);
		f->remaining--;
		f->sub--;
	}
	return !f->sub;
}

/* 4 bytes of statement go by, then two counts come in. */
static bool counts(struct feed *feed)
{
	struct dump_frame *f = feed->frame;

	while (f->sub < 4 && feed->left && LEFT(f)) {
		feed_byte(feed);
		f->remaining--;
		f->sub++;
		f->scratch = 0;
	}
	while (f->sub >= 4 && f->sub < 8 && feed->left && LEFT(f)) {
		f->scratch |= (uint32_t)feed_byte(feed) << 8 * (f->sub++ - 4);
		f->remaining--;
	}
	if (f->sub < 8)
		return false;
	f->sub = 0;
	return true;
}

/* ---- packets ------------------------------------------------------------------------------------------- */

static void packet_over(struct feed *feed)
{
	struct dump_frame *f = feed->frame;

	if (f->state != REST) {
		feed_lost(feed); /* it was too short for what it is */
		return;
	}
	if (feed->requests)
		__atomic_store_n(&f->done, f->begun, __ATOMIC_SEQ_CST);
	f->remaining = 0;
	f->sub = 0;
	f->state = HEADER;
}

static void feed_header(struct feed *feed)
{
	struct dump_frame *f = feed->frame;
	uint8_t number;
	bool goes_on = f->flags & CONTINUES;

	while (f->sub < 3 && feed->left)
		f->remaining |= (uint64_t)feed_byte(feed) << 8 * f->sub++;
	if (!feed->left) {
		answer_comes(feed);
		return;
	}
	number = feed_byte(feed);
	f->sub = 0;
	frame_flags(f, LEFT(f) == FULL ? CONTINUES : 0, CONTINUES);
	if (goes_on)
		f->state = REST;
	else if (feed->requests)
		client_packet(feed, number);
	else
		answer_packet(feed);
	if (f->state == REST && !LEFT(f))
		packet_over(feed);
}

/* An OK or an EOF, up to the server's status. */
static void feed_result(struct feed *feed)
{
	struct dump_frame *f = feed->frame;

	if (f->state == AFFECTED) {
		if (skip_integer(feed))
			f->state = LAST_ID;
	} else if (f->state == LAST_ID) {
		if (skip_integer(feed))
			f->state = STATUS;
	} else if (integer(feed, 2)) {
		if (f->state == WARNINGS)
			f->state = STATUS;
		else
			answer_status(feed, f->scratch);
	}
}

static void feed_payload(struct feed *feed)
{
	struct dump_frame *f = feed->frame;

	switch (f->state) {
	case COMMAND: command(feed); break;
	case CAPABILITIES:
		if (integer(feed, 4)) {
			f->state = REST;
			capabilities(feed);
		}
		break;
	case ANSWER: answer_byte(feed); break;
	case COLUMNS:
		if (integer(feed, 2)) {
			f->state = METADATA;
			if (!LEFT(f))
				answer_columns(feed, f->scratch);
		}
		break;
	case METADATA:
		f->remaining--;
		answer_columns(feed, feed_byte(feed) ? f->scratch : 0);
		break;
	case PREPARED:
		if (counts(feed))
			answer_prepared(feed);
		break;
	case AFFECTED: case LAST_ID: case WARNINGS: case STATUS: feed_result(feed); break;
	case ERROR_CODE:
		if (integer(feed, 2))
			answer_error(feed);
		break;
	default: feed_lost(feed);
	}
}

static void feed_mysql(struct feed *feed)
{
	struct dump_frame *f = feed->frame;
	uint64_t before = feed->left;

	if (f->state == STATE_SNIFFING)
		f->state = HEADER;
	if (f->state == REST)
		feed_remaining(feed);
	else if (!feed->at)
		feed_lost(feed);
	else if (f->state == HEADER)
		feed_header(feed);
	else
		feed_payload(feed);
	if (f->state >= STATE_SWITCHED)
		return;
	if (!feed->requests)
		f->body += before - feed->left;
	if (f->state != HEADER && !LEFT(f))
		packet_over(feed);
}

const struct protocol protocol_mysql = {.response = sniff_greeting, .feed = feed_mysql};
