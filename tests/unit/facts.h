/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Facts written by hand, and the verdicts that come of them: what the tests of verdicts share. Each
 * of them has one synthetic process, `s`, and after decide() its model, `m`.
 */
#ifndef CONNLEAK_TEST_FACTS_H
#define CONNLEAK_TEST_FACTS_H

#include <stdlib.h>
#include <unistd.h>

#include "judge/pins.h"
#include "synth.h"
#include "judge/place.h"
#include "judge/verdict.h"
#include "model/waits.h"

static struct synth s;
static struct dump *dump;
static struct model m;
static unsigned char bytes[SYNTH_MAX];

__attribute__((unused)) static int setup(void **unused)
{
	synth_begin(&s);
	return 0;
}

__attribute__((unused)) static int teardown(void **unused)
{
	model_free(&m);
	dump_close(dump);
	dump = NULL;
	return 0;
}

__attribute__((unused)) static void decide(void)
{
	char *path = synth_file(bytes, synth_write(&s, bytes)), why[DUMP_WHY_MAX] = "";

	if (dump_open(path, &dump, why) != DUMP_ERROR_OK)
		fail_msg("%s", why);
	unlink(path);
	free(path);
	assert_true(model_build(&m, dump, &MODEL_OPTIONS_DEFAULT));
	waits_join(&m);
	assert_true(place_decide(&m, NULL));
	assert_true(verdict_decide(&m));
	assert_true(pins_decide(&m));
}

__attribute__((unused)) static void check(unsigned index, enum verdict v, enum reason r, enum evidence e)
{
	const struct model_conn *c = &m.conns[index];

	if (c->verdict != v || c->reason != r || c->evidence != e)
		fail_msg("connection %u is %s/%s by %s, not %s/%s by %s", index + 1, verdict_name(c->verdict),
			 reason_name(c->reason), evidence_name(c->evidence), verdict_name(v), reason_name(r),
			 evidence_name(e));
}

/* `requests` went out; of their responses `done` were read to the end and `begun` begun. */
__attribute__((unused)) static struct dump_conn *http(struct dump_conn *c, unsigned requests, unsigned begun, unsigned done)
{
	c->protocol = DUMP_PROTOCOL_HTTP1;
	c->has |= requests ? DUMP_HAS_ASKED : 0;
	c->out.bytes = 100 * requests;
	c->in.bytes = 1000 * begun;
	c->out.frame.begun = c->out.frame.done = requests;
	c->in.frame.begun = begun;
	c->in.frame.done = done;
	c->out.last_mono = c->in.last_mono = c->opened_mono + 100;
	c->out.last_next_id = c->in.last_next_id = (uint32_t)(c->id + 1);
	return c;
}

__attribute__((unused)) static struct dump_conn *closed(struct dump_conn *c)
{
	c->state = DUMP_CLOSED;
	c->closed_mono = c->opened_mono + 500;
	return c;
}

__attribute__((unused)) static void swap_sides(struct dump_conn *c)
{
	struct dump_half half = c->in;

	c->in = c->out;
	c->out = half;
	c->role = DUMP_ROLE_SERVER;
	c->has = DUMP_HAS_PEER | DUMP_HAS_LOCAL | DUMP_HAS_REQUESTS_IN;
}

/* A test that builds one connection, `c`, and says what becomes of it. */
#define ROW(name, build, verdict, reason, evidence)                                               \
	static void test_##name(void **unused)                                                    \
	{                                                                                         \
		struct dump_conn *c = synth_conn(&s);                                             \
                                                                                                  \
		(void)c;                                                                          \
		build;                                                                            \
		decide();                                                                         \
		check(0, VERDICT_##verdict, REASON_##reason, EVIDENCE_##evidence);                \
	}

#endif
