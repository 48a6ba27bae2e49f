/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Node: the frames of JavaScript that made the handle of a connection.
 *
 * They are taken where node::TCPWrap's constructor calls libuv (node_calls.h). Just before that the same
 * constructor may have run JavaScript itself (an async_hooks init callback, AsyncWrap::AsyncReset), and V8's
 * API may be called: whatever V8 does when it is asked, it could have done there without us. They are kept
 * until the handle is connected, which is when the socket is made.
 */
#include <errno.h>
#include <string.h>

#include "core/arena.h"
#include "core/places.h"
#include "core/stacks.h"
#include "here/bounds.h"
#include "here/options.h"
#include "here/presence.h"
#include "here/self.h"
#include "process_facts.h"
#include "scripts/called.h"
#include "scripts/node_calls.h"
#include "scripts/node_waiting.h"
#include "scripts/peek.h"
#include "scripts/place.h"
#include "scripts/scripts.h"
#include "scripts/v8.h"

static struct {
	struct library library;
	node_call *real[NODE_CALLS];
	const char *const *version; /* where Node has its own: the first word of a std::string */
	bool here, diverted;
	char name[CALLED_SIZE];
} it;

/* Of what is being connected by this thread, and of what it is just told that it could not be. */
static __thread const struct v8_trace *connecting __attribute__((tls_model("initial-exec")));
static __thread const struct v8_trace *failed __attribute__((tls_model("initial-exec")));

/* ---- the calls -------------------------------------------------------------------------------------- */

/* V8 gives up lines for good where its stack is nearly full when it is asked
 * (Compiler::CollectSourcePositions): it has 984 KiB unless told otherwise, and this is far from it. */
#define DEEP (400u << 10)

/* Told otherwise (--stack-size, a worker's resourceLimits): half of what it has must be left. */
static bool half_is_left(uintptr_t here)
{
	uintptr_t limit = v8_stack_limit();

	return !bounds_own(limit) || (here > limit && here - limit >= (self.stack_top - limit) / 2);
}

static bool may_ask(void)
{
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);

	return !state.off && options.stack_depth && bounds_own(here) && self.stack_top - here < DEEP &&
	       half_is_left(here);
}

static bool nodes_own(const struct v8_trace *trace)
{
	const char *function, *file;
	struct v8_frame frame;
	uint16_t at = 0;

	while (v8_next(trace, &at, &frame, &function, &file))
		if (frame.file_size < 5 || memcmp(file, "node:", 5) != 0)
			return false;
	return true;
}

/* Where a name has several addresses the next one is tried, with a new handle, by node itself when it is
 * told that the one before could not be reached (net.js, internalConnectMultiple()): it is still who
 * asked first that wants it. */
static bool fill(struct v8_trace *trace)
{
	if (!v8_take(trace, (int)options.script_depth))
		return false;
	if (failed && nodes_own(trace))
		*trace = *failed;
	return true;
}

static void made(uintptr_t handle)
{
	int saved = errno;
	struct v8_trace trace;

	waiting_add(handle, may_ask() && fill(&trace) ? &trace : NULL);
	errno = saved;
}

/* What libuv calls when a TCP connection was made, or could not be: one and the same function of node's. */
static node_done *tcp_done;

static void done(uintptr_t request, int status)
{
	const struct v8_trace *outer = failed, *its = waiting_trace(request, true);

	failed = status ? its : NULL;
	tcp_done(request, status);
	failed = outer;
	waiting_release(its);
}

static bool is_done(uintptr_t function)
{
	node_done *none = NULL;

	__atomic_compare_exchange_n(&tcp_done, &none, (node_done *)function, false,
				    __ATOMIC_RELAXED, __ATOMIC_RELAXED);
	return tcp_done == (node_done *)function;
}

static uintptr_t connects(node_call *real, const uintptr_t a[6], bool kept)
{
	const struct v8_trace *outer = connecting, *its = waiting_trace(a[1], true);
	uintptr_t result;

	connecting = its;
	result = real(a[0], a[1], a[2], its && kept ? (uintptr_t)done : a[3], a[4], a[5]);
	connecting = outer;
	if (its && kept && !(int)result)
		waiting_add_same(a[0], its); /* from now on it goes by its request */
	waiting_release(its);
	return result;
}

static uintptr_t tcp_init(uintptr_t loop, uintptr_t handle, uintptr_t c, uintptr_t d, uintptr_t e,
			  uintptr_t f)
{
	made(handle);
	return it.real[NODE_TCP_INIT](loop, handle, c, d, e, f);
}

static uintptr_t pipe_init(uintptr_t loop, uintptr_t handle, uintptr_t c, uintptr_t d, uintptr_t e,
			   uintptr_t f)
{
	made(handle);
	return it.real[NODE_PIPE_INIT](loop, handle, c, d, e, f);
}

static uintptr_t tcp_connect(uintptr_t request, uintptr_t handle, uintptr_t c, uintptr_t d, uintptr_t e,
			     uintptr_t f)
{
	return connects(it.real[NODE_TCP_CONNECT], (uintptr_t[]){request, handle, c, d, e, f}, is_done(d));
}

