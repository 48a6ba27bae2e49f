/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The model: one process image as its dump tells it, joined, checked and in plain structs, with
 * the places for what verdict.c and pins.c decide. It knows no verdict rules and prints nothing.
 *
 * The order of work, and who fills in what:
 *
 *	model_build(&m, dump, &options)   everything without a "decided by" below
 *	kernel_ask(&m)                    only when m.process.end == MODEL_END_RUNNING (kernel.h)
 *	place_decide(&m, symbols)         which stacks are one place (place.h)
 *	verdict_decide(&m)                verdicts, reasons, evidence, summary, call sites (verdict.h)
 *	holders_join(all, count)          when the reports are to say who else holds a socket (holders.h)
 *	pins_decide(&m)                   who serves whom, roles, pins, summary.threads (pins.h)
 *	...the reports only read...
 *
 * Of a dump that was opened to be walked (reader.h) the connections are not in the model: only those that
 * threads or double closes name are, and each.h walks over all. What is decided of one of them is decided
 * anew when it is met again: model.judge.
 *
 *	model_free(&m); dump_close(dump)
 *
 * Texts from the dump are views: not terminated, any byte may be in them, valid while the dump is
 * open. A view with bytes == NULL means unknown.
 */
#ifndef CONNLEAK_MODEL_H
#define CONNLEAK_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "connleak/dump.h"
#include "model/verdicts.h"
#include "read/reader.h"

#define MODEL_NONE UINT32_MAX /* an index that points nowhere */

/* ---- process -------------------------------------------------------------------------------- */

enum model_end {
	MODEL_END_EXIT,
	MODEL_END_KILLED,
	MODEL_END_EXEC,
	MODEL_END_RUNNING,
};

/* "exit", "killed", "exec", "running". */
const char *model_end_name(enum model_end end);

struct model_process {
	uint32_t pid, ppid;
	struct dump_text exe;
	struct dump_text cmdline; /* the arguments, each ended by NUL, the last perhaps not */
	bool cmdline_cut;
	bool forked;           /* the child of a fork, without an exec */
	uint64_t start_ticks;  /* /proc/PID/stat, field 22; 0 unknown */
	uint64_t session;      /* of the launcher; 0 none */
	uint64_t started_wall; /* CLOCK_REALTIME ns, anchor of all times below */
	uint64_t started_mono; /* CLOCK_MONOTONIC ns */
	uint64_t began_mono;   /* the same, exactly, where the recorder wrote that down: for the order of images only */
	uint64_t ended_mono;   /* end, or now when it runs, or the last sign of life when killed */
	uint64_t ending_mono;  /* the first close while it was ending; 0: none */
	enum model_end end;
	bool status_known; /* exit_status is valid */
	int exit_status;
	/* The dump of a killed process cannot name the signal. A launcher that waited for the
	 * process sets these two before it reports. */
	bool signal_known;
	int signal;
	const char *runtime; /* "go1.24.4", terminated; NULL: no language's that we know */
	uint64_t goroutines; /* of Go, at its end; 0 unknown */
	uint64_t delayed;    /* ns that it was kept from running, in all; 0 unknown */
	uint64_t nofile;     /* soft RLIMIT_NOFILE, the last one that is known; 0 unknown, UINT64_MAX none */
	uint64_t unseen;     /* sockets that are open and that nobody saw being opened */
	const char *exec_reason; /* with end EXEC: why the image that it became is not recorded; NULL it is */
	struct dump_text exec_path; /* and what that is */
};

/* ---- connections ---------------------------------------------------------------------------- */

struct model_kernel { /* what the kernel says of a socket, at the end or just now */
	bool known;         /* anything below is */
	bool has_queue;     /* queued and unsent are */
	bool has_tcp;       /* tcp_state, received, acked are; of a table's entry only the first */
	bool gone;          /* the descriptor holds another socket, or none */
	uint8_t tcp_state;  /* TCP_ESTABLISHED, ... of netinet/tcp.h; 0 unknown */
	uint32_t queued;
	uint32_t unsent;
	uint64_t received;
	uint64_t acked;
	uint32_t rtt_us;        /* of a running process: smoothed round trip; 0 unknown */
	uint32_t retransmitted; /* segments, over its life */
};

