/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON (RFC 8259), written as it goes into a buffer of its own. Knows commas and quoting, nothing of
 * what is written; who opens an object or an array closes it.
 */
#ifndef CONNLEAK_JSON_H
#define CONNLEAK_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct json {
	FILE *to;
	size_t used;
	bool ascii;   /* nothing else, and nothing that means something in a page; after json_begin() it is off */
	bool follows; /* what comes next in this object or array is not its first */
	char buffer[1 << 16];
};

void json_begin(struct json *j, FILE *to);
/* Writes out what is in the buffer. Errors stay with the FILE. */
void json_flush(struct json *j);

void json_open(struct json *j, char bracket);  /* { or [ */
void json_close(struct json *j, char bracket); /* } or ] */

/* The name of an object's next member; it needs no quoting. */
void json_member(struct json *j, const char *name, size_t size);
static inline void json_name(struct json *j, const char *name)
{
	json_member(j, name, strlen(name));
}

void json_null(struct json *j);
void json_bool(struct json *j, bool value);
void json_integer(struct json *j, int64_t value);
/* With six decimals. */
void json_seconds(struct json *j, double value);
/* Any bytes: what is no UTF-8 becomes U+FFFD. */
void json_text(struct json *j, const char *bytes, size_t size);

#endif
