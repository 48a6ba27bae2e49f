/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SARIF 2.1.0 (OASIS), for code scanning: a result for each place and reason, at the line that opens; before
 * them, one for a process that ran out of descriptors, or nearly, at the line that held most of them. One run
 * for all process images; a result of the same place in another build has the same fingerprint.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "model/verdicts.h"
#include "say/exhausted.h"
#include "say/pairs.h"
#include "say/phrases.h"
#include "say/report.h"
#include "say/spot.h"
#include "say/walked.h"

static struct json buffer;
static bool begun;

/* ---- what may be found ------------------------------------------------------------------------------ */

static void put_message(struct json *g, const char *name, const char *text)
{
	json_name(g, name);
	json_open(g, '{');
	pair_text(g, "text", text);
	json_close(g, '}');
}

static const char *rule_name(enum verdict v, enum reason r, char to[64])
{
	snprintf(to, 64, "%s/%s", verdict_name(v), reason_name(r));
	return to;
}

static const char *level(enum verdict v)
{
	return v == VERDICT_LEAKED ? "error" : "note";
}

/* Of the limit on descriptors: that it was met, that it came near. */
static const struct rule {
	const char *id, *level, *what, *more, *help;
} limit_rules[] = {
	{"exhausted/too-many-open-files", "error", "the program ran into \"too many open files\"",
	 "a call was refused a new descriptor, since the process or the machine had as many as it may "
	 "(EMFILE, ENFILE)", EXHAUSTED_ADVICE},
	{"exhausted/near", "warning", "the program came near the limit on open files",
	 "more than nine tenths of the descriptors that the process may have were open at once",
	 EXHAUSTED_ADVICE},
};

static void put_rule(struct json *g, const struct rule *r)
{
	json_open(g, '{');
	pair_text(g, "id", r->id);
	put_message(g, "shortDescription", r->what);
	put_message(g, "fullDescription", r->more);
	if (r->help)
		put_message(g, "help", r->help);
	json_name(g, "defaultConfiguration");
	json_open(g, '{');
	pair_text(g, "level", r->level);
	json_close(g, '}');
	json_close(g, '}');
}

static void put_rules(struct json *g)
{
	static const enum verdict found[] = {VERDICT_LEAKED, VERDICT_DRAINED};
	char name[64];

	json_name(g, "rules");
	json_open(g, '[');
	for (unsigned v = 0; v < sizeof found / sizeof *found; v++)
		for (int r = 0; r < REASON_COUNT; r++) {
			const char *advice = phrase_advice((enum reason)r);

			if (!reason_explains((enum reason)r, found[v]))
				continue;
			put_rule(g, &(struct rule){rule_name(found[v], (enum reason)r, name), level(found[v]),
				 reason_help((enum reason)r), verdict_help(found[v]),
				 found[v] == VERDICT_LEAKED ? advice : NULL});
		}
	for (unsigned i = 0; i < sizeof limit_rules / sizeof *limit_rules; i++)
		put_rule(g, &limit_rules[i]);
	json_close(g, ']');
}

static void begin(struct json *g, FILE *to)
{
	json_begin(g, to);
	json_open(g, '{');
	pair_text(g, "$schema", "https://json.schemastore.org/sarif-2.1.0.json");
	pair_text(g, "version", "2.1.0");
	json_name(g, "runs");
	json_open(g, '[');
	json_open(g, '{');
	json_name(g, "tool");
	json_open(g, '{');
	json_name(g, "driver");
	json_open(g, '{');
	pair_text(g, "name", "connleak");
	pair_text(g, "version", CONNLEAK_VERSION);
	put_rules(g);
	json_close(g, '}');
	json_close(g, '}');
	json_name(g, "results");
	json_open(g, '[');
	begun = true;
}

/* ---- where ------------------------------------------------------------------------------------------ */

/* RFC 3986: what may stand in a path as it is; an absolute one is a file's. */
static void put_uri(struct json *g, const char *path)
{
	static const char hex[] = "0123456789ABCDEF";
	char uri[3 * 4096 + 16], *at = uri;

	if (*path == '/')
		at = stpcpy(at, "file://");
	for (; *path && at < uri + sizeof uri - 4; path++) {
		unsigned char c = (unsigned char)*path;

		if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || strchr("-._~/+@,=", c)) {
			*at++ = (char)c;
			continue;
		}
		*at++ = '%';
		*at++ = hex[c >> 4];
		*at++ = hex[c & 15];
	}
	json_name(g, "uri");
	json_text(g, uri, (size_t)(at - uri));
}

