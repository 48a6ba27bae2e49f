/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server's name in a ClientHello (RFC 8446 section 4.1.2, RFC 6066 section 3), in pieces of any size.
 * Of most only the length matters: each step is a number of so many bytes, behind which so much is left out.
 *
 * What is kept in between fits into one word.
 */
#include "core/framing/protocol.h"

enum step {
	DONE,
	TYPE = TLS_HELLO_BEGIN, /* of the message */
	LENGTH, /* of what follows: a version and 32 random bytes first */
	SESSION, CIPHERS, COMPRESSION, EXTENSIONS,
	EXTENSION_TYPE, EXTENSION_SIZE,
	LIST_SIZE, NAME_TYPE, NAME_SIZE, /* the list has one entry */
	NAME, NAME_GOES_ON,
};

/* How long each one's number is. */
static const uint8_t number_of[] = {
	[TYPE] = 1, [LENGTH] = 3, [SESSION] = 1, [CIPHERS] = 2, [COMPRESSION] = 1, [EXTENSIONS] = 2,
	[EXTENSION_TYPE] = 2, [EXTENSION_SIZE] = 2, [LIST_SIZE] = 2, [NAME_TYPE] = 1, [NAME_SIZE] = 2};

enum { CLIENT_HELLO = 1, SERVER_NAME = 0, HOST_NAME = 0, LARGEST = 0xffff };

struct place {
	uint64_t step : 4;
	uint64_t met : 3;     /* bytes of the step's number */
	uint64_t is_name : 1; /* the extension is the one that we want */
	uint64_t number : 24;
	uint64_t left : 16;   /* bytes to be left out; of the name: to be told */
	uint64_t total : 16;  /* bytes of the message to come, from SESSION on */
};

/* The step's number is there: what comes next. */
static void number_known(struct place *p)
{
	unsigned n = p->number, step = p->step;

	p->step++;
	p->met = 0;
	p->number = 0;
	switch (step) {
	case TYPE: p->step = n == CLIENT_HELLO ? LENGTH : DONE; break;
	case LENGTH:
		p->step = n <= LARGEST ? SESSION : DONE;
		p->total = n & LARGEST;
		p->left = 2 + 32;
		break;
	case SESSION: case CIPHERS: case COMPRESSION: p->left = n & LARGEST; break;
	case EXTENSION_TYPE: p->is_name = n == SERVER_NAME; break;
	case EXTENSION_SIZE:
		if (p->is_name)
			break;
		p->step = EXTENSION_TYPE;
		p->left = n & LARGEST;
		break;
	case NAME_TYPE: p->step = n == HOST_NAME ? NAME_SIZE : DONE; break;
	case NAME_SIZE:
		p->left = n & LARGEST;
		p->step = n ? NAME : DONE;
		break;
	default: break;
	}
}

static void name(struct framing *f, struct place *p, const uint8_t *bytes, size_t size)
{
	unsigned part = (p->step == NAME ? FRAMING_FIRST : 0) | (size == p->left ? FRAMING_LAST : 0);

	if (f->host)
		f->host(f, (const char *)bytes, size, part);
	p->left -= size & LARGEST;
	p->step = part & FRAMING_LAST ? DONE : NAME_GOES_ON;
}

/* How many of the bytes it took. */
static size_t step(struct framing *f, struct place *p, const uint8_t *bytes, size_t size)
{
	size_t take = p->left < size ? p->left : size;

	if (p->step >= NAME) {
		name(f, p, bytes, take);
		return take;
	}
	if (take) {
		p->left -= take & LARGEST;
		return take;
	}
	p->number = (p->number << 8 | *bytes) & 0xffffff;
	if (++p->met == number_of[p->step])
		number_known(p);
	return 1;
}

uint64_t tls_hello(struct framing *f, uint64_t at, const uint8_t *bytes, size_t size)
{
	struct place p;

	_Static_assert(sizeof p == sizeof at && TLS_HELLO_BEGIN == TYPE, "it is kept in one word");
	__builtin_memcpy(&p, &at, sizeof p);
	while (size && p.step != DONE) {
		bool counted = p.step >= SESSION;
		size_t most = counted && p.total < size ? p.total : size, took;

		if (!most) /* the message is over */
			return 0;
		took = step(f, &p, bytes, most);
		p.total -= counted ? took & LARGEST : 0;
		bytes += took;
		size -= took;
	}
	if (p.step == DONE)
		return 0;
	__builtin_memcpy(&at, &p, sizeof p);
	return at;
}
