/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words of Redis that say more than a value: the names of commands, and those of events (publish and
 * subscribe). An event is a push in RESP3; in RESP2 it looks like an answer, and comes unasked while there
 * are subscriptions. How many there are is the last word of each confirmation, so a connection that has given
 * up the last one is asked and answers again.
 */
#include "core/framing/redis_parts.h"

struct word {
	uint8_t size;
	char text[13];
};
enum { LONGEST = 12 }; /* of the words below */
/* The first letters of those of each size: nearly all commands are none by that. */
#define LETTER(c) (1u << ((c) & 31))
static const uint32_t letters[LONGEST + 1] = {
	[4] = LETTER('a') | LETTER('p') | LETTER('q') | LETTER('s'), [5] = LETTER('h') | LETTER('p') | LETTER('r'),
	[6] = LETTER('c') | LETTER('s'), [7] = LETTER('m'), [8] = LETTER('p') | LETTER('s'), [9] = LETTER('s'),
	[10] = LETTER('p') | LETTER('s'), [11] = LETTER('u'), [12] = LETTER('p') | LETTER('s')};

/* The message that has begun is none of those that are counted. */
static void uncount(struct dump_frame *f)
{
	__atomic_store_n(&f->begun, f->begun - 1, __ATOMIC_RELEASE);
}

/* ---- a word, in pieces of any size --------------------------------------------------------------------- */

static bool is_word(const struct word *word, const uint8_t *at, size_t size)
{
	if (word->size != size)
		return false;
	for (size_t i = 0; i < size; i++)
		if (word->text[i] != (char)(at[i] | 0x20))
			return false;
	return true;
}

/* All of it is there: the same as below, at once. */
static bool match_whole(struct feed *feed, const struct word *list, unsigned count)
{
	struct dump_frame *f = feed->frame;
	uint64_t size = f->remaining - 2;

	if (f->sub || feed->left < size)
		return false;
	f->body = 0;
	if (size && size <= LONGEST && letters[size] & LETTER(*feed->at))
		for (unsigned i = 0; i < count; i++)
			if (is_word(&list[i], feed->at, size))
				f->body = 1ull << i;
	f->remaining = 2;
	f->sub = (uint8_t)(size < 255 ? size : 255);
	feed_take(feed, size);
	return true;
}

/* `body` holds the candidates while a name goes by, `sub` the position. True at its end, when
 * `body` has the one that it is. */
static bool match(struct feed *feed, const struct word *list, unsigned count)
{
	struct dump_frame *f = feed->frame;

	if (match_whole(feed, list, count))
		return true;
	if (f->sub == 0)
		f->body = (1u << count) - 1;
	while (feed->left && f->remaining > 2) {
		char c = (char)(feed_byte(feed) | 0x20);

		f->remaining--;
		for (unsigned i = 0; i < count; i++)
			if (f->sub >= list[i].size || list[i].text[f->sub] != c)
				f->body &= ~(1ull << i);
		f->sub += f->sub < 255;
	}
	if (f->remaining > 2)
		return false;
	for (unsigned i = 0; i < count; i++)
		if (list[i].size != f->sub)
			f->body &= ~(1ull << i);
	return true;
}

/* ---- commands ------------------------------------------------------------------------------------------ */

/* QUIT ends the connection. Those up to RESET only set the session up, or ask whether it lives. What
 * subscribes is confirmed as often as it has channels, by events. From the modes on answers come unasked for
 * ever, or never; of CLIENT that is only REPLY. */
enum { QUITS, CLIENTS, AUTHS, HELLOS, SELECTS, PINGS, RESETS, SUBSCRIBES };
enum { MODES = SUBSCRIBES + 6, WORDS = MODES + 3 };
static const struct word commands[WORDS] = {
	[QUITS] = {4, "quit"}, [CLIENTS] = {6, "client"}, [AUTHS] = {4, "auth"}, [HELLOS] = {5, "hello"},
	[SELECTS] = {6, "select"}, [PINGS] = {4, "ping"}, [RESETS] = {5, "reset"},
	[SUBSCRIBES] = {9, "subscribe"}, {10, "psubscribe"}, {10, "ssubscribe"},
	{11, "unsubscribe"}, {12, "punsubscribe"}, {12, "sunsubscribe"},
	[MODES] = {7, "monitor"}, {5, "psync"}, {4, "sync"}};
static const struct word reply = {5, "reply"};


void redis_command(struct feed *feed)
{
	struct dump_frame *f = feed->frame;

	if (!match(feed, commands, WORDS))
		return;
	frame_flags(f, f->body == 1 << CLIENTS ? CLIENT : f->body == 1 << QUITS ? DUMP_FRAME_CLOSE : 0, NAME);
	if (!f->body || f->body >= 1 << SUBSCRIBES)
		feed_asks(feed);
	if (f->body >= 1 << MODES) {
		feed_switched(feed);
		return;
	}
	if (f->body >= 1 << SUBSCRIBES) {
		uncount(f);
		frame_flags(f, DUMP_REDIS_SUBSCRIBES | PUSH, 0);
	}
	f->body = 0;
	f->sub = 0;
	f->state = BULK;
}

