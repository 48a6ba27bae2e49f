/* SPDX-License-Identifier: Apache-2.0 */
/* A plug-in that closes what it is given; loaded with RTLD_DEEPBIND it does so past any preload. */
#include <unistd.h>

int plugin_close(int fd);

int plugin_close(int fd)
{
	return close(fd);
}
