/* SPDX-License-Identifier: Apache-2.0 */
/* How a fuzz target says that something must not be. */
#ifndef CONNLEAK_FUZZ_MUST_H
#define CONNLEAK_FUZZ_MUST_H

#include <stdio.h>
#include <stdlib.h>

#define MUST(holds, what)                                                                         \
	do {                                                                                      \
		if (!(holds)) {                                                                   \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, what);                 \
			abort();                                                                  \
		}                                                                                 \
	} while (0)

#endif