/* How a thread waits for a connection: in a call that named it, or in an epoll set that holds it. */
enum model_waited { MODEL_WAITED_NOT, MODEL_WAITED_SET, MODEL_WAITED_CALL };

struct model_holder {
	uint32_t pid;
	char name[32]; /* terminated and printable; empty: unknown */
};

struct model_conn {
	const struct dump_conn *facts;      /* as recorded; never NULL */
	uint32_t index;                     /* of all, ascending by id */
	const struct dump_streams *streams; /* HTTP/2, or NULL */
	struct model_kernel kernel;

	bool half_written; /* some of `facts` was caught while it was being written */
	enum model_waited waited_for; /* by a thread that is alive */
	bool handed_out;   /* a response of it was, and neither read to its end nor closed: its reader says so */
	bool handled;      /* a request of it is, by the goroutine that serves it */
	const char *kind;  /* "tcp", "tcp6", "unix", "udp", ...; never NULL */
	uint32_t stack;    /* index into model.stacks, who opened it; MODEL_NONE unknown */
	const char *task;  /* of the event loop that opened it: terminated, or NULL */
	uint32_t closed_stack; /* and who closed it, where that says something */
	bool closed_twice; /* its number was closed once more (model_twice) */
	bool teardown;     /* closed only while the process was ending: `kernel` is of before that */

	/* decided by holders.c */
	const struct model_holder *holders; /* who else holds it, ascending by pid */
	uint32_t holder_count;

	/* decided by verdict.c */
	enum verdict verdict;
	enum reason reason;
	enum evidence evidence;
	uint32_t site; /* index into model.call_sites, or MODEL_NONE; by tally.c */
	bool closed;      /* every descriptor of it in this process is */
	bool framed;      /* the framing of its protocol was followed and is to be believed */
	bool has_body_expected;
	const char *protocol; /* "http/1.0", "http/1.1", "h2", "tls", ..., or NULL */
	uint32_t requests;
	uint32_t responses; /* final ones, read to their end */
	uint32_t reused;    /* requests after the first */
	uint64_t body_received;
	uint64_t body_expected; /* when has_body_expected */

	uint64_t bypassed_by; /* id of the other one, where two of a place are all there are, the second opened and asked
	                         while this one sat idle; 0 no such */
};

/* ---- threads -------------------------------------------------------------------------------- */

/* enum, name in the report, help text */
#define MODEL_THREAD_ROLES(X)                                                                     \
	X(MAIN, "main", "the thread that began in main()")                                        \
	X(READER, "reader", "it reads from the connection that it serves")                        \
	X(WRITER, "writer", "it writes to the connection that it serves")                         \
	X(READER_WRITER, "reader-writer", "it does both")                                         \
	X(WORKER, "worker", "it works on sockets, but serves no single connection")               \
	X(NONE, "none", "it never touched a socket")

enum model_thread_role {
#define X(name, text, help) MODEL_THREAD_##name,
	MODEL_THREAD_ROLES(X)
#undef X
	MODEL_THREAD_ROLE_COUNT
};

const char *model_thread_role_name(enum model_thread_role role);

struct model_pin { /* decided by pins.c: this thread serves that connection, or waits on it */
	uint64_t conn; /* id */
	uint32_t thread;
};

