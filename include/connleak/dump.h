/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The dump: the file that the recorder keeps and the analyzer reads.
 *
 * It owns the layout and nothing else; it knows neither hooks nor verdicts.
 * This and exchange.h, which has functions over it, are the only files that both sides include.
 * It is one file however long: who reads dumps by a program of their own takes it and nothing else.
 *
 *   +--------------+------------------+------------------+---- ... ---+
 *   | dump_header  | chunk PROCESS    | chunk CONNECTIONS| chunk ...  |
 *   +--------------+------------------+------------------+---- ... ---+
 *                    chunk = chunk_header, then `items` items of `item_size` bytes
 *
 * Rules, in the order in which they matter:
 *
 *  - The file is true at every instant. Facts are written first, then the word that makes them
 *    valid (release store): dump_header.magic for the file, dump_header.size for a grown file,
 *    chunk_header.kind for a chunk, and a slot's own `seq` or `magic`.
 *  - A slot that is updated in place carries a sequence number, odd while it is written. A slot
 *    found odd was caught half-written: the reader says so, it never guesses.
 *  - Offsets, indices and ids, never pointers into the file. Fixed-width little-endian types.
 *  - A pool (connections, threads, ...) is the concatenation of all chunks of its kind in order
 *    of `first`. Item indices count through the whole pool, from 0.
 *  - Times are CLOCK_MONOTONIC nanoseconds; 0 means never. dump_process has the wall-clock anchor.
 *
 * When to bump DUMP_VERSION: when the meaning or the size of anything that exists changes.
 * When not: a new chunk kind, a new value at the end of an enumeration, a use for a reserved
 * field whose 0 keeps its old meaning. An older reader steps over chunks that it does not know.
 */
#ifndef CONNLEAK_DUMP_H
#define CONNLEAK_DUMP_H

#include <stdint.h>

#define DUMP_MAGIC "CONNLEAK"
#define DUMP_BYTE_ORDER 0x01020304u /* reads as 0x04030201 on a machine of the other byte order */
#define DUMP_VERSION 3
#define DUMP_VERSION_OLDEST 3 /* the oldest version that this reader understands */

/* Written by the recorder's atomics, read by the analyzer as plain memory of a private copy. */
struct dump_header {
	char magic[8]; /* DUMP_MAGIC, written last */
	uint32_t byte_order;
	uint16_t version;
	uint16_t header_size; /* the first chunk begins here */
	uint64_t size;        /* bytes in use: allocated, and every chunk below it is complete */
	uint8_t pointer_size; /* of the recorded process: 8 or 4 */
	uint8_t reserved[39];
};

#define DUMP_CHUNKS(X)                                                                            \
	X(PROCESS, "process")         /* one dump_process */                                      \
	X(CONNECTIONS, "connections") /* pool of dump_conn */                                     \
	X(STREAMS, "streams")         /* pool of dump_streams: HTTP/2 */                          \
	X(THREADS, "threads")         /* pool of dump_thread */                                   \
	X(STACKS, "stacks")           /* pool of dump_stack, each a run of items */               \
	X(MODULES, "modules")         /* pool of dump_module */                                   \
	X(STRINGS, "strings")         /* pool of dump_string, each a run of items */              \
	X(KERNEL, "kernel")           /* dump_kernel: what the kernel said at the end */          \
	X(CLOSES, "closes")           /* dump_close: closes that say something */                 \
	X(SERIES, "series")           /* pool of dump_series: how many were open over time */     \
	X(EXHAUSTIONS, "exhaustions") /* one dump_exhaustion: no descriptor was to be had */    \
	X(PLACES, "places")           /* pool of dump_place: lines of scripts */                  \
	X(TASKS, "tasks")             /* pool of dump_task: whose doing it was, where an event loop runs tasks */ \
	X(TWICE, "closed twice")      /* dump_twice: descriptors that were closed and closed again */

enum dump_chunk_kind {
	DUMP_CHUNK_NONE, /* not yet published */
#define X(name, text) DUMP_CHUNK_##name,
	DUMP_CHUNKS(X)
#undef X
	DUMP_CHUNK_COUNT
};

struct dump_chunk {
	uint32_t kind;      /* enum dump_chunk_kind, written last */
	uint16_t version;   /* of the items */
	uint16_t item_size; /* bytes, a multiple of 8; a newer recorder may have longer items, never shorter */
	uint64_t size;      /* bytes, this header included */
	uint32_t items;     /* capacity */
	uint32_t first;     /* index of the first item in its pool */
	uint8_t reserved[40];
};

/* ---- process ------------------------------------------------------------------------------- */

enum dump_end {
	DUMP_END_NONE, /* runs, or was killed */
	DUMP_END_EXIT, /* exit(), _exit(), return from main */
	DUMP_END_EXEC, /* an exec was begun; back to NONE when it failed */
};

