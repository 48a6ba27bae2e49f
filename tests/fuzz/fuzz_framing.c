/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any protocol: a conversation whose turns are separated by four bytes that no seed contains
 * otherwise. Which protocol it becomes, the bytes say.
 */
#include <string.h>

#include "conversation.h"

static const uint8_t turn[4] = {0xf7, '-', '>', 0xf7};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct conversation c = {.eof = true};

	for (; c.turns < TURNS_MAX; c.turns++) {
		const uint8_t *end = memmem(data, size, turn, sizeof turn);

		c.bytes[c.turns] = data;
		c.size[c.turns] = end ? (size_t)(end - data) : size;
		if (!end) {
			c.turns++;
			break;
		}
		size -= (size_t)(end - data) + sizeof turn;
		data = end + sizeof turn;
	}
	conversation_check(&c);
	return 0;
}
