/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Heads that are known again by their bytes (http1_known.c): what they say must be what parsing says, in every
 * field, whatever is kept in their places. test_framing_pieces.c and tests/fuzz compare both, too.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/framing/http1_known.h"
#include "stream.h"

#define MANY(list) (sizeof list / sizeof *list)
#define MARK 777777 /* a length that no head has: what is kept says it, and who believes that */

static const char *const requests[] = {
	"GET /first/of/all HTTP/1.1\r\nHost: a.example.org\r\nAccept: */*\r\n\r\n",
	"GET /first/of/all HTTP/1.1\r\nHost: b.example.org\r\nAccept: */*\r\n\r\n",
	"HEAD /first/of/al HTTP/1.1\r\nHost: a.example.org\r\nAccept: */*\r\n\r\n",
	"POST /a HTTP/1.1\r\nHost:\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello",
	"POST /a HTTP/1.1\r\nHost:\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nothers",
	"PUT /chunks HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
	"GET /two/of/them HTTP/1.1\r\nHost: first\r\nHost: second\r\n\r\n",
	"GET /an/old/one HTTP/1.0\r\nConnection: keep-alive\r\nX: y\r\n\r\n",
	"GET / HTTP/1.1\r\nHost: short\r\n\r\nGET / HTTP/1.1\r\nHost: short\r\n\r\n",
	"CONNECT a.example.org:443 HTTP/1.1\r\nHost: c\r\n\r\n",
};

static const char *const responses[] = {
	"HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nContent-Length: 12\r\n\r\nHello world!",
	"HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nContent-Length: 11\r\n\r\nHello world",
	"HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nContent-Length: 11\r\n\r\nHello world!",
	"HTTP/1.1 204 No Content\r\nServer: nginx/1.22.1\r\nContent-Length: 11\r\n\r\n",
	"HTTP/1.1 404 Not Found\r\nServer: nginx/1.22.1\r\nConnection: close\r\n\r\nuntil the end",
	"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX: y\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
	"HTTP/1.1 100 Continue\r\nLink: <something/or/other>\r\n\r\n",
	"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n\x81",
	"HTTP/1.0 200 OK\r\nContent-Length: 3\r\nContent-Length: 3\r\nX: y\r\n\r\nabc",
	"HTTP/1.1 599 \r\nContent-Length: 3\r\nX-Long: y\r\n\r\nabc",
};

static uint32_t seed = 1;

static uint32_t random_below(uint32_t n)
{
	seed = seed * 1664525u + 1013904223u;
	return (uint32_t)((uint64_t)seed * n >> 32);
}

static void begin(struct stream *s, struct known_head *heads)
{
	stream_begin(s, DUMP_HAS_REQUESTS_IN);
	s->framing.heads = heads;
}

static void say(struct stream *s, bool response, const char *text)
{
	framing_feed(&s->framing, response ? FRAMING_OUT : FRAMING_IN, text, strlen(text));
}

static void must_be_same(const struct stream *a, const struct stream *b)
{
	assert_memory_equal(&a->in, &b->in, sizeof a->in);
	assert_memory_equal(&a->out, &b->out, sizeof a->out);
	assert_int_equal(a->protocol, b->protocol);
	assert_int_equal(a->has, b->has);
	assert_int_equal(a->pipeline, b->pipeline);
	assert_int_equal(a->framing.asked, b->framing.asked);
	assert_string_equal(a->host, b->host);
}

/* One head, learned in a conversation of its own; it says MARK, and is kept where any head is looked for. */
static void learn(struct known_head *heads, const char *text, bool response)
{
	struct known_head one = {0};
	struct stream s;

	memset(heads, 0, KNOWN_HEADS * sizeof *heads);
	begin(&s, heads);
	say(&s, response, text);
	for (unsigned i = 0; i < KNOWN_HEADS; i++)
		if (heads[i].size)
			one = heads[i];
	assert_int_not_equal(one.size, 0);
	one.length = MARK;
	for (unsigned i = 0; i < KNOWN_HEADS; i++)
		heads[i] = one;
}

