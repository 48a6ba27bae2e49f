/* SPDX-License-Identifier: Apache-2.0 */
/* A library that a program is linked with: its constructor runs before that of any preload, its destructor after. */
#include <sys/socket.h>

int around(void);

static int early;

__attribute__((constructor)) static void in_constructor(void)
{
	early = socket(AF_INET, SOCK_STREAM, 0);
}

__attribute__((destructor)) static void in_destructor(void)
{
	socket(AF_INET, SOCK_STREAM, 0);
}

int around(void)
{
	return early;
}
