/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mutate DUMP COUNT SEED: the whole analyzer fed with what a real dump turns into when it is cut at many
 * places and changed at random. It must refuse in one line or report; a report must be JSON, without anything
 * that a terminal obeys. Meant for a build with ASan and UBSan; prints how many were read and refused.
 */
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <yajl/yajl_parse.h>

#include "model/kernel.h"
#include "judge/pins.h"
#include "say/report.h"
#include "judge/suppress.h"
#include "name/symbol.h"
#include "judge/place.h"
#include "judge/verdict.h"

static unsigned char *original, *mutant;
static size_t size;
static char path[] = "/tmp/connleak-mutant-XXXXXX";
static int fd;
static unsigned long read_ones, refused, step;

#define MUST(condition, ...)                                                                      \
	do {                                                                                      \
		if (!(condition)) {                                                               \
			fprintf(stderr, "step %lu: " #condition ": ", step);                      \
			fprintf(stderr, __VA_ARGS__);                                             \
			fputc('\n', stderr);                                                      \
			abort();                                                                  \
		}                                                                                 \
	} while (0)

/* ---- what comes out ------------------------------------------------------------------------------------ */

static void check_json(const char *text, size_t n)
{
	yajl_handle parser = yajl_alloc(NULL, NULL, NULL); /* checks UTF-8, too */
	yajl_status status = yajl_parse(parser, (const unsigned char *)text, n);

	if (status == yajl_status_ok)
		status = yajl_complete_parse(parser);
	MUST(status == yajl_status_ok, "%.2000s", text);
	MUST(n && text[n - 1] == '\n' && !memchr(text, '\n', n - 1), "not one line");
	yajl_free(parser);
}

static void check_plain(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		MUST((unsigned char)text[i] >= ' ' || text[i] == '\n', "control character %d at %zu after \"%.*s\"", text[i], i,
		     i < 60 ? (int)i : 60, text + (i < 60 ? 0 : i - 60));
}

/* Only our own markup: as many sections as images, no script but the page's, which is in its foot. */
static void check_html(const char *text, size_t n)
{
	static const char *const ours[] = {"<script type=\"application/json\" class=report>", "<script type=\"application/json\" class=words>"};
	const char *at = text;

	check_plain(text, n);
	for (int i = 0; i < 2; i++) {
		MUST((at = strstr(at, "<script")) && strncmp(at, ours[i], strlen(ours[i])) == 0, "a script");
		at++;
		MUST(!memchr(at + strlen(ours[i]), '<', (size_t)(strstr(at, "</script>") - at) - strlen(ours[i])), "markup in JSON");
	}
	MUST(!strstr(at, "<script"), "a script");
}

static void print(report_print *function, void (*check)(const char *, size_t), struct report r, const struct model *m)
{
	char *text = NULL;
	size_t n = 0;

	r.to = open_memstream(&text, &n);
	function(&r, m);
	fclose(r.to);
	check(text, n);
	free(text);
}

static void report_all(struct model *m)
{
	struct symbols *symbols = step % 16 ? NULL : symbols_open(m);
	struct report r = {.symbols = symbols, .width = 80};
	char *text = NULL;
	size_t n = 0;
	FILE *to = open_memstream(&text, &n);

	print(report_json, check_json, r, m);
	print(report_text, check_plain, r, m);
	print(report_html, check_html, r, m);
	suppressions_generate(m, NULL, NULL, symbols, to);
	fclose(to);
	check_plain(text, n);
	free(text);
	symbols_close(symbols);
}

/* ---- what goes in --------------------------------------------------------------------------------------- */

static void try(const unsigned char *bytes, size_t n)
{
	char why[DUMP_WHY_MAX] = "";
	struct dump *dump;
	struct model m;

	step++;
	MUST(pwrite(fd, bytes, n, 0) == (ssize_t)n && ftruncate(fd, (off_t)n) == 0, "cannot write");
	if (dump_open(path, &dump, why) != DUMP_ERROR_OK) {
		MUST(strstr(why, path) && !strchr(why, '\n'), "'%s'", why);
		refused++;
		return;
	}
	MUST(model_build(&m, dump, &MODEL_OPTIONS_DEFAULT), "no memory");
	MUST(place_decide(&m, NULL) && verdict_decide(&m) && pins_decide(&m), "no memory");
	report_all(&m);
	model_free(&m);
	dump_close(dump);
	read_ones++;
}

static uint64_t state;

static uint64_t dice(void) /* xorshift64 */
{
	state ^= state << 13;
	state ^= state >> 7;
	return state ^= state << 17;
}

/* Where something is: most of a dump is room that is not used yet. */
static size_t somewhere(void)
{
	size_t at = dice() % size;

	for (int i = 0; i < 64 && !original[at]; i++)
		at = dice() % size;
	return at;
}

static void change(void)
{
	static const uint64_t values[] = {0, 1, 0x7f, 0x80, 0xff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff,
					  0x7fffffffffffffff, 0x8000000000000000, 0xffffffffffffffff,
					  0x1b5b324a1b5b324a, 0x3c2f7072653e3c73};
	size_t at = somewhere(), width = 1u << dice() % 4, from = somewhere();
	uint64_t value = dice() % 2 ? values[dice() % (sizeof values / sizeof *values)] : dice();

	if (dice() % 3)
		at -= at % width; /* a field, not a byte in the middle of one */
	width = size - at < width ? size - at : width;
	if (dice() % 8 == 0)
		memmove(mutant + at, original + from, size - (at > from ? at : from) < 64 ? width : 64);
	else
		memcpy(mutant + at, &value, width);
}

static void cut(unsigned long count)
{
	for (size_t n = 0; n < size && n < 1024; n++)
		try(original, n);
	for (unsigned long i = 0; i < count / 8; i++)
		try(original, dice() % size);
}

int main(int argc, char **argv)
{
	FILE *from = argc == 4 ? fopen(argv[1], "r") : NULL;
	unsigned long count;

	if (!from)
		return 2;
	fseek(from, 0, SEEK_END);
	size = (size_t)ftell(from);
	rewind(from);
	original = malloc(size);
	mutant = malloc(size);
	MUST(fread(original, 1, size, from) == size, "cannot read");
	fclose(from);
	count = strtoul(argv[2], NULL, 10);
	state = strtoull(argv[3], NULL, 10) * 0x9e3779b97f4a7c15 + 1;
	fd = mkstemp(path);
	try(original, size);
	MUST(read_ones == 1, "the dump itself is not read");
	cut(count);
	for (unsigned long i = 0; i < count; i++) {
		memcpy(mutant, original, size);
		for (uint64_t k = 1 + dice() % 16; k; k--)
			change();
		try(mutant, size);
	}
	unlink(path);
	printf("%lu read, %lu refused\n", read_ones, refused);
	free(original);
	free(mutant);
	return 0;
}
