/* SPDX-License-Identifier: Apache-2.0 */
/* N times socket, connect, accept, close on both sides, in one process. */
#include "situation.h"

int main(int argc, char **argv)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct linger reset = {1, 0}; /* no TIME_WAIT: there are fewer ports than rounds */
	socklen_t size = sizeof address;
	int listener = made(), rounds = argc > 1 ? atoi(argv[1]) : 1000;

	MUST(bind(listener, (struct sockaddr *)&address, size) == 0 && listen(listener, 8) == 0);
	MUST(getsockname(listener, (struct sockaddr *)&address, &size) == 0);
	for (int i = 0; i < rounds; i++) {
		int fd = made(), other;

		MUST(setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset) == 0);
		MUST(connect(fd, (struct sockaddr *)&address, size) == 0);
		MUST((other = accept(listener, NULL, NULL)) >= 0);
		MUST(close(fd) == 0 && close(other) == 0);
	}
	printf("%d\n", rounds);
	return 0;
}
