/* SPDX-License-Identifier: Apache-2.0 */
#include "base/spill.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int spill_file(void)
{
	const char *const folders[] = {getenv("TMPDIR"), "/var/tmp", "/tmp"};
	int fd = -1;

	errno = ENOENT;
	for (size_t i = 0; i < sizeof folders / sizeof *folders && fd < 0; i++)
		if (folders[i] && *folders[i])
			fd = open(folders[i], O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	return fd;
}

bool spill_write(int fd, const void *from, size_t size, uint64_t offset)
{
	size_t done = 0;

	while (done < size) {
		ssize_t n = pwrite(fd, (const char *)from + done, size - done, (off_t)(offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		done += (size_t)n;
	}
	return true;
}

static bool read_whole(int fd, void *to, size_t size, uint64_t offset)
{
	size_t have = 0;

	while (have < size) {
		ssize_t n = pread(fd, (char *)to + have, size - have, (off_t)(offset + have));

		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0)
			errno = EIO;
		if (n <= 0)
			return false;
		have += (size_t)n;
	}
	return true;
}

static bool flush(struct spill *s)
{
	if (s->fd < 0)
		s->fd = spill_file();
	if (s->fd < 0 ||
	    !spill_write(s->fd, s->kept, (s->count - s->written) * s->item, s->written * (uint64_t)s->item))
		return false;
	s->written = s->count;
	return true;
}

bool spill_add(struct spill *s, const void *item)
{
	if (!s->kept)
		s->kept = malloc(SPILL_KEPT * s->item);
	if (!s->kept || (s->count - s->written == SPILL_KEPT && !flush(s)))
		return false;
	memcpy(s->kept + (size_t)(s->count++ - s->written) * s->item, item, s->item);
	return true;
}

bool spill_read(const struct spill *s, uint32_t first, uint32_t count, void *to)
{
	uint32_t in_file = first >= s->written ? 0 : s->written - first < count ? s->written - first : count;
	size_t size = in_file * s->item;

	if (in_file && !read_whole(s->fd, to, size, first * (uint64_t)s->item))
		return false;
	if (in_file < count)
		memcpy((uint8_t *)to + size, s->kept + (size_t)(first + in_file - s->written) * s->item,
		       (size_t)(count - in_file) * s->item);
	return true;
}

void spill_free(struct spill *s)
{
	free(s->kept);
	if (s->item && s->fd >= 0)
		close(s->fd);
	*s = (struct spill){.fd = -1};
}
