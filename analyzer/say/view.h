/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the reader of a report for people asked to see of it: which connections, in which order, how much. It
 * changes what is shown, never what counts. Knows models and findings, prints nothing.
 */
#ifndef CONNLEAK_VIEW_H
#define CONNLEAK_VIEW_H

#include "judge/findings.h"
#include "model/verdicts.h"

/* enum, name, help */
#define VIEW_SORTS(X)                                                                             \
	X(LEAKED, "leaked", "how many it leaked, then how many are drained")                      \
	X(DRAINED, "drained", "how many are drained")                                             \
	X(OPENED, "opened", "how many it opened")                                                 \
	X(OPEN, "open", "how many are open now")                                                  \
	X(MOST, "most", "how many were open at once at most")

enum view_sort {
#define X(name, text, help) VIEW_SORT_##name,
	VIEW_SORTS(X)
#undef X
	VIEW_SORT_COUNT
};

struct view {
	unsigned top; /* lines or paragraphs of a section; 0: all of them */
	enum view_sort sort;
	bool chosen;                      /* the next line says which */
	uint64_t reasons[VERDICT_COUNT];  /* by verdict: bits 1 << enum reason */
	const char *peer; /* a pattern of fnmatch(3) for the peer's address, with or without its port, or for the
	                     name that was asked for; NULL: any */
	bool no_stacks, verbose;
};
_Static_assert(REASON_COUNT <= 64, "struct view has 64 bits for reasons");

#define VIEW_TOP_DEFAULT 20

/* Is this connection to be shown? */
bool view_shows(const struct view *v, const struct model *m, const struct model_conn *c);

/* What findings_of() and the like are to leave out: `suppressed` (as in struct report), and what is not
 * shown. Of the latter the name is VIEW_HIDDEN. The caller frees it. NULL: without memory. */
extern const char VIEW_HIDDEN[];
const char **view_skip(const struct view *v, const struct model *m, const char *const *suppressed);

/* Sorts findings, which are worst first, by another key. */
void view_sort(const struct view *v, struct findings *all);

/* The places with a connection that is shown, in order: indices into model.call_sites, of which `to` has
 * room for all. How many they are. */
uint32_t view_sites(const struct view *v, const struct model *m, uint32_t *to);

/* "leaked, drained, ..." */
const char *view_sort_names(void);
/* enum view_sort, or -1 */
int view_sort_by_name(const char *name);

#endif
