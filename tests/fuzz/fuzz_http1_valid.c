/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Valid HTTP/1, made up from the input: each byte chooses what comes next. We and http-parser must
 * follow all of it, and agree.
 */
#include <stdio.h>
#include <string.h>

#include "oracle.h"

struct maker {
	const uint8_t *choices;
	size_t left;
	char text[65536];
	size_t size;
};

static unsigned choose(struct maker *m, unsigned count)
{
	if (!m->left)
		return 0;
	m->left--;
	return *m->choices++ % count;
}

static void put(struct maker *m, const char *text)
{
	size_t size = strlen(text);

	memcpy(m->text + m->size, text, size);
	m->size += size;
}

#define CHOOSE(m, ...) put(m, ((const char *const[]){__VA_ARGS__})[choose(m, sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *))])

static void put_body(struct maker *m, unsigned size)
{
	for (unsigned i = 0; i < size; i++)
		m->text[m->size++] = (char)("\r\n0HTTP/1.1 \0:"[choose(m, 13)]);
}

static void put_fields(struct maker *m)
{
	for (unsigned n = choose(m, 4); n; n--)
		CHOOSE(m, "A: b\r\n", "Connection: keep-alive\r\n", "X-Content-Length:5\r\n", "Content-Lengt: 7\r\n", "Empty:\r\n",
		       "Folded: a\r\n b\r\n\tc\r\n", "Connection: Close, x\r\n", "Host: a\xc3\xa4:1\r\n", "lf: a\nb:c\n",
		       "Transfer-Encodin: chunked\r\n", "connection:\t upgrade\r\n", "Upgrade: h2c, websocket\r\n");
}

static void put_chunks(struct maker *m)
{
	char line[32];

	for (unsigned n = choose(m, 4), size; n; n--) {
		size = 1 + choose(m, 40);
		snprintf(line, sizeof line, choose(m, 2) ? "%x" : "0%X", size);
		put(m, line);
		CHOOSE(m, "\r\n", ";a\r\n", ";a=\"b;\"\r\n", " ;a=b\r\n", ";a = \"\\\"\t\xff\" ;\tb\r\n");
		put_body(m, size);
		put(m, "\r\n");
	}
	CHOOSE(m, "0\r\n", "000\r\n", "0;last\r\n");
	CHOOSE(m, "", "X-Sum: 1\r\n", "A:b\r\nC: d\r\n");
	put(m, "\r\n");
}

/* The fields that frame it, the end of the head, and the body; false: it lasts until close. */
static bool put_rest(struct maker *m, bool may_have_none)
{
	unsigned size = choose(m, 80), kind = choose(m, may_have_none ? 5 : 4);
	char line[64];

	if (kind == 4) {
		put(m, "\r\n");
		put_body(m, size);
		return false;
	}
	if (kind == 3) {
		put(m, "Content-Length: 0\r\n\r\n");
		return true;
	}
	if (kind == 2) {
		CHOOSE(m, "Transfer-Encoding: chunked\r\n", "transfer-ENCODING:gzip , Chunked \r\n",
		       "Content-Length: 7\r\nTransfer-Encoding: chunked\r\n");
		put_fields(m);
		put(m, "\r\n");
		put_chunks(m);
		return true;
	}
	snprintf(line, sizeof line, choose(m, 2) ? "Content-Length: %u\r\n" : "content-length:%03u \r\n", size);
	put(m, line);
	put_fields(m);
	put(m, "\r\n");
	put_body(m, size);
	return true;
}

static bool put_response(struct maker *m)
{
	static const char *const bodiless[] = {"HTTP/1.1 204 No\r\n", "HTTP/1.1 304 Not\r\nContent-Length: 9\r\n",
					       "HTTP/1.1 100 Go\r\n", "HTTP/1.1 103 Hints\r\nLink: <a>\r\n"};
	unsigned kind = choose(m, 8);

	if (kind < 4) {
		put(m, bodiless[kind]);
		put_fields(m);
		put(m, "\r\n");
		return true;
	}
	CHOOSE(m, "HTTP/1.1 200 OK\r\n", "HTTP/1.1 404 \r\n", "HTTP/1.1 500\r\n", "HTTP/1.1 206 A b\xff\r\n");
	put_fields(m);
	return put_rest(m, true);
}

static void put_request(struct maker *m)
{
	CHOOSE(m, "GET / HTTP/1.1\r\n", "HEAD /HEAD?a=HTTP/1.1 HTTP/1.1\r\n", "POST http://a/b HTTP/1.1\r\n",
	       "OPTIONS * HTTP/1.1\r\n", "DELETE /%20 HTTP/1.1\r\n", "GET /a HTTP/1.1\nHost: b\n",
	       "GET /a HTTP/1.0\r\nConnection: Keep-Alive\r\nHost: b\r\n\r\nGET / HTTP/1.1\r\n");
	if (choose(m, 2))
		put(m, "\r\n");
	else
		put_rest(m, false);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct maker m;
	bool response;
	struct conversation c = {.bytes = {(uint8_t *)m.text, (uint8_t *)m.text}};
	struct known k;
	struct oracle o;
	const struct dump_frame *f;

	m.choices = data;
	m.left = size < 4096 ? size : 4096;
	m.size = 0;
	response = choose(&m, 2);
	/* At most 16 requests are in flight. */
	for (unsigned n = response ? 100 : 8; n && m.left; n--) {
		if (!response)
			put_request(&m);
		else if (!put_response(&m))
			break;
	}
	c.turns = response ? 2 : 1;
	c.eof = response;
	c.size[response] = m.size;
	k = conversation_check(&c);
	f = response ? &k.in : &k.out;
	o = oracle_ask(response ? HTTP_RESPONSE : HTTP_REQUEST, c.bytes[0], m.size, response);
	if (!m.size || o.switched)
		return 0;
	if (o.error != HPE_OK || known_lost(&k) || f->done != o.done)
		fprintf(stderr, "%s\n%.*s\n", http_errno_name(o.error), (int)m.size, m.text);
	MUST(o.error == HPE_OK, "http-parser refuses what is valid");
	MUST(k.protocol == DUMP_PROTOCOL_HTTP1 && !known_lost(&k), "we do not follow what is valid");
	MUST(f->begun == o.begun && f->done == o.done && f->body == o.body, "http-parser sees other messages");
	return 0;
}
