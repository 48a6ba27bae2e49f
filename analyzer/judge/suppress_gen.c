/* SPDX-License-Identifier: Apache-2.0 */
/* Suppressions written for what was found: frame by frame as it was, but for those of the runtime (an
 * interpreter, the standard library, the C library), which differ between machines: "..." stands for them. */
#include <string.h>

#include "judge/findings.h"
#include "judge/suppress.h"
#include "name/frames.h"
#include "model/verdicts.h"

#define LINES_MAX 24

/* A name as a pattern that matches it: what would break the line, or mean something in a pattern, is
 * any one character. */
static void put_pattern(FILE *to, const char *name)
{
	for (const char *p = name; *p; p++)
		fputc((unsigned char)*p < ' ' || *p == 127 || strchr("[]*\\", *p) ? '?' : *p, to);
	fputc('\n', to);
}

static void put_frame(FILE *to, const struct frame_text *f)
{
	const char *slash = strrchr(f->module, '/');

	if (f->brief) {
		fputs("   fun:", to);
		put_pattern(to, f->brief);
	} else if (*f->module) {
		fputs(slash ? "   obj:*/" : "   obj:", to); /* wherever it is installed */
		put_pattern(to, slash ? slash + 1 : f->module);
	} else {
		fputs("   obj:*\n", to);
	}
}

static void put_frames(FILE *to, const struct frame_text *frames, unsigned n)
{
	bool telling = false, folded = false;
	unsigned lines = 0, last = 0;

	for (unsigned i = 0; i < n; i++)
		if (frames[i].whose != WHOSE_RUNTIME) {
			telling = true;
			last = i;
		}
	for (unsigned i = 0; i < n && lines < LINES_MAX; i++) {
		if (telling && i > last)
			break; /* how the runtime came to call the program is all the same */
		if (!telling || frames[i].whose != WHOSE_RUNTIME)
			put_frame(to, &frames[i]);
		else if (!folded)
			fputs("   ...\n", to);
		else
			continue;
		folded = telling && frames[i].whose == WHOSE_RUNTIME;
		lines++;
	}
}

static void generate(const struct model *m, struct symbols *symbols, const struct finding *f, enum verdict v,
		     FILE *to)
{
	struct frame_text frames[FRAMES_TEXT_MAX];
	unsigned n = frames_of(m, symbols, f->stack, frames);

	fprintf(to, "{\n   <insert_a_name>\n   connleak:%s", verdict_name(v));
	if (v == VERDICT_LEAKED && f->counts.one_reason)
		fprintf(to, "/%s", reason_name(f->counts.reason));
	fputc('\n', to);
	put_frames(to, frames, n);
	fputs("}\n", to);
}

void suppressions_generate(const struct model *m, const char *const *suppressed,
			   const struct suppressed *walked, struct symbols *symbols, FILE *to)
{
	struct findings all;

	if (!findings_walk(m, suppressed, walked, &all))
		return;
	for (uint32_t i = 0; i < all.count; i++) {
		if (all.list[i].counts.of[VERDICT_LEAKED])
			generate(m, symbols, &all.list[i], VERDICT_LEAKED, to);
		if (all.list[i].counts.of[VERDICT_DRAINED])
			generate(m, symbols, &all.list[i], VERDICT_DRAINED, to);
	}
	findings_free(&all);
}
