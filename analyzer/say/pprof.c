/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A profile for pprof: gzip'ed protobuf, a sample for each place with how many connections it opened,
 * leaked, left drained, and how many threads those pin. All images are one profile; each sample says
 * which program it is of.
 */
#include <stdlib.h>
#include <string.h>

#include <uthash.h>
#include <zlib.h>

#include "model/verdicts.h"
#include "profile.pb-c.h"
#include "say/report.h"
#include "say/spot.h"

typedef Perftools__Profiles__Profile Profile;
typedef Perftools__Profiles__Sample Sample;
typedef Perftools__Profiles__Location Location;
typedef Perftools__Profiles__Function Function;
typedef Perftools__Profiles__Mapping Mapping;

static const char *const sample_types[] = {"opened", "leaked", "drained", "threads_pinned"};
#define TYPES (sizeof sample_types / sizeof *sample_types)
#define DEFAULT_TYPE 1

/* What has been given a number, by its text. */
struct entry {
	UT_hash_handle hh;
	uint64_t number;
	char text[];
};

static struct profile {
	Profile it;
	struct entry *strings, *functions, *locations, *mappings;
	bool begun;
} profile = {.it = PERFTOOLS__PROFILES__PROFILE__INIT};

/* The report of somebody who has no memory left is lost, and says so where it is written. */
static void *need(void *memory)
{
	if (!memory)
		abort();
	return memory;
}

#define APPEND(list, count, item)                                                                 \
	((list) = need(reallocarray(list, (count) + 1, sizeof *(list))), (list)[(count)++] = (item))

static struct entry *find(struct entry **all, const char *text, bool *is_new)
{
	struct entry *e = NULL;

	HASH_FIND_STR(*all, text, e);
	*is_new = !e;
	if (!e) {
		e = need(calloc(1, sizeof *e + strlen(text) + 1));
		strcpy(e->text, text);
		e->number = HASH_COUNT(*all) + 1;
		HASH_ADD_KEYPTR(hh, *all, e->text, strlen(e->text), e);
	}
	return e;
}

/* Index into the table of strings, whose first is "". */
static int64_t string(const char *text)
{
	bool is_new;
	const struct entry *e = find(&profile.strings, text, &is_new);

	if (is_new)
		APPEND(profile.it.string_table, profile.it.n_string_table, need(strdup(text)));
	return (int64_t)e->number - 1;
}

static void pprof_begin(void)
{
	string("");
	for (size_t i = 0; i < TYPES; i++) {
		Perftools__Profiles__ValueType *type = need(malloc(sizeof *type));

		perftools__profiles__value_type__init(type);
		type->type = string(sample_types[i]);
		type->unit = string("count");
		APPEND(profile.it.sample_type, profile.it.n_sample_type, type);
	}
	profile.it.default_sample_type = string(sample_types[DEFAULT_TYPE]);
	profile.begun = true;
}

static uint64_t mapping_of(const char *module)
{
	bool is_new;
	struct entry *e = find(&profile.mappings, module, &is_new);
	Mapping *it;

	if (!is_new)
		return e->number;
	it = need(malloc(sizeof *it));
	perftools__profiles__mapping__init(it);
	it->id = e->number;
	it->filename = string(module);
	it->has_functions = it->has_filenames = it->has_line_numbers = it->has_inline_frames = true;
	APPEND(profile.it.mapping, profile.it.n_mapping, it);
	return e->number;
}

static uint64_t function_of(const struct frame_text *f)
{
	char name[512], key[5120];
	bool is_new;
	struct entry *e;
	Function *it;

	spot_name(f, name, sizeof name);
	snprintf(key, sizeof key, "%s|%s", name, f->file ? f->file : f->module);
	e = find(&profile.functions, key, &is_new);
	if (!is_new)
		return e->number;
	it = need(malloc(sizeof *it));
	perftools__profiles__function__init(it);
	it->id = e->number;
	it->name = it->system_name = string(name);
	it->filename = string(f->file ? f->file : "");
	APPEND(profile.it.function, profile.it.n_function, it);
	return e->number;
}