/* What could not be observed. One counter each; the report prints those that are not zero. */
#define DUMP_LOST(X)                                                                              \
	X(CONNECTIONS, "connections not recorded: the dump could not grow")                       \
	X(DESCRIPTORS, "descriptors not recorded: number beyond the table")                       \
	X(THREADS, "threads not recorded: no slot")                                               \
	X(STACKS, "stacks not recorded: the table of stacks is full")                             \
	X(STACKS_UNSAFE, "stacks not taken: in a signal handler, or after a fork in the midst of one")   \
	X(UNWINDER, "stacks not taken: libunwind.so.8 could not be loaded")                       \
	X(STRINGS, "names not recorded: the table of names is full")                              \
	X(STREAMS, "HTTP/2 connections not followed: no slot")                                    \
	X(IO, "reads or writes not counted: two threads met on one direction of a connection")    \
	X(GROW, "times the dump could not be extended (disk full, folder gone, limit, sandbox, another user)") \
	X(KERNEL, "sockets not checked against the kernel at the end")                            \
	X(TLS, "TLS sessions not followed: the table of sessions is full")                        \
	X(CHILDREN, "forked children not recorded: no dump could be made for them")               \
	X(DETACHED, "threads not known to be detached: too many had not run yet")                 \
	X(STACKS_SMALL, "stacks not taken: too little stack left, or nobody tells how much")      \
	X(PLACES, "lines of scripts not recorded: the table of them is full")                      \
	X(SCRIPTS, "stacks without the lines of their scripts: the interpreter was not as it should be") \
	X(UNSEEN, "sockets open at the end that nobody saw being opened: raw system calls, io_uring, " \
	  "an initializer of what RTLD_DEEPBIND loads")                                            \
	X(TWICE, "descriptors that were closed twice, not recorded: at too many places")     \
	X(CRYPTO, "TLS library not looked into: Go's crypto/tls is not as connleak knows it")          \
	X(SANDBOXED, "times a Go program installed a seccomp filter where a thread's pointer is set by a system " \
	  "call: threads that made their first call after that are not seen")

enum dump_lost {
#define X(name, text) DUMP_LOST_##name,
	DUMP_LOST(X)
#undef X
	DUMP_LOST_COUNT
};

#define DUMP_HOLDERS_MAX 64u

struct dump_process {
	uint32_t pid;
	uint32_t ppid;
	uint64_t start_ticks;  /* field 22 of /proc/PID/stat: tells a reused pid apart; 0 unknown */
	uint64_t started_mono; /* CLOCK_MONOTONIC ns when the process image began to be recorded */
	uint64_t started_wall; /* CLOCK_REALTIME ns at that same instant */
	uint64_t ended_mono;   /* with `end`; 0 while it runs or when it was killed */
	uint64_t last_mono;    /* a recent instant at which the process was alive */
	uint64_t session;      /* CONNLEAK_SESSION of the launcher, 0 without one */
	uint8_t boot_id[16];   /* of the machine; zero when unknown */
	uint32_t end;          /* enum dump_end */
	int32_t exit_status;   /* valid when end == EXIT and status_known */
	uint32_t status_known;
	uint32_t exe;     /* string */
	uint32_t cmdline; /* string: NUL between the arguments, cut at 4,000 bytes */
	uint32_t cmdline_cut;
	uint32_t forked;        /* 1: the child of a fork, without an exec */
	uint32_t seccomp;       /* 1: a filter was installed; no kernel facts after that */
	uint64_t history;       /* how many closed connections stay in their slots */
	uint64_t next_id;       /* the id that the next socket gets; ids begin at 1 */
	uint64_t adopted;       /* inherited sockets that were given an id */
	uint64_t threads_made;  /* threads created by this process; main is none of them */
	uint64_t threads_ended; /* of those */
	uint64_t lost[24];      /* by enum dump_lost */
	uint64_t stack_depth;   /* frames asked for */
	uint64_t modules;       /* entries in the pool of modules that are valid */
	uint64_t holders; /* children that only hold what it left them; the first DUMP_HOLDERS_MAX have dumps */
	uint64_t epoll_nested; /* 1: an epoll set was put into another */
	uint32_t exec_reason; /* with end EXEC: enum dump_reason, why the new image is not recorded */
	uint32_t exec_path;   /* and what it is: string */
	uint32_t runtime;     /* of the language, with its version: string */
	uint32_t goroutines;  /* of Go, at the end: how many there were; 0 unknown */
	uint64_t goroutines_made; /* that were met; main is none of them */
	uint64_t ending;      /* number of the ending in which the process is (dump_close); 0 none */
	uint64_t began_mono;  /* started_mono by the exact clock, to order images begun within a tick; 0 unknown */
	uint64_t exhausted;   /* sockets that could not be had: too many open files */
	uint64_t open_now;     /* sockets that are open: of all stacks */
	uint64_t series_from;  /* when the first bucket of each dump_series begins; 0: nothing was opened yet */
	uint64_t series_until; /* and when the one in progress ends */
	uint64_t series_mark;  /* the recorder's own */
	uint32_t series_doubled; /* how often the buckets' length was doubled */
	uint32_t series_lost;    /* stacks without a series: no room */
	uint32_t descriptors;  /* one past the highest number that a socket of this process was born with: the kernel
	                          gives the lowest one that is free, so that many were open */
	uint32_t delayed_us;   /* how long, in all, the thread that ended it stood ready while processors ran others,
	                          at the end (proc(5), schedstat); UINT32_MAX that long or longer; 0 unknown */
	uint64_t born_mono;    /* when the process was made, by its fork, as near as start_ticks tells; 0 unknown */
	uint8_t reserved[16];
	uint32_t declined;     /* enum dump_decline: why the lines of `declined_runtime` are in no stack */
	uint32_t declined_runtime; /* string */
	uint64_t nofile_began; /* the soft RLIMIT_NOFILE when the dump was begun; 0 unknown, UINT64_MAX none */
	uint64_t nofile_ended; /* the same at the end; 0 unknown */
};

