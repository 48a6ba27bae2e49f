/* SPDX-License-Identifier: Apache-2.0 */
/* The recorder's core, called as the hooks call it, without any preload. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "alone.h"
#include "core/arena.h"
#include "conn.h"
#include "core/slot.h"
#include "here/options.h"
#include "process.h"
#include "stacks/stack.h"
#include "threads/thread.h"

/* ---- life ------------------------------------------------------------------------------------- */

static void opened_and_closed(void)
{
	int fd = made();
	struct dump_conn *c = at(fd);

	CHECK(c->state == DUMP_OPEN && c->id == 1 && c->refs == 1 && c->fds[0] == fd);
	CHECK(c->family == AF_INET && c->type == SOCK_STREAM && c->inode != 0);
	CHECK(c->seq % 2 == 0);
	conn_close(fd);
	CHECK(!descriptor_get(fd) && c->state == DUMP_CLOSED && c->closed_mono);
	CHECK(c->fds[0] == fd); /* named in the report */
	CHECK(!(c->flags & DUMP_CLOSED_UNSEEN));
}

static void lives_as_long_as_its_last_descriptor(void)
{
	int fd = made(), copy = dup(fd);
	struct dump_conn *c = at(fd);

	conn_duplicated(fd, copy);
	CHECK(at(copy) == c && c->refs == 2);
	conn_close(fd);
	CHECK(c->state == DUMP_OPEN && c->refs == 1 && at(copy) == c && !at(fd));
	conn_close(copy);
	CHECK(c->state == DUMP_CLOSED);
}

/* dup() saw its entry, and another thread closed it before it was counted. */
static void a_closed_one_is_shared_with_nobody(void)
{
	int fd = made();
	struct dump_conn *c = at(fd);

	conn_close(fd);
	CHECK(!slot_share(c, fd) && c->refs == 0 && c->state == DUMP_CLOSED);
}

static void dup2_to_itself_changes_nothing(void)
{
	int fd = made();
	struct dump_conn *c = at(fd);

	conn_duplicated(fd, fd);
	CHECK(at(fd) == c && c->refs == 1 && c->state == DUMP_OPEN);
}

static void dup2_over_it_closes_it(void)
{
	int a = made(), b = made();
	struct dump_conn *under = at(b);

	conn_duplicated(a, b);
	CHECK(under->state == DUMP_CLOSED && !(under->flags & DUMP_CLOSED_UNSEEN));
	CHECK(at(a) == at(b) && at(a)->refs == 2);
	conn_duplicated(0, b); /* no socket of ours over it */
	CHECK(!at(b) && at(a)->refs == 1);
}

static void reuse_of_the_number_proves_an_unseen_close(void)
{
	int fd = made();
	struct dump_conn *c = at(fd);

	sys_call1(SYS_close, fd);
	CHECK(made() == fd);
	CHECK(c->state == DUMP_CLOSED && (c->flags & DUMP_CLOSED_UNSEEN));
	CHECK(at(fd) != c && at(fd)->id == 2);
	sys_call1(SYS_close, fd);
	CHECK(open("/dev/null", O_RDONLY) == fd);
	c = at(fd);
	conn_replaced(fd);
	CHECK(c->state == DUMP_CLOSED && (c->flags & DUMP_CLOSED_UNSEEN) && !at(fd));
}

static void close_range_closes_what_is_in_it(void)
{
	int a = made(), b = made(), c = made();

	conn_close_range((unsigned)b, (unsigned)b);
	CHECK(at(a) && !at(b) && at(c));
	conn_close_range(0, ~0u);
	CHECK(!at(a) && !at(c));
}

/* ---- bounds ------------------------------------------------------------------------------------- */

static void slots_are_recycled_and_counted(void)
{
	const struct dump_stack *site = NULL;
	int i;

	setenv("CONNLEAK_HISTORY", "10", 1);
	for (i = 0; i < 1000; i++) {
		int fd = made();

		site = stack_of(&here, at(fd)->stack);
		conn_close(fd);
		close(fd);
	}
	CHECK(here.arena.process->next_id == 1001);
	CHECK(arena_used(&here, ARENA_CONNECTIONS) <= 12);
	CHECK(site->opened == 1000 && site->closed == 990 && site->open_now == 0);
	CHECK(site->open_max == 1 && site->closed_early == 0);
}

