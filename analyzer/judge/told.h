/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The program was told that a connection is over, or ended it itself: by shutdown(), an error, end-of-file,
 * the protocol's own goodbye. Did it keep it all the same, or end right then?
 */
#ifndef CONNLEAK_TOLD_H
#define CONNLEAK_TOLD_H

#include "model/model.h"

/* Does the end of the process stand for the close: did it end as soon as it was told? */
bool told_by_exit(const struct model *m, const struct model_conn *c);
/* Was it kept after that? Decides it then. */
bool told_and_kept(const struct model *m, struct model_conn *c);

#endif
