/* SPDX-License-Identifier: Apache-2.0 */
#include "scripts/node_calls.h"

#include <string.h>

#include "golang/patch.h"

#define CALL 0xe8u
#define SIZE 5u /* of a call, near */

/* ---- libuv is a library ----------------------------------------------------------------------------- */

static bool word_of(const struct library *l, const char *name, uintptr_t *at)
{
	for (size_t i = 0; i < l->jump_count; i++) {
		const ElfW(Rela) *r = &l->jumps[i];

		if (strcmp(l->strings + l->symbols[ELF64_R_SYM(r->r_info)].st_name, name) == 0) {
			*at = l->bias + r->r_offset;
			return true;
		}
	}
	return false;
}

/* Bound already, or its function is not known yet: lazily bound words are left alone. */
static bool bound(const struct library *l, uintptr_t word, uintptr_t *to)
{
	*to = *(const uintptr_t *)word;
	return *to && *to - l->start >= l->end - l->start;
}

static node_call *divert_word(const struct library *l, const char *name, node_call *to)
{
	uintptr_t word, real;

	if (!word_of(l, name, &word) || !bound(l, word, &real) || !patch_word(word, (uintptr_t)to))
		return NULL;
	return (node_call *)real;
}

static void divert_words(const struct library *l, node_call *calls[NODE_CALLS], node_call *real[NODE_CALLS])
{
	real[NODE_TCP_CONNECT] = divert_word(l, "uv_tcp_connect", calls[NODE_TCP_CONNECT]);
	real[NODE_PIPE_CONNECT] = divert_word(l, "uv_pipe_connect2", calls[NODE_PIPE_CONNECT]);
	if (!real[NODE_PIPE_CONNECT]) /* before version 20 */
		real[NODE_PIPE_CONNECT] = divert_word(l, "uv_pipe_connect", calls[NODE_PIPE_CONNECT]);
	real[NODE_PIPE_INIT] = divert_word(l, "uv_pipe_init", calls[NODE_PIPE_INIT]);
	real[NODE_TCP_BIND] = divert_word(l, "uv_tcp_bind", calls[NODE_TCP_BIND]);
	real[NODE_PIPE_BIND] = divert_word(l, "uv_pipe_bind2", calls[NODE_PIPE_BIND]);
	if (!real[NODE_PIPE_BIND])
		real[NODE_PIPE_BIND] = divert_word(l, "uv_pipe_bind", calls[NODE_PIPE_BIND]);
	real[NODE_TCP_INIT] = divert_word(l, "uv_tcp_init", calls[NODE_TCP_INIT]);
}

/* ---- libuv is in node ------------------------------------------------------------------------------- */

struct function {
	uintptr_t at, end;
};

static struct function function_of(const struct library *l, const char *name)
{
	size_t size = 0;
	uintptr_t at = (uintptr_t)library_symbol(l, name, &size);

	return (struct function){at, at && size < 65536 ? at + size : at};
}

static uintptr_t target_of(uintptr_t call)
{
	int32_t far;

	memcpy(&far, (const void *)(call + 1), sizeof far);
	return call + SIZE + (uintptr_t)(intptr_t)far;
}

/* The next byte from `at` on that is a call into the code. */
static uintptr_t next_call(const struct library *l, uintptr_t at, uintptr_t end)
{
	for (; at + SIZE <= end; at++)
		if (*(const uint8_t *)at == CALL && target_of(at) - l->start < l->end - l->start)
			return at;
	return 0;
}

/* That of `to`; 0: none, or it is not sure which. */
static uintptr_t call_of(const struct library *l, struct function in, uintptr_t to)
{
	uintptr_t found = 0;

	for (uintptr_t at = in.at; to && (at = next_call(l, at, in.end)); at++) {
		if (target_of(at) != to)
			continue;
		if (found)
			return 0;
		found = at;
	}
	return found;
}

/* Few instructions lie between the call we know and the one behind it. Functions begin at multiples of 16. */
#define NEAR 80u
static uintptr_t call_behind(const struct library *l, struct function in, uintptr_t to)
{
	uintptr_t known = call_of(l, in, to), next;

	next = known ? next_call(l, known + SIZE, known + NEAR < in.end ? known + NEAR : in.end) : 0;
	return next && target_of(next) % 16 == 0 ? next : 0;
}

#define WRAP "EPNS_11EnvironmentEN2v85LocalINS"
#define PROVIDER "_6ObjectEEENS_9AsyncWrap12ProviderTypeE"
#define CALLBACK "ERKN2v820FunctionCallbackInfoINS1_5ValueEEE"
#define OF_ADDRESS(method, address, rest) \
	"_ZN4node7TCPWrap" method "I" address "EEvRKN2v820FunctionCallbackInfoINS3_5ValueEEE" rest

/* std::function before version 24, a pointer to a function since. */
static struct function either(const struct library *l, const char *before, const char *since)
{
	struct function f = function_of(l, before);

	return f.at ? f : function_of(l, since);
}

static struct function connect_of(const struct library *l, bool six)
{
	return six ? either(l, OF_ADDRESS("7Connect", "12sockaddr_in6", "St8functionIFiPKcPT_EE"),
			    OF_ADDRESS("7Connect", "12sockaddr_in6", "PFiPKciPT_E")) :
		     either(l, OF_ADDRESS("7Connect", "11sockaddr_in", "St8functionIFiPKcPT_EE"),
			    OF_ADDRESS("7Connect", "11sockaddr_in", "PFiPKciPT_E"));
}