static void more_than_one_segment(void)
{
	static int fds[3000];
	struct rlimit limit;

	CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	limit.rlim_cur = limit.rlim_max; /* an ordinary user begins with 1,024 */
	CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	for (int i = 0; i < 3000; i++)
		fds[i] = made();
	CHECK(arena_used(&here, ARENA_CONNECTIONS) == 3000);
	for (int i = 0; i < 3000; i++)
		CHECK(at(fds[i])->id == (uint64_t)i + 1 && at(fds[i])->fds[0] == fds[i]);
}

/* ---- fork and vfork ------------------------------------------------------------------------------- */

static void child_of_a_fork_starts_over(void)
{
	int fd = made(), status;
	struct dump_conn *parents = at(fd);
	pid_t pid = fork();

	if (pid == 0) {
		int other;

		CHECK(state_forked());
		conn_close(1000); /* not ours: nothing happens */
		other = made();
		CHECK(here.arena.process->forked && here.arena.process->pid == (uint32_t)getpid());
		CHECK(at(fd) && at(fd) != parents && (at(fd)->flags & DUMP_INHERITED));
		CHECK(at(fd)->inode == parents->inode);
		conn_close(fd);
		CHECK(!at(fd) && at(other));
		_exit(0);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	CHECK(at(fd) == parents && parents->state == DUMP_OPEN && parents->refs == 1);
}

static void child_of_a_vfork_touches_nothing(void)
{
	int fd = made(), status;
	pid_t pid = vfork();

	if (pid == 0) {
		conn_close_range(0, ~0u);
		conn_close(fd);
		_exit(0);
	}
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(at(fd) && at(fd)->state == DUMP_OPEN && at(fd)->refs == 1);
}

static void child_of_a_vfork_opens_nothing(void)
{
	int fd = made(), status;
	struct dump_conn *c = at(fd);
	uint64_t next = here.arena.process->next_id;
	pid_t pid = vfork();

	if (pid == 0) {
		close(fd); /* its own table's: the number is free there, and in use at the parent's */
		conn_opened(socket(AF_INET, SOCK_STREAM, 0), AF_INET, SOCK_STREAM, 0);
		_exit(0);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	CHECK(at(fd) == c && c->state == DUMP_OPEN && here.arena.process->next_id == next);
}

/* Python's multiprocessing, then subprocess: the first event in the forked child is its own vfork
 * child's. That one must not take the forked child's memory for its own. */
static __attribute__((unused)) void vfork_in_a_forked_child_touches_nothing(void)
{
	int fd = made(), status;
	pid_t pid = fork();

	if (pid == 0) {
		pid_t grandchild = vfork();

		if (grandchild == 0) {
			conn_close_range(0, ~0u);
			_exit(process_open() ? 1 : 0);
		}
		CHECK(waitpid(grandchild, &status, 0) == grandchild && status == 0);
		CHECK(state_forked() && descriptor_get(fd));
		made();
		CHECK(state.pid == (uint32_t)getpid() && here.arena.process->pid == state.pid && at(fd));
		_exit(0);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	CHECK(at(fd) && at(fd)->refs == 1);
}

/* A handler that interrupts recv() forks, and the child returns into the call: what it tells is not
 * the parent's, neither before nor after the child has a dump of its own. */
static void a_call_begun_before_a_fork_counts_nowhere_in_the_child(void)
{
	char byte = 0;
	struct iovec iov = {&byte, 1};
	struct conn_io io;
	int fd = made(), status;

	for (int sockets = 0; sockets < 2; sockets++) {
		pid_t pid;

		CHECK(conn_begin(&io, fd, DUMP_CALL_recv));
		pid = fork();
		if (pid == 0) {
			if (sockets)
				made();
			conn_end_in(&io, 1, 0, &iov, 1, true);
			thread_wait_over();
			_exit(0);
		}
		CHECK(waitpid(pid, &status, 0) == pid && status == 0);
		CHECK(at(fd)->in.bytes == 0 && at(fd)->in.last_mono == 0);
		CHECK(thread_self()->waiting_in == DUMP_CALL_recv);
	}
}

/* The parent's other thread has put a file over the socket, and not yet told us: found by the soak. */
static void what_was_no_socket_any_more_at_a_fork_is_not_inherited(void)
{
	int fd = made(), file = open("/dev/null", O_RDONLY), status;
	pid_t pid;

	CHECK(sys_call3(SYS_dup3, file, fd, 0) == fd);
	pid = fork();
	if (pid == 0) {
		made();
		CHECK(!descriptor_get(fd) && here.arena.process->adopted == 0 && here.arena.process->next_id == 2);
		_exit(0);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}

/* fork copies the descriptors first and the memory later: the child's table tells of a socket that
 * another thread opened in between, and the child gets its number for one of its own. */
static void a_number_that_is_new_in_the_child_is_not_inherited(void)
{
	int fd = made(), status;
	pid_t pid = fork();

	if (pid == 0) {
		sys_call1(SYS_close, fd);
		CHECK(made() == fd);
		CHECK(here.arena.process->adopted == 0 && at(fd)->id == 1 && !(at(fd)->flags & DUMP_INHERITED));
		_exit(0);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}

static void a_copy_made_before_the_first_socket_is_inherited_once(void)
{
	int fd = made(), copy = dup(fd), status;
	pid_t pid;

	conn_duplicated(fd, copy);
	pid = fork();
	if (pid == 0) {
		int another = dup(fd);

		conn_duplicated(fd, another);
		made();
		CHECK(at(fd) && at(fd) == at(copy) && at(fd) == at(another) && at(fd)->refs == 3);
		_exit(0);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}

/* ---- what goes by ---------------------------------------------------------------------------------- */

static void bytes_and_ends_are_counted(void)
{
	int p[2];
	char buffer[8];
	struct iovec iov = {buffer, sizeof buffer};
	struct conn_io io;
	struct dump_conn *c;

	process_awake();
	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, p) == 0);
	conn_pair(p, AF_UNIX, SOCK_STREAM, 0);
	c = at(p[0]);
	CHECK(conn_begin(&io, p[0], DUMP_CALL_read));
	conn_end_in(&io, 5, 0, &iov, 1, true);
	CHECK(c->in.bytes == 5 && c->out.bytes == 0 && c->in.last_mono && !c->in.eof);
	CHECK(conn_begin(&io, p[0], DUMP_CALL_write));
	conn_end_out(&io, -1, EAGAIN, &iov, 1);
	CHECK(c->out.error == 0);
	conn_end_out(&io, -1, EPIPE, &iov, 1);
	CHECK(c->out.error == EPIPE);
	conn_end_in(&io, 0, 0, &iov, 1, true);
	CHECK(c->in.eof == 1 && c->in.seq % 2 == 0);
	CHECK(!conn_begin(&io, 0, DUMP_CALL_read));
}

static void a_call_that_outlives_its_connection_counts_nowhere(void)
{
	char byte = 0;
	struct iovec iov = {&byte, 1};
	struct conn_io io;
	int fd;

	setenv("CONNLEAK_HISTORY", "0", 1);
	fd = made();
	CHECK(conn_begin(&io, fd, DUMP_CALL_recv));
	conn_close(fd); /* another thread's doing: the slot is recycled at once */
	close(fd);
	CHECK(made() == fd && at(fd) == io.conn && at(fd)->id != io.id);
	conn_end_in(&io, 1, 0, &iov, 1, true);
	CHECK(at(fd)->in.bytes == 0);
}

/* Its number is the next listener's when the call returns, and so is its slot in the end. */
static void an_accept_that_outlives_its_listener(void)
{
	int listener = made(), fd = made();
	struct sockaddr_in peer = {.sin_family = AF_INET6}; /* tells who was asked: the listener is AF_INET */
	struct dump_conn *c = at(listener);
	struct conn_io io;

	CHECK(conn_begin(&io, listener, DUMP_CALL_accept));
	conn_close(listener);
	conn_opened(listener, AF_UNIX, SOCK_SEQPACKET, 0);
	conn_accepted(&io, fd, (void *)&peer, sizeof peer);
	CHECK(at(fd)->family == AF_INET && at(fd)->type == SOCK_STREAM);
	c->id++; /* as of one that is recycled */
	c->family = AF_UNIX;
	conn_accepted(&io, fd, (void *)&peer, sizeof peer);
	CHECK(at(fd)->family == AF_INET6);
}

/* Its answer may be read by another thread, and the next socket opened, before send() returns: the
 * request must not look like one after that opening, or an abandoned pool looks used. */
static void a_write_counts_from_its_beginning(void)
{
	char byte = 0;
	struct iovec iov = {&byte, 1};
	struct conn_io out, in;
	int fd = made();
	uint32_t before = (uint32_t)here.arena.process->next_id;

	at(fd)->protocol = DUMP_PROTOCOL_NONE;
	at(fd)->in.frame.begun = 1; /* a greeting */
	CHECK(conn_begin(&out, fd, DUMP_CALL_send));
	CHECK(conn_begin(&in, fd, DUMP_CALL_recv));
	made();
	conn_end_out(&out, 1, 0, &iov, 1);
	CHECK(at(fd)->out.last_next_id == before);
	conn_end_in(&in, 1, 0, &iov, 1, true); /* a read counts from its end */
	CHECK(at(fd)->in.last_next_id == before + 1);
}

static void goes_by(int fd, bool out, const char *bytes)
{
	struct iovec iov = {(void *)bytes, strlen(bytes)};
	struct conn_io io;

	CHECK(conn_begin(&io, fd, out ? DUMP_CALL_send : DUMP_CALL_recv));
	if (out)
		conn_end_out(&io, (ssize_t)iov.iov_len, 0, &iov, 1);
	else
		conn_end_in(&io, (ssize_t)iov.iov_len, 0, &iov, 1, true);
}

/* A reader takes the last chunk when it comes, the next connection may have been opened by then. */
static void the_late_end_of_an_answer_is_no_use(void)
{
	int fd = made();
	uint32_t read;

	goes_by(fd, true, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	goes_by(fd, false, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
	read = at(fd)->in.last_next_id;
	made();
	CHECK(read == (uint32_t)here.arena.process->next_id - 1);
	goes_by(fd, false, "0\r\n\r\n");
	CHECK(at(fd)->in.last_next_id == read && at(fd)->in.frame.begun == 1 && at(fd)->in.frame.done == 1);
	goes_by(fd, true, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	goes_by(fd, false, "HTTP/1.1 204 No Content\r\n\r\n");
	CHECK(at(fd)->in.last_next_id == read + 1); /* that is one */
}

/* What only asks whether it lives, or sets the session up, and is answered after the next one was opened. */
static void what_answers_a_ping_is_no_use(void)
{
	static const struct {
		const char *ask, *answer, *ping, *pong;
	} talks[] = {
		{"*2\r\n$3\r\nGET\r\n$1\r\na\r\n", "$-1\r\n", "*1\r\n$4\r\nPING\r\n", "+PONG\r\n"},
		{"*2\r\n$3\r\nGET\r\n$1\r\na\r\n", "$-1\r\n", "*2\r\n$6\r\nSELECT\r\n$1\r\n1\r\n", "+OK\r\n"},
	};

	for (size_t i = 0; i < sizeof talks / sizeof *talks; i++) {
		int fd = made();
		uint32_t read;

		goes_by(fd, true, talks[i].ask);
		goes_by(fd, false, talks[i].answer);
		read = at(fd)->in.last_next_id;
		made();
		CHECK(read == (uint32_t)here.arena.process->next_id - 1);
		goes_by(fd, true, talks[i].ping);
		goes_by(fd, false, talks[i].pong);
		CHECK(at(fd)->in.last_next_id == read && at(fd)->in.frame.done == 2);
		goes_by(fd, true, talks[i].ask);
		goes_by(fd, true, talks[i].ping); /* while an answer is to come, all that comes may be that */
		made();
		goes_by(fd, false, talks[i].answer);
		CHECK(at(fd)->in.last_next_id == read + 2);
	}
}

/* Another thread is at the end of its read just now: the slot keeps its id until it has done. */
static void a_slot_is_not_recycled_under_the_end_of_a_call(void)
{
	struct dump_conn *c;
	int fd;

	setenv("CONNLEAK_HISTORY", "0", 1);
	fd = made();
	c = at(fd);
	c->in.seq++; /* as that thread holds it */
	conn_close(fd);
	close(fd);
	CHECK(c->state == DUMP_CLOSED && c->id == 1);
	CHECK(made() == fd && at(fd) != c && at(fd)->id == 2);
	c->in.seq++;
	conn_close(fd);
	close(fd);
	made();
	made();
	CHECK(arena_used(&here, ARENA_CONNECTIONS) == 2); /* both slots were free again */
	CHECK(c->id != 1 && c->in.seq % 2 == 0 && c->out.seq % 2 == 0);
}

/* It does not wait for the other, and says that it did not see everything. */
static void a_read_that_meets_another_voids_the_framing(void)
{
	char byte = 0;
	struct iovec iov = {&byte, 1};
	struct conn_io io;
	int fd = made();

	CHECK(conn_begin(&io, fd, DUMP_CALL_recv));
	at(fd)->in.seq++; /* as the other holds it */
	conn_end_in(&io, 1, 0, &iov, 1, true);
	CHECK(at(fd)->in.bytes == 0 && at(fd)->in.inexact && here.arena.process->lost[DUMP_LOST_IO] == 1);
}

static void an_unseen_close_is_found_by_asking_the_kernel(void)
{
	int fd = made(), copy = dup(fd), gone = made(), kept = made();
	struct dump_conn *c = at(fd), *lost = at(gone);

	conn_duplicated(fd, copy);
	sys_call1(SYS_close, fd);
	sys_call1(SYS_close, gone);
	CHECK(socket(AF_INET, SOCK_STREAM, 0) == fd); /* another one, which nobody saw, took the number */
	conn_reconcile();
	CHECK(!at(fd) && at(copy) == c && c->state == DUMP_OPEN && c->refs == 1);
	CHECK(!at(gone) && lost->state == DUMP_CLOSED && (lost->flags & DUMP_CLOSED_UNSEEN));
	CHECK(at(kept) && at(kept)->state == DUMP_OPEN);
}

ALONE(opened_and_closed)
ALONE(lives_as_long_as_its_last_descriptor)
ALONE(a_closed_one_is_shared_with_nobody)
ALONE(dup2_to_itself_changes_nothing)
ALONE(dup2_over_it_closes_it)
ALONE(reuse_of_the_number_proves_an_unseen_close)
ALONE(close_range_closes_what_is_in_it)
ALONE(slots_are_recycled_and_counted)
ALONE(more_than_one_segment)
ALONE(child_of_a_fork_starts_over)
ALONE(child_of_a_vfork_touches_nothing)
ALONE(child_of_a_vfork_opens_nothing)
#ifndef __SANITIZE_THREAD__
ALONE(vfork_in_a_forked_child_touches_nothing)
#endif
ALONE(a_call_begun_before_a_fork_counts_nowhere_in_the_child)
ALONE(what_was_no_socket_any_more_at_a_fork_is_not_inherited)
ALONE(a_number_that_is_new_in_the_child_is_not_inherited)
ALONE(a_copy_made_before_the_first_socket_is_inherited_once)
ALONE(a_slot_is_not_recycled_under_the_end_of_a_call)
ALONE(a_read_that_meets_another_voids_the_framing)
ALONE(an_unseen_close_is_found_by_asking_the_kernel)
ALONE(bytes_and_ends_are_counted)
ALONE(a_call_that_outlives_its_connection_counts_nowhere)
ALONE(an_accept_that_outlives_its_listener)
ALONE(a_write_counts_from_its_beginning)
ALONE(the_late_end_of_an_answer_is_no_use)
ALONE(what_answers_a_ping_is_no_use)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_opened_and_closed),
		cmocka_unit_test(test_lives_as_long_as_its_last_descriptor),
		cmocka_unit_test(test_a_closed_one_is_shared_with_nobody),
		cmocka_unit_test(test_dup2_to_itself_changes_nothing),
		cmocka_unit_test(test_dup2_over_it_closes_it),
		cmocka_unit_test(test_reuse_of_the_number_proves_an_unseen_close),
		cmocka_unit_test(test_close_range_closes_what_is_in_it),
		cmocka_unit_test(test_slots_are_recycled_and_counted),
		cmocka_unit_test(test_more_than_one_segment),
		cmocka_unit_test(test_child_of_a_fork_starts_over),
		cmocka_unit_test(test_child_of_a_vfork_touches_nothing),
		cmocka_unit_test(test_child_of_a_vfork_opens_nothing),
#ifndef __SANITIZE_THREAD__ /* which makes a fork of every vfork */
		cmocka_unit_test(test_vfork_in_a_forked_child_touches_nothing),
#endif
		cmocka_unit_test(test_a_call_begun_before_a_fork_counts_nowhere_in_the_child),
		cmocka_unit_test(test_what_was_no_socket_any_more_at_a_fork_is_not_inherited),
		cmocka_unit_test(test_a_number_that_is_new_in_the_child_is_not_inherited),
		cmocka_unit_test(test_a_copy_made_before_the_first_socket_is_inherited_once),
		cmocka_unit_test(test_a_slot_is_not_recycled_under_the_end_of_a_call),
		cmocka_unit_test(test_a_read_that_meets_another_voids_the_framing),
		cmocka_unit_test(test_an_unseen_close_is_found_by_asking_the_kernel),
		cmocka_unit_test(test_bytes_and_ends_are_counted),
		cmocka_unit_test(test_a_call_that_outlives_its_connection_counts_nowhere),
		cmocka_unit_test(test_an_accept_that_outlives_its_listener),
		cmocka_unit_test(test_a_write_counts_from_its_beginning),
		cmocka_unit_test(test_the_late_end_of_an_answer_is_no_use),
		cmocka_unit_test(test_what_answers_a_ping_is_no_use),
	};

	return IN_FOLDER(tests);
}
