/* SPDX-License-Identifier: Apache-2.0 */
/* A test that passes, and leaks nothing. */
#include <sys/socket.h>
#include <unistd.h>

int main(void)
{
	return close(socket(AF_INET, SOCK_STREAM, 0));
}
