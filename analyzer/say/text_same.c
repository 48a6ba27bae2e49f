/* SPDX-License-Identifier: Apache-2.0 */
/* A server's workers run the same code: what several of them leak at the same places is said once. */
#include "model/verdicts.h"
#include "say/spot.h"
#include "say/text.h"

#define SEEN_MAX 64 /* different ones; what is more is said in full */

uint32_t text_same_as(const struct report *r, const struct model *m, const struct findings *all)
{
	static struct {
		uint64_t hash;
		uint32_t pid;
	} seen[SEEN_MAX];
	static unsigned count;
	uint64_t hash = 0;
	struct spot spot;

	for (uint32_t i = 0; i < all->count; i++) {
		const struct finding *f = &all->list[i];
		const struct counts *c = &f->counts;

		if (!c->of[VERDICT_LEAKED])
			continue;
		spot_of(&spot, m, r->symbols, f->stack);
		hash += spot_fingerprint(&spot, c->one_reason ? reason_name(m->conns[c->example].reason) : "");
	}
	for (unsigned i = 0; i < count; i++)
		if (seen[i].hash == hash)
			return seen[i].pid;
	if (count < SEEN_MAX) {
		seen[count].hash = hash;
		seen[count++].pid = m->process.pid;
	}
	return 0;
}
