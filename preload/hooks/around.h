/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A wrapper around a call that may wait: what the recorder is told before it and after it, and nothing
 * between. Knows no call; what is special about one is in its row.
 */
#ifndef CONNLEAK_AROUND_H
#define CONNLEAK_AROUND_H

#include <errno.h>
#include <stdbool.h>

#include "conn.h"
#include "conn_way.h"
#include "hooks/hook.h"

/* An errno is only looked at after a failure. */
#define TOLD(n) ((n) < 0 ? errno : 0)

/* What a wrapper does before all else. */
#define AROUND_FIRST

/* Defines the function `name`, which is also to be known as waiting in `call`, at the descriptor `at`. `end`
 * is the statement that tells of its end: it sees `io`, `n` (what was returned), TOLD(n) and the parameters.
 *
 * On a descriptor that is no tracked socket the call is a jump. What is done for others, and the first time,
 * is in functions of their own, so that the jump needs no frame. */
#define AROUND(type, name, at, call, parameters, arguments, end)                                  \
	HOT static __attribute__((noinline)) type tracked_##name parameters;                      \
	FIRST_CALLED(type, name, parameters)                                                      \
	HOOK(type, name, parameters)                                                              \
	{                                                                                         \
		AROUND_FIRST                                                                      \
		if (unlikely(descriptor_get(at)))                                                 \
			return tracked_##name arguments;                                          \
		return real_##name arguments;                                                     \
	}                                                                                         \
	FIRST_CALL(type, name, parameters, arguments)                                             \
	static type tracked_##name parameters                                                     \
	{                                                                                         \
		struct conn_io io;                                                                \
		bool tracked = false;                                                             \
		type n;                                                                           \
                                                                                                  \
		RECORD_QUIETLY tracked = way_begin(&io, at, DUMP_CALL_##call);                    \
		if (unlikely(!tracked))                                                           \
			return real_##name arguments;                                             \
		n = real_##name arguments;                                                        \
		RECORD_QUIETLY end;                                                               \
		return n;                                                                         \
	}

#endif
