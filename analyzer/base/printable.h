/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Texts for people: names that a recorded program chose, made harmless for a terminal, and prose
 * that fits its width. Knows nothing of what the texts say.
 */
#ifndef CONNLEAK_PRINTABLE_H
#define CONNLEAK_PRINTABLE_H

#include <stddef.h>
#include <stdio.h>

/* How long the UTF-8 character at `p` is (RFC 3629), of at most `left` bytes; 0 when it is none. */
size_t utf8_length(const unsigned char *p, size_t left);

/* A name of any bytes: control characters and what is no UTF-8 are spelled \xNN, a newline \n. */
void put_printable(FILE *to, const char *bytes, size_t size);
void put_printable_text(FILE *to, const char *text);

/* 1234567 as 1,234,567. */
void put_number(FILE *to, unsigned long long n);
/* The same as text, for the end of the block in which it stands. */
#define NUMBER_MAX 28
char *number_text(char to[NUMBER_MAX], unsigned long long n);
#define NUMBER(n) number_text((char[NUMBER_MAX]){0}, n)

/* A paragraph: what is written to the FILE that prose_begin() returns comes out on `to` at
 * prose_end(), wrapped at blanks to `width` columns (0: not at all), the first line after `first`
 * blanks and the others after `rest`. Colours take no room. NULL without memory. */
struct prose {
	FILE *text;
	char *bytes;
	size_t size;
};
FILE *prose_begin(struct prose *p);
void prose_end(struct prose *p, FILE *to, unsigned width, unsigned first, unsigned rest);

#endif
