/* SPDX-License-Identifier: Apache-2.0 */
#include "core/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "connleak/sys.h"

/* ---- the name ------------------------------------------------------------------------------- */

static size_t put_number(char *to, unsigned long value)
{
	char digits[24];
	size_t n = 0, size;

	do
		digits[n++] = (char)('0' + value % 10);
	while (value /= 10);
	for (size = n; n; n--)
		*to++ = digits[n - 1];
	return size;
}

/* Outside the root of the process it has no path: the kernel's text begins with no slash then (getcwd(2)). */
static bool put_working(struct file *f, size_t *size)
{
	long n = sys_call2(SYS_getcwd, f->path, sizeof f->path - 32);

	if (n <= 0 || f->path[0] != '/')
		return false;
	f->path[n - 1] = '/'; /* the terminator was counted */
	*size = (size_t)n;
	return true;
}

bool file_name(struct file *f, const char *pattern, uint32_t pid, unsigned number)
{
	static const char ending[] = ".dump";
	char *path = f->path;
	size_t n = 0, tail;

	if (*pattern != '/' && !put_working(f, &n))
		return false;
	for (const char *p = pattern; *p; p++) {
		if (n > sizeof f->path - 32)
			return false;
		if (p[0] == '%' && p[1] == 'p') {
			n += put_number(path + n, pid);
			p++;
		} else if (p[0] == '%' && p[1] == '%') {
			path[n++] = *p++;
		} else {
			path[n++] = *p;
		}
	}
	tail = sizeof ending - 1;
	if (n < tail || memcmp(path + n - tail, ending, tail) != 0)
		tail = 0;
	if (number) {
		n -= tail;
		path[n++] = '.';
		n += put_number(path + n, number);
		memcpy(path + n, ending, tail);
		n += tail;
	}
	path[n] = 0;
	return true;
}

/* Nothing is ever overwritten: a name that exists gets a number. */
static int create_at(struct file *f, const char *pattern, uint32_t pid)
{
	long fd = -ENAMETOOLONG;

	for (unsigned number = 0; number < 100000; number++) {
		if (!file_name(f, pattern, pid, number))
			return -ENAMETOOLONG;
		fd = sys_call4(SYS_openat, AT_FDCWD, f->path,
			       O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (fd != -EEXIST)
			break;
	}
	return (int)fd;
}

/* ---- the space ------------------------------------------------------------------------------ */

/* Beyond RLIMIT_FSIZE the kernel would send SIGXFSZ to the program. */
static bool within_limit(uint64_t size)
{
	struct rlimit limit = {0, 0};

	if (sys_call4(SYS_prlimit64, 0, RLIMIT_FSIZE, NULL, &limit) < 0)
		return false;
	return limit.rlim_cur == RLIM_INFINITY || size <= limit.rlim_cur;
}

/* Blocks are allocated now: a page of a sparse file that finds no block when it is first touched
 * is SIGBUS inside the program (mmap(2)). */
static int allocate(int fd, uint64_t from, uint64_t to)
{
	static const char zeros[4096];
	long ret;

	if (!within_limit(to))
		return -EFBIG;
	do
		ret = sys_call4(SYS_fallocate, fd, 0, from, to - from);
	while (ret == -EINTR);
	if (ret != -EOPNOTSUPP && ret != -ENOSYS)
		return (int)ret;
	for (uint64_t at = from; at < to; at += (uint64_t)ret) { /* a file system without fallocate */
		uint64_t size = to - at < sizeof zeros ? to - at : sizeof zeros;

		ret = sys_call4(SYS_pwrite64, fd, zeros, size, at);
		if (ret <= 0)
			return ret ? (int)ret : -ENOSPC;
	}
	return 0;
}

int file_create(struct file *f, const char *pattern, uint32_t pid, uint64_t size)
{
	struct stat st;
	int fd = create_at(f, pattern, pid), ret;

	if (fd < 0)
		return fd;
	ret = allocate(fd, 0, size);
	if (ret == 0 && sys_call2(SYS_fstat, fd, &st) < 0)
		ret = -EIO;
	if (ret < 0) {
		file_close(fd);
		file_discard(f);
		return ret;
	}
	f->device = st.st_dev;
	f->inode = st.st_ino;
	return fd;
}

/* ---- growing and mapping --------------------------------------------------------------------- */

/* The program may have changed its root, or somebody may have replaced the file. Apart, so that the kernel's
 * struct is off the stack when the file grows. */
static __attribute__((noinline)) int check_identity(const struct file *f, int fd)
{
	struct stat st;
	int ret = (int)sys_call2(SYS_fstat, fd, &st);

	return ret ? ret : st.st_dev == f->device && st.st_ino == f->inode ? 0 : -ESTALE;
}

/* A descriptor, or -errno. */
static int open_again(const struct file *f)
{
	int fd = (int)sys_call4(SYS_openat, AT_FDCWD, f->path, O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0);
	int ret = fd < 0 ? fd : check_identity(f, fd);

	if (ret == 0)
		return fd;
	if (fd >= 0)
		file_close(fd);
	return ret;
}

int file_extend(const struct file *f, uint64_t from, uint64_t to)
{
	int fd = open_again(f), ret;

	if (fd < 0)
		return fd;
	ret = allocate(fd, from, to);
	if (ret == 0)
		return fd;
	file_close(fd);
	return ret;
}

int file_give(const struct file *f, uid_t user)
{
	int fd = open_again(f), ret;

	if (fd < 0)
		return fd;
	ret = (int)sys_call3(SYS_fchown, fd, user, -1);
	file_close(fd);
	return ret;
}

static void *checked(long address)
{
	return address < 0 && address > -4096 ? NULL : (void *)address;
}

void *file_map(int fd, uint64_t offset, uint64_t size)
{
	return checked(sys_call6(SYS_mmap, NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
				 offset));
}

int file_why_not_mapped(int fd)
{
	long at = sys_call6(SYS_mmap, NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (checked(at))
		file_free((void *)at, 4096);
	return checked(at) ? ENOMEM : (int)-at;
}

void *file_memory(uint64_t size)
{
	return checked(sys_call6(SYS_mmap, NULL, size, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}

void file_free(void *memory, uint64_t size)
{
	sys_call2(SYS_munmap, memory, size);
}

void file_close(int fd)
{
	sys_call1(SYS_close, fd);
}

void file_discard(const struct file *f)
{
	sys_call3(SYS_unlinkat, AT_FDCWD, f->path, 0);
}

bool file_wipe(void *memory, uint64_t size)
{
	return sys_call3(SYS_madvise, memory, size, MADV_DONTNEED) == 0;
}
