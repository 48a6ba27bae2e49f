#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# cppcheck over both sides. What it cannot know: the linker's section of hooks has two ends; of a short-cut out of a table of
# escapes the other way is always taken.
cd "$(dirname "$0")/../.." || exit 2
for side in preload analyzer goimage beside; do
	cppcheck --quiet --error-exitcode=1 -j "$(nproc)" --std=c11 --enable=warning,performance,portability --inline-suppr \
		--suppress=comparePointers:preload/init.c --suppress=uninitvar:analyzer/say/json.c \
		-D_GNU_SOURCE -D__x86_64__ -Iinclude -I. -I$side $side 2>&1 || exit 1
done
