/* SPDX-License-Identifier: Apache-2.0 */
#include "scripts/hotspot_walk.h"

#define WORD sizeof(uintptr_t)
#define STEPS_MAX 2048u  /* frames of all kinds: a recursion without end is given up */
#define INLINED_MAX 64u  /* in one frame */
#define FRAME_WORDS_MAX (1 << 16)

struct walk {
	const struct hotspot *h;
	struct look *look;
	uintptr_t top;
	struct hotspot_frame *to;
	uint32_t n, max;
	/* the frame that is looked at: the compiler's sp, which an interpreted caller may have moved */
	uintptr_t sp, fp, pc;
};

static uintptr_t word(const struct walk *w, uintptr_t object, enum hotspot_field field)
{
	return look_word(w->look, object + w->h->field[field]);
}

static int32_t number(const struct walk *w, uintptr_t object, enum hotspot_field field)
{
	return look_i32(w->look, object + w->h->field[field]);
}

static void add(struct walk *w, uintptr_t method, int32_t bci)
{
	if (w->n < w->max && method && !w->look->failed)
		w->to[w->n++] = (struct hotspot_frame){method, bci};
}

/* Upwards only: sp never goes back, and nothing is read beyond the stack. */
static bool move(struct walk *w, uintptr_t sp, uintptr_t fp, uintptr_t pc)
{
	bool fits = sp > w->sp && sp < w->top && !(sp & (WORD - 1)) && pc && !w->look->failed;

	w->sp = sp;
	w->fp = fp;
	w->pc = pc;
	return fits;
}

static bool on_stack(const struct walk *w, uintptr_t at, uint32_t below)
{
	return !(at & (WORD - 1)) && at >= w->sp && at - w->sp >= below && at + 2 * WORD <= w->top;
}

/* ---- where Java was left (runtime/javaFrameAnchor.hpp) ------------------------------------------ */

static bool at_anchor(struct walk *w, uintptr_t anchor)
{
	uintptr_t sp = word(w, anchor, HOTSPOT_ANCHOR_SP), pc = word(w, anchor, HOTSPOT_ANCHOR_PC);

	if (!sp || sp <= w->sp || sp >= w->top || (sp & (WORD - 1)))
		return false;
	return move(w, sp, word(w, anchor, HOTSPOT_ANCHOR_FP), pc ? pc : look_word(w->look, sp - WORD));
}

/* The VM called Java: what called the VM stands in the wrapper of that call (runtime/javaCalls.hpp). */
static bool entry(struct walk *w)
{
	uintptr_t at = w->fp + (uintptr_t)(w->h->is[HOTSPOT_IS_ENTRY_WRAPPER] * (intptr_t)WORD), wrapper;

	if (!on_stack(w, w->fp, 0))
		return false;
	wrapper = look_word(w->look, at);
	return wrapper && at_anchor(w, wrapper + w->h->field[HOTSPOT_WRAPPER_ANCHOR]);
}

/* ---- interpreted (cpu/x86/frame_x86.hpp) -------------------------------------------------------- */

enum { LINK = 0, RETURN = 1, METHOD_BELOW_LAST_SP = -1, BCP_BELOW_LAST_SP = -6 };

static uintptr_t slot(const struct walk *w, int at)
{
	return look_word(w->look, w->fp + (uintptr_t)(at * (intptr_t)WORD));
}

static bool interpreted(const struct walk *w)
{
	uintptr_t stubs = look_word(w->look, w->h->at[HOTSPOT_INTERPRETER]);
	uintptr_t start = word(w, stubs, HOTSPOT_STUBS_BUFFER);

	return w->pc >= start && w->pc - start <= (uint32_t)number(w, stubs, HOTSPOT_STUBS_LIMIT);
}

static int32_t bci_of(const struct walk *w, uintptr_t method, uintptr_t bcp)
{
	uintptr_t code = word(w, method, HOTSPOT_METHOD_CONST) + w->h->size[HOTSPOT_SIZE_CONST_METHOD];

	return bcp >= code && bcp - code < UINT16_MAX ? (int32_t)(bcp - code) : -1;
}

static bool interpreter(struct walk *w)
{
	int last = w->h->is[HOTSPOT_IS_LAST_SP];
	uintptr_t method;

	if (!on_stack(w, w->fp, 0))
		return false;
	method = slot(w, last + METHOD_BELOW_LAST_SP);
	add(w, method, bci_of(w, method, slot(w, last + BCP_BELOW_LAST_SP)));
	return move(w, slot(w, w->h->is[HOTSPOT_IS_SENDER_SP]), slot(w, LINK), slot(w, RETURN));
}

