/* SPDX-License-Identifier: Apache-2.0 */
#include "command/lists.h"

#include <string.h>

#include "model/verdicts.h"

int lists_fail_on(struct options *o, const char *list)
{
	o->fail_on_leaked = o->fail_on_drained = o->fail_on_exhausted = false;
	for (const char *p = list;;) {
		size_t n = strcspn(p, ",");

		if (n == 6 && memcmp(p, "leaked", n) == 0)
			o->fail_on_leaked = true;
		else if (n == 7 && memcmp(p, "drained", n) == 0)
			o->fail_on_drained = true;
		else if (n == 9 && memcmp(p, "exhausted", n) == 0)
			o->fail_on_exhausted = true;
		else if (n != 4 || memcmp(p, "none", n) != 0)
			return trouble("--fail-on: '%.*s': no such verdict; use leaked, drained, exhausted or none",
				       (int)n, p);
		if (!p[n])
			return -1;
		p += n + 1;
	}
}

int lists_sort(struct options *o, const char *name)
{
	int sort = view_sort_by_name(name);

	if (sort < 0)
		return trouble("--sort: '%s': no such key; use %s", name, view_sort_names());
	o->view.sort = (enum view_sort)sort;
	return -1;
}

/* The reasons of a verdict that a word of `n` bytes means: all, or the one after a slash. 0: none. */
static uint64_t reasons_of(enum verdict v, const char *word, size_t n)
{
	const char *slash = memchr(word, '/', n);
	uint64_t bits = 0;

	for (int r = 0; r < REASON_COUNT; r++) {
		const char *name = reason_name((enum reason)r);
		size_t rest = slash ? n - (size_t)(slash + 1 - word) : 0;

		if (reason_explains((enum reason)r, v) &&
		    (!slash || (strlen(name) == rest && memcmp(slash + 1, name, rest) == 0)))
			bits |= 1ull << r;
	}
	return bits;
}

int lists_verdict(struct options *o, const char *list)
{
	o->view.chosen = true;
	memset(o->view.reasons, 0, sizeof o->view.reasons);
	for (const char *p = list;;) {
		size_t n = strcspn(p, ","), name = strcspn(p, ",/");
		int v = verdict_by_name(p, name);
		uint64_t bits = v < 0 ? 0 : reasons_of((enum verdict)v, p, n);

		if (!bits)
			return trouble("--verdict: '%.*s': no such %s; 'connleak explain' lists them", (int)n, p,
				       v < 0 ? "verdict" : "reason of it");
		o->view.reasons[v] |= bits;
		if (!p[n])
			return -1;
		p += n + 1;
	}
}

static const char *const colors[] = {
	[COLOR_AUTO] = "auto", [COLOR_ALWAYS] = "always", [COLOR_NEVER] = "never"};

int lists_color(struct options *o, const char *name)
{
	for (unsigned i = 0; i < sizeof colors / sizeof *colors; i++)
		if (strcmp(name, colors[i]) == 0) {
			o->color = i;
			return -1;
		}
	return trouble("--color: '%s': use auto, always or never", name);
}

void lists_unused(const struct options *o)
{
	const struct {
		const char *name;
		bool given;
	} all[] = {{"--top", o->view.top != VIEW_TOP_DEFAULT}, {"--sort", o->view.sort != VIEW_SORT_LEAKED},
		   {"--no-stacks", o->view.no_stacks}, {"--verdict", o->view.chosen && !report_chooses(o->format)},
		   {"--peer", o->view.peer && !report_chooses(o->format)}};
	char names[64] = "";

	for (size_t i = 0; i < sizeof all / sizeof *all && strcmp(o->format->name, "text") != 0; i++)
		if (all[i].given)
			snprintf(names + strlen(names), sizeof names - strlen(names), "%s%s", *names ? ", " : "", all[i].name);
	if (*names)
		trouble("%s: of no effect on a report as %s, which is whole", names, o->format->name);
}

void lists_words(FILE *to)
{
	fputs("value\tfail-on\tleaked\nvalue\tfail-on\tdrained\n"
	      "value\tfail-on\texhausted\nvalue\tfail-on\tnone\n", to);
#define X(name, text, help) fputs("value\tsort\t" text "\n", to);
	VIEW_SORTS(X)
#undef X
	for (int v = 0; v < VERDICT_COUNT; v++)
		fprintf(to, "value\tverdict\t%s\n", verdict_name((enum verdict)v));
	for (unsigned i = 0; i < sizeof colors / sizeof *colors; i++)
		fprintf(to, "value\tcolor\t%s\n", colors[i]);
}
