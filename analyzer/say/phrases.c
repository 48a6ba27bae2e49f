/* SPDX-License-Identifier: Apache-2.0 */
#include "say/phrases.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "name/frames.h"
#include "base/printable.h"
#include "say/spot.h"

/* ---- sentences ----------------------------------------------------------------------------------------- */

const char *plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

const char *phrase_opened(const struct model_call_site *s)
{
	return s->connections == s->opened ? "connection" : "socket";
}

void put_duration(FILE *to, double seconds)
{
	if (seconds < 120)
		fprintf(to, "%.1f s", seconds);
	else if (seconds < 7200)
		fprintf(to, "%.1f min", seconds / 60);
	else if (seconds < 48 * 3600)
		fprintf(to, "%.1f h", seconds / 3600);
	else
		fprintf(to, "%.1f days", seconds / 86400);
}

#define ARGUMENT_MAX 60
#define COMMAND_MAX 120

void phrase_command(FILE *to, const struct model *m)
{
	struct dump_text line = m->process.cmdline;
	size_t shown = 0;

	if (!line.size) {
		if (m->process.exe.bytes)
			put_printable(to, m->process.exe.bytes, m->process.exe.size);
		else
			fputs("(nobody saw which program)", to);
		return;
	}
	for (size_t at = 0; at < line.size;) {
		size_t n = strnlen(line.bytes + at, line.size - at);

		if (at)
			fputc(' ', to);
		if (shown > COMMAND_MAX) {
			fputs("...", to);
			return;
		}
		put_printable(to, line.bytes + at, n < ARGUMENT_MAX ? n : ARGUMENT_MAX);
		fputs(n > ARGUMENT_MAX ? "..." : "", to);
		shown += n < ARGUMENT_MAX ? n : ARGUMENT_MAX;
		at += n + 1;
	}
}

void phrase_end(FILE *to, const struct model *m)
{
	const struct model_process *p = &m->process;
	const char *name = p->signal_known ? strsignal(p->signal) : NULL;
	double seconds = 0;

	if (p->end == MODEL_END_RUNNING)
		fputs("still running after ", to);
	else if (p->end == MODEL_END_EXEC)
		fputs("became another program after ", to);
	else if (p->signal_known)
		fprintf(to, "killed by signal %d (%s) after ", p->signal, name ? name : "unknown");
	else if (p->end == MODEL_END_KILLED)
		fputs("ended without a word (killed) after ", to);
	else if (p->status_known)
		fprintf(to, "exited with %d after ", p->exit_status);
	else
		fputs("exited after ", to);
	model_seconds(m, p->ended_mono, &seconds);
	put_duration(to, seconds);
}

/* The name that was asked for, unless it says nothing that the address does not. */
static void put_host(FILE *to, struct dump_text host, const char *peer)
{
	size_t n = strlen(peer), bare = n;

	while (bare && peer[bare - 1] != ':')
		bare--;
	bare -= bare > 0;
	if (!host.bytes || (host.size == n && memcmp(host.bytes, peer, n) == 0) ||
	    (host.size == bare && memcmp(host.bytes, peer, bare) == 0))
		return;
	fputs(" (", to);
	put_printable(to, host.bytes, host.size);
	fputc(')', to);
}

void put_where(FILE *to, const struct model *m, const struct model_conn *c)
{
	char address[MODEL_ADDRESS_MAX] = "";

	if (model_peer(m, c, address, sizeof address))
		fputs(c->facts->role == DUMP_ROLE_SERVER ? "from " : "to ", to);
	else if (model_local(m, c, address, sizeof address))
		fputs("at ", to);
	else
		fputs("without an address", to);
	put_printable_text(to, address);
	put_host(to, model_host(m, c), address);
}

void phrase_place(FILE *to, const struct model *m, struct symbols *symbols, uint32_t stack)
{
	struct frame_text frames[FRAMES_TEXT_MAX];
	unsigned n = frames_of(m, symbols, stack, frames), at;
	const char *slash;

	if (!n) {
		fputs("an unknown place", to);
		return;
	}
	at = frames_telling(frames, n);
	slash = strrchr(frames[at].module, '/');
	put_printable_text(to, frames[at].brief ? frames[at].brief : "???");
	fputs(" (", to);
	put_printable_text(to, frames[at].file ? frames[at].file : slash ? slash + 1 : frames[at].module);
	if (frames[at].file)
		fprintf(to, ":%d)", frames[at].line);
	else
		fprintf(to, "+0x%" PRIx64 ")", frames[at].offset);
}

