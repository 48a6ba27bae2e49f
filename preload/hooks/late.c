/* SPDX-License-Identifier: Apache-2.0 */
#include "hooks/late.h"

#include <dlfcn.h>
#include <link.h>
#include <string.h>

#include "core/file.h"

struct late_bound late_bound[LATE_BOUND];

static long fails(void)
{
	return -1;
}

/* ---- looking for it -------------------------------------------------------------------------------- */

HOOK(int, dlclose, (void *handle));

/* Looked up as the library at `path` itself would, once the global scope was asked in vain. */
static void *in_scope_of(const char *path, const struct late *row)
{
	void *library, *real;

	if (!path || !*path) /* the program: its scope is the global one, which we are in */
		return NULL;
	library = dlmopen(LM_ID_BASE, path, RTLD_LAZY | RTLD_NOLOAD);
	if (!library)
		return NULL;
	real = dlvsym(library, row->name, row->version);
	REAL(dlclose)(library);
	return real;
}

/* A jump out of a function that we wrap into another one leaves the address in our wrapper. */
static bool in_us(const Dl_info *caller)
{
	Dl_info us;

	return dladdr((void *)late_resolve, &us) && caller->dli_fbase == us.dli_fbase;
}

/* Not in our own scope: there our wrapper would be found, as its own real function. */
static void *of_caller(const struct late *row, const void *caller)
{
	struct link_map *map = NULL;
	Dl_info info;

	if (!dladdr1(caller, &info, (void **)&map, RTLD_DL_LINKMAP) || !map || in_us(&info))
		return NULL;
	return in_scope_of(map->l_name, row);
}

/* A caller that jumps (a call at a function's very end) leaves its own caller's address, which may
 * lie in a library that knows nothing of TLS. Then it is whoever has the function. */
#define LIBRARIES 8
#define PATH_SIZE 512

struct libraries {
	unsigned count;
	char path[LIBRARIES][PATH_SIZE];
};

static int collect(struct dl_phdr_info *info, size_t size, void *data)
{
	struct libraries *l = data;
	const char *name = strrchr(info->dlpi_name, '/');

	if (!name || strlen(info->dlpi_name) >= PATH_SIZE ||
	    (!strstr(name, "ssl") && !strstr(name, "crypto") && !strstr(name, "tls")))
		return 0;
	strcpy(l->path[l->count++], info->dlpi_name);
	return l->count == LIBRARIES;
}

static void *anywhere(const struct late *row)
{
	struct libraries *l = file_memory(sizeof *l); /* more than one asks of somebody else's stack */
	void *real = NULL;

	if (!l)
		return NULL;
	dl_iterate_phdr(collect, l);
	for (unsigned i = 0; i < l->count && !real; i++)
		real = in_scope_of(l->path[i], row);
	file_free(l, sizeof *l);
	return real;
}

/* ---- keeping it ------------------------------------------------------------------------------------ */

static void keep(const struct late *row, const void *caller, struct late_found found)
{
	uint32_t at = late_place(row, caller);

	for (uint32_t i = 0; i < LATE_PROBES; i++) {
		struct late_bound *b = &late_bound[(at + i) % LATE_BOUND];
		const void *nobody = NULL;

		if (__atomic_compare_exchange_n(&b->caller, &nobody, caller, false, __ATOMIC_ACQ_REL,
						__ATOMIC_ACQUIRE))
			b->row = row;
		else if (nobody != caller || b->row != row)
			continue;
		b->internal = found.internal;
		__atomic_store_n(&b->real, found.real, __ATOMIC_RELEASE);
		return;
	}
}

/* Is it the library that calls? */
static bool is_internal(const void *caller, const void *real)
{
	Dl_info from, to;

	return dladdr(caller, &from) && dladdr(real, &to) && (from.dli_fbase == to.dli_fbase || in_us(&from));
}

void *late_global(const struct late *row)
{
	return dlvsym(RTLD_NEXT, row->name, row->version);
}

struct late_found late_resolve(const struct late *row, const void *caller)
{
	int saved = errno;
	struct late_found found = {late_global(row), false};

	if (!found.real)
		found.real = of_caller(row, caller);
	if (!found.real)
		found.real = anywhere(row);
	if (found.real) {
		found.internal = is_internal(caller, found.real);
		keep(row, caller, found);
	} else {
		found.real = (void *)fails;
	}
	errno = saved;
	return found;
}

static void forget(void)
{
	for (uint32_t i = 0; i < LATE_BOUND; i++)
		if (late_bound[i].real)
			__atomic_store_n(&late_bound[i].real, NULL, __ATOMIC_RELEASE);
}

/* What was found may go with the library, and another may be loaded to its place. */
int dlclose(void *handle)
{
	int ret = REAL(dlclose)(handle);

	RECORD forget();
	return ret;
}
