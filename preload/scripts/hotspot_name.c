/* SPDX-License-Identifier: Apache-2.0 */
#include "scripts/hotspot_name.h"

#include <string.h>

#include "scripts/hotspot_class.h"

#define WORD sizeof(uintptr_t)

struct looking {
	const struct hotspot *h;
	struct look *look;
};

static uintptr_t word(const struct looking *l, uintptr_t object, enum hotspot_field field)
{
	return look_word(l->look, object + l->h->field[field]);
}

/* ---- text --------------------------------------------------------------------------------------- */

/* Appends a Symbol (oops/symbol.hpp), as much as there is room for. Returns where the text ends then. */
static uint32_t hotspot_append(const struct looking *l, uintptr_t symbol, char *to, uint32_t used,
			       uint32_t room)
{
	uint32_t size = symbol ? look_u16(l->look, symbol + l->h->field[HOTSPOT_SYMBOL_LENGTH]) : 0;

	size = size < room - used ? size : room - used;
	return look_bytes(l->look, to + used, symbol + l->h->field[HOTSPOT_SYMBOL_BODY], size) ? used + size : used;
}

/* ---- lines -------------------------------------------------------------------------------------- */

static int32_t signed5(const struct looking *l, uintptr_t *at)
{
	uint32_t value = hotspot_unsigned5(l->h, l->look, at);

	return (int32_t)(value >> 1) ^ -(int32_t)(value & 1);
}

static bool has_lines(const struct looking *l, uintptr_t method)
{
	if (l->h->version == HOTSPOT_17)
		return look_u16(l->look, method + l->h->field[HOTSPOT_CONST_FLAGS_17]) &
		       (uint32_t)l->h->is[HOTSPOT_IS_LINES_17];
	return look_u32(l->look, method + l->h->field[HOTSPOT_CONST_FLAGS]) & (uint32_t)l->h->is[HOTSPOT_IS_LINES];
}

/* Pairs, each as how much more than the one before, behind the bytecodes: a byte, or 0xff and
 * two numbers (code/compressedStream and oops/method.cpp, CompressedLineNumberReadStream). The
 * best is the last before `bci`. */
static uint32_t line_of(const struct looking *l, uintptr_t method, int32_t bci)
{
	uint32_t code = look_u16(l->look, method + l->h->field[HOTSPOT_CONST_CODE_SIZE]);
	uintptr_t at = method + l->h->size[HOTSPOT_SIZE_CONST_METHOD] + code;
	uintptr_t end = method + look_u32(l->look, method + l->h->field[HOTSPOT_CONST_SIZE]) * WORD;
	int32_t is = 0, line = 0, best = 0, best_bci = -1;

	if (!has_lines(l, method) || bci >= (int32_t)code)
		return 0;
	while (at < end && !l->look->failed) {
		uint8_t next = look_u8(l->look, at++);

		if (!next)
			break;
		is += next == 0xff ? signed5(l, &at) : next >> 3;
		line += next == 0xff ? signed5(l, &at) : next & 7;
		if (is <= bci && is >= best_bci) {
			best = line;
			best_bci = is;
		}
		if (is == bci)
			break;
	}
	return best > 0 && best <= UINT16_MAX ? (uint32_t)best : 0;
}

/* ---- a method ----------------------------------------------------------------------------------- */

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

/* What the JVM makes of lambdas and method handles it hides from stack traces, but not a lambda's body. */
static bool made_up(const char *class)
{
	return strstr(class, "$$Lambda") || begins(class, "java/lang/invoke/LambdaForm$") ||
	       (begins(class, "java/lang/invoke/") && strstr(class, "$Holder"));
}

static void name_function(const struct looking *l, struct hotspot_name *to, uint32_t class, uintptr_t name)
{
	for (uint32_t i = 0; i < class; i++)
		to->function[i] = to->function[i] == '/' ? '.' : to->function[i];
	to->function[class++] = '.';
	to->function_size = (uint16_t)hotspot_append(l, name, to->function, class, sizeof to->function - 1);
	to->function[to->function_size] = 0;
}

static void name_file(const struct looking *l, struct hotspot_name *to, uintptr_t pool)
{
	uintptr_t source = hotspot_symbol_at(l->h, l->look, pool,
					     look_u16(l->look, pool + l->h->field[HOTSPOT_POOL_SOURCE]));

	to->file_size = source ? (uint16_t)hotspot_append(l, source, to->file, 0, sizeof to->file - 1) : 0;
	to->file[to->file_size] = 0;
}

bool hotspot_name(const struct hotspot *h, struct look *look, const struct hotspot_frame *frame,
		  struct hotspot_name *to)
{
	struct looking l = {h, look};
	uintptr_t method = word(&l, frame->method, HOTSPOT_METHOD_CONST);
	uintptr_t pool = word(&l, method, HOTSPOT_CONST_POOL);
	uintptr_t class = word(&l, pool, HOTSPOT_POOL_HOLDER), name;
	uint32_t size;

	name = hotspot_symbol_at(h, look, pool, look_u16(look, method + h->field[HOTSPOT_CONST_NAME]));
	/* A class's pool says whose it is, and the class has that pool: that is no coincidence. */
	if (!name || word(&l, class, HOTSPOT_CLASS_POOL) != pool)
		return false;
	size = hotspot_append(&l, word(&l, class, HOTSPOT_CLASS_NAME), to->function, 0, sizeof to->function - 64);
	to->function[size] = 0;
	if (look->failed || !size || made_up(to->function))
		return false;
	name_file(&l, to, pool);
	name_function(&l, to, size, name);
	to->line = frame->bci >= 0 ? line_of(&l, method, frame->bci) : 0;
	return !look->failed;
}

bool hotspot_is_carrier(const struct hotspot_name *name)
{
	return strcmp(name->function, "jdk.internal.vm.Continuation.enterSpecial") == 0;
}
