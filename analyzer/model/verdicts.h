/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Verdicts, their reasons and their evidence: the tables below are the only list of them. They make
 * the enums, the names in reports, the help text and the manual. They know neither the model nor
 * the rules (judge/verdict.c).
 */
#ifndef CONNLEAK_VERDICTS_H
#define CONNLEAK_VERDICTS_H

#include <stdbool.h>
#include <stddef.h>

#define VERDICTS(X)                                                                               \
	X(CLOSED, "closed", "every descriptor of it was closed, with nothing outstanding")        \
	X(CLOSED_EARLY, "closed-early",                                                           \
	  "closed while a response was outstanding, so that it could not be reused")              \
	X(ACTIVE, "active", "open and in use")                                                    \
	X(DRAINED, "drained",                                                                     \
	  "never closed, but every response was read to its end: it sits idle, ready for reuse")  \
	X(LEAKED, "leaked", "never closed, and of no use to anyone")                              \
	X(LISTENING, "listening", "a listening socket")                                           \
	X(OPEN, "open", "still open, and no connection to anybody that this process answers for")

enum verdict {
#define X(name, text, help) VERDICT_##name,
	VERDICTS(X)
#undef X
	VERDICT_COUNT
};

/* enum, name, the verdicts that it may explain, help */
#define REASONS(X)                                                                                \
	X(DRAINED, "drained", CLOSED_BIT, "every response had been read to its end")              \
	X(UNFRAMED, "unframed", CLOSED_BIT, "it spoke no protocol whose framing is known")        \
	X(UNUSED, "unused", CLOSED_BIT | DRAINED_BIT, "connected, never used")                    \
	X(PEER_CLOSED, "peer-closed", CLOSED_BIT | LEAKED_BIT,                                    \
	  "end-of-file or the peer's goodbye was read, or the last response ended the "           \
	  "connection, or the peer closed an accepted connection and nobody watches it") \
	X(ERRORED, "errored", CLOSED_BIT | LEAKED_BIT, "an I/O error was returned, or a handshake failed") \
	X(CONNECT_FAILED, "connect-failed", CLOSED_BIT | LEAKED_BIT, "the connect failed")        \
	X(NEVER_CONNECTED, "never-connected", CLOSED_BIT | LEAKED_BIT,                            \
	  "never connected, still connecting at the end, or bound and never used")                        \
	X(EXEC, "exec", CLOSED_BIT, "closed by exec")                                             \
	X(BY_EXIT, "by-exit", CLOSED_BIT,                                                         \
	  "its end or an error was told, and the program ended right after that")                 \
	X(UNSEEN, "unseen", CLOSED_BIT, "found closed, not seen closing")                         \
	X(UNDRAINED, "undrained", CLOSED_EARLY_BIT | LEAKED_BIT,                                  \
	  "the first byte of a final response was read, its end was not")                         \
	X(UNREAD, "unread", CLOSED_EARLY_BIT | LEAKED_BIT,                                        \
	  "a request, or a handshake's first message, was sent; of the answer nothing was read") \
	X(UNANSWERED, "unanswered", LEAKED_BIT,                                                   \
	  "a request was read, its answer not finished, and nobody works on it")                  \
	X(UNWATCHED, "unwatched", LEAKED_BIT,                                                     \
	  "accepted, never read from and never waited for: nobody will notice what the peer does") \
	X(SHUT_DOWN, "shut-down", LEAKED_BIT,                                                     \
	  "the program ended it by shutdown(), and kept the descriptor")                          \
	X(ABANDONED, "abandoned", LEAKED_BIT,                                                     \
	  "at least three connections of one place to one peer sit idle, and no request was "     \
	  "begun on any of them after a newer one was opened")                                              \
	X(TRAFFIC, "traffic", ACTIVE_BIT, "bytes went by within the idle time")                   \
	X(WAITING, "waiting", ACTIVE_BIT,                                                         \
	  "something was sent or accepted, and a thread is in a call that waits for what comes next") \
	X(KEPT_ALIVE, "kept-alive", DRAINED_BIT, "idle, a pool may reuse it")                     \
	X(BYPASSED, "bypassed", DRAINED_BIT,                                                      \
	  "a newer connection to the same peer was opened while it sat idle")                     \
	X(STALE, "stale", DRAINED_BIT,                                                            \
	  "the peer closed it while it sat idle, which the program has not noticed")              \
	X(LISTENING, "listening", LISTENING_BIT, "it listens")                                    \
	X(DATAGRAM, "datagram", OPEN_BIT, "a datagram socket")                                    \
	X(RAW, "raw", OPEN_BIT, "a raw socket")                                                   \
	X(PACKET, "packet", OPEN_BIT, "a packet socket")                                          \
	X(NETLINK, "netlink", OPEN_BIT, "a netlink socket")                                       \
	X(PAIR, "pair", OPEN_BIT, "an end of a socketpair")                                       \
	X(OTHER, "other", OPEN_BIT, "a socket of another family")                                 \
	X(INHERITED, "inherited", OPEN_BIT, "inherited, and never touched by this process")       \
	X(PASSED_ON, "passed-on", OPEN_BIT, "handed over to the next program by exec")

/* What a reason may explain. */
enum verdict_bit {
#define X(name, text, help) name##_BIT = 1 << VERDICT_##name,
	VERDICTS(X)
#undef X
};

enum reason {
#define X(name, text, verdicts, help) REASON_##name,
	REASONS(X)
#undef X
	REASON_COUNT
};

#define EVIDENCES(X)                                                                              \
	X(FRAMING, "framing", "the protocol's own framing was followed")                          \
	X(KERNEL, "kernel", "socket state, queued bytes, what a system call returned")            \
	X(REUSE, "reuse", "which connections were used again")                                    \
	X(RUNTIME, "runtime", "what the language's runtime says: where a goroutine is parked")    \
	X(HEURISTIC, "heuristic", "order of reads and writes only")

enum evidence {
#define X(name, text, help) EVIDENCE_##name,
	EVIDENCES(X)
#undef X
	EVIDENCE_COUNT
};

/* What a report prints. */
const char *verdict_name(enum verdict v);
const char *reason_name(enum reason r);
const char *evidence_name(enum evidence e);
/* The half sentence that explains it, for help and text reports. */
const char *verdict_help(enum verdict v);
const char *reason_help(enum reason r);
const char *evidence_help(enum evidence e);
/* May a connection of this verdict have this reason? */
bool reason_explains(enum reason r, enum verdict v);
/* enum verdict, or -1: for the lists that the user types. */
int verdict_by_name(const char *name, size_t size);

#endif