static void put_location(struct json *g, const struct frame_text *f, const char *message)
{
	char name[512];

	json_open(g, '{');
	json_name(g, "physicalLocation");
	json_open(g, '{');
	json_name(g, "artifactLocation");
	json_open(g, '{');
	put_uri(g, f && (f->file || *f->module) ? spot_path(f) : "unknown");
	json_close(g, '}');
	if (f && f->file && f->line > 0) {
		json_name(g, "region");
		json_open(g, '{');
		pair_integer(g, "startLine", (uint64_t)f->line);
		json_close(g, '}');
	}
	json_close(g, '}');
	if (f) {
		spot_name(f, name, sizeof name);
		json_name(g, "logicalLocations");
		json_open(g, '[');
		json_open(g, '{');
		pair_text(g, "name", name);
		pair_text(g, "kind", "function");
		json_close(g, '}');
		json_close(g, ']');
	}
	if (message)
		put_message(g, "message", message);
	json_close(g, '}');
}

static void put_stack(struct json *g, const struct spot *s, const char *what)
{
	json_name(g, "stacks");
	json_open(g, '[');
	json_open(g, '{');
	put_message(g, "message", what);
	json_name(g, "frames");
	json_open(g, '[');
	for (unsigned i = 0; i < s->count; i++) {
		json_open(g, '{');
		json_name(g, "location");
		put_location(g, &s->frames[i], NULL);
		if (*s->frames[i].module)
			pair_text(g, "module", s->frames[i].module);
		json_close(g, '}');
	}
	json_close(g, ']');
	json_close(g, '}');
	json_close(g, ']');
}

/* ---- what was found ---------------------------------------------------------------------------------- */

static void put_fingerprint(struct json *g, const struct spot *s, const char *rule)
{
	char print[24];

	json_name(g, "partialFingerprints");
	json_open(g, '{');
	snprintf(print, sizeof print, "%016" PRIx64, spot_fingerprint(s, rule));
	pair_text(g, "connleakPlace/v1", print);
	json_close(g, '}');
}

/* Who was refused one more. */
static void put_refused(struct json *g, const struct report *r, const struct model *m)
{
	struct spot s;

	spot_of(&s, m, r->symbols, m->exhaustion.stack);
	if (!s.count)
		return;
	json_name(g, "relatedLocations");
	json_open(g, '[');
	put_location(g, &s.frames[s.at], "one more was refused here");
	json_close(g, ']');
	put_stack(g, &s, "where one more was refused, innermost first");
}

static void put_limit(struct json *g, const struct report *r, const struct model *m)
{
	const struct rule *rule = &limit_rules[m->exhaustion.count ? 0 : 1];
	char *text = NULL;
	size_t size;
	FILE *to = m->exhaustion.near ? open_memstream(&text, &size) : NULL;
	struct spot s;

	if (!to)
		return;
	phrase_exhausted(to, m);
	fputs("; this place held most of the sockets.", to);
	if (fclose(to) == 0) {
		spot_of(&s, m, r->symbols, exhausted_stack(m));
		json_open(g, '{');
		pair_text(g, "ruleId", rule->id);
		pair_text(g, "level", rule->level);
		put_message(g, "message", text);
		json_name(g, "locations");
		json_open(g, '[');
		put_location(g, s.count ? &s.frames[s.at] : NULL, NULL);
		json_close(g, ']');
		put_refused(g, r, m);
		put_fingerprint(g, &s, rule->id);
		json_close(g, '}');
	}
	free(text);
}

struct tally { /* of one place and reason */
	uint64_t count, suppressed;
	const char *suppression;
};

static void put_result(struct json *g, const struct model_call_site *site, const struct spot *s,
		       enum verdict v, enum reason reason, const struct tally *t)
{
	char name[64], text[512];

