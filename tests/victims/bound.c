/* SPDX-License-Identifier: Apache-2.0 */
/* A plug-in with libraries' habits: it calls by the procedure table, through a pointer in its data, and through one
 * that is made read-only. Connects to itself so often and leaves it open, or closes it. */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int (*bound_close)(int fd) = close;
int (*const bound_socket)(int domain, int type, int protocol) = socket;

static int server(struct sockaddr_in *at)
{
	socklen_t size = sizeof *at;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	*at = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	if (bind(fd, (struct sockaddr *)at, sizeof *at) || listen(fd, 16) || getsockname(fd, (struct sockaddr *)at, &size))
		exit(2);
	return fd;
}

int main(int argc, char **argv)
{
	int times = argc > 1 ? atoi(argv[1]) : 1, keep = argc > 2 && strcmp(argv[2], "keep") == 0;
	struct sockaddr_in at;
	int listener = server(&at);

	for (int i = 0; i < times; i++) {
		int fd = bound_socket(AF_INET, SOCK_STREAM, 0), other;
		char byte = 'x';

		if (fd < 0 || connect(fd, (struct sockaddr *)&at, sizeof at))
			return 2;
		other = accept(listener, NULL, NULL);
		if (write(fd, &byte, 1) != 1 || recv(other, &byte, 1, 0) != 1)
			return 2;
		close(other);
		if (!keep)
			bound_close(fd);
	}
	close(listener);
	printf("%d\n", times);
	fflush(stdout);
	_exit(0);
}
