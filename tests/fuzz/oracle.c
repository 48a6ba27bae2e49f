/* SPDX-License-Identifier: Apache-2.0 */
#include "oracle.h"

#include <string.h>
#include <strings.h>

static bool final(const http_parser *p)
{
	return p->type == HTTP_REQUEST || p->status_code >= 200;
}

static int message_begin(http_parser *p)
{
	struct oracle *o = p->data;

	o->body = 0;
	o->head = true;
	return 0;
}

static int headers_complete(http_parser *p)
{
	struct oracle *o = p->data;

	o->begun += final(p);
	o->head = false;
	/* It leaves rule 1 of RFC 9112 section 6.3 to its user: 1 says that there is no body. */
	return p->type == HTTP_RESPONSE && (!final(p) || p->status_code == 204 || p->status_code == 304);
}

static int body(http_parser *p, const char *at, size_t size)
{
	(void)at;
	((struct oracle *)p->data)->body += size;
	return 0;
}

static int message_complete(http_parser *p)
{
	((struct oracle *)p->data)->done += final(p);
	return 0;
}

static bool alike(const uint8_t *at, const char *text, size_t size)
{
	return strncasecmp((const char *)at, text, size) == 0;
}

/* `at` is where a word begins that is "chunked", or begins like it, and what ends it is a comma, or a tab, perhaps
 * after blanks. */
static bool chunk_ends_oddly(const uint8_t *at, const uint8_t *end)
{
	static const char chunked[] = "chunked";
	size_t same = 0;

	while (same < sizeof chunked - 1 && at + same < end && alike(at + same, chunked + same, 1))
		same++;
	if (same && at + same < end && at[same] == ',')
		return true;
	while (same && at + same < end && at[same] == ' ')
		same++;
	return same && at + same < end && at[same] == '\t';
}

/*
 * It takes a field whose name goes on after "Transfer-Encoding" for a coding that it does not know.
 * And where a coding is, or begins like, "chunked", it looks at the comma behind as a letter of it, so that the
 * next one is none; a tab, which may stand where a blank does (RFC 9110 section 5.6.3), ends none there.
 */
static bool misread(const uint8_t *bytes, size_t size)
{
	static const char name[] = "transfer-encoding";
	const size_t n = sizeof name - 1;
	const uint8_t *end = bytes + size;

	for (size_t i = 0; i + n < size; i++) {
		if (!alike(bytes + i, name, n))
			continue;
		if (bytes[i + n] != ':')
			return true;
		for (const uint8_t *at = bytes + i + n; at < end && *at != '\n'; at++)
			if ((*at == ':' || *at == ',' || *at == ' ') && chunk_ends_oddly(at + 1, end))
				return true;
	}
	return false;
}

/*
 * After a request that asks for another protocol or for a tunnel it stops. Which of the two begins
 * is for the response to say (RFC 9110 sections 7.8 and 9.3.6): until then the next is a request.
 */
static void execute(http_parser *p, const http_parser_settings *settings, const char *bytes, size_t size)
{
	size_t taken = http_parser_execute(p, settings, bytes, size);

	while (p->type == HTTP_REQUEST && p->upgrade && HTTP_PARSER_ERRNO(p) == HPE_OK && taken < size) {
		bytes += taken;
		size -= taken;
		p->upgrade = 0;
		taken = http_parser_execute(p, settings, bytes, size);
	}
}

struct oracle oracle_ask(enum http_parser_type type, const uint8_t *bytes, size_t size, bool eof)
{
	static const http_parser_settings settings = {
		.on_message_begin = message_begin, .on_headers_complete = headers_complete, .on_body = body,
		.on_message_complete = message_complete};
	struct oracle o = {0};
	http_parser parser;

	o.misread = misread(bytes, size);
	http_parser_init(&parser, type);
	parser.data = &o;
	parser.allow_chunked_length = 1; /* RFC 9112 section 6.3, rule 3: chunked wins */
	execute(&parser, &settings, (const char *)bytes, size);
	if (eof && !parser.upgrade && HTTP_PARSER_ERRNO(&parser) == HPE_OK)
		http_parser_execute(&parser, &settings, NULL, 0);
	o.error = HTTP_PARSER_ERRNO(&parser);
	o.switched = parser.upgrade;
	return o;
}

/*
 * Where it refuses what does not bear on the framing (methods and targets that it does not know,
 * heads above its limit), or what RFC 9112 lets pass (section 6.3, rule 5: a length said twice),
 * it has nothing to say.
 */
static bool has_an_opinion(enum http_errno error)
{
	switch (error) {
	case HPE_INVALID_METHOD: case HPE_INVALID_URL: case HPE_INVALID_HOST: case HPE_INVALID_PORT:
	case HPE_INVALID_PATH: case HPE_INVALID_QUERY_STRING: case HPE_INVALID_FRAGMENT:
	case HPE_HEADER_OVERFLOW: case HPE_UNEXPECTED_CONTENT_LENGTH: case HPE_INVALID_CONTENT_LENGTH:
		return false;
	default:
		return true;
	}
}

void oracle_compare(const struct oracle *o, const struct known *k, const struct dump_frame *f)
{
	if (k->protocol != DUMP_PROTOCOL_HTTP1 || o->misread || !has_an_opinion(o->error))
		return;
	MUST(f->done <= o->done, "we claim more complete messages than http-parser");
	if (known_lost(k) || o->switched || (f->flags & DUMP_FRAME_SWITCHED))
		return;
	/* Cut off in the middle, it is right that it complains about the end of the stream. */
	MUST(o->error == HPE_OK || o->error == HPE_INVALID_EOF_STATE, "http-parser refuses it and we follow");
	MUST(f->done == o->done, "http-parser sees a message's end and we do not");
	if (f->begun == o->begun && !o->head) /* it says so at the end of a head; and in one, our body counts digits */
		MUST(f->body == o->body, "the body's length is another");
}
