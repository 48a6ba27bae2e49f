/* SPDX-License-Identifier: Apache-2.0 */
#include "scripts/hotspot_object.h"

#include <string.h>

#include "here/readable.h"
#include "scripts/called.h"
#include "scripts/hotspot_class.h"

/* How an object says its class (oops/oop.hpp): by 32 bits, by 64, or within its first word (JEP 450). */
enum { NARROW, WIDE, COMPACT, HEADERS };
#define COMPACT_SHIFT 42 /* markWord::klass_shift */

#define NAME_BYTES 256u /* of a name, that are looked at */

/* The heap as one look at it has it. */
struct heap {
	const struct hotspot *h;
	const struct hotspot_objects *o;
	bool still; /* nothing moves: memory that was readable stays so */
	bool failed;
	/* ZGC's: which references are not to be followed, and how far up the address is in them */
	uint64_t bad;
	uint32_t shift;
	uint32_t collections;
	bool paused;
};

/* ---- memory ------------------------------------------------------------------------------------- */

static void copy(struct heap *p, void *to, uintptr_t at, size_t size)
{
	struct look look = {false};

	memset(to, 0, size);
	if (p->failed || !at)
		p->failed = true;
	else if (p->still)
		p->failed = !look_bytes(&look, to, at, size);
	else
		p->failed = !readable_copy(to, (const void *)at, size);
}

static uint64_t number(struct heap *p, uintptr_t at, size_t size)
{
	uint64_t value = 0;

	copy(p, &value, at, size);
	return value;
}

/* ---- the collector ------------------------------------------------------------------------------ */

static bool field_is(const struct hotspot *h, enum hotspot_field field)
{
	return h->field[field] != HOTSPOT_NOWHERE;
}

/* What a static field points to, of which the JVM has one at most. */
static uintptr_t instance(const struct hotspot *h, struct look *look, enum hotspot_static at)
{
	return h->at[at] ? look_word(look, h->at[at]) : 0;
}

/* ZGC of 17, which is called X in 21 beside a new one: a reference is bad by its bits, or an
 * address. The new one's: the address is above the bits. Of 21 both are there whichever is in use:
 * the other's bits are none. */
static void see_z(struct heap *p, struct look *look)
{
	uintptr_t z = instance(p->h, look, HOTSPOT_Z_HERE), x = instance(p->h, look, HOTSPOT_X_HERE);

	if (z && field_is(p->h, HOTSPOT_Z_BAD) && field_is(p->h, HOTSPOT_Z_SHIFT)) {
		p->bad = look_word(look, look_word(look, z + p->h->field[HOTSPOT_Z_BAD]));
		p->shift = (uint32_t)look_word(look, look_word(look, z + p->h->field[HOTSPOT_Z_SHIFT]));
	} else if (z && field_is(p->h, HOTSPOT_Z_BAD_17)) {
		p->bad = look_word(look, look_word(look, z + p->h->field[HOTSPOT_Z_BAD_17]));
	} else if (z) {
		look->failed = true;
	}
	if (x && field_is(p->h, HOTSPOT_X_BAD))
		p->bad |= look_word(look, look_word(look, x + p->h->field[HOTSPOT_X_BAD]));
	else if (x)
		look->failed = true;
	if (p->shift > 32)
		look->failed = true;
}

static bool see(struct heap *p)
{
	struct look look = {false};
	uintptr_t heap = instance(p->h, &look, HOTSPOT_HEAP);
	enum hotspot_field paused =
		field_is(p->h, HOTSPOT_HEAP_PAUSED) ? HOTSPOT_HEAP_PAUSED : HOTSPOT_HEAP_PAUSED_17;

	if (!heap || !field_is(p->h, paused) || !field_is(p->h, HOTSPOT_HEAP_COLLECTIONS))
		return false;
	see_z(p, &look);
	p->collections = look_u32(&look, heap + p->h->field[HOTSPOT_HEAP_COLLECTIONS]);
	p->paused = look_u8(&look, heap + p->h->field[paused]);
	return !look.failed;
}

static bool is_still_so(const struct heap *was)
{
	struct heap now = {.h = was->h};

	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return see(&now) && !now.paused && now.collections == was->collections && now.bad == was->bad &&
	       now.shift == was->shift;
}

/* ---- references --------------------------------------------------------------------------------- */

/* 0: there is none. A bad one is not to be followed before the collector was asked. */
static uintptr_t object(struct heap *p, uint64_t reference)
{
	p->failed = p->failed || reference & p->bad;
	return p->failed ? 0 : (uintptr_t)(reference >> p->shift);
}

static uintptr_t unpacked(const struct heap *p, uint32_t packed, enum hotspot_static base,
			  enum hotspot_static shift)
{
	struct look look = {false};
	uintptr_t from = p->h->at[base] ? look_word(&look, p->h->at[base]) : 0;
	uint32_t by = p->h->at[shift] ? look_u32(&look, p->h->at[shift]) : 64;

	return packed && by < 32 && !look.failed ? from + ((uintptr_t)packed << by) : 0;
}