void redis_option(struct feed *feed)
{
	struct dump_frame *f = feed->frame;

	if (!match(feed, &reply, 1))
		return;
	frame_flags(f, 0, CLIENT);
	if (f->body) {
		feed_switched(feed);
		return;
	}
	f->sub = 0;
	f->state = BULK;
}

/* ---- events -------------------------------------------------------------------------------------------- */

/* The first six confirm, with three values; a message has three, or four with the pattern that it matched. */
enum { CONFIRMATIONS = 6, CHANNEL_MESSAGES = 8, EVENTS = 9, SHORTEST_EVENT = 7 };
static const struct word events[EVENTS] = {
	{9, "subscribe"}, {10, "psubscribe"}, {11, "unsubscribe"}, {12, "punsubscribe"}, {10, "ssubscribe"},
	{12, "sunsubscribe"}, {7, "message"}, {8, "smessage"}, {8, "pmessage"}};
#define OF_SHARDS (1u << 4 | 1u << 5)

/* Messages come as ordinary arrays. */
static bool messages_as_arrays(const struct dump_frame *f)
{
	return (f->flags & LISTENS) && !(f->flags & RESP3);
}

/* Can the value that comes next be a word of one of their sizes? What is not there yet can be. */
static bool word_may_come(const struct feed *feed)
{
	const uint8_t *at = feed->at;

	if (feed->left < 3)
		return true;
	return at[0] == '$' && (at[2] == '\r' ? at[1] >= '7' : at[1] == '1' || at[1] == '0');
}

void redis_event_of(struct feed *feed, uint64_t values)
{
	struct dump_frame *f = feed->frame;

	if ((values != 3 && (values != 4 || !messages_as_arrays(f))) || !word_may_come(feed))
		frame_flags(f, 0, NAME);
}

uint8_t redis_after_size(struct feed *feed)
{
	struct dump_frame *f = feed->frame;
	uint64_t size = f->remaining - 2;

	if (!(f->flags & NAME))
		return feed->requests && f->flags & CLIENT ? OPTION : BULK;
	if (feed->requests)
		return COMMAND;
	if (size >= SHORTEST_EVENT && size <= LONGEST)
		return EVENT;
	frame_flags(f, 0, NAME);
	return BULK;
}

void redis_event(struct feed *feed)
{
	struct dump_frame *f = feed->frame;
	uint64_t confirmation = (1u << CONFIRMATIONS) - 1, message = (1u << EVENTS) - 1 - confirmation;
	uint64_t channel = (1u << CHANNEL_MESSAGES) - 1;

	if (!match(feed, events, EVENTS))
		return;
	frame_flags(f, 0, NAME);
	if (f->body & confirmation && f->scratch == 3)
		frame_flags(f, CONFIRMS | (f->body & OF_SHARDS ? SHARDED : 0), 0);
	if (f->body & message && messages_as_arrays(f) && !(f->flags & PUSH) &&
	    f->scratch == (f->body & channel ? 3 : 4)) {
		uncount(f);
		frame_flags(f, PUSH, 0);
	}
	f->body = f->sub;
	f->sub = 0;
	f->state = BULK;
}

void redis_event_goes_on(struct feed *feed, uint8_t type)
{
	struct dump_frame *f = feed->frame;

	if (f->flags & NAME && f->scratch > 1 && type != '$') /* its first value is no name */
		frame_flags(f, 0, NAME);
	else if (f->flags & CONFIRMS && f->scratch == 1 && type == ':')
		f->state = NUMBER;
	else if (f->scratch == 1 && type == '+' && !(f->flags & CONFIRMS))
		f->state = STATUS;
}

void redis_subscriptions(struct dump_frame *f, uint64_t left)
{
	unsigned listens = f->flags & SHARDED ? DUMP_REDIS_LISTENS_SHARDED : DUMP_REDIS_LISTENS;

	frame_flags(f, left ? listens : 0, listens);
	if (!(f->flags & PUSH))
		uncount(f);
	frame_flags(f, PUSH, CONFIRMS | SHARDED);
	f->remaining = 0;
}

void redis_event_over(struct feed *feed)
{
	struct dump_frame *f = feed->frame;
	bool push = f->flags & PUSH;

	frame_flags(f, 0, feed->requests ? PUSH : PUSH | CONFIRMS | SHARDED);
	if (!push)
		frame_count_own(&f->done);
}

/* RESET takes all subscriptions back, without a word of each, and goes back to RESP2. */
bool redis_status(struct feed *feed)
{
	static const char text[] = "RESET\r";
	struct dump_frame *f = feed->frame;

	if (f->sub == '+')
		f->sub = 0;
	while (feed->left) {
		uint8_t c = feed_byte(feed);

		if (c == '\n') {
			if (f->sub == sizeof text - 1)
				frame_flags(f, 0, LISTENS | RESP3);
			return true;
		}
		f->sub = f->sub < sizeof text - 1 && c == (uint8_t)text[f->sub] ? f->sub + 1 : 255;
	}
	return false;
}
