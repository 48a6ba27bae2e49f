/* SPDX-License-Identifier: Apache-2.0 */
#include "scripts/v8.h"

#include <string.h>

#include "here/presence.h"

/* A Local<T> is the address of a slot in the innermost HandleScope, given and taken as a word; a method's
 * `this` is that address (class Local). */
typedef const void *local;

/* v8::HandleScope: three words, and room in case it grows. */
struct scope {
	void *words[8];
};

/* v8::HeapStatistics: words, the sixth is the limit; and room in case there are more. */
struct heap {
	size_t total, executable, physical, available, used, limit, more[26];
};

static struct {
	const char *(*version)(void);
	void *(*current)(void);
	bool (*in_context)(void *isolate);
	void (*statistics)(void *isolate, struct heap *);
	void (*open)(struct scope *, void *isolate);
	void (*close)(struct scope *);
	local (*trace)(void *isolate, int limit, int options);
	int (*count)(local trace);
	local (*frame)(local trace, void *isolate, uint32_t index);
	uint64_t (*location)(local frame); /* two ints: line and column, from 0 on */
	local (*function)(local frame);
	local (*script)(local frame);
	int (*length)(local string);
	int (*write)(local string, void *isolate, char *to, int size, int *characters, int options);
} v8;

#define BIND(field, name)                                                                         \
	do {                                                                                      \
		void *at = library_symbol(l, name, NULL);                                         \
		memcpy(&v8.field, &at, sizeof at);                                                \
		all = all && at;                                                                  \
	} while (0)

bool v8_bind(const struct library *l)
{
	bool all = true;

	BIND(version, "_ZN2v82V810GetVersionEv");
	BIND(current, "_ZN2v87Isolate13TryGetCurrentEv");
	BIND(in_context, "_ZN2v87Isolate9InContextEv");
	BIND(statistics, "_ZN2v87Isolate17GetHeapStatisticsEPNS_14HeapStatisticsE");
	BIND(open, "_ZN2v811HandleScopeC1EPNS_7IsolateE");
	BIND(close, "_ZN2v811HandleScopeD1Ev");
	BIND(trace, "_ZN2v810StackTrace17CurrentStackTraceEPNS_7IsolateEiNS0_17StackTraceOptionsE");
	BIND(count, "_ZNK2v810StackTrace13GetFrameCountEv");
	BIND(frame, "_ZNK2v810StackTrace8GetFrameEPNS_7IsolateEj");
	BIND(location, "_ZNK2v810StackFrame11GetLocationEv");
	BIND(function, "_ZNK2v810StackFrame15GetFunctionNameEv");
	BIND(script, "_ZNK2v810StackFrame24GetScriptNameOrSourceURLEv");
	BIND(length, "_ZNK2v86String6LengthEv");
	BIND(write, "_ZNK2v86String9WriteUtf8EPNS_7IsolateEPciPii");
	return all;
}

const char *v8_version(void)
{
	return v8.version ? v8.version() : NULL;
}

/* Of Node 18, 20, 22 and 24; and of how many MiB their young generation may be, unless told otherwise. */
static const struct version {
	const char *begins;
	size_t young;
} tried[] = {{"10.2.", 48}, {"11.3.", 48}, {"12.4.", 48}, {"13.6.", 192}};

static const struct version *known_version(void)
{
	const char *is = v8_version();

	for (unsigned i = 0; is && i < sizeof tried / sizeof *tried; i++)
		if (strncmp(is, tried[i].begins, strlen(tried[i].begins)) == 0)
			return &tried[i];
	return NULL;
}

bool v8_is_known(void)
{
	return known_version();
}

/* v8::internal::IsolateData begins with a few words and its StackGuard: the isolate itself again,
 * real_jslimit_, and real_climit_, which is the same where there is no simulator, up to V8 12; behind
 * it there is a zero in 13.6. */
#define WORDS_BEFORE 16u

uintptr_t v8_stack_limit(void)
{
	const uintptr_t *isolate = v8.current();

	for (unsigned i = 0; isolate && i < WORDS_BEFORE; i++)
		if (isolate[i] == (uintptr_t)isolate)
			return !isolate[i + 2] || isolate[i + 1] == isolate[i + 2] ? isolate[i + 1] : 0;
	return 0;
}

/* ---- texts ------------------------------------------------------------------------------------------ */

