/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For tests of the recorder's core: each runs in a process of its own, so that each begins with a
 * fresh recorder. In such a test a failed CHECK ends the process.
 */
#ifndef CONNLEAK_TESTS_ALONE_H
#define CONNLEAK_TESTS_ALONE_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conn.h"
#include "in_folder.h"
#include "process.h"

#ifndef SYS_close_range /* Debian 11 */
#define SYS_close_range 436
#endif

#define CHECK(condition)                                                                          \
	do {                                                                                      \
		if (!(condition)) {                                                               \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);           \
			_exit(1);                                                                 \
		}                                                                                 \
	} while (0)

/* Sockets that we inherited would be adopted and take ids. */
static inline void let_go_of_inherited_sockets(void)
{
	struct stat st;

	for (int fd = 0; fd < 3; fd++)
		if (fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode)) {
			int null = open("/dev/null", O_RDWR);

			dup2(null, fd);
			close(null);
		}
	syscall(SYS_close_range, 3, ~0u, 0);
}

/* Runs `test` in a child; its failed assertion, crash or non-zero exit fails here. */
static inline void alone(void (*test)(void))
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		let_go_of_inherited_sockets();
		setenv("CONNLEAK_OUTPUT", folder, 1);
		test();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

#define ALONE(name)                                                                               \
	static void test_##name(void **unused)                                                    \
	{                                                                                         \
		alone(name);                                                                      \
	}

static inline struct dump_conn *at(int fd)
{
	uint32_t entry = descriptor_get(fd);

	return entry && !(entry & DESCRIPTOR_PENDING) ? conn_of_entry(&here, entry) : NULL;
}

/* A recorded TCP socket. */
static inline int made(void)
{
	int fd;

	process_awake();
	fd = socket(AF_INET, SOCK_STREAM, 0);
	CHECK(fd >= 0);
	conn_opened(fd, AF_INET, SOCK_STREAM, 0);
	CHECK(at(fd));
	return fd;
}

#endif