static uint64_t location_of(const struct frame_text *f)
{
	uint64_t function = function_of(f);
	char key[64];
	bool is_new;
	struct entry *e;
	Location *it;

	snprintf(key, sizeof key, "%llu:%d:%llx", (unsigned long long)function, f->line,
		 (unsigned long long)f->offset);
	e = find(&profile.locations, key, &is_new);
	if (!is_new)
		return e->number;
	it = need(malloc(sizeof *it));
	perftools__profiles__location__init(it);
	it->id = e->number;
	it->mapping_id = mapping_of(f->module);
	it->address = f->offset;
	it->line = need(malloc(sizeof *it->line));
	it->line[0] = need(malloc(sizeof **it->line));
	it->n_line = 1;
	perftools__profiles__line__init(it->line[0]);
	it->line[0]->function_id = function;
	it->line[0]->line = f->line;
	APPEND(profile.it.location, profile.it.n_location, it);
	return e->number;
}

static int64_t pinned_by(const struct model *m, uint32_t site)
{
	int64_t n = 0;

	for (uint32_t i = 0; i < m->thread_count; i++) {
		const struct model_conn *c = m->threads[i].pins ? model_conn_by_id(m, m->threads[i].serves) : NULL;

		n += c && c->site == site;
	}
	return n;
}

static void add_label(Sample *s, const char *key, struct dump_text value)
{
	Perftools__Profiles__Label *label = need(malloc(sizeof *label));
	char *text = need(strndup(value.bytes ? value.bytes : "", value.size));

	perftools__profiles__label__init(label);
	label->key = string(key);
	label->str = string(text);
	free(text);
	APPEND(s->label, s->n_label, label);
}

void report_pprof(const struct report *r, const struct model *m)
{
	struct spot spot;

	if (!profile.begun)
		pprof_begin();
	if (!profile.it.time_nanos) {
		profile.it.time_nanos = (int64_t)m->process.started_wall;
		profile.it.duration_nanos = (int64_t)(m->process.ended_mono - m->process.started_mono);
	}
	for (uint32_t i = 0; i < m->call_site_count; i++) {
		const struct model_call_site *site = &m->call_sites[i];
		const uint64_t *of = site->counts.of;
		const int64_t values[TYPES] = {(int64_t)site->opened, (int64_t)of[VERDICT_LEAKED],
					       (int64_t)of[VERDICT_DRAINED], pinned_by(m, i)};
		Sample *s = need(malloc(sizeof *s));

		perftools__profiles__sample__init(s);
		spot_of(&spot, m, r->symbols, site->stack);
		for (unsigned f = 0; f < spot.count; f++)
			APPEND(s->location_id, s->n_location_id, location_of(&spot.frames[f]));
		for (size_t v = 0; v < TYPES; v++)
			APPEND(s->value, s->n_value, values[v]);
		add_label(s, "exe", m->process.exe);
		APPEND(profile.it.sample, profile.it.n_sample, s);
	}
}

/* RFC 1952, in memory: a profile has a sample for each place, not for each connection. */
static void put_gzip(FILE *to, uint8_t *bytes, size_t size)
{
	z_stream z = {.next_in = bytes, .avail_in = (uInt)size};
	uLong bound;
	uint8_t *packed;

	if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		abort();
	bound = deflateBound(&z, (uLong)size);
	z.next_out = packed = need(malloc(bound));
	z.avail_out = (uInt)bound;
	deflate(&z, Z_FINISH);
	fwrite(packed, 1, z.total_out, to);
	deflateEnd(&z);
	free(packed);
}

static void pprof_forget(struct entry **all)
{
	struct entry *e, *next;

	HASH_ITER(hh, *all, e, next) {
		HASH_DEL(*all, e);
		free(e);
	}
}

void report_pprof_total(const struct report *r, const struct model *const *models, size_t count)
{
	Profile *copy;
	size_t size;
	uint8_t *bytes;

	(void)models, (void)count;
	if (!profile.begun)
		pprof_begin();
	size = perftools__profiles__profile__get_packed_size(&profile.it);
	bytes = need(malloc(size + 1));
	perftools__profiles__profile__pack(&profile.it, bytes);
	put_gzip(r->to, bytes, size);
	free(bytes);
	copy = need(malloc(sizeof *copy)); /* protobuf-c frees what it made by malloc, and so did we */
	*copy = profile.it;
	perftools__profiles__profile__free_unpacked(copy, NULL);
	pprof_forget(&profile.strings);
	pprof_forget(&profile.functions);
	pprof_forget(&profile.locations);
	pprof_forget(&profile.mappings);
	profile = (struct profile){.it = PERFTOOLS__PROFILES__PROFILE__INIT};
}