static void a_head_is_known_again(void **state)
{
	static struct known_head heads[KNOWN_HEADS];
	struct stream s;

	(void)state;
	learn(heads, responses[0], true);
	begin(&s, heads);
	say(&s, true, responses[0]);
	assert_int_equal(s.out.remaining, MARK - 12); /* it was not parsed */
	learn(heads, requests[0], false);
	begin(&s, heads);
	say(&s, false, requests[0]);
	assert_int_equal(s.in.remaining, MARK);
	assert_string_equal(s.host, "a.example.org");
}

static void it_is_believed_of_the_same_bytes_only(void **state)
{
	static struct known_head heads[KNOWN_HEADS], kept[KNOWN_HEADS];
	struct stream with, without;
	char text[256];

	(void)state;
	for (int response = 0; response < 2; response++) {
		const char *head = response ? responses[0] : requests[0];
		size_t size = (size_t)(strstr(head, "\r\n\r\n") + 4 - head);

		learn(kept, head, response);
		for (size_t at = 0; at < size; at++)
			for (unsigned bit = 0; bit < 8; bit++) {
				snprintf(text, sizeof text, "%s", head);
				text[at] = (char)(text[at] ^ 1 << bit);
				memcpy(heads, kept, sizeof heads);
				begin(&with, heads);
				begin(&without, NULL);
				say(&with, response, text);
				say(&without, response, text);
				must_be_same(&with, &without);
			}
		for (size_t cut = 1; cut < size; cut++) { /* not all there */
			memcpy(heads, kept, sizeof heads);
			begin(&with, heads);
			begin(&without, NULL);
			framing_feed(&with.framing, response ? FRAMING_OUT : FRAMING_IN, head, cut);
			framing_feed(&without.framing, response ? FRAMING_OUT : FRAMING_IN, head, cut);
			must_be_same(&with, &without);
		}
	}
}

/* Half of it may be another head's. */
static void what_is_being_written_is_not_believed(void **state)
{
	static struct known_head heads[KNOWN_HEADS];
	struct stream s;

	(void)state;
	learn(heads, responses[0], true);
	for (unsigned i = 0; i < KNOWN_HEADS; i++)
		heads[i].seq |= 1;
	begin(&s, heads);
	say(&s, true, responses[0]);
	assert_int_equal(s.out.done, 1);
	assert_int_equal(s.out.remaining, 0);
	assert_int_equal(heads[0].length, MARK); /* nor written */
}

/* Who was not asked for the host's name has not looked for it. */
static void a_name_is_told_when_it_is_asked_for(void **state)
{
	static struct known_head heads[KNOWN_HEADS];
	struct stream s;

	(void)state;
	begin(&s, heads);
	s.framing.host = NULL;
	say(&s, false, requests[0]);
	say(&s, false, requests[0]);
	for (int i = 0; i < 2; i++) {
		begin(&s, heads);
		say(&s, false, requests[0]);
		assert_string_equal(s.host, "a.example.org");
	}
}

/* Where each head is another one, hardly any is written down; one that comes again then is, in the end. */
static void it_gives_up_where_each_is_another(void **state)
{
	static struct known_head heads[KNOWN_HEADS];
	unsigned written = 0;
	struct stream s;
	char text[128];

	(void)state;
	begin(&s, heads);
	for (int i = 0; i < 1000; i++) {
		snprintf(text, sizeof text, "GET /the/same/path HTTP/1.1\r\nX-Request-Id: %04d\r\n\r\n", i);
		say(&s, false, text);
	}
	for (unsigned i = 0; i < KNOWN_HEADS; i++)
		written += heads[i].seq / 2;
	assert_in_range(written, 9, 30);
	for (int i = 0; i < 64; i++)
		say(&s, false, text);
	for (unsigned i = written = 0; i < KNOWN_HEADS; i++)
		written += heads[i].size && !heads[i].misses;
	assert_int_equal(written, 1);
	assert_int_equal(s.in.done, 1064);
}

static void turns_say_the_same_with_and_without(void **state)
{
	static struct known_head heads[KNOWN_HEADS];
	struct stream with, without;

	(void)state;
	for (int round = 0; round < 4000; round++) {
		begin(&with, heads);
		begin(&without, NULL);
		for (unsigned turn = 2 + random_below(12); turn; turn--) {
			uint32_t few = random_below(4) ? 3 : MANY(requests); /* those that end it are seldom */
			bool response = random_below(2);
			const char *text = (response ? responses : requests)[random_below(few)];
			size_t size = strlen(text), first = random_below(3) ? size : random_below((uint32_t)size);
			enum framing_direction d = response ? FRAMING_OUT : FRAMING_IN;

			framing_feed(&with.framing, d, text, first);
			framing_feed(&without.framing, d, text, first);
			framing_feed(&with.framing, d, text + first, size - first);
			framing_feed(&without.framing, d, text + first, size - first);
			must_be_same(&with, &without);
		}
	}
}

