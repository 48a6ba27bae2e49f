/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reuse: of connections that sit idle, which does anybody use again? Looks at who was opened while
 * whom sat idle; wants the verdicts of each decided.
 */
#ifndef CONNLEAK_REUSE_H
#define CONNLEAK_REUSE_H

#include "model/model.h"

/* Turns drained connections into abandoned or bypassed ones where the others say so. False only
 * without memory. */
bool reuse_decide(struct model *m);

#endif
