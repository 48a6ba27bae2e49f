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

static bool divert_words(const struct library *l, uintptr_t init, uintptr_t connect, struct node_calls *calls)
{
	uintptr_t real_init, real_connect;

	if (!bound(l, init, &real_init) || !bound(l, connect, &real_connect) ||
	    !patch_word(init, (uintptr_t)calls->init))
		return false;
	if (!patch_word(connect, (uintptr_t)calls->connect)) {
		patch_word(init, real_init);
		return false;
	}
	*calls = (struct node_calls){(node_tcp_init *)real_init, (node_tcp_connect *)real_connect};
	return true;
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

/* Few instructions lie between the call that we know and the one behind it. A function begins at a multiple of 16. */
#define NEAR 80u
static uintptr_t call_behind(const struct library *l, struct function in, uintptr_t to)
{
	uintptr_t known = call_of(l, in, to), next;

	next = known ? next_call(l, known + SIZE, known + NEAR < in.end ? known + NEAR : in.end) : 0;
	return next && target_of(next) % 16 == 0 ? next : 0;
}

#define WRAP "EPNS_11EnvironmentEN2v85LocalINS"
#define PROVIDER "_6ObjectEEENS_9AsyncWrap12ProviderTypeE"
#define CONNECT(address, rest) "_ZN4node7TCPWrap7ConnectI" address "EEvRKN2v820FunctionCallbackInfoINS3_5ValueEEE" rest

/* std::function before version 24, a pointer to a function since. */
static struct function connect_of(const struct library *l, bool six)
{
	struct function f = six ? function_of(l, CONNECT("12sockaddr_in6", "St8functionIFiPKcPT_EE")) :
				  function_of(l, CONNECT("11sockaddr_in", "St8functionIFiPKcPT_EE"));

	if (f.at)
		return f;
	return six ? function_of(l, CONNECT("12sockaddr_in6", "PFiPKciPT_E")) :
		     function_of(l, CONNECT("11sockaddr_in", "PFiPKciPT_E"));
}

/* The constructor stands there twice: on its own, and within the function that JavaScript calls, which it is that calls
 * it. Connecting, too, for the two kinds of addresses. That each two call the same is the proof. */
static bool divert_calls(const struct library *l, struct node_calls *calls)
{
	struct function wrap = function_of(l, "_ZN4node7TCPWrapC1" WRAP "3" PROVIDER);
	struct function new = function_of(l, "_ZN4node7TCPWrap3NewERKN2v820FunctionCallbackInfoINS1_5ValueEEE");
	uintptr_t base = function_of(l, "_ZN4node14ConnectionWrapINS_7TCPWrapE8uv_tcp_sEC1" WRAP "6" PROVIDER).at;
	uintptr_t request = function_of(l, "_ZN4node11ConnectWrapC1" WRAP "3" PROVIDER).at;
	uintptr_t made = call_behind(l, new, base);
	uintptr_t init = call_behind(l, wrap, base), four = call_behind(l, connect_of(l, false), request);
	uintptr_t six = call_behind(l, connect_of(l, true), request);
	struct node_calls real;

	if (!made || !init || !four || !six || target_of(made) != target_of(init) || target_of(four) != target_of(six) ||
	    !patch_begin(l->start))
		return false;
	real = (struct node_calls){(node_tcp_init *)target_of(init), (node_tcp_connect *)target_of(four)};
	if (!patch_target(made, (uintptr_t)calls->init))
		return false;
	patch_target(four, (uintptr_t)calls->connect);
	patch_target(six, (uintptr_t)calls->connect);
	*calls = real;
	return true;
}

bool node_calls_divert(const struct library *node, struct node_calls *calls)
{
#if defined(__x86_64__)
	uintptr_t init, connect;
	bool done;

	if (word_of(node, "uv_tcp_init", &init) && word_of(node, "uv_tcp_connect", &connect))
		done = patch_open() && divert_words(node, init, connect, calls);
	else
		done = divert_calls(node, calls);
	patch_end();
	return done;
#else
	return false;
#endif
}