struct model_thread {
	uint32_t id;  /* 1, 2, 3, ...: of the report */
	uint32_t tid; /* the kernel's; 0 unknown */
	const char *name; /* terminated, "" when unknown */
	bool alive;       /* at the end, or now */
	bool main, foreign, detached, joined;
	bool goroutine;  /* of Go: `tid` is none */
	uint64_t goid;   /* Go's number of it */
	bool handed_out; /* it waits for a response's body to be read to its end or closed */
	bool reads_body; /* it waits for one that another reads off the connection: which, nobody knows */
	bool handles;    /* it is in the handler of a request */
	bool half_written;
	uint64_t created_mono; /* 0 unknown */
	uint64_t ended_mono;   /* 0 never */
	uint32_t created_by;   /* thread id, 0 unknown */
	uint32_t stack;        /* index into model.stacks, where it was created; or MODEL_NONE */
	const char *waiting_in; /* the call's name, or NULL; only of a thread that is alive */
	uint64_t waiting_on;    /* connection id; 0 none, or more than one */
	uint32_t waiting_count; /* how many sockets it waits for; 0 none, or unknown */
	uint64_t waiting_since; /* CLOCK_MONOTONIC ns; 0 unknown */
	bool waits_elsewhere;   /* not in the call that is on record */
	uint64_t opened, opened_before; /* ids: the last listed connection that it opened, and one before that; 0 none */
	const struct dump_thread *facts;

	/* decided by pins.c */
	enum model_thread_role role;
	uint64_t serves; /* connection id, 0 none: a thread serves at most one */
	bool pins;       /* alive, and serves a connection that is drained or leaked */
};

/* ---- stacks, modules, call sites -------------------------------------------------------------- */

struct model_module {
	struct dump_text path;
	uint64_t start, end;
	uint64_t bias; /* address - bias is the address in the ELF file */
	uint8_t build_id[20];
	uint8_t build_id_size; /* 0 unknown */
	uint8_t go_id[20];     /* where only Go's linker left one (DUMP_MODULE_GO_ID) */
	uint8_t go_id_size;
};

struct model_place { /* a line of a script */
	const char *function; /* terminated; NULL unknown */
	const char *file;     /* terminated; NULL unknown */
	int line;             /* 0 unknown */
	enum dump_language language; /* NATIVE: caught while it was written */
};

/* "native", "python", ... */
const char *model_language_name(enum dump_language language);
/* By that name; NATIVE for any other, and for NULL. */
enum dump_language model_language_of(const char *name);

struct model_frame {
	uint64_t address; /* the return address: look up address - 1 for function and line; of a script's: its tag */
	uint64_t offset;  /* in the ELF file's own addresses; equals address without a module */
	uint32_t module;  /* index into model.modules, or MODEL_NONE */
	uint32_t place;   /* index into model.places: a script's, which has no address; or MODEL_NONE */
};

struct model_stack {
	uint32_t id;    /* of the report */
	uint32_t depth; /* 0: a stack that could not be taken */
	const struct model_frame *frames; /* innermost first */
	const struct dump_stack *facts;
	bool used; /* by a connection, a thread or a call site of this model */

	/* decided by place.c */
	uint32_t place, opener; /* from 1 on; 0 unknown */
};

/* Sockets by verdict: of a process, of a place, of a place without what is suppressed. Those of which only a counter is
 * left are among them. */
struct counts {
	uint64_t of[VERDICT_COUNT];
	uint32_t example; /* index of the connection that shows the worst of them, or MODEL_NONE */
	uint32_t stack;   /* index into model.stacks, who opened that one; or MODEL_NONE */
	enum verdict verdict; /* and the verdict and reason of that one */
	enum reason reason;
	bool one_reason;  /* there are leaked ones, and all have the example's reason */
};
#define COUNTS_NONE ((struct counts){.example = MODEL_NONE, .stack = MODEL_NONE})

/* In time or too early. */
static inline uint64_t counts_closed(const struct counts *c)
{
	return c->of[VERDICT_CLOSED] + c->of[VERDICT_CLOSED_EARLY];
}

#define MODEL_CLOSED_AT_MAX 4

struct model_call_site { /* decided by tally.c */
	uint32_t place; /* all stacks with this model_stack.place; 0: stacks that could not be taken */
	uint32_t stack; /* index into model.stacks: of `counts.example`, or one of them */
	uint32_t stacks; /* how many stacks of this place opened something */
	uint64_t opened, open_now, open_max;
	uint64_t connections; /* of those opened: connected or accepted */
	struct counts counts;