/* ---- threads ---------------------------------------------------------------------------------------------- */

#define TALKS 50000
static struct known_head shared[KNOWN_HEADS];
static int talking;

/* Heads of as many bytes, which have one place. */
static void respond(struct stream *s, unsigned length, struct known_head *heads)
{
	char text[128];

	begin(s, heads);
	snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nContent-Length: %u\r\n\r\na", length);
	say(s, true, text);
}

static void *talk(void *number)
{
	unsigned mine = (unsigned)(uintptr_t)number;
	uintptr_t wrong = 0;

	for (int i = 0; i < TALKS; i++) {
		unsigned length = 2 + mine++ % 2;
		struct stream s;

		respond(&s, length, shared);
		wrong += s.out.begun != 1 || s.out.remaining != length - 1;
	}
	__atomic_fetch_sub(&talking, 1, __ATOMIC_SEQ_CST);
	return (void *)wrong;
}

/* Writes one head over the other, as http1_known.c does it, and more often: word by word. */
static void write_over(struct known_head *to, const struct known_head *from)
{
	uint32_t seq = __atomic_load_n(&to->seq, __ATOMIC_RELAXED) & ~1u;

	if (!__atomic_compare_exchange_n(&to->seq, &seq, seq + 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		return; /* a thread learns */
	__atomic_store_n(&to->length, from->length, __ATOMIC_RELEASE);
	__atomic_store_n(&to->last, from->last, __ATOMIC_RELEASE);
	for (unsigned i = 0; i < from->size / 8; i++)
		__atomic_store_n(&to->words[i], from->words[i], __ATOMIC_RELEASE);
	__atomic_store_n(&to->seq, seq + 2, __ATOMIC_RELEASE);
}

static unsigned place_of_it(const struct known_head *heads)
{
	for (unsigned i = 0; i < KNOWN_HEADS; i++)
		if (heads[i].size)
			return i;
	fail_msg("nothing was kept");
	return 0;
}

static void one_is_written_while_others_read(void **state)
{
	static struct known_head two[2][KNOWN_HEADS];
	struct stream s;
	pthread_t threads[2];
	unsigned at;

	(void)state;
	respond(&s, 2, two[0]);
	respond(&s, 3, two[1]);
	at = place_of_it(two[0]);
	assert_int_equal(place_of_it(two[1]), at);
	shared[at] = two[0][at];
	talking = MANY(threads);
	for (uintptr_t i = 0; i < MANY(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, talk, (void *)i), 0);
	for (unsigned i = 0; __atomic_load_n(&talking, __ATOMIC_SEQ_CST); i++)
		write_over(&shared[at], &two[i % 2][at]);
	for (size_t i = 0; i < MANY(threads); i++) {
		void *wrong;

		pthread_join(threads[i], &wrong);
		assert_null(wrong);
	}
}

/* They learn what they are told, each over the others. */
static void threads_share_them(void **state)
{
	pthread_t threads[3];
	uint32_t written = 0;

	(void)state;
	memset(shared, 0, sizeof shared);
	talking = MANY(threads);
	for (uintptr_t i = 0; i < MANY(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, talk, (void *)i), 0);
	for (size_t i = 0; i < MANY(threads); i++) {
		void *wrong;

		pthread_join(threads[i], &wrong);
		assert_null(wrong);
	}
	written = shared[place_of_it(shared)].seq / 2;
	assert_true(written > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_head_is_known_again),
		cmocka_unit_test(it_is_believed_of_the_same_bytes_only),
		cmocka_unit_test(what_is_being_written_is_not_believed),
		cmocka_unit_test(a_name_is_told_when_it_is_asked_for),
		cmocka_unit_test(it_gives_up_where_each_is_another),
		cmocka_unit_test(turns_say_the_same_with_and_without),
		cmocka_unit_test(one_is_written_while_others_read),
		cmocka_unit_test(threads_share_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