/* ---- compiled ----------------------------------------------------------------------------------- */

/* The segment map tells how many segments back the block begins (memory/heap.hpp). */
static uintptr_t blob_in(const struct walk *w, uintptr_t heap)
{
	uintptr_t memory = heap + w->h->field[HOTSPOT_HEAP_MEMORY], map = heap + w->h->field[HOTSPOT_HEAP_SEGMAP];
	uintptr_t low = word(w, memory, HOTSPOT_SPACE_LOW), high = word(w, memory, HOTSPOT_SPACE_HIGH), at, block;
	int32_t shift = number(w, heap, HOTSPOT_HEAP_SEGMENT);
	uint32_t hops = 0;
	uint8_t back;

	if (w->pc < low || w->pc >= high || shift < 3 || shift > 16)
		return 0;
	at = (w->pc - low) >> shift;
	map = word(w, map, HOTSPOT_SPACE_LOW);
	while ((back = look_u8(w->look, map + at))) {
		if (back == 0xff || back > at || hops++ > 4096)
			return 0;
		at -= back;
	}
	block = low + (at << shift);
	if (!look_u8(w->look, block + w->h->field[HOTSPOT_BLOCK_USED]))
		return 0;
	return block + w->h->size[HOTSPOT_SIZE_BLOCK];
}

static uintptr_t blob_of(const struct walk *w)
{
	uintptr_t heaps = look_word(w->look, w->h->at[HOTSPOT_CODE_HEAPS]);
	uintptr_t list = word(w, heaps, HOTSPOT_ARRAY_DATA);
	int32_t count = number(w, heaps, HOTSPOT_ARRAY_LENGTH);

	for (int32_t i = 0; i < count && i < 8; i++) {
		uintptr_t blob = blob_in(w, look_word(w->look, list + (uint32_t)i * WORD));

		if (blob)
			return blob;
	}
	return 0;
}

/* Where what is known of a compiled method lies, by version. */
struct tables {
	uintptr_t code, method, deopt;
	uintptr_t pcs, pcs_end, scopes, scopes_end, metadata, metadata_end;
};

static void tables_old(const struct walk *w, uintptr_t blob, struct tables *t)
{
	t->code = word(w, blob, HOTSPOT_BLOB_CODE);
	t->method = word(w, blob, HOTSPOT_COMPILED_METHOD);
	t->deopt = word(w, blob, HOTSPOT_COMPILED_DEOPT);
	t->pcs = blob + (uint32_t)number(w, blob, HOTSPOT_NMETHOD_PCS);
	t->pcs_end = blob + (uint32_t)number(w, blob, HOTSPOT_NMETHOD_DEPENDENCIES);
	t->scopes = word(w, blob, HOTSPOT_COMPILED_SCOPES);
	t->scopes_end = t->pcs;
	t->metadata = blob + (uint32_t)number(w, blob, HOTSPOT_NMETHOD_METADATA);
	t->metadata_end = t->scopes;
}

static void tables_25(const struct walk *w, uintptr_t blob, struct tables *t)
{
	uintptr_t fixed = word(w, blob, HOTSPOT_NMETHOD_IMMUTABLE), moving = word(w, blob, HOTSPOT_BLOB_MUTABLE);

	t->code = blob + (uint32_t)number(w, blob, HOTSPOT_BLOB_CODE_OFFSET);
	t->method = word(w, blob, HOTSPOT_NMETHOD_METHOD);
	t->deopt = blob + (uint32_t)number(w, blob, HOTSPOT_NMETHOD_DEOPT);
	t->pcs = fixed + (uint32_t)number(w, blob, HOTSPOT_NMETHOD_PCS);
	t->pcs_end = t->scopes = fixed + (uint32_t)number(w, blob, HOTSPOT_NMETHOD_SCOPES);
	t->scopes_end = fixed + (uint32_t)number(w, blob, HOTSPOT_NMETHOD_IMMUTABLE_SIZE);
	t->metadata = moving + (uint32_t)number(w, blob, HOTSPOT_BLOB_RELOCATIONS);
	t->metadata_end = moving + (uint32_t)number(w, blob, HOTSPOT_BLOB_MUTABLE_SIZE);
}

/* Descriptions stand in the order of the code (code/pcDesc.hpp). Returns where its scopes begin. */
static int32_t scope_at(const struct walk *w, const struct tables *t, int32_t offset)
{
	uint32_t size = w->h->size[HOTSPOT_SIZE_PC];
	uintptr_t low = 0, high = t->pcs_end > t->pcs ? (t->pcs_end - t->pcs) / size : 0;

	while (low < high) {
		uintptr_t middle = (low + high) / 2, desc = t->pcs + middle * size;
		int32_t is = number(w, desc, HOTSPOT_PC_OFFSET);

		if (is == offset)
			return number(w, desc, HOTSPOT_PC_SCOPE);
		*(is < offset ? &low : &high) = is < offset ? middle + 1 : middle;
	}
	return 0;
}

