/* SPDX-License-Identifier: Apache-2.0 */
/* A test that passes, and leaks a socket. */
#include <sys/socket.h>

int main(void)
{
	return socket(AF_INET, SOCK_STREAM, 0) < 0;
}