char *phrase_place_text(const struct model *m, struct symbols *symbols, uint32_t stack)
{
	char *text = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&text, &size);

	if (!to)
		return NULL;
	phrase_place(to, m, symbols, stack);
	fclose(to);
	return text;
}

void phrase_spot(FILE *to, const struct model *m, struct symbols *symbols, uint32_t stack)
{
	struct spot spot;
	const struct frame_text *f;
	char name[512];

	spot_of(&spot, m, symbols, stack);
	if (!spot.count) {
		fputs("an unknown place", to);
		return;
	}
	f = &spot.frames[spot.at];
	spot_name(f, name, sizeof name);
	if (f->file) {
		put_printable_text(to, spot_path(f));
		if (f->line)
			fprintf(to, ":%d", f->line);
		fputs(" in ", to);
	}
	put_printable_text(to, name);
	if (!f->file && f->function && *f->module) {
		const char *slash = strrchr(f->module, '/');

		fputs(" in ", to);
		put_printable_text(to, slash ? slash + 1 : f->module);
	}
}

void phrase_counts(FILE *to, const struct model *m, const struct finding *f)
{
	const struct dump_conn *c = m->conns[f->counts.example].facts;
	bool connections = f->site ? f->site->connections == f->site->opened : c->flags & DUMP_CONNECTED;
	uint64_t opened = f->site ? f->site->opened : f->counts.of[VERDICT_LEAKED] + f->counts.of[VERDICT_DRAINED];

	fprintf(to, "%s ", c->role == DUMP_ROLE_SERVER ? "accepted" : "opened");
	put_number(to, opened);
	fprintf(to, " %s%s", connections ? "connection" : "socket", plural(opened));
	if (!connections && f->site && f->site->connections) {
		fputs(", ", to);
		put_number(to, f->site->connections);
		fputs(" of them connected,", to);
	}
	if (f->site) {
		fputs(" and closed ", to);
		put_number(to, counts_closed(&f->site->counts));
	}
}

void phrase_evidence(FILE *to, const struct model_conn *c)
{
	const char *state = model_tcp_state(c), *error;
	uint64_t queued;

	fprintf(to, "%s (%s)", evidence_name(c->evidence), evidence_help(c->evidence));
	if (c->facts->flags & DUMP_CONNECT_FAILED) {
		error = strerror(c->facts->connect_errno);
		fprintf(to, "; connect: %s", error);
	}
	if (c->facts->in.error || c->facts->out.error) {
		error = strerror(c->facts->in.error ? c->facts->in.error : c->facts->out.error);
		fprintf(to, "; the program was told: %s", error);
	}
	if (c->has_body_expected && c->body_received < c->body_expected) {
		fputs("; ", to);
		put_number(to, c->body_received);
		fputs(" of ", to);
		put_number(to, c->body_expected);
		fputs(" bytes of the body were read", to);
	}
	if (model_queued(c, &queued) && queued) {
		fputs("; ", to);
		put_number(to, queued);
		fprintf(to, " byte%s unread in the kernel", queued == 1 ? " waits" : "s wait");
	}
	if (state)
		fprintf(to, "; %s", state);
	if (c->teardown)
		fputs("; closed only while the program was ending", to);
}

void phrase_use(FILE *to, const struct model_conn *c)
{
	fputs(reason_name(c->reason), to);
	if (c->requests)
		fprintf(to, ", %s request%s, reused %s time%s", NUMBER(c->requests),
			plural(c->requests), NUMBER(c->reused), plural(c->reused));
	if (c->evidence == EVIDENCE_HEURISTIC)
		fputs(c->facts->in.bytes || c->facts->out.bytes ? ", by heuristic: no protocol that is known" :
								  ", by heuristic", to);
}

