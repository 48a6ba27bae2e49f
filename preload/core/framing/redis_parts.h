/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Redis in two parts: values (redis.c), and the words in them that matter (redis_words.c). What they hand to
 * each other, and where in a message a frame is. For these files only.
 */
#ifndef CONNLEAK_REDIS_PARTS_H
#define CONNLEAK_REDIS_PARTS_H

#include "core/framing/protocol.h"

enum redis_state {
	TYPE = STATE_FIRST, /* the byte that says what comes */
	NUMBER,             /* the line after a type that has a number; `remaining` holds it */
	NUMBER_END,
	LINE,    /* a line without a number */
	BULK,    /* `remaining` bytes, the line end included */
	COMMAND, /* the name of the command; nothing is kept of it but whether it changes the mode */
	OPTION,  /* the word after CLIENT */
	EVENT,   /* the first word of an array that may be one */
	STATUS,  /* a line that may be the answer to RESET */
};

/* dump_frame.flags of ours, beside those of dump.h: */
enum {
	PUSH = 1 << 8,     /* the value is a push: nobody asked for it */
	NEGATIVE = 1 << 9, /* the number has a minus */
	NAME = 1 << 10,    /* the next bulk string is the name of a command; of an answer: it may be an event's */
	CLIENT = 1 << 11,  /* of a command: the next bulk string says what CLIENT is to do */
	/* Of answers: */
	CONFIRMS = 1 << 11, /* it ends with the number of subscriptions */
	SHARDED = 1 << 12,  /* of those to channels of a shard, which are counted apart */
	RESP3 = 1 << 15,    /* pushes are pushes, and arrays are answers */
	LISTENS = DUMP_REDIS_LISTENS | DUMP_REDIS_LISTENS_SHARDED,
};

/* The size of a bulk string is known: the state that takes it. */
uint8_t redis_after_size(struct feed *feed);
/* Take bytes in the state of that name; the last one is true once its line is over. */
void redis_command(struct feed *feed);
void redis_option(struct feed *feed);
void redis_event(struct feed *feed);
bool redis_status(struct feed *feed);

/* An array of so many values has begun: can it be an event? */
void redis_event_of(struct feed *feed, uint64_t values);
/* The type of a value is known, in an answer that may be an event, or where there are events. */
void redis_event_goes_on(struct feed *feed, uint8_t type);
/* The last word of a confirmation: so many subscriptions are left. */
void redis_subscriptions(struct dump_frame *f, uint64_t left);
/* The message is over, which is counted if it was no event. */
void redis_event_over(struct feed *feed);

#endif