static struct function bind_of(const struct library *l, bool six)
{
	return six ? either(l, OF_ADDRESS("4Bind", "12sockaddr_in6", "iSt8functionIFiPKciPT_EE"),
			    OF_ADDRESS("4Bind", "12sockaddr_in6", "iPFiPKciPT_E")) :
		     either(l, OF_ADDRESS("4Bind", "11sockaddr_in", "iSt8functionIFiPKciPT_EE"),
			    OF_ADDRESS("4Bind", "11sockaddr_in", "iPFiPKciPT_E"));
}

/* A constructor stands there twice: on its own, and within the function that JavaScript calls, which
 * is the one that makes handles. Connecting TCP, too, for the two kinds of addresses. That each two
 * call the same is the proof. */
static uintptr_t both(uintptr_t one, uintptr_t other)
{
	return one && other && target_of(one) == target_of(other) ? one : 0;
}

static uintptr_t making(const struct library *l, const char *new, const char *wrap, const char *base)
{
	uintptr_t known = function_of(l, base).at;

	return both(call_behind(l, function_of(l, new), known), call_behind(l, function_of(l, wrap), known));
}

static node_call *divert_call(uintptr_t call, node_call *to)
{
	node_call *real = call ? (node_call *)target_of(call) : NULL;

	return call && patch_target(call, (uintptr_t)to) ? real : NULL;
}

/* These are known by libuv's own names, which node exports to addons. */
static void divert_binds(const struct library *l, node_call *calls[NODE_CALLS], node_call *real[NODE_CALLS])
{
	uintptr_t tcp = function_of(l, "uv_tcp_bind").at, pipe = function_of(l, "uv_pipe_bind2").at;
	uintptr_t four = call_of(l, bind_of(l, false), tcp), six = call_of(l, bind_of(l, true), tcp);
	struct function in = function_of(l, "_ZN4node8PipeWrap4Bind" CALLBACK);

	real[NODE_TCP_BIND] = divert_call(four, calls[NODE_TCP_BIND]);
	if (six)
		real[NODE_TCP_BIND] = divert_call(six, calls[NODE_TCP_BIND]);
	four = pipe ? call_of(l, in, pipe) : 0;
	if (!four) /* before version 20.11 */
		four = call_of(l, in, function_of(l, "uv_pipe_bind").at);
	real[NODE_PIPE_BIND] = divert_call(four, calls[NODE_PIPE_BIND]);
}

/* Connecting first: a handle that is known, and whose connecting is not seen, would be kept for nothing. */
static void divert_calls(const struct library *l, node_call *calls[NODE_CALLS], node_call *real[NODE_CALLS])
{
	uintptr_t request = function_of(l, "_ZN4node11ConnectWrapC1" WRAP "3" PROVIDER).at;
	uintptr_t four = call_behind(l, connect_of(l, false), request);
	uintptr_t six = call_behind(l, connect_of(l, true), request);
	uintptr_t tcp = making(l, "_ZN4node7TCPWrap3New" CALLBACK, "_ZN4node7TCPWrapC1" WRAP "3" PROVIDER,
			       "_ZN4node14ConnectionWrapINS_7TCPWrapE8uv_tcp_sEC1" WRAP "6" PROVIDER);
	uintptr_t pipe = making(l, "_ZN4node8PipeWrap3New" CALLBACK, "_ZN4node8PipeWrapC1" WRAP "3" PROVIDER "b",
				"_ZN4node14ConnectionWrapINS_8PipeWrapE9uv_pipe_sEC1" WRAP "6" PROVIDER);

	if (!tcp || !both(four, six) || !patch_begin(l->start))
		return;
	real[NODE_TCP_CONNECT] = divert_call(four, calls[NODE_TCP_CONNECT]);
	divert_call(six, calls[NODE_TCP_CONNECT]);
	real[NODE_TCP_INIT] = divert_call(tcp, calls[NODE_TCP_INIT]);
	four = pipe ? call_behind(l, function_of(l, "_ZN4node8PipeWrap7Connect" CALLBACK), request) : 0;
	real[NODE_PIPE_CONNECT] = divert_call(four, calls[NODE_PIPE_CONNECT]);
	if (four)
		real[NODE_PIPE_INIT] = divert_call(pipe, calls[NODE_PIPE_INIT]);
	divert_binds(l, calls, real);
}

#if defined(__x86_64__)
#define DIVERTS true
#else
#define DIVERTS false
#endif

bool node_calls_divert(const struct library *node, node_call *calls[NODE_CALLS])
{
	node_call *real[NODE_CALLS] = {NULL};
	uintptr_t word;

	if (DIVERTS) {
		if (!word_of(node, "uv_tcp_init", &word))
			divert_calls(node, calls, real);
		else if (patch_open())
			divert_words(node, calls, real);
		patch_end();
	}
	for (unsigned i = 0; i < NODE_CALLS; i++)
		calls[i] = real[i];
	return real[NODE_TCP_INIT] && real[NODE_TCP_CONNECT];
}