uint32_t hotspot_unsigned5(const struct hotspot *h, struct look *look, uintptr_t *at)
{
	uint32_t excluded = h->version == HOTSPOT_17 ? 0 : 1, low = 192 - excluded, sum = 0;

	for (uint32_t i = 0; i < 5; i++) {
		uint32_t byte = look_u8(look, (*at)++);

		sum += (byte - excluded) << 6 * i;
		if (byte < excluded + low)
			break;
	}
	return sum;
}

/* The innermost inlined method first, each says where its caller's scope is (code/scopeDesc.hpp). */
static void scopes(struct walk *w, const struct tables *t, int32_t offset)
{
	if (!offset)
		add(w, t->method, -1);
	for (uint32_t i = 0; offset > 0 && i < INLINED_MAX && !w->look->failed; i++) {
		uintptr_t at = t->scopes + (uint32_t)offset, method;
		uint32_t caller, index;

		if (at >= t->scopes_end)
			return;
		caller = hotspot_unsigned5(w->h, w->look, &at);
		index = hotspot_unsigned5(w->h, w->look, &at);
		method = t->metadata + (index - 1) * WORD;
		if (!index || method >= t->metadata_end || caller >= (uint32_t)offset + UINT16_MAX)
			return;
		add(w, look_word(w->look, method), (int32_t)hotspot_unsigned5(w->h, w->look, &at) - 1);
		offset = (int32_t)caller;
	}
}

/* A frame to be gone on with in the interpreter returns to another place: where it would have is kept. */
static uintptr_t true_pc(const struct walk *w, uintptr_t blob, const struct tables *t)
{
	int32_t kept = number(w, blob, HOTSPOT_NMETHOD_ORIGINAL_PC);

	if (w->pc != t->deopt || kept < 0 || kept > FRAME_WORDS_MAX)
		return w->pc;
	return look_word(w->look, w->sp + (uint32_t)kept);
}

static bool compiled(struct walk *w)
{
	uintptr_t blob = blob_of(w), name = blob ? word(w, blob, HOTSPOT_BLOB_NAME) : 0, caller;
	int32_t size = blob ? number(w, blob, HOTSPOT_BLOB_FRAME) : 0;
	struct tables t;

	if (size <= 0 || size > FRAME_WORDS_MAX)
		return false;
	if (w->h->version & HOTSPOT_OLD)
		tables_old(w, blob, &t);
	else
		tables_25(w, blob, &t);
	if (look_is_text(w->look, name, "native nmethod"))
		add(w, t.method, -1);
	else if (look_is_text(w->look, name, "nmethod"))
		scopes(w, &t, scope_at(w, &t, (int32_t)(true_pc(w, blob, &t) - t.code)));
	caller = w->sp + (uint32_t)size * WORD;
	if (!on_stack(w, caller, 2 * WORD))
		return false;
	return move(w, caller, look_word(w->look, caller - 2 * WORD), look_word(w->look, caller - WORD));
}

/* ---- all ---------------------------------------------------------------------------------------- */

uint32_t hotspot_walk(const struct hotspot *h, struct look *look, uintptr_t thread, uintptr_t top,
		      struct hotspot_frame *to, uint32_t max)
{
	struct walk w = {.h = h, .look = look, .top = top, .to = to, .max = max};
	uintptr_t call_stub = look_word(look, h->at[HOTSPOT_CALL_STUB]);
	bool more;

	w.sp = (uintptr_t)__builtin_frame_address(0);
	if (number(&w, thread, HOTSPOT_THREAD_STATE) != h->is[HOTSPOT_IS_IN_NATIVE] &&
	    number(&w, thread, HOTSPOT_THREAD_STATE) != h->is[HOTSPOT_IS_IN_VM])
		return 0;
	more = at_anchor(&w, thread + h->field[HOTSPOT_THREAD_ANCHOR]);
	look->failed = look->failed ||
		       (!more && word(&w, thread + h->field[HOTSPOT_THREAD_ANCHOR], HOTSPOT_ANCHOR_SP));
	for (uint32_t i = 0; more && i < STEPS_MAX && w.n < max; i++)
		more = w.pc == call_stub ? entry(&w) : interpreted(&w) ? interpreter(&w) : compiled(&w);
	return w.n;
}