/* Why the stacks of an interpreter's scripts are not taken. */
#define DUMP_DECLINES(X)                                                                          \
	X(NONE, "")                                                                               \
	X(VERSION, "of a version that connleak does not know")                                    \
	X(LAYOUT, "not laid out in memory as connleak knows that version")                        \
	X(FREE_THREADED, "built to run without its global lock, which connleak does not follow yet")

enum dump_decline {
#define X(name, text) DUMP_DECLINE_##name,
	DUMP_DECLINES(X)
#undef X
	DUMP_DECLINE_COUNT
};

/* ---- programs without a dump --------------------------------------------------------------- */

/* Why no library can be preloaded into a program. */
#define DUMP_REASONS(X)                                                                           \
	X(NONE, "")                                                                               \
	X(STATIC, "statically linked")                                                            \
	X(OTHER_ELF, "of another ELF class or machine than the recorder")                         \
	X(OTHER_LIBC, "made for another C library than glibc")                                    \
	X(SET_USER_ID, "set-user-id")                                                             \
	X(SET_GROUP_ID, "set-group-id")                                                           \
	X(CAPABILITIES, "privileged by file capabilities")                                        \
	X(OTHER_ID, "run with an effective user or group that is not the real one")               \
	X(GO, "a Go program with a C library inside, or of a version that is not known")          \
	X(NO_DUMP, "a process that opened a socket and could make no dump")

enum dump_reason {
#define X(name, text) DUMP_REASON_##name,
	DUMP_REASONS(X)
#undef X
	DUMP_REASON_COUNT
};

/* A process that has no dump of its own, a shell's child for example, says what it turns into in a file
 * in the folder of the dumps, for whoever started the session: such records, one after the other, each
 * by one write(2) in append mode. */
#define DUMP_UNRECORDED_NAME "connleak.%016llx.unrecorded" /* with the session */

struct dump_unrecorded {
	uint32_t pid;
	uint32_t reason;  /* enum dump_reason */
	uint32_t failed;  /* 1: the exec failed after all; takes back the last record of this pid */
	char path[500];   /* of the ELF file; ends with NUL, perhaps cut */
};

/* ---- connections --------------------------------------------------------------------------- */

/* Protocols whose framing is known, and what else may be found on a connection. */
#define DUMP_PROTOCOLS(X)                                                                         \
	X(UNKNOWN, "unknown") /* no byte seen yet, or too few to tell */                          \
	X(NONE, "none")       /* looked at; none that is known: left alone for good */            \
	X(HTTP1, "http/1.1")                                                                      \
	X(HTTP2, "h2")                                                                            \
	X(POSTGRESQL, "postgresql")                                                               \
	X(REDIS, "redis")                                                                         \
	X(MYSQL, "mysql")                                                                         \
	X(TLS, "tls") /* TLS records, and nothing is known of what is inside */               \
	X(SOCKS, "socks") /* asks a proxy for a tunnel; what goes by in it is another protocol's */

enum dump_protocol {
#define X(name, text) DUMP_PROTOCOL_##name,
	DUMP_PROTOCOLS(X)
#undef X
	DUMP_PROTOCOL_COUNT
};

enum dump_state {
	DUMP_FREE,
	DUMP_OPEN,
	DUMP_CLOSED,    /* facts stay until the slot is recycled */
	DUMP_RECYCLING, /* being counted into its call site */
};

enum dump_role {
	DUMP_ROLE_NONE,
	DUMP_ROLE_CLIENT, /* connect() was called */
	DUMP_ROLE_SERVER, /* came from accept() */
};

