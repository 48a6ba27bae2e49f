/* SPDX-License-Identifier: Apache-2.0 */
#include "say/spot.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "say/spot_source.h"

void spot_of(struct spot *to, const struct model *m, struct symbols *symbols, uint32_t stack)
{
	to->count = frames_without_start(to->frames, frames_of(m, symbols, stack, to->frames));
	to->at = to->count ? frames_telling(to->frames, to->count) : 0;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

void spot_name(const struct frame_text *f, char *to, size_t size)
{
	if (f->brief)
		snprintf(to, size, "%s", f->brief);
	else
		snprintf(to, size, "%s+0x%" PRIx64, *f->module ? base_name(f->module) : "???", f->offset);
}

const char *spot_path(const struct frame_text *f)
{
	static char folder[PATH_MAX];
	const char *path = f->file ? f->file : f->module, *source = spot_source(f);
	size_t n;

	if (source)
		return source;
	while (strncmp(path, "../", 3) == 0)
		path += 3;
	if (!*folder && !getcwd(folder, sizeof folder))
		strcpy(folder, "/");
	n = strlen(folder);
	return strncmp(path, folder, n) == 0 && path[n] == '/' && n > 1 ? path + n + 1 : path;
}

/* FNV-1a: nobody is to be kept from making two places alike. */
static uint64_t mix(uint64_t hash, const char *text)
{
	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 1099511628211u;
	return (hash ^ 0xff) * 1099511628211u;
}

uint64_t spot_fingerprint(const struct spot *s, const char *salt)
{
	uint64_t hash = mix(14695981039346656037u, salt);

	for (unsigned i = s->at; i < s->count; i++) {
		const struct frame_text *f = &s->frames[i];

		hash = mix(hash, f->function ? f->function : base_name(f->module));
		hash = mix(hash, f->file ? base_name(f->file) : "");
	}
	return hash;
}