/* v8::String::WriteOptions: no NUL at the end, and no half of a character. */
#define WRITE_OPTIONS (2 | 8)
#define LONGEST 400 /* bytes: of a longer one the end is kept, since that is where a file's name is */

static uint16_t put(struct v8_trace *to, void *isolate, local string)
{
	int length = string ? v8.length(string) : 0, room = (int)(sizeof to->text - to->used), written;

	if (length <= 0 || length > LONGEST || room < 3 * length)
		return 0;
	written = v8.write(string, isolate, to->text + to->used, room, NULL, WRITE_OPTIONS);
	if (written <= 0 || written > room)
		return 0;
	to->used += (uint16_t)written;
	return (uint16_t)written;
}

/* Three bytes for a character at most, and the head. */
#define ROOM_NEEDED (sizeof(struct v8_frame) + 3 * 64)

static bool add(struct v8_trace *to, void *isolate, local frame)
{
	struct v8_frame head = {(uint32_t)v8.location(frame) + 1, 0, 0};
	uint16_t at = to->used;

	if (sizeof to->text - at < ROOM_NEEDED)
		return false;
	to->used += (uint16_t)sizeof head;
	head.function_size = put(to, isolate, v8.function(frame));
	head.file_size = put(to, isolate, v8.script(frame));
	if (!head.file_size)
		head.line = 0; /* what is built in */
	memcpy(to->text + at, &head, sizeof head);
	to->count++;
	return true;
}

/* A program that has filled its heap almost to the limit lives on, as long as nobody else takes what is left.
 * The limit counts the young generation in, which is larger by --max-semi-space-size, as large heaps often
 * are told: an eighth of them, if that is more. The rest is more than a trace takes by far. */
#define MIB ((size_t)1 << 20)
#define LEFT_BESIDE (16 * MIB)

static size_t room_in(void *isolate)
{
	const struct version *known = known_version();
	struct heap heap;
	size_t left;

	memset(&heap, 0, sizeof heap);
	v8.statistics(isolate, &heap);
	left = (known ? known->young : 0) * MIB + LEFT_BESIDE;
	left = left > heap.limit / 8 ? left : heap.limit / 8;
	left += heap.used;
	return heap.used <= heap.total && heap.limit > left ? heap.limit - left : 0;
}

/* To ask for that costs as much as a few frames. No program fills its heap with more than 32 bytes a ns,
 * which is more than a processor writes: so long there is room. 10 ms: how coarse the clock may be. */
#define BYTES_PER_NS 32
#define CLOCK_NS 10000000ull
static __thread struct {
	const void *isolate;
	uint64_t until;
} roomy __attribute__((tls_model("initial-exec")));

static bool has_room(void *isolate)
{
	uint64_t now = state_now();
	size_t bytes;

	if (roomy.isolate == isolate && now < roomy.until)
		return true;
	bytes = room_in(isolate);
	roomy.isolate = isolate;
	roomy.until = bytes / BYTES_PER_NS > CLOCK_NS ? now + bytes / BYTES_PER_NS - CLOCK_NS : 0;
	return bytes;
}

/* StackTraceOptions: line, column, script and function, as far as a version still looks at it. */
#define OVERVIEW 0xf

bool v8_take(struct v8_trace *to, int max)
{
	void *isolate = v8.current();
	struct scope scope;
	local trace;
	int count;

	to->count = to->used = 0;
	if (!isolate || !v8.in_context(isolate) || !has_room(isolate))
		return false;
	v8.open(&scope, isolate);
	trace = v8.trace(isolate, max, OVERVIEW);
	count = trace ? v8.count(trace) : 0;
	for (int i = 0; i < count && i < max; i++) {
		local frame = v8.frame(trace, isolate, (uint32_t)i);

		if (!frame || !add(to, isolate, frame))
			break;
	}
	v8.close(&scope);
	return to->count;
}

bool v8_next(const struct v8_trace *trace, uint16_t *at, struct v8_frame *frame, const char **function,
	     const char **file)
{
	if (*at + sizeof *frame > trace->used)
		return false;
	memcpy(frame, trace->text + *at, sizeof *frame);
	*function = trace->text + *at + sizeof *frame;
	*file = *function + frame->function_size;
	*at += (uint16_t)(sizeof *frame + frame->function_size + frame->file_size);
	return *at <= trace->used;
}
