/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A close that says something: of a connection with an answer outstanding, or while the program is
 * ending. Where it was is written down then, and in the ending what the kernel knows, as for those
 * that are open at the end: the connection keeps the verdict that it had. Knows no hooks, makes no
 * verdict. Lock-free and async-signal-safe.
 */
#ifndef CONNLEAK_CLOSING_H
#define CONNLEAK_CLOSING_H

#include <stdbool.h>

#include "connleak/dump.h"
#include "connleak/exchange.h"
#include "here/presence.h"
#include "stacks/ending.h"

/* What was opened within so many ns had no time to be idle, and is not worth a look through the stack when
 * others were closed from the same place: a server's connections come and go. */
#define CLOSING_YOUNG 20000000u

uint32_t closing_slow(uint32_t index, int fd, bool look, uint64_t place);

/* `fd`, which stands for `c` in slot `index`, is about to be closed; `frame` and `caller` as ending.h has
 * them. Where that is, if it was worth a stack; else 0. */
static inline uint32_t closing(const struct dump_conn *c, uint32_t index, int fd, uint64_t now,
			       const void *frame, const void *caller)
{
	uint64_t place = ending_place(frame, caller);
	bool look = now - c->opened_mono > CLOSING_YOUNG || !ending_not_from(place);

	if (unlikely(look || exchange_has_framing(c)))
		return closing_slow(index, fd, look, place);
	return 0;
}

/* The last descriptor of `c`, of which stdio has a stream, is about to be closed. When the kernel has counted
 * no more bytes than we have, stdio has moved none: then what is known of the framing is true. TCP only. */
void closing_stdio(struct dump_conn *c, int fd);

extern uint32_t closing_in_ending; /* which ending it is that the program is in; 0 none */
void closing_goes_on_slow(void);

/* The program makes a socket, or waits for a connection: unless it is inside the ending, that was none (a
 * server that ends its requests as programs end). */
static inline void closing_goes_on(void)
{
	if (unlikely(__atomic_load_n(&closing_in_ending, __ATOMIC_RELAXED)))
		closing_goes_on_slow();
}

void closing_forget(void);

#endif
