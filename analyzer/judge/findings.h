/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Findings: call sites with something to say, worst first, without what is suppressed. Wants the
 * verdicts decided and tallied; knows no words.
 */
#ifndef CONNLEAK_FINDINGS_H
#define CONNLEAK_FINDINGS_H

#include <stdbool.h>

#include "model/model.h"

struct finding {
	const struct model_call_site *site; /* NULL: the sockets whose opener nobody knows */
	uint32_t stack;                     /* of the example: index into model.stacks, or MODEL_NONE */
	struct counts counts;               /* without what is suppressed: some of them leaked or drained */
	uint64_t suppressed;
};

struct findings {
	struct finding *list;
	uint32_t count;
	uint64_t leaked, drained, suppressed;
};

/* `suppressed` as in struct report. False only without memory. */
bool findings_of(const struct model *m, const char *const *suppressed, struct findings *to);
/* The same, also of connections that are walked: then `walked` says what is suppressed. False also
 * when the dump cannot be read on. */
struct suppressed;
bool findings_walk(const struct model *m, const char *const *suppressed, const struct suppressed *walked,
		   struct findings *to);
void findings_free(struct findings *f);

#endif
