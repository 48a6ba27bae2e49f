/* SPDX-License-Identifier: Apache-2.0 */
#include "say/overtime.h"

#include <inttypes.h>
#include <langinfo.h>
#include <locale.h>
#include <string.h>

#include "base/printable.h"
#include "say/pairs.h"
#include "say/phrases.h"

#define COLUMNS 48
#define LEVELS 8
#define COUNT_MIN 4 /* buckets: fewer are no picture */

/* ---- bars ---------------------------------------------------------------------------------------------- */

/* By the environment's locale, whatever this program has set for itself. */
static bool is_utf8(void)
{
	locale_t locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
	bool utf8 = locale && strcmp(nl_langinfo_l(CODESET, locale), "UTF-8") == 0;

	if (locale)
		freelocale(locale);
	return utf8;
}

static uint64_t most_of(const struct series *s, uint32_t from, uint32_t to)
{
	uint64_t most = 0;

	for (uint32_t i = from; i < to; i++)
		most = s->open[i] > most ? s->open[i] : most;
	return most;
}

void put_bars(FILE *to, const struct series *s, unsigned columns)
{
	static const char *const utf8[] = {"\u00b7", "\u2581", "\u2582", "\u2583", "\u2584",
					   "\u2585", "\u2586", "\u2587", "\u2588"};
	static const char *const ascii[] = {"_", ".", ":", "-", "=", "+", "*", "%", "#"};
	const char *const *bars = is_utf8() ? utf8 : ascii;
	uint64_t most = most_of(s, 0, s->count);
	uint32_t n = s->count < columns ? s->count : columns;

	for (uint32_t i = 0; i < n; i++) {
		uint64_t open = most_of(s, (uint32_t)((uint64_t)s->count * i / n),
					(uint32_t)((uint64_t)s->count * (i + 1) / n));

		fputs(bars[open ? (open * LEVELS + most - 1) / most : 0], to);
	}
}

static void put_line(const struct report *r, const struct series *s, unsigned indent)
{
	uint64_t most = most_of(s, 0, s->count);

	if (!most || s->count < COUNT_MIN)
		return;
	fprintf(r->to, "%*sopen over time: ", (int)indent, "");
	put_bars(r->to, s, COLUMNS);
	fputs(" in ", r->to);
	put_duration(r->to, (double)s->bucket_ns * s->count / 1e9);
	fputs(", at most ", r->to);
	put_number(r->to, most);
	fputs(s->growth == GROWTH_ON ? "; it grows until the end\n" :
	      s->growth == GROWTH_PLATEAU ? "; it came to a plateau\n" : "\n", r->to);
}

void put_over_time_of_all(const struct report *r, const struct model *m, unsigned indent)
{
	struct series s;

	if (series_of_all(m, &s))
		put_line(r, &s, indent);
}

void put_over_time_of_site(const struct report *r, const struct model *m, uint32_t site, unsigned indent)
{
	struct series s;

	if (site < m->call_site_count && series_of_place(m, m->call_sites[site].place, &s))
		put_line(r, &s, indent);
}

/* ---- numbers ------------------------------------------------------------------------------------------- */

static void pair_series(struct json *g, const struct series *s)
{
	json_name(g, "over_time");
	json_open(g, '{');
	json_name(g, "bucket_s");
	json_seconds(g, (double)s->bucket_ns / 1e9);
	json_name(g, "open");
	json_open(g, '[');
	for (uint32_t i = 0; i < s->count; i++)
		json_integer(g, (int64_t)s->open[i]);
	json_close(g, ']');
	if (s->growth == GROWTH_UNKNOWN)
		pair_null(g, "growing");
	else
		pair_bool(g, "growing", s->growth == GROWTH_ON);
	json_close(g, '}');
}

void pair_over_time_of_all(struct json *g, const struct model *m)
{
	struct series s;

	if (series_of_all(m, &s))
		pair_series(g, &s);
	else
		pair_null(g, "over_time");
}

void pair_over_time_of_place(struct json *g, const struct model *m, uint32_t place)
{
	struct series s;

	if (series_of_place(m, place, &s))
		pair_series(g, &s);
	else
		pair_null(g, "over_time");
}
