#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# cppcheck over both sides. What it cannot know: the linker's sections of hooks and of a library's slots have two ends; of a
# short-cut out of a table of escapes the other way is always taken; an array of calls is filled where it is made.
cd "$(dirname "$0")/../.." || exit 2
for side in preload analyzer goimage beside; do
	cppcheck --quiet --error-exitcode=1 -j "$(nproc)" --std=c11 --enable=warning,performance,portability --inline-suppr \
		--suppress=comparePointers:preload/init.c --suppress=comparePointers:preload/hooks/deepbind.c --suppress=uninitvar:analyzer/say/json.c \
		--suppress=legacyUninitvar:preload/scripts/node_calls.c \
		-D_GNU_SOURCE -D__x86_64__ -Iinclude -I. -I$side $side 2>&1 || exit 1
done