static uintptr_t object_in(struct heap *p, uintptr_t field, bool narrow)
{
	bool old = p->h->at[HOTSPOT_NARROW_BASE_OLD];

	if (!narrow)
		return object(p, number(p, field, 8));
	return unpacked(p, (uint32_t)number(p, field, 4), old ? HOTSPOT_NARROW_BASE_OLD : HOTSPOT_NARROW_BASE,
			old ? HOTSPOT_NARROW_SHIFT_OLD : HOTSPOT_NARROW_SHIFT);
}

/* A JavaThread has handles: words of the VM's own that hold references, which are never narrow. */
static uintptr_t object_of(struct heap *p, uintptr_t thread, enum hotspot_field handle)
{
	struct look look = {false};
	uintptr_t at = field_is(p->h, handle) ? look_word(&look, thread + p->h->field[handle]) : 0;

	return at ? object(p, look_u64(&look, at)) : 0;
}

static uintptr_t class_of(struct heap *p, uintptr_t at, int header)
{
	bool old = p->h->at[HOTSPOT_CLASS_BASE_OLD];
	uint64_t packed;

	if (header == WIDE)
		return (uintptr_t)number(p, at + 8, 8);
	packed = header == NARROW ? number(p, at + 8, 4) : number(p, at, 8) >> COMPACT_SHIFT;
	return unpacked(p, (uint32_t)packed, old ? HOTSPOT_CLASS_BASE_OLD : HOTSPOT_CLASS_BASE,
			old ? HOTSPOT_CLASS_SHIFT_OLD : HOTSPOT_CLASS_SHIFT);
}

/* ---- strings ------------------------------------------------------------------------------------ */

static uint32_t put(uint32_t c, uint8_t *to, uint32_t max, uint32_t used)
{
	uint32_t more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;

	if (used + more >= max)
		return max + 1; /* and no shorter one after it */
	to[used] = (uint8_t)(more ? 0xff80u >> more | c >> 6 * more : c);
	for (uint32_t i = more; i-- > 0;)
		to[++used] = (uint8_t)(0x80 | (c >> 6 * i & 0x3f));
	return used + 1;
}

static uint32_t utf8(const uint8_t *bytes, uint32_t size, bool wide, uint8_t *to, uint32_t max)
{
	uint32_t used = 0, next = 0;

	for (uint32_t i = 0; i + wide < size; i += 1u + wide) {
		uint32_t c = wide ? bytes[i] | (uint32_t)bytes[i + 1] << 8 : bytes[i], low = 0;

		if (c >= 0xd800 && c < 0xdc00 && i + 3 < size)
			low = bytes[i + 2] | (uint32_t)bytes[i + 3] << 8;
		if (low >= 0xdc00 && low < 0xe000) {
			c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
			i += 2;
		} else if (c >= 0xd800 && c < 0xe000) {
			c = 0xfffd; /* half of a character */
		}
		if (!c)
			break;
		next = put(c, to, max, used);
		if (next > max)
			break;
		used = next;
	}
	return used;
}

/* Where an array of bytes has its length and its first: behind what says its class (oops/arrayOop.hpp). */
static void array_at(const struct heap *p, uint32_t *length, uint32_t *bytes)
{
	*length = p->o->header == WIDE ? 16 : p->o->header == NARROW ? 12 : 8;
	*bytes = p->o->header == WIDE && (p->h->version & HOTSPOT_OLD) ? 24 : *length + 4;
}

static uint32_t text(struct heap *p, uintptr_t string, uint8_t *to, uint32_t max)
{
	uint8_t bytes[NAME_BYTES];
	uint32_t length_at, bytes_at, length;
	uintptr_t value;
	bool wide;

	if (p->failed || !string)
		return 0;
	if (class_of(p, string, p->o->header) != p->o->string)
		p->failed = true;
	value = object_in(p, string + p->o->value, p->o->narrow);
	wide = number(p, string + p->o->coder, 1);
	array_at(p, &length_at, &bytes_at);
	length = value ? (uint32_t)number(p, value + length_at, 4) : 0;
	if (p->failed || !length || length > UINT16_MAX)
		return 0;
	length = length < sizeof bytes ? length : (uint32_t)sizeof bytes;
	copy(p, bytes, value + bytes_at, length);
	return p->failed ? 0 : utf8(bytes, length, wide, to, max);
}

/* ---- once --------------------------------------------------------------------------------------- */

static bool learn_string(struct heap *p, struct look *look, uintptr_t thread_object,
			 struct hotspot_objects *to)
{
	uintptr_t string = object_in(p, thread_object + to->name, to->narrow);
	uintptr_t class = string ? class_of(p, string, to->header) : 0;

	if (p->failed || !hotspot_class_is(p->h, look, class, "java/lang/String"))
		return false;
	to->value = hotspot_class_field(p->h, look, class, "value", "[B");
	to->coder = hotspot_class_field(p->h, look, class, "coder", "B");
	if (look->failed || to->value == HOTSPOT_NOWHERE || to->coder == HOTSPOT_NOWHERE)
		return false;
	to->string = class;
	return true;
}

