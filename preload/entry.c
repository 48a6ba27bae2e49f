/* SPDX-License-Identifier: Apache-2.0 */
#include "entry.h"

#include <errno.h>

static uint32_t here_by_now(int fd)
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

uint32_t entry_here_slow(int fd)
{
	int saved = errno;
	uint32_t entry = here_by_now(fd);

	errno = saved;
	return entry;
}