enum dump_conn_flags {
	DUMP_INHERITED = 1 << 0,  /* was open before this process image, or was received */
	DUMP_TOUCHED = 1 << 1,    /* this process did more with it than close it */
	DUMP_BOUND = 1 << 2,
	DUMP_LISTENING = 1 << 3,
	DUMP_CONNECTING = 1 << 4, /* connect() said EINPROGRESS, the outcome is not known yet */
	DUMP_CONNECTED = 1 << 5,
	DUMP_CONNECT_FAILED = 1 << 6, /* connect_errno says why */
	DUMP_PAIR = 1 << 7,       /* an end of a socketpair */
	DUMP_SHUT_RD = 1 << 8,
	DUMP_SHUT_WR = 1 << 9,
	DUMP_CLOSED_UNSEEN = 1 << 10, /* found closed, not seen closing */
	DUMP_EXEC_CLOEXEC = 1 << 11,  /* at the exec that was begun, every descriptor had close-on-exec */
	DUMP_TLS = 1 << 12,       /* TLS, whether or not we see into it */
	DUMP_TLS_INSIDE = 1 << 13, /* the framing is that of the plain text inside */
	DUMP_WATCHED = 1 << 14,   /* was put into an epoll set, or waited for by poll or select */
	DUMP_STDIO = 1 << 15,     /* fdopen: stdio reads and writes inside libc */
};

/* What the framer of one direction knows. 32 bytes in every connection's slot; while the protocol
 * is UNKNOWN the same bytes hold the first bytes of the stream (framing/sniff.c). */
enum dump_frame_flags {
	DUMP_FRAME_LENGTH = 1 << 0,      /* the message's body has a known length: body + remaining */
	DUMP_FRAME_CHUNKED = 1 << 1,
	DUMP_FRAME_UNTIL_CLOSE = 1 << 2, /* the body ends with the connection */
	DUMP_FRAME_CLOSE = 1 << 3,       /* the last message said that it ends the connection */
	DUMP_FRAME_OLD = 1 << 4,         /* HTTP/1.0 */
	DUMP_FRAME_LOST = 1 << 5,        /* the framer lost its place: nothing here is to be believed */
	DUMP_FRAME_SWITCHED = 1 << 6,    /* upgrade, CONNECT, replication, ...: in use, no framing */
	DUMP_FRAME_GOAWAY = 1 << 7,      /* HTTP/2: no new streams */
};

/* TLS that is seen from outside, by direction; in the upper byte, which is the protocol's own. */
enum dump_tls_flags {
	DUMP_TLS_HELLO = 1 << 8,   /* a handshake record went by */
	DUMP_TLS_KEYS = 1 << 9,    /* ChangeCipherSpec */
	DUMP_TLS_DATA = 1 << 10,   /* application data, which in TLS 1.3 ends the handshake, too */
	DUMP_TLS_FAILED = 1 << 11, /* a fatal alert in the midst of the handshake, or the library gave it up */
};

/* What the server's first words say where no framing is known, in the direction of what a client reads. With
 * DUMP_FRAME_CLOSE: what was read last said that the session ends. */
enum {
	DUMP_LINES_MIDDLE = 1 << 13, /* it ended in the midst of a line */
	DUMP_LINES_REPLIES = 1 << 14, /* SMTP, FTP: lines begin with a number */
	DUMP_LINES_IMAP = 1 << 15,
};

/* The others' words of the upper byte: whether a session is set up, and whether an answer has begun. */
enum {
	DUMP_PG_STARTED = 1 << 8,    /* in the direction of the answers: the first ReadyForQuery went by */
	DUMP_PG_FATAL = 1 << 12,     /* an ErrorResponse of severity FATAL or PANIC: the server ends the session */
	DUMP_PG_LISTENS = 1 << 13,   /* in the other: LISTEN was asked for, and UNLISTEN was not since */
	DUMP_FRAME_COMES = 1 << 14,  /* HTTP/1, MySQL, in the direction of the answers: the first bytes of an answer
	                                went by, not yet enough of them to tell whether it counts */
	DUMP_MYSQL_PHASE = 7 << 10,  /* in the direction of the answers; 0: the login is not answered yet */
	DUMP_MYSQL_LOGIN = 1 << 15,  /* in the other: the client has told who it is */
	DUMP_SOCKS_REFUSED = 1 << 8, /* by the proxy */
	DUMP_REDIS_SUBSCRIBES = 1 << 12, /* in the direction of requests: a subscription was asked for or given up */
	DUMP_REDIS_LISTENS = 1 << 13,    /* in the other: there are subscriptions, to channels and patterns */
	DUMP_REDIS_LISTENS_SHARDED = 1 << 14, /* and to channels of a shard */
};

struct dump_frame {
	uint8_t state;      /* the protocol's own */
	uint8_t sub;        /* the protocol's own */
	uint16_t flags;     /* enum dump_frame_flags */
	uint32_t begun;     /* messages begun: requests, or final responses, by direction */
	uint32_t done;      /* of those, followed to their end */
	uint32_t scratch;   /* the protocol's own */
	uint64_t remaining; /* bytes of the body (or of the piece) still to come */
	uint64_t body;      /* bytes of the last message's body that went by */
};

