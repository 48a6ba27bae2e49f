/* SPDX-License-Identifier: Apache-2.0 */
#include "sockets/unseen.h"

#include <stdbool.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "connleak/sys.h"
#include "here/presence.h"
#include "sockets/address.h"
#include "sockets/census.h"

#define UNSEEN_MAX 256u /* that are looked at again: so many are in no thread's hands just now */

static struct {
	uint64_t inode;
	int fd;
} unseen[UNSEEN_MAX];
static uint32_t count;

/* libc's own (log, name service) are none of the program's: unix datagrams, and what it closes again. */
static void note(int fd)
{
	if (!(fd > STDERR_FILENO && !descriptor_get(fd) && address_is_connection(fd)))
		return;
	if (count < UNSEEN_MAX) {
		unseen[count].inode = address_inode(fd);
		unseen[count].fd = fd;
	}
	count++;
}

static void look_again(void)
{
	uint32_t left = 0;

	for (uint32_t i = 0; i < count; i++) {
		uint64_t inode = descriptor_get(unseen[i].fd) ? 0 : address_inode(unseen[i].fd);

		if (inode && inode == unseen[i].inode)
			unseen[left++] = unseen[i];
	}
	count = left;
}

/* Between the kernel's part of a call and ours another thread may have one that is not in the table yet
 * (accept, socket, dup), or not any more (close). What stays so is none of these. */
static void let_others_return(void)
{
	struct timespec moment = {0, 25000}; /* to 12.8 ms: 25.6 ms in all */

	for (; count && !state.sandboxed && moment.tv_nsec < 25000000; moment.tv_nsec *= 2) {
		sys_call2(SYS_nanosleep, &moment, NULL);
		look_again();
	}
}

uint32_t conn_unseen(void)
{
	static bool counting;
	uint32_t found;

	if (__atomic_exchange_n(&counting, true, __ATOMIC_ACQUIRE))
		return 0;
	count = 0;
	conn_each_descriptor(note);
	if (count <= UNSEEN_MAX && state_threaded())
		let_others_return();
	found = count;
	__atomic_store_n(&counting, false, __ATOMIC_RELEASE);
	return found;
}
