/* SPDX-License-Identifier: Apache-2.0 */
#include "entry.h"

uint32_t entry_here_slow(int fd)
{
	uint32_t entry;

	if (state_forked() && !process_reborn())
		return 0;
	entry = descriptor_get(fd);
	if (!(entry & DESCRIPTOR_PENDING))
		return entry;
	if (!process_touch(fd))
		return 0;
	entry = descriptor_get(fd);
	return entry & DESCRIPTOR_PENDING ? 0 : entry;
}