/* One direction of a connection, seen from the process: in = what it read, out = what it wrote. */
struct dump_half {
	uint32_t seq;     /* odd while the half is being written */
	uint16_t error;   /* errno of the last I/O error that the program was told of, 0 none */
	uint8_t eof;      /* in: the program was told of end-of-file; out: a ping was written last, or what sets the
	                     session up, and no answer was to come */
	uint8_t inexact;  /* 1: bytes went by uncounted (see DUMP_LOST_IO) */
	uint64_t bytes;
	uint64_t last_mono;    /* of the last call that moved bytes, or told of the end or of an error */
	uint32_t last_next_id; /* low half of dump_process.next_id when last a request began, or an answer, but for a
	                          late end of it, or the stream's end was read: orders use against openings */
	uint32_t thread;       /* id of the thread that made it */
	struct dump_frame frame;
};

struct dump_conn {
	uint32_t seq;  /* odd while the first 128 bytes are being written */
	uint8_t state; /* enum dump_state */
	uint8_t family; /* AF_*, as on Linux; 255 when beyond that */
	uint8_t type;   /* SOCK_*, as on Linux, without flags */
	uint8_t role;   /* enum dump_role */
	uint64_t id;    /* 1, 2, 3, ... in the order of opening; never reused */
	uint64_t inode; /* of the socket, as in /proc/PID/fd; 0 unknown */
	uint32_t stack; /* who opened it; 0 unknown */
	uint32_t opened_by; /* thread id */
	uint64_t opened_mono;
	uint64_t connected_mono;
	uint64_t closed_mono;
	uint32_t refs;  /* descriptors in this process */
	uint16_t flags; /* enum dump_conn_flags */
	uint16_t connect_errno;
	/* 64 */
	uint8_t local[16]; /* IPv4 in the first 4; unix: string in the first 4 */
	uint8_t peer[16];
	uint16_t local_port; /* host order */
	uint16_t peer_port;
	uint32_t host;   /* string: Host header or TLS server name */
	int32_t fds[4];  /* first descriptors, -1 free; the last ones before it was closed */
	uint32_t pipeline; /* 2 bits for each of the last 16 requests: enum dump_request_kind */
	uint8_t protocol_no; /* IPPROTO_*, NETLINK_*; 255 when beyond that */
	uint8_t watch;   /* the epoll set that it was put into last: descriptor + 1; 0 none, 255 beyond that */
	uint8_t protocol; /* enum dump_protocol */
	uint8_t has;     /* enum dump_conn_has */
	/* 128 */
	struct dump_half in;
	struct dump_half out;
};

enum dump_conn_has {
	DUMP_HAS_LOCAL = 1,
	DUMP_HAS_PEER = 2,
	DUMP_HAS_STREAMS = 4,      /* HTTP/2: the pool STREAMS has an item whose `conn` is this id */
	DUMP_HAS_REQUESTS_IN = 8,  /* the requests are what it reads: the accepted side */
	DUMP_HAS_REQUESTS_OUT = 16,
	DUMP_HAS_ALPN_HTTP1 = 32, /* what the TLS handshake chose (RFC 7301); neither: nothing, or another */
	DUMP_HAS_ALPN_H2 = 64,
	DUMP_HAS_ASKED = 128, /* a request was begun that does more than set the session up */
};

enum dump_request_kind {
	DUMP_REQUEST_PLAIN,
	DUMP_REQUEST_HEAD,    /* its response has no body */
	DUMP_REQUEST_CONNECT, /* a 2xx response ends the framing */
	DUMP_REQUEST_RESERVED,
};

/* HTTP/2: the streams of one connection that are open. */
#define DUMP_STREAMS_MAX 120
enum dump_stream_bits { /* in the upper half of an entry; the stream id is the lower half */
	DUMP_STREAM_ANSWERED = 1 << 0, /* final response headers went by, the end did not */
	DUMP_STREAM_ENDED = 1 << 1,    /* with EARLY only: its end was seen, too */
	DUMP_STREAM_EARLY = 1 << 2,    /* its answer was seen, its request is not recorded yet: no fact */
};

struct dump_streams {
	uint64_t conn;     /* id of the connection; 0 free */
	uint32_t overflow; /* 1: more streams than fit: see exchange_streams_followed() */
	uint32_t highest;  /* highest stream id opened by the client */
	uint32_t reset;    /* streams that were reset before they were answered */
	uint32_t early;    /* entries that are EARLY */
	uint32_t goaway;   /* the server takes no stream from this id on; 0: it did not say so */
	uint32_t latest;   /* the stream whose final response began last: dump_frame.body is its */
	uint32_t reserved[8];
	uint64_t open[DUMP_STREAMS_MAX]; /* bits << 32 | stream id; 0 free */
};