	/* decided by traces.c: indices into model.stacks */
	uint32_t first_used; /* where one of its connections was used first; MODEL_NONE unknown */
	uint32_t closed_at[MODEL_CLOSED_AT_MAX], closed_at_count; /* where the first ones were closed, outside of an ending */
};

/* ---- the limit on descriptors ------------------------------------------------------------------ */

struct model_exhaustion {
	const struct dump_exhaustion *facts; /* of the first time; NULL: a descriptor was always to be had */
	uint64_t count;  /* how often none was */
	uint32_t stack;  /* index into model.stacks, who was refused one; MODEL_NONE unknown */
	uint32_t top[DUMP_EXHAUSTION_TOP]; /* the same, of facts->top */
	uint64_t most;   /* descriptors that were certainly open at once; 0 unknown */
	bool near;       /* that is within a tenth of process.nofile, or none was to be had */
};

/* ---- closed twice -------------------------------------------------------------------------------- */

/* Of twice.c. Stacks are indices into model.stacks, or MODEL_NONE. */
struct model_twice {
	const struct dump_twice *facts;
	struct model_conn *conn; /* what the number was when it was last seen; NULL: not listed any more */
	uint32_t opened, closed; /* of that one; `closed` may be cut to its innermost frame */
	uint32_t again;          /* who closed the number after that */
	uint32_t before_closed;  /* who closed what had the number before that one */
	bool stranger;     /* who closed it did nothing else with it, as far as is known, and who closed it again did */
	bool meant_before; /* who closed it closed the one before, too: perhaps it was that one that was closed twice */
};

/* ---- all of it -------------------------------------------------------------------------------- */

struct model_summary { /* decided by tally.c; threads by pins.c */
	uint64_t sockets, connections;
	struct counts counts;
	uint64_t requests, responses;
	uint64_t threads_created, threads_alive, threads_pinned;
	uint64_t unseen;   /* open, and nobody saw them being opened: in none of the above */
	uint64_t unlisted; /* sockets that live on only in the counters of their call site */
};

struct model_options {
	uint64_t idle_ns; /* so long without traffic, and a connection of a running process is idle */
	const struct own *own; /* whose code is whose, as the user says; NULL: nothing said */
	const struct symbol_folders *symbols; /* where they lie, as the user says; NULL: nothing said */
	bool mangled; /* names stay as compilers made them */
};
#define MODEL_OPTIONS_DEFAULT ((struct model_options){.idle_ns = 10000000000ull})

/* What is to be known of all connections before any of them is looked at. */
struct model_survey {
	uint32_t count;
	uint32_t torn;  /* were caught while they were written */
	uint32_t met;   /* connections, connected or accepted, that this process had to do with */
	uint64_t last;  /* CLOCK_MONOTONIC ns: the last that happened to any */
	uint64_t moved, moved_before; /* when a connection was opened or used last, and before that another one */
	uint32_t moved_index;
};

struct model {
	const struct dump *dump;
	struct model_options options;
	struct model_process process;
	struct model_summary summary;
	struct model_exhaustion exhaustion;
	struct model_survey survey;
	struct model_conn *conns; /* ascending by id: all, or of a dump that is walked those that others name */
	uint32_t conn_count;
	struct spill *asked;       /* of kernel.c, of a running process's dump that is walked: each of each_asked; else NULL */
	struct model_waits *waits; /* of waits.c */
	/* Of a dump that is walked: decides what verdict_decide() has decided, as far as it has got; NULL: nothing yet */
	void (*judge)(const struct model *m, struct model_conn *c);
	struct model_judged *judged; /* what that rests on */
	char why[DUMP_WHY_MAX]; /* what went wrong when it was not memory; else "" */
	struct model_thread *threads; /* ascending by id */
	uint32_t thread_count;
	uint32_t bodies_read, handlers; /* goroutines that read a body of HTTP/2, that are in a handler: of some connection */
	struct model_stack *stacks; /* ascending by id */
	uint32_t stack_count;
	struct model_module *modules;
	uint32_t module_count;
	struct model_place *places;
	uint32_t place_count;
	struct model_texts *place_texts; /* of places.c */
	struct model_call_site *call_sites; /* worst first */
	uint32_t call_site_count;
	uint32_t *site_of_place; /* by model_stack.place: index into model.call_sites; by tally.c */
	struct model_twice *twice;
	uint32_t twice_count;
	struct model_pin *pins; /* ascending */
	uint32_t pin_count;
	struct model_holder *holders; /* see model_conn.holders */
	struct model_holds *holds;    /* of holders.c: the same, of a dump that is walked */
	char **warnings; /* one line each, terminated */
	uint32_t warning_count;
	char **texts; /* terminated copies of strings of the dump */
	uint32_t text_count;
	struct model_frame *frames; /* all of them; stacks point into it */
};

