/* SPDX-License-Identifier: Apache-2.0 */
#include "name/demangle.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <libiberty/demangle.h>

/* A back reference of D's may stand for two others, and so on. */
#define D_REFERENCES_MAX 32

struct output {
	char *bytes;
	size_t size;
	jmp_buf full;
};

/* A few bytes of a symbol may stand for as many as there is memory (each type a pair of the one before), and
 * libiberty does not let its caller say when it is enough. All that it has in this mode is on its stack, but
 * for an identifier of Rust's in Punycode. */
static void append(const char *bytes, size_t size, void *to)
{
	struct output *o = to;

	if (size > DEMANGLE_OUT_MAX - o->size)
		longjmp(o->full, 1);
	memcpy(o->bytes + o->size, bytes, size);
	o->size += size;
}

static bool by_callback(struct output *o, const char *symbol, int options)
{
	if (setjmp(o->full))
		return false;
	o->size = 0;
	if (rust_demangle_callback(symbol, options, append, o))
		return true;
	o->size = 0;
	return symbol[0] == '_' && symbol[1] == 'Z' && cplus_demangle_v3_callback(symbol, options, append, o);
}

/* "std.stdio.File.open(string, int)": cut before what the last bracket closes, but not a template's, "!(". */
static void cut_parameters(char *name)
{
	size_t n = strlen(name), depth = 0;

	while (n > 1 && name[strlen(name) - 1] == ')') {
		n--;
		depth += name[n] == ')';
		depth -= name[n] == '(';
		if (depth)
			continue;
		if (name[n - 1] != '!')
			name[n] = 0;
		return;
	}
}

static char *of_d(const char *symbol, bool parameters)
{
	unsigned references = 0;
	char *name;

	for (const char *p = symbol; *p; p++)
		references += *p == 'Q';
	name = references > D_REFERENCES_MAX ? NULL : dlang_demangle(symbol, DMGL_NO_OPTS);
	if (name && !parameters)
		cut_parameters(name);
	return name;
}

char *demangle(const char *symbol, bool parameters)
{
	struct output o = {0};
	char *name = NULL;

	if (!symbol || symbol[0] != '_' || !symbol[1] || strnlen(symbol, DEMANGLE_IN_MAX + 1) > DEMANGLE_IN_MAX)
		return NULL;
	if (symbol[1] == 'D')
		return of_d(symbol, parameters);
	if (symbol[1] != 'Z' && symbol[1] != 'R')
		return NULL;
	o.bytes = malloc(DEMANGLE_OUT_MAX);
	if (o.bytes && by_callback(&o, symbol, parameters ? DMGL_PARAMS | DMGL_ANSI : DMGL_NO_OPTS) && o.size)
		name = strndup(o.bytes, o.size);
	free(o.bytes);
	return name;
}
