/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What reuse says: situations, each a list of what happened in order, and how many of its connections are
 * abandoned. Then properties: what is no use of a connection never turns a clean situation into a leak.
 *
 *	o  a connection is opened        q  it is asked       s  its session is set up, which asks for nothing
 *	a  its answer is there           l  the late end of an answer comes in
 *	.  some time goes by             x  it is closed
 *	A digit before these says whose: "1q" is the first one's; without one it is whose the letter before was.
 *	t  from here on the next thread acts; the threads live       u  what comes is of no known framing
 */
#include <ctype.h>
#include <netinet/tcp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "facts.h"

/* ---- telling a story --------------------------------------------------------------------------------- */

struct teller {
	uint64_t now;
	uint32_t thread;
	bool unframed;
};

static void moves(struct teller *t, struct dump_half *h, unsigned n)
{
	h->bytes += n;
	h->last_mono = t->now;
	h->thread = t->thread;
}

static void asks(struct teller *t, struct dump_conn *c, bool request)
{
	moves(t, &c->out, 50);
	c->out.frame.done = ++c->out.frame.begun;
	if (!request)
		return;
	c->has |= DUMP_HAS_ASKED;
	c->out.last_next_id = (uint32_t)s.process.next_id;
}

static void answers(struct teller *t, struct dump_conn *c, bool late)
{
	moves(t, &c->in, 100);
	c->in.frame.begun = c->in.frame.done = c->out.frame.begun;
	if (!late)
		c->in.last_next_id = (uint32_t)s.process.next_id;
}

static struct dump_conn *opens(struct teller *t)
{
	struct dump_conn *c = synth_conn(&s);

	c->opened_mono = c->connected_mono = t->now;
	c->opened_by = t->thread;
	c->protocol = t->unframed ? DUMP_PROTOCOL_NONE : DUMP_PROTOCOL_HTTP1;
	return c;
}

static void next_thread(struct teller *t)
{
	t->thread = s.thread_count + 1;
	s.threads[s.thread_count++] = (struct dump_thread){.id = t->thread, .flags = DUMP_THREAD_STARTED, .waiting_epfd = -1};
}

static void tell(const char *story)
{
	struct teller t = {.now = s.process.started_mono};
	struct dump_conn *c = NULL;

	next_thread(&t);
	for (; *story; story++) {
		t.now += 1000;
		c = isdigit((unsigned char)*story) ? &s.conns[*story++ - '1'] : c;
		switch (*story) {
		case 'o': c = opens(&t); break;
		case 'q': asks(&t, c, true); break;
		case 's': asks(&t, c, false); break;
		case 'a': answers(&t, c, false); break;
		case 'l': answers(&t, c, true); break;
		case '.': t.now += 100000000; break;
		case 'x': closed(c); break;
		case 't': next_thread(&t); break;
		case 'u': t.unframed = true; break;
		}
	}
}

static unsigned abandoned(void)
{
	unsigned n = 0;

	for (uint32_t i = 0; i < m.conn_count; i++)
		n += m.conns[i].verdict == VERDICT_LEAKED && m.conns[i].reason == REASON_ABANDONED;
	return n;
}

static unsigned leaked(void)
{
	unsigned n = 0;

	for (uint32_t i = 0; i < m.conn_count; i++)
		n += m.conns[i].verdict == VERDICT_LEAKED;
	return n;
}

/* ---- situations ------------------------------------------------------------------------------------------ */

static const struct situation {
	const char *what, *story;
	unsigned abandoned;
} situations[] = {
	{"one for each request", "oqa oqa oqa", 3},
	{"closed each time", "oqax oqax oqax", 0},
	{"two may be chance", "oqa oqa", 0},
	{"each answer ends when the next one is open", "oq oq1l oq2l oq3l oq4l 5l", 5},
	{"one that is asked again: a pool", "oqa oqa oqa 1qa", 0},
	{"one of four that is asked again, while three are enough", "oqa oqa oqa oqa 1qa", 0},
	{"a burst of three that are at work at a time", "oq oq oq 1a2a3a", 0},
	{"a burst of three whose answers end late", "oq oq oq 1a2a3l", 0},
	{"two bursts of two, of two clients", "oq oq 1a2a oq oq 3a4a", 0},
	{"four at a time, and again four, and again", "oqoq1a2a oqoq3a4a oqoq5a6a", 6},
	{"a pool that was filled in advance", "os a os a os a os a", 0},
	{"one member serves it all", "os a os a os a os a 2qa 2qa 2qa", 0},
	{"opened ahead, one after the other, and one is used", "o o o o 1qa", 0},
	{"a health check that forgets to close", "os a . os a . os a . os a", 4},
	{"probes that ask nothing at all", "o . o . o", 3},
	{"the same that closes", "osax . osax . osax", 0},
	{"some of the place's were asked", "oqax . o . o . o", 0},
	{"a handle for each thread", "toqa toqa toqa toqa", 0},
	{"a handle for each thread, and only PING was said", "tosa . tosa . tosa", 0},
	{"each of two threads leaks", "toqa oqa oqa toqa oqa oqa", 6},
	{"no framing, one for each request", "u oqa oqa oqa oqa", 4},
	{"no framing, a pool that is used again", "u oqa oqa oqa 1qa", 0},
	{"no framing, filled in advance", "u oa oa oa oa", 0},
	{"no framing, a burst", "u oq oq oq 1a2a3a", 0},
};

