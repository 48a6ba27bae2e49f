/* SPDX-License-Identifier: Apache-2.0 */
#include "say/json.h"

#include <inttypes.h>
#include <string.h>

#include "base/printable.h"

void json_begin(struct json *j, FILE *to)
{
	j->to = to;
	j->used = 0;
	j->follows = false;
	j->ascii = false;
}

void json_flush(struct json *j)
{
	fwrite(j->buffer, 1, j->used, j->to);
	j->used = 0;
}

/* Room for `size` bytes, which is less than the buffer's. */
static char *room(struct json *j, size_t size)
{
	if (size > sizeof j->buffer - j->used)
		json_flush(j);
	return j->buffer + j->used;
}

static void put(struct json *j, const char *bytes, size_t size)
{
	memcpy(room(j, size), bytes, size);
	j->used += size;
}

static void byte(struct json *j, char c)
{
	*room(j, 1) = c;
	j->used++;
}

static void comma(struct json *j)
{
	if (j->follows)
		byte(j, ',');
	j->follows = true;
}

void json_open(struct json *j, char bracket)
{
	comma(j);
	byte(j, bracket);
	j->follows = false;
}

void json_close(struct json *j, char bracket)
{
	byte(j, bracket);
	j->follows = true;
}

void json_member(struct json *j, const char *name, size_t size)
{
	char *at = room(j, size + 4);

	if (j->follows)
		*at++ = ',';
	*at++ = '"';
	memcpy(at, name, size);
	memcpy(at + size, "\":", 2);
	j->used = (size_t)(at + size + 2 - j->buffer);
	j->follows = false;
}

/* ---- values ------------------------------------------------------------------------------------- */

void json_null(struct json *j)
{
	comma(j);
	put(j, "null", 4);
}

void json_bool(struct json *j, bool value)
{
	comma(j);
	if (value)
		put(j, "true", 4);
	else
		put(j, "false", 5);
}

/* At least `digits` of them. */
static void number(struct json *j, uint64_t value, unsigned digits)
{
	char text[24];
	size_t n = 0;

	while (value || n < digits) {
		text[sizeof text - ++n] = (char)('0' + value % 10);
		value /= 10;
	}
	put(j, text + sizeof text - n, n);
}

void json_integer(struct json *j, int64_t value)
{
	comma(j);
	if (value < 0)
		byte(j, '-');
	number(j, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, 1);
}

void json_seconds(struct json *j, double value)
{
	char text[400];
	uint64_t micro;

	comma(j);
	if (!(value >= 0 && value < 1e12)) {
		put(j, text, (size_t)snprintf(text, sizeof text, "%.6f", value));
		return;
	}
	micro = (uint64_t)(value * 1e6 + 0.5);
	number(j, micro / 1000000, 1);
	byte(j, '.');
	number(j, micro % 1000000, 6);
}

static bool plain(const struct json *j, unsigned char c)
{
	return c >= ' ' && c < 0x7f && c != '"' && c != '\\' && !(j->ascii && (c == '<' || c == '>' || c == '&'));
}

static size_t escaped(struct json *j, const unsigned char *p, size_t length)
{
	uint32_t c = length == 1 ? *p : *p & (0xffu >> (length + 1));
	char text[16];

	for (size_t i = 1; i < length; i++)
		c = c << 6 | (p[i] & 0x3f);
	put(j, text, (size_t)(c < 0x10000 ? snprintf(text, sizeof text, "\\u%04X", c) :
			      snprintf(text, sizeof text, "\\u%04X\\u%04X", 0xd7c0 + (c >> 10), 0xdc00 + (c & 0x3ff))));
	return length;
}

/* One character that is not plain; how many bytes it takes of what is there. */
static size_t special(struct json *j, const unsigned char *p, size_t left)
{
	static const char names[] = "\"\"\\\\\nn\rr\tt\bb\ff";
	size_t length;
	char text[8];

	for (const char *n = names; *n; n += 2)
		if ((char)*p == *n) {
			byte(j, '\\');
			byte(j, n[1]);
			return 1;
		}
	if (*p < ' ') {
		put(j, text, (size_t)snprintf(text, sizeof text, "\\u%04X", *p));
		return 1;
	}
	length = utf8_length(p, left);
	if (j->ascii)
		return length ? escaped(j, p, length) : escaped(j, (const unsigned char *)"\xef\xbf\xbd", 3) - 2;
	if (length)
		put(j, (const char *)p, length);
	else
		put(j, "\xef\xbf\xbd", 3);
	return length ? length : 1;
}

void json_text(struct json *j, const char *bytes, size_t size)
{
	const unsigned char *p = (const unsigned char *)bytes, *end = p + size;

	comma(j);
	byte(j, '"');
	while (p < end) {
		const unsigned char *from = p;

		while (p < end && plain(j, *p) && p - from < 1024)
			p++;
		put(j, (const char *)from, (size_t)(p - from));
		if (p < end && !plain(j, *p))
			p += special(j, p, (size_t)(end - p));
	}
	byte(j, '"');
}
