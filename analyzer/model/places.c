/* SPDX-License-Identifier: Apache-2.0 */
#include "model/places.h"

#include <stdlib.h>
#include <string.h>

#include <uthash.h>

/* Far above what a recorder makes. A crafted dump's strings may overlap: their copies must not outgrow it. */
#define TEXTS_MAX (64u << 20)

static const char *const names[] = {
#define X(name, text) text,
	DUMP_LANGUAGES(X)
#undef X
};

const char *model_language_name(enum dump_language language)
{
	return names[language];
}

enum dump_language model_language_of(const char *name)
{
	for (unsigned i = 0; name && i < DUMP_LANGUAGE_COUNT; i++)
		if (strcmp(names[i], name) == 0)
			return (enum dump_language)i;
	return DUMP_LANGUAGE_NATIVE;
}

struct copy {
	UT_hash_handle hh;
	uint32_t id;
	char text[];
};

struct model_texts {
	struct copy *copies;
	size_t size;
};

/* Terminated; a NUL inside becomes a question mark. NULL: unknown. */
static const char *text_of(const struct model *m, struct model_texts *all, uint32_t id)
{
	struct dump_text text = dump_string(m->dump, id);
	struct copy *it = NULL;

	if (!text.bytes || !text.size)
		return NULL;
	HASH_FIND(hh, all->copies, &id, sizeof id, it);
	if (it)
		return it->text;
	all->size += text.size;
	it = all->size < TEXTS_MAX ? calloc(1, sizeof *it + text.size + 1) : NULL;
	if (!it)
		return NULL;
	it->id = id;
	memcpy(it->text, text.bytes, text.size);
	for (char *nul = it->text; (nul = memchr(nul, 0, (size_t)(it->text + text.size - nul)));)
		*nul = '?';
	HASH_ADD(hh, all->copies, id, sizeof id, it);
	return it->text;
}

bool places_build(struct model *m)
{
	const struct dump_place *from = dump_places(m->dump, &m->place_count);

	m->places = calloc(m->place_count + 1u, sizeof *m->places);
	m->place_texts = calloc(1, sizeof *m->place_texts);
	if (!m->places || !m->place_texts)
		return false;
	for (uint32_t i = 0; i < m->place_count; i++) {
		struct model_place *to = &m->places[i];

		if (from[i].language <= DUMP_LANGUAGE_NATIVE || from[i].language >= DUMP_LANGUAGE_COUNT)
			continue;
		to->language = (enum dump_language)from[i].language;
		to->function = text_of(m, m->place_texts, from[i].function);
		to->file = text_of(m, m->place_texts, from[i].file);
		to->line = from[i].line <= INT32_MAX ? (int)from[i].line : 0;
	}
	return true;
}

void places_free(struct model *m)
{
	struct copy *it, *next;

	if (m->place_texts) {
		HASH_ITER(hh, m->place_texts->copies, it, next) {
			HASH_DEL(m->place_texts->copies, it);
			free(it);
		}
	}
	free(m->place_texts);
	free(m->places);
}

uint32_t places_at(const struct model *m, uint64_t frame)
{
	uint32_t index = (uint32_t)frame;

	return DUMP_FRAME_IS_PLACE(frame) && index < m->place_count &&
	       m->places[index].language ? index : MODEL_NONE;
}
