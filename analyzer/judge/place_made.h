/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goroutines whose stack ends where they were made. Their maker is looked at while it waits for what it
 * has had made; on a machine with much to do it may not have come to that yet, for longer than a dial
 * should wait.
 */
#ifndef CONNLEAK_PLACE_MADE_H
#define CONNLEAK_PLACE_MADE_H

#include "model/model.h"

/* Where all that opened a socket and go on from such a stack are one place, it is that place, too: writes
 * its model_stack.whole, .place and .opener. The others' places are known. False only without memory. */
bool place_made_join(struct model *m);

#endif