const char *phrase_advice(enum reason r)
{
	switch (r) {
	case REASON_UNDRAINED:
	case REASON_UNREAD: return "read the response to its end, or close it";
	case REASON_UNANSWERED: return "look at the handler that gave up on the request";
	case REASON_ABANDONED:
		return "keep one client or session instead of a new one for each request; close small responses, "
		       "too: the library may have read them ahead";
	case REASON_UNWATCHED: return "close what is not served: a client over the limit, one that was refused";
	case REASON_SHUT_DOWN: return "close() it, too: shutdown() ends the conversation and keeps the descriptor";
	case REASON_PEER_CLOSED:
		return "close it when the peer ends it: at end-of-file, after a goodbye, or a refused login";
	case REASON_ERRORED: return "close on error";
	case REASON_CONNECT_FAILED:
	case REASON_NEVER_CONNECTED: return "close it when the connect fails, too";
	default: return NULL;
	}
}

const char *phrase_advice_for(const struct model_conn *c)
{
	if (c->reason == REASON_NEVER_CONNECTED && (c->facts->flags & DUMP_BOUND) &&
	    !(c->facts->flags & DUMP_CONNECTING))
		return "close what was bound to see whether the port is free, or is not to be used after all";
	if (c->reason != REASON_ABANDONED)
		return phrase_advice(c->reason);
	if (!(c->facts->has & DUMP_HAS_ASKED))
		return "close each when the check or the attempt is over: nothing was asked for over any of them";
	if (!c->framed)
		return "close each on every way out, also after a login that was refused; or keep one and use it again";
	return phrase_advice(c->reason);
}

/* ---- how fast ------------------------------------------------------------------------------------------ */

static void put_rate(FILE *to, double per_s)
{
	if (per_s >= 1)
		fprintf(to, "%.1f a second", per_s);
	else if (per_s * 60 >= 1)
		fprintf(to, "%.1f a minute", per_s * 60);
	else if (per_s * 3600 >= 1)
		fprintf(to, "%.1f an hour", per_s * 3600);
	else
		fprintf(to, "%.1f a day", per_s * 86400);
}

/* In a loop they follow one another in no time. */
static void put_span(FILE *to, double seconds)
{
	if (seconds < 0.1)
		fprintf(to, "%.1f ms", seconds * 1000);
	else
		put_duration(to, seconds);
}

/* From so long on a rate is one. */
#define TELLING_S 1.0
#define YEAR_S (365.0 * 86400)

static void put_limit(FILE *to, const struct model *m, const struct pace *pace)
{
	if (pace->to_limit_s < 0 || m->exhaustion.count)
		return; /* it was reached, and that is said */
	fputs("; at this rate the limit of ", to);
	put_number(to, m->process.nofile);
	fputs(" descriptors (RLIMIT_NOFILE) ", to);
	fputs(m->process.end == MODEL_END_RUNNING ? "is reached in " : "would be reached ", to);
	if (pace->to_limit_s > YEAR_S)
		fputs("more than a year", to);
	else
		put_duration(to, pace->to_limit_s);
	fputs(m->process.end == MODEL_END_RUNNING ? "" : " after the first", to);
}

bool phrase_pace(FILE *to, const struct model *m, const struct pace *pace)
{
	if (!pace->known)
		return false;
	fputs("how fast: ", to);
	put_number(to, pace->leaked);
	fputs(" in ", to);
	put_span(to, pace->span_s);
	if (pace->goes_on && pace->span_s < TELLING_S) {
		/* Too short to say what would become of it. */
	} else if (pace->goes_on) {
		fputs(", ", to);
		put_rate(to, pace->per_s);
		put_limit(to, m, pace);
	} else {
		fputs(", and none in the ", to);
		put_duration(to, pace->quiet_s);
		fputs(" after that", to);
	}
	return true;
}

bool phrase_pace_short(FILE *to, const struct model *m, const struct pace *pace)
{
	if (!pace->known)
		return false;
	fputs("leaking", to);
	if (pace->goes_on && pace->span_s >= TELLING_S) {
		fputc(' ', to);
		put_rate(to, pace->per_s);
		fputc(',', to);
	}
	fputc(' ', to);
	put_number(to, pace->leaked);
	fputs(" so far", to);
	if (!pace->goes_on) {
		fputs(", none in the last ", to);
		put_duration(to, pace->quiet_s);
	} else if (pace->span_s >= TELLING_S && pace->to_limit_s >= 0 && pace->to_limit_s <= YEAR_S) {
		fputs("; out of descriptors (", to);
		put_number(to, m->process.nofile);
		fputs(") in ", to);
		put_duration(to, pace->to_limit_s);
	}
	return true;
}
