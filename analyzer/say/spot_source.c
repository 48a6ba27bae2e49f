/* SPDX-License-Identifier: Apache-2.0 */
#include "say/spot_source.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#define PLAIN "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_$"

/* "com/acme/Fetch.java" of the function com.acme.Fetch$1.run (JLS 7.2.1: a package is a folder). What is no
 * such name may mean something to glob(3), and is left alone. */
static bool below_root(const struct frame_text *f, char *to, size_t size)
{
	const char *function = f->function ? f->function : "", *method = strrchr(function, '.'), *class = method;
	size_t n;

	if (!method || strspn(f->file, PLAIN ".") != strlen(f->file))
		return false;
	while (class > function && class[-1] != '.')
		class--;
	n = (size_t)(class - function);
	if (n + strlen(f->file) >= size || strspn(function, PLAIN ".") < n || strstr(function, ".."))
		return false;
	memcpy(to, function, n);
	for (size_t i = 0; i < n; i++)
		to[i] = to[i] == '.' ? '/' : to[i];
	strcpy(to + n, f->file);
	return true;
}

static char *look_for(const char *name)
{
	static const char *const roots[] = {"src/*/*/", "*/src/*/*/"}; /* of a project, of each of its modules */
	char *found = NULL, pattern[600];
	glob_t all = {0};

	for (size_t i = 0; i < sizeof roots / sizeof *roots; i++) {
		snprintf(pattern, sizeof pattern, "%s%s", roots[i], name);
		glob(pattern, i ? GLOB_APPEND : 0, NULL, &all);
	}
	if (all.gl_pathc == 1)
		found = strdup(all.gl_pathv[0]);
	globfree(&all);
	return found;
}

struct known {
	UT_hash_handle hh;
	char *path; /* NULL: nowhere */
	char name[];
};

const char *spot_source(const struct frame_text *f)
{
	static struct known *all;
	struct known *it = NULL;
	char name[512];

	if (f->language != DUMP_LANGUAGE_JAVA || f->whose != WHOSE_OWN || !f->file ||
	    !below_root(f, name, sizeof name))
		return NULL;
	HASH_FIND_STR(all, name, it);
	if (it)
		return it->path;
	it = calloc(1, sizeof *it + strlen(name) + 1);
	if (!it)
		return NULL;
	strcpy(it->name, name);
	it->path = look_for(name);
	HASH_ADD_KEYPTR(hh, all, it->name, strlen(it->name), it);
	return it->path;
}