static void story_begins(const char *story)
{
	synth_begin(&s);
	tell(story);
}

static void story_ends(void)
{
	model_free(&m);
	dump_close(dump);
	dump = NULL;
}

static void test_situations(void **unused)
{
	for (size_t i = 0; i < sizeof situations / sizeof *situations; i++) {
		story_begins(situations[i].story);
		decide();
		if (abandoned() != situations[i].abandoned)
			fail_msg("%s: %u are abandoned, not %u", situations[i].what, abandoned(), situations[i].abandoned);
		story_ends();
	}
}

/* ---- properties: of every situation that is clean --------------------------------------------------------- */

/* An acknowledgement, a ping, a goodbye of ours: bytes that are no request, on every one of them. */
static void late_acknowledgements(void)
{
	for (unsigned i = 0; i < s.conn_count; i++) {
		s.conns[i].in.bytes += 9;
		s.conns[i].out.bytes += 9;
		s.conns[i].in.last_mono = s.conns[i].out.last_mono = s.process.started_mono + 900000000000u;
	}
}

static void a_close_before_the_end(void)
{
	for (unsigned i = 0; i < s.conn_count; i++)
		closed(&s.conns[i]);
}

static void an_idle_spare(void)
{
	synth_conn(&s)->protocol = s.conns[0].protocol;
}

static void a_second_thread(void)
{
	s.threads[s.thread_count++] = (struct dump_thread){.id = 7, .flags = DUMP_THREAD_STARTED, .waiting_epfd = -1};
}

static void somebody_watches(void)
{
	for (unsigned i = 0; i < s.conn_count; i++)
		s.conns[i].watch = 9;
}

static void test_nothing_of_this_makes_a_clean_program_leak(void **unused)
{
	static void (*const additions[])(void) = {late_acknowledgements, a_close_before_the_end, an_idle_spare, a_second_thread,
						  somebody_watches};

	for (size_t i = 0; i < sizeof situations / sizeof *situations; i++)
		for (size_t k = 0; !situations[i].abandoned && k < sizeof additions / sizeof *additions; k++) {
			story_begins(situations[i].story);
			additions[k]();
			decide();
			if (leaked())
				fail_msg("%s, and addition %zu: %u leaked", situations[i].what, k, leaked());
			story_ends();
		}
}

/* And late acknowledgements hide no leak. */
static void test_late_bytes_hide_nothing(void **unused)
{
	for (size_t i = 0; i < sizeof situations / sizeof *situations; i++) {
		if (!situations[i].abandoned || strchr(situations[i].story, '.'))
			continue; /* of probes it is told by their times */
		story_begins(situations[i].story);
		late_acknowledgements();
		decide();
		if (abandoned() != situations[i].abandoned)
			fail_msg("%s: %u are abandoned, not %u", situations[i].what, abandoned(), situations[i].abandoned);
		story_ends();
	}
}

/* Two are too few for a verdict; what they look like is said. */
static void test_two_that_look_like_a_starving_pool(void **unused)
{
	static const struct {
		const char *story;
		uint64_t by;
	} pairs[] = {{"oqa oqa", 2}, {"oq oq 1a2a", 0}, {"oqa oqa 1qa", 0}, {"toqa toqa", 0}, {"oqa oqa oqa", 0}, {"os a os a", 0},
		     {"oqa 1qa oqa", 2}, {"oqa oqa 2qa", 0}, {"oqa 1qa oqa 2qa 2qa", 0}};

	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		story_begins(pairs[i].story);
		decide();
		if (m.conns[0].bypassed_by != pairs[i].by)
			fail_msg("%s: %u", pairs[i].story, (unsigned)m.conns[0].bypassed_by);
		story_ends();
	}
}

static void test_until_the_descriptors_run_out(void **unused)
{
	story_begins("os a os a os a");
	s.process.exhausted = 1;
	decide();
	assert_int_equal(abandoned(), 3);
	story_ends();
}

static void test_a_thread_that_ended_keeps_none(void **unused)
{
	story_begins("toqa toqa toqa");
	for (unsigned i = 0; i < s.thread_count; i++)
		s.threads[i].flags |= DUMP_THREAD_ENDED;
	decide();
	assert_int_equal(abandoned(), 3);
	story_ends();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_situations),
		cmocka_unit_test(test_nothing_of_this_makes_a_clean_program_leak),
		cmocka_unit_test(test_late_bytes_hide_nothing),
		cmocka_unit_test(test_two_that_look_like_a_starving_pool),
		cmocka_unit_test(test_until_the_descriptors_run_out),
		cmocka_unit_test(test_a_thread_that_ended_keeps_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
