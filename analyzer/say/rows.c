/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One flat JSON object a line, for each place and each connection: what a column store loads as it
 * is, of a fleet's machines into one table. Written as it goes.
 */
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/trouble.h"
#include "model/verdicts.h"
#include "model/alive.h"
#include "model/each.h"
#include "say/pairs.h"
#include "say/phrases.h"
#include "say/report.h"
#include "say/walked.h"

/* What is the same in all rows of an image. */
struct rows {
	struct json *g;
	const struct report *report;
	const struct model *m;
	char host[256];          /* "" when the dump came from elsewhere: nobody could know */
	char boot[40], build[48];
	uint64_t wall;           /* when the facts were true: the end, or now */
	char **places;           /* by index into model.stacks, the last of no stack: what was said of it already */
};

static void hex(const uint8_t *bytes, size_t n, char *to)
{
	for (size_t i = 0; i < n; i++)
		sprintf(to + 2 * i, "%02x", bytes[i]);
}

static void describe(struct rows *r)
{
	static const uint8_t unknown[16];
	const struct model_process *p = &r->m->process;
	const struct dump_process *facts = r->m->dump ? dump_process(r->m->dump) : NULL;

	if (facts && kernel_same_boot(facts) && gethostname(r->host, sizeof r->host - 1) < 0)
		*r->host = 0;
	if (facts && memcmp(facts->boot_id, unknown, sizeof unknown) != 0)
		hex(facts->boot_id, sizeof facts->boot_id, r->boot);
	for (uint32_t i = 0; i < r->m->module_count && !*r->build; i++) {
		const struct model_module *it = &r->m->modules[i];

		if (p->exe.bytes && it->path.size == p->exe.size && memcmp(it->path.bytes, p->exe.bytes, p->exe.size) == 0)
			hex(it->build_id, it->build_id_size, r->build);
	}
	r->wall = p->started_wall + (p->ended_mono > p->started_mono ? p->ended_mono - p->started_mono : 0);
}

static void rows_begin(const struct rows *r, const char *what)
{
	json_begin(r->g, r->report->to);
	json_open(r->g, '{');
	pair_text(r->g, "row", what);
	pair_text(r->g, "host", *r->host ? r->host : NULL);
	pair_text(r->g, "boot", *r->boot ? r->boot : NULL);
	pair_moment(r->g, "time", r->wall);
	pair_integer(r->g, "pid", r->m->process.pid);
	pair_view(r->g, "exe", r->m->process.exe);
	pair_text(r->g, "build_id", *r->build ? r->build : NULL);
	pair_moment(r->g, "started_at", r->m->process.started_wall);
	pair_text(r->g, "end", model_end_name(r->m->process.end));
}

static void end(const struct rows *r)
{
	json_close(r->g, '}');
	json_flush(r->g);
	fputc('\n', r->report->to);
}

/* Each is looked up once: a million connections have some dozens of places. */
static void put_place(const struct rows *r, uint32_t stack)
{
	uint32_t at = stack == MODEL_NONE ? r->m->stack_count : stack;

	if (!r->places[at])
		r->places[at] = phrase_place_text(r->m, r->report->symbols, stack);
	pair_text(r->g, "place", r->places[at]);
}

static void put_seconds(const struct rows *r, const char *name, uint64_t mono)
{
	double s;

	json_name(r->g, name);
	if (model_seconds(r->m, mono, &s))
		json_seconds(r->g, s);
	else
		json_null(r->g);
}

static void put_site(const struct rows *r, const struct model_call_site *s)
{
	rows_begin(r, "place");
	put_place(r, s->stack);
	pair_integer(r->g, "opened", s->opened);
	pair_integer(r->g, "closed", s->counts.of[VERDICT_CLOSED]);
	pair_integer(r->g, "closed_early", s->counts.of[VERDICT_CLOSED_EARLY]);
	pair_integer(r->g, "open_now", s->open_now);
	pair_integer(r->g, "open_max", s->open_max);
	pair_integer(r->g, "drained", s->counts.of[VERDICT_DRAINED]);
	pair_integer(r->g, "leaked", s->counts.of[VERDICT_LEAKED]);
	end(r);
}

static void put_connection(const struct rows *r, const struct model_conn *c)
{
	const char *suppressed = report_suppressed(r->report, c);
	char address[MODEL_ADDRESS_MAX];

	rows_begin(r, "connection");
	put_place(r, c->stack);
	pair_integer(r->g, "id", c->facts->id);
	pair_text(r->g, "verdict", verdict_name(c->verdict));
	pair_text(r->g, "reason", reason_name(c->reason));
	pair_text(r->g, "evidence", evidence_name(c->evidence));
	pair_text(r->g, "kind", c->kind);
	pair_text(r->g, "role", model_role(c));
	pair_text(r->g, "local", model_local(r->m, c, address, sizeof address) ? address : NULL);
	pair_text(r->g, "peer", model_peer(r->m, c, address, sizeof address) ? address : NULL);
	pair_view(r->g, "server_name", model_host(r->m, c));
	pair_text(r->g, "protocol", c->protocol);
	pair_bool(r->g, "tls", (c->facts->flags & DUMP_TLS) != 0);
	pair_integer(r->g, "requests", c->requests);
	pair_integer(r->g, "responses", c->responses);
	pair_integer(r->g, "bytes_in", c->facts->in.bytes);
	pair_integer(r->g, "bytes_out", c->facts->out.bytes);
	put_seconds(r, "opened_s", c->facts->opened_mono);
	put_seconds(r, "closed_s", model_closed_mono(r->m, c));
	if (suppressed)
		pair_text(r->g, "suppressed", suppressed);
	end(r);
}

void report_rows(const struct report *report, const struct model *m)
{
	static struct json buffer;
	struct rows r = {.g = &buffer, .report = report, .m = m,
			 .places = calloc(m->stack_count + 1ul, sizeof *r.places)};
	struct each e;

	if (!r.places) {
		trouble("not enough memory for the rows");
		return;
	}
	describe(&r);
	for (uint32_t i = 0; i < m->call_site_count; i++)
		put_site(&r, &m->call_sites[i]);
	each_begin(&e, m);
	for (const struct model_conn *c; (c = each_next(&e));)
		if (view_shows(&report->view, m, c))
			put_connection(&r, c);
	report_end_each(report, &e);
	for (uint32_t i = 0; i <= m->stack_count; i++)
		free(r.places[i]);
	free(r.places);
}
