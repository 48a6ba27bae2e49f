/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a source file is whose name alone is known: a class of Java's knows no folder. Looks below the
 * working folder, in the customary source roots of Maven and Gradle. Internal to spot.c.
 */
#ifndef CONNLEAK_SPOT_SOURCE_H
#define CONNLEAK_SPOT_SOURCE_H

#include "name/frames.h"

/* "src/main/java/com/acme/Fetch.java", relative to the working folder; NULL: it is not Java, not there, or
 * there more than once. Valid until the process ends. */
const char *spot_source(const struct frame_text *f);

#endif