static uintptr_t pipe_connect(uintptr_t request, uintptr_t handle, uintptr_t c, uintptr_t d, uintptr_t e,
			      uintptr_t f)
{
	return connects(it.real[NODE_PIPE_CONNECT], (uintptr_t[]){request, handle, c, d, e, f}, false);
}

/* A socket that listens is made here, at once, for who has just made the handle; it may go on to connect. */
static uintptr_t binds(node_call *real, const uintptr_t a[6])
{
	const struct v8_trace *outer = connecting, *its = waiting_trace(a[0], false);
	uintptr_t result;

	connecting = its;
	result = real(a[0], a[1], a[2], a[3], a[4], a[5]);
	connecting = outer;
	waiting_release(its);
	return result;
}

static uintptr_t tcp_bind(uintptr_t handle, uintptr_t b, uintptr_t c, uintptr_t d, uintptr_t e, uintptr_t f)
{
	return binds(it.real[NODE_TCP_BIND], (uintptr_t[]){handle, b, c, d, e, f});
}

static uintptr_t pipe_bind(uintptr_t handle, uintptr_t b, uintptr_t c, uintptr_t d, uintptr_t e, uintptr_t f)
{
	return binds(it.real[NODE_PIPE_BIND], (uintptr_t[]){handle, b, c, d, e, f});
}

static int node_look_at(struct dl_phdr_info *info, size_t size, void *data)
{
	node_call *calls[NODE_CALLS] = {tcp_init, tcp_connect, pipe_init, pipe_connect, tcp_bind, pipe_bind};
	struct library l;

	if (!library_of(&l, info) || !library_symbol(&l, "_ZN4node11per_process8metadataE", NULL))
		return 0;
	it.here = true;
	it.library = l;
	it.version = library_symbol(&l, "_ZN4node11per_process8metadataE", NULL);
	/* Asked for by the hooks from the moment on in which they are called. */
	if (v8_bind(&l) && v8_is_known()) {
		it.diverted = node_calls_divert(&l, calls);
		for (unsigned i = 0; i < NODE_CALLS; i++)
			it.real[i] = calls[i];
	}
	return 1;
}

void node_begin(void)
{
	if (!state.off && options.stack_depth)
		dl_iterate_phdr(node_look_at, NULL);
}

/* ---- a runtime -------------------------------------------------------------------------------------- */

/* "20.20.2" as Node has it, if it is a version. */
static void name_it(void)
{
	const char *is = *it.version;
	size_t size = 0;

	while (peek_can((uintptr_t)is + size, 1) && size < 24 && is[size] && strchr("0123456789.", is[size]))
		size++;
	called_begin(it.name, size ? "Node.js v" : "Node.js ");
	called_add(it.name, is, size);
}

static bool node_found(const struct library *l)
{
	if (!it.here || l->bias != it.library.bias || l->start != it.library.start)
		return false;
	if (!*it.name)
		name_it();
	process_interpreter(it.name);
	if (!it.diverted)
		process_interpreter_declined(it.name, v8_is_known() ? DUMP_DECLINE_LAYOUT : DUMP_DECLINE_VERSION);
	return it.diverted;
}

/* A module goes by its URL, a script by its path (https://nodejs.org/api/esm.html#urls). */
static void without_scheme(const char **file, uint16_t *size)
{
	static const char scheme[] = "file://";
	const uint16_t n = sizeof scheme - 1;

	if (*size > n && memcmp(*file, scheme, n) == 0) {
		*file += n;
		*size -= n;
	}
}

/* The event loop accepts, where no frame of the user's is left: for who made the socket listen. */
static void take_listeners(struct script_frames *to)
{
	uint32_t stack = self.accepting->stack;
	const struct dump_stack *s = stack_of(&here, stack ? stack : STACK_UNKNOWN);
	const uint64_t *frames = (const uint64_t *)(s + 1);

	for (uint32_t i = 0; i < s->depth && to->count < to->max; i++)
		if (DUMP_FRAME_IS_PLACE(frames[i]))
			to->places[to->count++] = (uint32_t)frames[i];
}

static bool node_take(struct script_frames *to)
{
	static const struct script_text anonymous = {"<anonymous>", 11};
	const char *function, *file;
	struct v8_frame frame;
	uint16_t at = 0;

	if (!connecting && self.accepting)
		take_listeners(to);
	while (connecting && to->count < to->max && v8_next(connecting, &at, &frame, &function, &file)) {
		uint32_t place;

		without_scheme(&file, &frame.file_size);
		place = script_place(DUMP_LANGUAGE_JAVASCRIPT,
				     frame.function_size ? (struct script_text){function, frame.function_size} : anonymous,
				     (struct script_text){file, frame.file_size}, frame.line);
		if (place == PLACES_NONE)
			break;
		to->places[to->count++] = place;
	}
	return to->count;
}

static bool node_owns(uintptr_t address)
{
	return address - it.library.start < it.library.end - it.library.start;
}

const struct script_runtime script_node = {"Node.js", node_found, node_take, node_owns, NULL, true};