/* What the kernel said of a socket when the process ended. */
struct dump_kernel {
	uint64_t conn; /* id; 0 unused, written last */
	uint32_t tcp_state; /* TCP_ESTABLISHED, ... of netinet/tcp.h; 0 unknown */
	uint32_t queued;    /* bytes in the receive queue (FIONREAD) */
	uint32_t unsent;    /* bytes in the send queue (SIOCOUTQ) */
	uint32_t has;       /* enum dump_kernel_has */
	uint64_t received;  /* tcpi_bytes_received; counts a FIN as one byte */
	uint64_t acked;     /* tcpi_bytes_acked; counts the SYN as one byte */
};

enum dump_kernel_has {
	DUMP_KERNEL_QUEUE = 1,
	DUMP_KERNEL_TCP = 2,
	DUMP_KERNEL_GONE = 4, /* the descriptor holds another socket, or none: closed, not seen closing */
};

/* A close that says something: with an answer outstanding, or while the program was ending (an interpreter's
 * finalization, exit handlers, static destructors). Bounded: the last ones, and those of the last ending. */
struct dump_close {
	uint32_t stack;  /* who closed it */
	uint32_t ending; /* in the ending of this number: counts if that is dump_process.ending; else 0 */
	uint8_t reserved[16];
	struct dump_kernel kernel; /* `conn` as there; in an ending also what the kernel said before the close */
};

/* The task of an event loop (asyncio's) that the thread ran when it opened a connection. */
#define DUMP_TASK_NAME 56
struct dump_task {
	uint64_t conn; /* id; 0 free, written last */
	char name[DUMP_TASK_NAME]; /* UTF-8, ends with NUL, perhaps cut */
};

/* close(2) said EBADF of a number that was a connection's when it was last seen, and had been closed by this
 * process. Of the same three stacks there is one, with how often. */
struct dump_twice {
	uint64_t conn;     /* id of that connection, the first time; 0 not in use, written last */
	int32_t fd;        /* the number */
	uint32_t count;
	uint32_t opened;   /* the stack that opened the connection */
	uint32_t closed;   /* that closed it; of one frame where no more was kept */
	uint32_t again;    /* that closed the number once more */
	uint32_t closed_by; /* thread; 0 unknown */
	uint32_t again_by;  /* thread; 0 unknown */
	uint32_t before_closed_by; /* thread; 0 unknown */
	uint64_t again_mono;
	uint64_t before;   /* id of the connection that the number stood for before that; 0 unknown */
	uint32_t before_closed; /* the stack that closed it */
	uint32_t reserved;
};

/* ---- threads ------------------------------------------------------------------------------- */

/* Calls in which a thread can wait for a connection. Also the names in the report. */
#define DUMP_CALLS(X)                                                                             \
	X(read) X(readv) X(recv) X(recvfrom) X(recvmsg) X(recvmmsg) X(write) X(writev) X(send)    \
	X(sendto) X(sendmsg) X(sendmmsg) X(sendfile) X(splice) X(connect) X(accept) X(accept4)    \
	X(poll) X(ppoll) X(select) X(pselect) X(epoll_wait) X(epoll_pwait) X(close)               \
	X(preadv2) X(pwritev2) X(epoll_pwait2)

enum dump_call {
	DUMP_CALL_none,
#define X(name) DUMP_CALL_##name,
	DUMP_CALLS(X)
#undef X
	DUMP_CALL_COUNT
};

enum dump_thread_flags {
	DUMP_THREAD_MAIN = 1 << 0,
	DUMP_THREAD_FOREIGN = 1 << 1, /* not made by pthread_create: met when it called us */
	DUMP_THREAD_ENDED = 1 << 2,
	DUMP_THREAD_MANY = 1 << 3, /* touched more than one connection */
	DUMP_THREAD_READ = 1 << 4, /* read from the connection it touched first */
	DUMP_THREAD_WROTE = 1 << 5,
	DUMP_THREAD_OPENED = 1 << 6, /* opened or accepted a connection itself */
	DUMP_THREAD_STARTED = 1 << 7,
	DUMP_THREAD_CLOSED = 1 << 8, /* closed the connection it touched first */
	DUMP_THREAD_DETACHED = 1 << 9,
	DUMP_THREAD_JOINED = 1 << 10,
	DUMP_THREAD_GOROUTINE = 1 << 11, /* waiting_also are its id, and what it is parked in: string */
	DUMP_THREAD_HANDED_OUT = 1 << 12, /* it waits until a response's body it handed out is read or closed */
	DUMP_THREAD_READS_BODY = 1 << 13, /* at the end it read a body that another reads off the wire: HTTP/2 */
	DUMP_THREAD_HANDLES = 1 << 14, /* at the end it was in the handler of a request */
};

/* dump_thread.waiting_in: an enum dump_call, and how many sockets beyond waiting_on the thread
 * waits for. Of those, the first DUMP_WAIT_ALSO have their ids in waiting_also. */
#define DUMP_WAIT_CALL(word) ((word) & 0xff)
#define DUMP_WAIT_OTHERS(word) ((word) >> 8)
#define DUMP_WAIT_ALSO 3

