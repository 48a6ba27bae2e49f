/* SPDX-License-Identifier: Apache-2.0 */
/* Which socket a connection is: known of the first ones at once, of later ones when it is needed. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

#include <cmocka.h>

#include "alone.h"
#include "core/arena.h"
#include "sockets/identity.h"

static uint64_t inode(int fd)
{
	struct stat st;

	CHECK(fstat(fd, &st) == 0);
	return st.st_ino;
}

static void come_and_go(int count)
{
	while (count--) {
		int fd = made();

		conn_close(fd);
		close(fd);
	}
}

/* Beyond the 256 that are asked for at once, and nothing was opened after it. */
static int made_late(void)
{
	come_and_go(300);
	return made();
}

static void the_first_ones_are_known_at_once(void)
{
	int fd = made();

	CHECK(at(fd)->inode == inode(fd));
}

static void as_many_are_known_at_once_as_were_asked_for(void)
{
	int fd;

	setenv("CONNLEAK_INODES", "400", 1);
	come_and_go(300);
	fd = made();
	CHECK(at(fd)->inode == inode(fd));
	come_and_go(100);
	fd = made();
	CHECK(at(fd)->inode == 0);
}

static void a_later_one_is_known_when_others_came_after_it(void)
{
	int fd;

	fd = made_late();
	CHECK(at(fd)->inode == 0);
	come_and_go(63);
	CHECK(at(fd)->inode == 0);
	come_and_go(1);
	CHECK(at(fd)->inode == inode(fd));
}

static void one_that_was_closed_is_not_asked_for(void)
{
	struct dump_conn *c;
	int fd, null;

	fd = made_late();
	c = at(fd);
	conn_close(fd);
	close(fd);
	null = socket(AF_INET, SOCK_STREAM, 0); /* the number is another's, and nobody saw it */
	CHECK(null == fd);
	come_and_go(100);
	CHECK(c->state == DUMP_CLOSED && c->inode == 0);
}

static void asked_by_the_descriptor_that_is_left(void)
{
	int fd, copy;

	fd = made_late();
	copy = dup(fd);
	conn_duplicated(fd, copy);
	conn_close(fd);
	close(fd);
	identity_settle();
	CHECK(at(copy)->inode == inode(copy));
}

static void a_young_one_that_we_are_sent_is_known(void)
{
	int fd, copy;

	fd = made_late();
	copy = dup(fd); /* as it comes out of recvmsg() */
	conn_received(copy);
	CHECK(at(copy) == at(fd) && at(fd)->refs == 2);
}

static void a_young_one_goes_through_a_fork(void)
{
	struct dump_conn *c;
	int fd, status;
	pid_t pid;

	fd = made_late();
	c = at(fd);
	c->in.frame.begun = 3; /* something that only the parent's slot tells */
	pid = fork();
	if (pid == 0) {
		made();
		CHECK(at(fd) && at(fd) != c && at(fd)->in.frame.begun == 3);
		_exit(0);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	CHECK(c->inode == inode(fd));
}

/* Nobody could tell the parent: what it knew of its youngest stays its own. */
static void not_through_a_fork_that_libc_does_not_see(void)
{
	struct dump_conn *c;
	int fd, status;
	pid_t pid;

	fd = made_late();
	c = at(fd);
	c->in.frame.begun = 3;
	pid = (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
	if (pid == 0) {
		made();
		CHECK(at(fd) && (at(fd)->flags & DUMP_INHERITED) && !at(fd)->in.frame.begun && at(fd)->inode);
		_exit(0);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}

/* What is under the number there is not what the parent has under it. */
static void not_asked_for_by_a_fork_in_the_child_of_a_vfork(void)
{
	int fd = made_late(), status;
	pid_t pid = vfork();

	if (pid == 0) {
		pid_t grandchild;

		close(fd);
		CHECK(socket(AF_INET, SOCK_STREAM, 0) == fd);
		grandchild = fork();
		if (grandchild > 0)
			waitpid(grandchild, NULL, 0);
		_exit(grandchild < 0);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	CHECK(at(fd)->inode == 0);
	conn_reconcile();
	CHECK(at(fd));
}

static void a_young_one_that_is_no_socket_any_more_is_lost(void)
{
	struct dump_conn *gone, *there;
	int fd, other;

	fd = made_late();
	other = made();
	gone = at(fd);
	there = at(other);
	CHECK(open("/dev/null", O_RDWR) > 0);
	close(fd);
	conn_reconcile();
	CHECK(!at(fd) && gone->state == DUMP_CLOSED && (gone->flags & DUMP_CLOSED_UNSEEN));
	CHECK(at(other) == there && there->state == DUMP_OPEN);
}

static void a_known_one_is_lost_to_another_socket(void)
{
	int fd = made();
	struct dump_conn *c = at(fd);

	close(fd);
	CHECK(socket(AF_INET, SOCK_STREAM, 0) == fd);
	CHECK(identity_lost(c, fd));
	conn_reconcile();
	CHECK(!at(fd) && (c->flags & DUMP_CLOSED_UNSEEN));
}

#ifdef __SANITIZE_THREAD__ /* which makes a fork of every vfork */
#define OF_VFORK(X)
#else
#define OF_VFORK(X) X(not_asked_for_by_a_fork_in_the_child_of_a_vfork)
#endif

#define TESTS(X)                                                                                  \
	X(the_first_ones_are_known_at_once) X(as_many_are_known_at_once_as_were_asked_for)        \
	X(a_later_one_is_known_when_others_came_after_it)     \
	X(one_that_was_closed_is_not_asked_for) X(asked_by_the_descriptor_that_is_left)           \
	X(a_young_one_that_we_are_sent_is_known) X(a_young_one_goes_through_a_fork)               \
	X(not_through_a_fork_that_libc_does_not_see) OF_VFORK(X)                                  \
	X(a_young_one_that_is_no_socket_any_more_is_lost) X(a_known_one_is_lost_to_another_socket)

TESTS(ALONE)

int main(void)
{
#define X(name) cmocka_unit_test(test_##name),
	const struct CMUnitTest tests[] = {TESTS(X)};

	return IN_FOLDER(tests);
}
