/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets that io_uring closes, by hand: no function of libc is called that a preloaded library could see.
 * Exits with 77 when the kernel refuses io_uring, and says why. */
#include <linux/io_uring.h>
#include <sys/mman.h>

#include "situation.h"

struct ring {
	int fd;
	uint32_t *tail, *array, *cq_head, *cq_tail;
	struct io_uring_sqe *requests;
	struct io_uring_cqe *answers;
};

static void *map(int fd, size_t size, off_t at)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, at);

	MUST(memory != MAP_FAILED);
	return memory;
}

static struct ring set_up(void)
{
	struct io_uring_params p = {0};
	struct ring ring = {.fd = (int)sys_call2(SYS_io_uring_setup, 1, &p)};
	char *sq, *cq;

	if (ring.fd < 0) {
		printf("io_uring_setup: %s\n", strerror(-ring.fd));
		exit(77);
	}
	sq = map(ring.fd, p.sq_off.array + p.sq_entries * sizeof(uint32_t), IORING_OFF_SQ_RING);
	cq = map(ring.fd, p.cq_off.cqes + p.cq_entries * sizeof *ring.answers, IORING_OFF_CQ_RING);
	ring.requests = map(ring.fd, p.sq_entries * sizeof *ring.requests, IORING_OFF_SQES);
	ring.tail = (uint32_t *)(sq + p.sq_off.tail);
	ring.array = (uint32_t *)(sq + p.sq_off.array);
	ring.cq_head = (uint32_t *)(cq + p.cq_off.head);
	ring.cq_tail = (uint32_t *)(cq + p.cq_off.tail);
	ring.answers = (struct io_uring_cqe *)(cq + p.cq_off.cqes);
	return ring;
}

/* The ring is empty before and after it. */
static void close_by(struct ring *ring, int fd)
{
	ring->requests[0] = (struct io_uring_sqe){.opcode = IORING_OP_CLOSE, .fd = fd};
	ring->array[0] = 0;
	__atomic_store_n(ring->tail, *ring->tail + 1, __ATOMIC_RELEASE);
	MUST(sys_call6(SYS_io_uring_enter, ring->fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) == 1);
	MUST(__atomic_load_n(ring->cq_tail, __ATOMIC_ACQUIRE) == *ring->cq_head + 1);
	MUST(ring->answers[*ring->cq_head & 1].res == 0); /* two answers' room for one request */
	__atomic_store_n(ring->cq_head, *ring->cq_head + 1, __ATOMIC_RELEASE);
}

static void then_reused(void)
{
	struct ring ring = set_up();
	int fd = made();

	close_by(&ring, fd);
	printf("%d\n", made() - fd);
}

static void then_a_file(void)
{
	struct ring ring = set_up();
	int fd = made();

	close_by(&ring, fd);
	printf("%d\n", open("/dev/null", O_RDONLY) - fd);
}

static void at_the_end(void)
{
	struct ring ring = set_up();

	for (int i = 0; i < 3; i++) {
		int fd = made();

		made();
		close_by(&ring, fd);
		MUST(fcntl(fd, F_GETFD) == -1 && errno == EBADF);
		MUST(sys_call3(SYS_dup3, ring.fd, fd, 0) == fd); /* or the next socket would prove it */
	}
	puts("");
}

#define ROW(name) {#name, name}
SITUATIONS(ROW(then_reused), ROW(then_a_file), ROW(at_the_end))
