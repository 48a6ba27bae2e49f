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
#include "model/connection.h"
#include "model/stack.h"
#include "model/thread.h"
#include "model/verdicts.h"
#include "read/reader.h"

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
	uint32_t here; /* its number for us, where it runs: in a container it has its own; 0 it does not */
	struct dump_text exe;
	struct dump_text cmdline; /* the arguments, each ended by NUL, the last perhaps not */
	bool cmdline_cut;
	bool forked;           /* the child of a fork, without an exec */
	uint64_t start_ticks;  /* /proc/PID/stat, field 22; 0 unknown */
	uint64_t session;      /* of the launcher; 0 none */
	uint64_t started_wall; /* CLOCK_REALTIME ns, anchor of all times below */
	uint64_t started_mono; /* CLOCK_MONOTONIC ns */
	uint64_t began_mono;   /* the same, exact, where the recorder wrote it down: for the order of images only */
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
	uint64_t born_mono;  /* when it was made, before any exec; with its end by exit, else 0; 0 unknown */
	uint64_t delayed;    /* ns that it was kept from running, in all since then; 0 unknown */
	uint64_t nofile;     /* soft RLIMIT_NOFILE, the last one that is known; 0 unknown, UINT64_MAX none */
	uint64_t unseen;     /* sockets that are open and that nobody saw being opened */
	const char *exec_reason; /* with end EXEC: why the image that it became is not recorded; NULL it is */
	struct dump_text exec_path; /* and what that is */
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
	bool stranger;     /* who closed it did nothing else with it, as far as known, and who closed it again did */
	bool meant_before; /* who closed it closed the one before, too: perhaps that one was closed twice */
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
	struct spill *asked;       /* of kernel.c: each_asked, of a running process's walked dump; else NULL */
	struct model_waits *waits; /* of waits.c */
	/* Of a dump that is walked: decides what verdict_decide() decided, as far as it got; NULL: nothing yet */
	void (*judge)(const struct model *m, struct model_conn *c);
	struct model_judged *judged; /* what that rests on */
	char why[DUMP_WHY_MAX]; /* what went wrong when it was not memory; else "" */
	struct model_thread *threads; /* ascending by id */
	uint32_t thread_count;
	uint32_t bodies_read, handlers; /* goroutines reading a body of HTTP/2, in a handler: of some connection */
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

/* Builds the model of a dump, which is to stay open as long. False without memory, or with model.why. */
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
/* How a line of an unrecorded program begins, which no format may let pass as clean; and is it one? */
#define MODEL_UNRECORDED "not recorded: "
bool model_is_unrecorded(const char *warning);
/* How many such lines the model has. */
uint32_t model_unrecorded(const struct model *m);

/* By id; NULL when it is not (or no longer) listed. */
struct model_conn *model_conn_by_id(const struct model *m, uint64_t id);
struct model_thread *model_thread_by_id(const struct model *m, uint32_t id);
/* Index into model.stacks, or MODEL_NONE. */
uint32_t model_stack_by_id(const struct model *m, uint32_t id);
/* The one that shows where such a stack's socket was opened: it, or where it ends too early another
 * (model_stack.whole). MODEL_NONE is that of MODEL_NONE. */
uint32_t model_whole(const struct model *m, uint32_t stack);
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
/* When it was closed, by whatever closed it; 0: it was not, or nobody knows. After its verdict. */
uint64_t model_closed_mono(const struct model *m, const struct model_conn *c);
/* "client", "server", "none". */
const char *model_role(const struct model_conn *c);
/* Bytes in the receive queue; false when unknown. */
bool model_queued(const struct model_conn *c, uint64_t *bytes);

#endif