/* Is what there is one of for each connection left in the dump? */
static inline bool model_walks(const struct model *m)
{
	return m->dump && dump_walks(m->dump);
}

/* One that a connection can be made with. */
static inline bool model_is_stream(const struct dump_conn *c)
{
	return (c->family == AF_INET || c->family == AF_INET6 || c->family == AF_UNIX || c->family == AF_VSOCK) &&
	       (c->type == SOCK_STREAM || c->type == SOCK_SEQPACKET);
}

/* Builds the model of a dump that stays open as long as the model. False without memory, or with model.why. */
bool model_build(struct model *m, const struct dump *dump, const struct model_options *options);
void model_free(struct model *m);

/* The text of an enum dump_reason; NULL for none, and for one that a newer recorder may have. */
const char *model_reason(uint32_t reason);

/* A text, terminated, kept as long as the model; NULL: none, too long, or not one line of text. */
const char *model_keep(struct model *m, struct dump_text text);
/* The same of a string of the dump, by id. */
const char *model_text(struct model *m, uint64_t id);

/* Adds a line to model.warnings. Control characters from names are made visible. */
void model_warn(struct model *m, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* How a line begins of a program that could not be recorded, which no format may let pass as clean; and is it one? */
#define MODEL_UNRECORDED "not recorded: "
bool model_is_unrecorded(const char *warning);
/* How many such lines the model has. */
uint32_t model_unrecorded(const struct model *m);

/* By id; NULL when it is not (or no longer) listed. */
struct model_conn *model_conn_by_id(const struct model *m, uint64_t id);
struct model_thread *model_thread_by_id(const struct model *m, uint32_t id);
/* Index into model.stacks, or MODEL_NONE. */
uint32_t model_stack_by_id(const struct model *m, uint32_t id);
uint32_t model_use_stack(struct model *m, uint32_t id); /* and it is used */

/* Seconds since the process started, for any CLOCK_MONOTONIC value of the dump. False: never. */
bool model_seconds(const struct model *m, uint64_t mono, double *seconds);

/* "127.0.0.1:80", "[::1]:80", "/run/x.sock", "@abstract"; false when unknown. Writes a terminated
 * text, cut to `size`. MODEL_ADDRESS_MAX holds any. Bytes of a unix path are copied as they are. */
#define MODEL_ADDRESS_MAX 160
bool model_local(const struct model *m, const struct model_conn *c, char *text, size_t size);
bool model_peer(const struct model *m, const struct model_conn *c, char *text, size_t size);
struct dump_text model_host(const struct model *m, const struct model_conn *c);

/* "ESTABLISHED", "CLOSE_WAIT", ...; NULL when the kernel was not asked or it is no TCP socket. */
const char *model_tcp_state(const struct model_conn *c);
/* The direction that was used last, by which thread and when; NULL: it never was. */
const struct dump_half *model_last_used(const struct model_conn *c);
/* "client", "server", "none". */
const char *model_role(const struct model_conn *c);
/* Bytes in the receive queue; false when unknown. */
bool model_queued(const struct model_conn *c, uint64_t *bytes);

#endif
