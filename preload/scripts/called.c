/* SPDX-License-Identifier: Apache-2.0 */
#include "scripts/called.h"

#include <string.h>

void called_add(char to[CALLED_SIZE], const char *text, size_t max)
{
	size_t at = strlen(to);

	for (; max && *text && at < CALLED_SIZE - 1; max--)
		to[at++] = *text++;
	to[at] = 0;
}

void called_begin(char to[CALLED_SIZE], const char *name)
{
	to[0] = 0;
	called_add(to, name, CALLED_SIZE);
}

void called_number(char to[CALLED_SIZE], uint64_t number)
{
	char digits[20];
	size_t at = sizeof digits;

	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	called_add(to, digits + at, sizeof digits - at);
}

void called_version(char to[CALLED_SIZE], const char *name, unsigned major, unsigned minor, unsigned patch)
{
	const unsigned numbers[] = {major, minor, patch};

	called_begin(to, name);
	for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		called_add(to, ".", i ? 1 : 0);
		called_number(to, numbers[i]);
	}
}