#define DUMP_THREAD_NAME 80 /* the kernel's are 15 bytes at most, a language's may be longer */
struct dump_thread {
	uint32_t seq; /* odd while it is written, except for the waiting_* words, which stand alone */
	uint32_t id;  /* 1 is main; 0 is a free slot */
	uint32_t tid; /* the kernel's */
	uint32_t flags;
	char name[DUMP_THREAD_NAME]; /* UTF-8, NUL-terminated; empty: unknown */
	uint64_t created_mono;
	uint64_t ended_mono;
	uint32_t created_by; /* thread id */
	uint32_t stack;      /* where it was created */
	uint64_t touched;    /* id of the connection that it touched (read, wrote, opened, closed) first;
	                        listening sockets, socketpairs and datagram sockets are none */
	uint64_t born_for;   /* id of the connection that its creator had opened last, when nothing was
	                        asked or answered on it yet as this thread was created; 0 none */
	uint64_t waiting_on; /* id of a connection; 0 none */
	uint64_t waiting_since;
	uint32_t waiting_in; /* see DUMP_WAIT_CALL; written last */
	int32_t waiting_epfd; /* the epoll set it waits in, else -1 */
	uint64_t opened_last; /* id of the connection that this thread opened last */
	uint64_t waiting_also[DUMP_WAIT_ALSO]; /* more of poll's and select's sockets */
};

/* ---- stacks, modules, strings --------------------------------------------------------------- */

#define DUMP_STACK_MAGIC 0xC0DEC0DE57AC4001ull /* no canonical address */
#define DUMP_STACK_FRAMES_MAX 128

/* A stack and, when it opened sockets, its counters: a call site. Takes a run of items of 64 bytes:
 * this struct is the first two, the frames follow. A stack's id is its first item's index + 1. */
#define DUMP_CLOSED_AT 3
struct dump_stack {
	uint64_t magic; /* DUMP_STACK_MAGIC, written last */
	uint32_t depth; /* frames */
	uint32_t modules; /* how many modules were known when it was taken; 0: not known, so all */
	/* Counters of sockets opened here whose slots were recycled; those still in a slot are not in. */
	uint64_t closed;        /* nothing outstanding */
	uint64_t closed_early;  /* a response was outstanding, neither end-of-file nor error told */
	uint64_t closed_unread; /* of those: nothing of the response was read */
	uint64_t connections;   /* of all: connected or accepted */
	uint64_t requests;
	uint64_t responses;
	/* 64 */
	uint64_t open_now;  /* not counting descriptors: sockets */
	uint64_t open_max;
	uint64_t opened;    /* all, recycled or not */
	uint64_t unseen;    /* of the closed ones: found closed, not seen closing */
	uint64_t series_mark; /* the recorder's own */
	uint32_t series;      /* index + 1 in the pool of series; 0 none yet, UINT32_MAX no room */
	/* Stacks, by id; 0 none, or it could not be taken (then 1). */
	uint32_t first_used;  /* of the first write of a client, or read of a server, on a connection opened here */
	uint32_t closes_seen; /* closes of such connections, those in an ending aside, up to some DUMP_CLOSED_AT */
	uint32_t closed_at[DUMP_CLOSED_AT]; /* and their stacks */
	/* 128: uint64_t frames[depth], innermost first: return addresses, or places (DUMP_FRAME_IS_PLACE) */
};

/* Frames of a script stand in a stack where the frames of its interpreter stood. No return address in a
 * process is in that half of the address space. */
#define DUMP_FRAME_PLACE 0x8000000000000000ull /* | index in the pool of places */
#define DUMP_FRAME_IS_PLACE(frame) ((frame) >> 32 == DUMP_FRAME_PLACE >> 32)

/* What a program, or a part of it, is written in: enum, name in the report. */
#define DUMP_LANGUAGES(X)                                                                         \
	X(NATIVE, "native")                                                                       \
	X(GO, "go")                                                                               \
	X(PYTHON, "python")                                                                       \
	X(JAVA, "java")                                                                           \
	X(JAVASCRIPT, "javascript")                                                               \
	X(RUBY, "ruby")                                                                           \
	X(PHP, "php")                                                                             \
	X(PERL, "perl")

enum dump_language {
#define X(name, text) DUMP_LANGUAGE_##name,
	DUMP_LANGUAGES(X)
#undef X
	DUMP_LANGUAGE_COUNT
};

/* A line of a script, each stored once. */
struct dump_place {
	uint32_t function; /* string; 0 unknown */
	uint32_t file;     /* string; 0 unknown */
	uint32_t line;     /* from 1 on; 0 unknown */
	uint32_t language; /* enum dump_language, never NATIVE: written last */
	uint8_t reserved[16];
};

