/* SPDX-License-Identifier: Apache-2.0 */
/* Ends as CPython 3.14 does: Py_RunMain() runs the script, then what is typed (python -i), then its end. Opens three
 * connections in the script; closes the first in what is typed, the second at its end, the third never. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define EXPORTED __attribute__((visibility("default"), noinline, used))
EXPORTED int Py_PACK_VERSION(void);
EXPORTED void PyEval_EvalCode(void (*code)(void));
EXPORTED int Py_RunMain(void);

static int kept[3];
static const char *port;

int Py_PACK_VERSION(void)
{
	return 0x030e0000;
}

static int opened(void)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(port))};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) < 0)
		exit(1);
	return fd;
}

static void script(void)
{
	for (int i = 0; i < 3; i++)
		kept[i] = opened();
}

static void typed(void)
{
	close(kept[0]);
}

void PyEval_EvalCode(void (*code)(void))
{
	code();
	__asm__ volatile("" ::: "memory"); /* no jump in place of the call */
}

static __attribute__((noinline)) void finalize(void)
{
	close(kept[1]);
	__asm__ volatile("" ::: "memory");
}

int Py_RunMain(void)
{
	PyEval_EvalCode(script);
	PyEval_EvalCode(typed);
	finalize();
	return 0;
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	port = argv[1];
	_exit(Py_RunMain());
}