	json_open(g, '{');
	pair_text(g, "ruleId", rule_name(v, reason, name));
	pair_text(g, "level", level(v));
	snprintf(text, sizeof text, "%" PRIu64 " of %" PRIu64 " %ss opened here %s: %s.", t->count, site->opened,
		 phrase_opened(site), v == VERDICT_LEAKED ? "leaked" : "were never closed", reason_help(reason));
	put_message(g, "message", text);
	json_name(g, "locations");
	json_open(g, '[');
	put_location(g, s->count ? &s->frames[s->at] : NULL, NULL);
	json_close(g, ']');
	if (s->count)
		put_stack(g, s, "where the connection was opened, innermost first");
	put_fingerprint(g, s, name);
	if (t->suppressed == t->count) {
		json_name(g, "suppressions");
		json_open(g, '[');
		json_open(g, '{');
		pair_text(g, "kind", "external");
		pair_text(g, "justification", t->suppression);
		json_close(g, '}');
		json_close(g, ']');
	}
	json_close(g, '}');
}

typedef struct tally tallies[2][REASON_COUNT]; /* leaked, drained */

/* By index into model.call_sites. NULL without memory. */
static tallies *count(const struct report *r, const struct model *m)
{
	tallies *of = calloc(m->call_site_count + 1ul, sizeof *of);
	struct each e;

	if (!of)
		return NULL;
	each_begin(&e, m);
	for (const struct model_conn *c; (c = each_next(&e));) {
		bool drained = c->verdict == VERDICT_DRAINED;
		const char *suppression;

		if (c->site == MODEL_NONE || (c->verdict != VERDICT_LEAKED && !drained) || !view_shows(&r->view, m, c))
			continue;
		of[c->site][drained][c->reason].count++;
		suppression = report_suppressed(r, c);
		if (!suppression)
			continue;
		of[c->site][drained][c->reason].suppressed++;
		of[c->site][drained][c->reason].suppression = suppression;
	}
	report_end_each(r, &e);
	return of;
}

void report_sarif(const struct report *r, const struct model *m)
{
	tallies *of = count(r, m);
	struct spot s;

	if (!begun)
		begin(&buffer, r->to);
	put_limit(&buffer, r, m);
	for (uint32_t i = 0; of && i < m->call_site_count; i++) {
		const struct model_call_site *site = &m->call_sites[i];

		if (!site->counts.of[VERDICT_LEAKED] && !site->counts.of[VERDICT_DRAINED])
			continue;
		spot_of(&s, m, r->symbols, site->stack);
		for (int v = 0; v < 2; v++)
			for (int reason = 0; reason < REASON_COUNT; reason++)
				if (of[i][v][reason].count)
					put_result(&buffer, site, &s, v ? VERDICT_DRAINED : VERDICT_LEAKED,
						   (enum reason)reason, &of[i][v][reason]);
	}
	free(of);
	json_flush(&buffer);
}

/* What was not observed: a log without results is no clean one where a program could not be recorded. */
static void put_invocation(struct json *g, const struct model *const *models, size_t count)
{
	bool all = true;

	json_name(g, "invocations");
	json_open(g, '[');
	json_open(g, '{');
	json_name(g, "toolExecutionNotifications");
	json_open(g, '[');
	for (size_t i = 0; i < count; i++)
		for (uint32_t w = 0; w < models[i]->warning_count; w++) {
			bool unrecorded = model_is_unrecorded(models[i]->warnings[w]);

			all = all && !unrecorded;
			json_open(g, '{');
			pair_text(g, "level", unrecorded ? "error" : "warning");
			put_message(g, "message", models[i]->warnings[w]);
			json_close(g, '}');
		}
	json_close(g, ']');
	pair_bool(g, "executionSuccessful", all);
	json_close(g, '}');
	json_close(g, ']');
}

void report_sarif_total(const struct report *r, const struct model *const *models, size_t count)
{
	struct json *g = &buffer;

	if (!begun)
		begin(g, r->to);
	json_close(g, ']');
	put_invocation(g, models, count);
	pair_text(g, "columnKind", "utf16CodeUnits");
	json_close(g, '}');
	json_close(g, ']');
	json_close(g, '}');
	json_flush(g);
	fputc('\n', r->to);
	begun = false;
}