/* How many sockets were open over the life of the process: of one stack, or of all. A cell has the most that
 * were open at once in its bucket; a bucket is (1 << DUMP_SERIES_SHIFT) << doubled ns long, and cell i is the
 * i-th of them from dump_process.series_from on. A cell that is full of time has no successor: then
 * neighbours are merged and all buckets are twice as long. Each cell says for itself how often that was done
 * when it was written: one that is behind the others is older, and true all the same. From the last one that
 * was written to the end of the process as many were open as the stack (or the process) has in open_now. */
#define DUMP_SERIES_CELLS 128
#define DUMP_SERIES_SHIFT 22 /* 4.2 ms: about a tick of the clock */
#define DUMP_SERIES_BITS 26  /* of a cell's count; above it 1 + how often it was doubled; 0: not written */
#define DUMP_SERIES_ALL UINT32_MAX

struct dump_series {
	uint32_t stack; /* id; DUMP_SERIES_ALL: of all sockets; 0: not in use */
	uint32_t busy;  /* 1: a bucket is being begun */
	uint32_t reserved[2];
	uint32_t cells[DUMP_SERIES_CELLS];
};

/* The first time that no descriptor was to be had (dump_process.exhausted counts all): what was open then,
 * and by which stacks. Its room is there from the beginning, since no file can be opened any more. */
#define DUMP_EXHAUSTION_TOP 8

struct dump_exhaustion {
	uint64_t mono;   /* 0: never; written last */
	uint32_t error;  /* EMFILE: the process's limit; ENFILE: the machine's */
	uint32_t stack;  /* who asked for one more */
	uint32_t thread; /* id */
	uint32_t stacks; /* how many had sockets open */
	uint64_t limit;  /* soft RLIMIT_NOFILE just then; 0 unknown, UINT64_MAX none */
	uint64_t open;   /* sockets of this process: the other descriptors are files, pipes and so on */
	struct {
		uint32_t stack, open;
	} top[DUMP_EXHAUSTION_TOP]; /* those with most, in order; stack 0: no more */
	uint64_t last_mono; /* the last time that it happened */
	uint64_t reserved[2];
};

enum dump_module_flags {
	DUMP_MODULE_GO_ID = 1, /* no GNU build id: the last 20 bytes of what Go's linker left, which is text */
};

struct dump_module {
	uint64_t start; /* first byte mapped */
	uint64_t end;   /* one past the last */
	uint64_t bias;  /* load address: address - bias is the address in the ELF file */
	uint32_t path;  /* string */
	uint8_t build_id_size;
	uint8_t build_id[20];
	uint8_t flags; /* enum dump_module_flags */
	uint8_t reserved[14];
};

#define DUMP_STRING_MAX 4000
/* A string takes a run of items of 32 bytes: this header, then the bytes. A string's id is its
 * first item's index + 1. No terminator; cmdline contains NULs. */
struct dump_string {
	uint32_t magic; /* DUMP_STRING_MAGIC, written last */
	uint32_t size;  /* bytes */
	/* uint8_t bytes[size] */
};
#define DUMP_STRING_MAGIC 0x57A1B17Eu
#define DUMP_STRING_ITEM 32
#define DUMP_STACK_ITEM 64

/* ---- the layout is pinned ------------------------------------------------------------------- */

_Static_assert(sizeof(struct dump_header) == 64, "layout of the dump");
_Static_assert(sizeof(struct dump_chunk) == 64, "layout of the dump");
_Static_assert(sizeof(struct dump_process) == 512, "layout of the dump");
_Static_assert(sizeof(struct dump_unrecorded) == 512, "layout of the dump");
_Static_assert(sizeof(struct dump_frame) == 32, "layout of the dump");
_Static_assert(sizeof(struct dump_half) == 64, "layout of the dump");
_Static_assert(sizeof(struct dump_conn) == 256, "layout of the dump");
_Static_assert(__builtin_offsetof(struct dump_conn, local) == 64, "layout of the dump");
_Static_assert(__builtin_offsetof(struct dump_conn, in) == 128, "layout of the dump");
_Static_assert(sizeof(struct dump_streams) == 1024, "layout of the dump");
_Static_assert(sizeof(struct dump_kernel) == 40, "layout of the dump");
_Static_assert(sizeof(struct dump_close) == 64, "layout of the dump");
_Static_assert(sizeof(struct dump_task) == 64, "layout of the dump");
_Static_assert(sizeof(struct dump_twice) == 64, "layout of the dump");
_Static_assert(sizeof(struct dump_thread) == 192, "layout of the dump");
_Static_assert(sizeof(struct dump_stack) == 128, "layout of the dump");
_Static_assert(sizeof(struct dump_series) == 528, "layout of the dump");
_Static_assert(sizeof(struct dump_exhaustion) == 128, "layout of the dump");
_Static_assert(sizeof(struct dump_place) == 32, "layout of the dump");
_Static_assert(sizeof(struct dump_module) == 64, "layout of the dump");
_Static_assert(sizeof(struct dump_string) == 8, "layout of the dump");
_Static_assert(DUMP_LOST_COUNT <= 24, "dump_process.lost");

#endif
