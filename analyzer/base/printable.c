/* SPDX-License-Identifier: Apache-2.0 */
#include "base/printable.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

size_t utf8_length(const unsigned char *p, size_t left)
{
	size_t n = *p < 0x80 ? 1 : *p >= 0xc2 && *p < 0xe0 ? 2 : *p >= 0xe0 && *p < 0xf0 ? 3 :
		   *p >= 0xf0 && *p < 0xf5 ? 4 : 0;

	if (n == 0 || n > left)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((*p == 0xe0 && p[1] < 0xa0) || (*p == 0xed && p[1] > 0x9f) ||
	    (*p == 0xf0 && p[1] < 0x90) || (*p == 0xf4 && p[1] > 0x8f))
		return 0;
	return n;
}

/* C1 controls (ECMA-48) are two bytes in UTF-8, and as good as ESC to some terminals; so are the
 * marks that turn the direction of text around (Unicode TR9). */
static bool obeyed(const unsigned char *p, size_t n)
{
	if (n == 1)
		return *p < ' ' || *p == 127;
	if (n == 2)
		return p[0] == 0xc2 && p[1] < 0xa0;
	return n == 3 && p[0] == 0xe2 &&
	       ((p[1] == 0x80 && ((p[2] >= 0x8e && p[2] <= 0x8f) || (p[2] >= 0xa8 && p[2] <= 0xae))) ||
		(p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9));
}

void put_printable(FILE *to, const char *bytes, size_t size)
{
	const unsigned char *p = (const unsigned char *)bytes;

	for (size_t n; size; p += n, size -= n) {
		n = utf8_length(p, size);
		if (n && !obeyed(p, n)) {
			fwrite(p, 1, n, to);
			continue;
		}
		n = n ? n : 1;
		if (*p == '\n')
			fputs("\\n", to);
		else
			for (size_t i = 0; i < n; i++)
				fprintf(to, "\\x%02x", p[i]);
	}
}

void put_printable_text(FILE *to, const char *text)
{
	put_printable(to, text, strlen(text));
}

char *number_text(char to[NUMBER_MAX], unsigned long long n)
{
	char digits[NUMBER_MAX];
	int count = snprintf(digits, sizeof digits, "%llu", n), at = 0;

	for (int i = 0; i < count; i++) {
		if (i && (count - i) % 3 == 0)
			to[at++] = ',';
		to[at++] = digits[i];
	}
	to[at] = 0;
	return to;
}

void put_number(FILE *to, unsigned long long n)
{
	fputs(NUMBER(n), to);
}

/* ---- prose -------------------------------------------------------------------------------------------- */

FILE *prose_begin(struct prose *p)
{
	*p = (struct prose){NULL, NULL, 0};
	p->text = open_memstream(&p->bytes, &p->size);
	return p->text;
}

/* Columns of a word: colours (ESC ... m) take none, a UTF-8 character takes one. */
static unsigned columns(const char *word, size_t n)
{
	unsigned count = 0;

	for (size_t i = 0; i < n; i++)
		if (word[i] == '\033')
			while (i < n && word[i] != 'm')
				i++;
		else
			count += ((unsigned char)word[i] & 0xc0) != 0x80;
	return count;
}

void prose_end(struct prose *p, FILE *to, unsigned width, unsigned first, unsigned rest)
{
	unsigned column = first;
	bool begun = false;

	if (!p->text || fclose(p->text) != 0)
		return;
	fprintf(to, "%*s", (int)first, "");
	for (const char *word = p->bytes; *word;) {
		size_t n = strcspn(word, " ");
		unsigned room = columns(word, n);

		if (begun && width && column + 1 + room > width) {
			fprintf(to, "\n%*s", (int)rest, "");
			column = rest;
		} else if (begun) {
			fputc(' ', to);
			column++;
		}
		fwrite(word, 1, n, to);
		column += room;
		begun = true;
		word += n + (word[n] == ' ');
	}
	fputc('\n', to);
	free(p->bytes);
}
