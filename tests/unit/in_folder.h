/* SPDX-License-Identifier: Apache-2.0 */
/* A folder for the dumps of tests, which goes with them. */
#ifndef CONNLEAK_IN_FOLDER_H
#define CONNLEAK_IN_FOLDER_H

#include <stdio.h>
#include <stdlib.h>

static char folder[] = "/tmp/connleak-unit-XXXXXX";
static char folder_pattern[64]; /* as CONNLEAK_OUTPUT */

/* Runs the tests; what main() returns. */
#define IN_FOLDER(tests)                                                                          \
	({                                                                                        \
		char command[64];                                                                 \
		int failed = 1;                                                                   \
                                                                                                  \
		if (mkdtemp(folder)) {                                                            \
			snprintf(folder_pattern, sizeof folder_pattern, "%s/%%p.dump", folder);   \
			failed = cmocka_run_group_tests(tests, NULL, NULL);                       \
			snprintf(command, sizeof command, "rm -rf %s", folder);                   \
			failed |= system(command);                                                \
		}                                                                                 \
		failed;                                                                           \
	})

#endif