static bool learn_as(struct hotspot_objects *to, const struct hotspot *h, uintptr_t thread, int header,
		     bool narrow)
{
	struct hotspot_objects o = {.header = header, .narrow = narrow};
	struct heap p = {.h = h, .o = &o, .still = true};
	struct look look = {false};
	uintptr_t at, class;

	if (!see(&p) || (narrow && p.bad))
		return false;
	at = object_of(&p, thread, HOTSPOT_THREAD_OBJECT);
	class = at ? hotspot_class_within(h, &look, class_of(&p, at, header), "java/lang/Thread") : 0;
	if (!class || p.failed)
		return false;
	o.peer = hotspot_class_field(h, &look, class, "eetop", "J");
	o.name = hotspot_class_field(h, &look, class, "name", "Ljava/lang/String;");
	o.id = hotspot_class_field(h, &look, class, "tid", "J");
	if (look.failed || o.peer == HOTSPOT_NOWHERE || o.name == HOTSPOT_NOWHERE || o.id == HOTSPOT_NOWHERE ||
	    number(&p, at + o.peer, 8) != thread || !learn_string(&p, &look, at, &o))
		return false;
	*to = o;
	return true;
}

bool hotspot_objects_learn(struct hotspot_objects *to, const struct hotspot *h, uintptr_t thread)
{
	for (int header = 0; header < HEADERS; header++)
		if (learn_as(to, h, thread, header, true) || learn_as(to, h, thread, header, false))
			return true;
	return false;
}

/* ---- threads ------------------------------------------------------------------------------------ */

uint32_t hotspot_thread_name(const struct hotspot_objects *o, const struct hotspot *h, uintptr_t thread,
			     uint8_t *to, uint32_t max)
{
	struct heap p = {.h = h, .o = o, .still = true};
	uintptr_t at;

	if (!see(&p) || !(at = object_of(&p, thread, HOTSPOT_THREAD_OBJECT)) ||
	    number(&p, at + o->peer, 8) != thread)
		return 0;
	return text(&p, object_in(&p, at + o->name, o->narrow), to, max);
}

/* Its class, proven before its memory is looked at: the class of what runs here stays. */
static bool learn_virtual(struct hotspot_objects *o, struct heap *p, uintptr_t at)
{
	uintptr_t class = class_of(p, at, o->header);
	struct look look = {false};

	if (p->failed || !class || !is_still_so(p) ||
	    !hotspot_class_is(p->h, &look, class, "java/lang/VirtualThread"))
		return false;
	o->carrier = hotspot_class_field(p->h, &look, class, "carrierThread", "Ljava/lang/Thread;");
	if (look.failed || o->carrier == HOTSPOT_NOWHERE)
		return false;
	__atomic_store_n(&o->virtual_thread, class, __ATOMIC_RELEASE);
	return true;
}

/* As its toString() begins. */
static uint32_t by_number(uint64_t id, uint8_t *to, uint32_t max)
{
	char name[CALLED_SIZE];
	size_t size;

	called_begin(name, "VirtualThread[#");
	called_number(name, id);
	called_add(name, "]", 1);
	size = strlen(name);
	size = size < max ? size : max;
	memcpy(to, name, size);
	return (uint32_t)size;
}

static uint32_t look_at_virtual(struct hotspot_objects *o, struct heap *p, uintptr_t thread, uint8_t *to,
				uint32_t max)
{
	uintptr_t carrier = object_of(p, thread, HOTSPOT_THREAD_OBJECT);
	uintptr_t at = object_of(p, thread, HOTSPOT_THREAD_VIRTUAL);
	uint32_t size;

	if (!carrier || !at || at == carrier)
		return 0;
	if (!__atomic_load_n(&o->virtual_thread, __ATOMIC_ACQUIRE) && !learn_virtual(o, p, at))
		return 0;
	if (class_of(p, at, o->header) != o->virtual_thread || number(p, carrier + o->peer, 8) != thread ||
	    object_in(p, at + o->carrier, o->narrow) != carrier)
		return 0;
	size = text(p, object_in(p, at + o->name, o->narrow), to, max);
	if (!size && !p->failed)
		size = by_number(number(p, at + o->id, 8), to, max);
	return p->failed ? 0 : size;
}

uint32_t hotspot_virtual_name(struct hotspot_objects *o, const struct hotspot *h, uintptr_t thread,
			      uint8_t *to, uint32_t max)
{
	struct heap p = {.h = h, .o = o};
	uint8_t again[NAME_BYTES];
	uint32_t size;

	if (!see(&p) || p.paused || max > sizeof again)
		return 0;
	if (p.bad) /* ZGC gives pages to others while the program runs: what was read may be of another by now */
		return 0;
	size = look_at_virtual(o, &p, thread, to, max);
	return size && look_at_virtual(o, &p, thread, again, max) == size && memcmp(to, again, size) == 0 &&
	       is_still_so(&p) ? size : 0;
}
