/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked first: is it leaking, where, how fast, and how long until no descriptors are left. */
#include <inttypes.h>

#include "base/printable.h"
#include "judge/pace.h"
#include "say/answers.h"
#include "say/pieces.h"
#include "say/text.h"

static void put_where_it_leaks(const struct report *r, const struct model *m, const struct findings *all,
			       const char *const *skip)
{
	struct prose p;

	if (!prose_begin(&p))
		return;
	fprintf(p.text, "%sLEAKING%s: ", colour(r, RED), colour(r, PLAIN));
	phrase_leaking(p.text, m, r->symbols, all, skip);
	prose_end(&p, r->to, r->width, 2, 4);
}

static void put_how_fast(const struct report *r, const struct model *m, const struct pace *pace)
{
	struct prose p;

	if (!pace->known || !prose_begin(&p))
		return;
	phrase_pace(p.text, m, pace);
	prose_end(&p, r->to, r->width, 2, 4);
}

/* Of what was not observed nothing is said here. */
static void put_no_leak(const struct report *r, const struct model *m)
{
	const struct model_summary *s = &m->summary;

	if (!s->sockets || s->counts.of[VERDICT_LEAKED])
		return;
	fprintf(r->to, "  %sno leak%s%s\n", colour(r, m->warning_count ? PLAIN : GREEN),
		m->warning_count ? " was seen, but not all was (below)" : "", colour(r, PLAIN));
}

void put_answers(const struct report *r, const struct model *m, const struct findings *all,
		 const char *const *skip)
{
	struct pace pace;

	if (!all->leaked) {
		put_no_leak(r, m);
		return;
	}
	pace = pace_of(m, skip);
	put_where_it_leaks(r, m, all, skip);
	put_how_fast(r, m, &pace);
}
