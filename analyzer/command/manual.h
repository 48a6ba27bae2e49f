/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the manual and the completions take from the tables of the code, so that neither can
 * fall behind. doc/ asks for it with `connleak --man-part PART`.
 */
#ifndef CONNLEAK_MANUAL_H
#define CONNLEAK_MANUAL_H

#include <stdbool.h>

/* Prints a part on standard output. False: there is no part of this name. */
bool manual_part(const char *part);

#endif
