// SPDX-License-Identifier: Apache-2.0
// Ways for a program to end with connections, each asked for one small answer that was read to its end.
//     teardown HOW PORT
#include <arpa/inet.h>
#include <string>
#include <vector>

#include "victim.h"

namespace {

struct connection {
	int fd = -1;
	bool told = false; // shutdown(2) before it closes, as a polite library does
	void open(int port)
	{
		sockaddr_in a = {};
		char answer[4096];
		static const char question[] = "GET /fixed?size=9 HTTP/1.1\r\nHost: x\r\n\r\n";

		a.sin_family = AF_INET;
		a.sin_port = htons(uint16_t(port));
		a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		fd = tcp_connect(&a);
		MUST(send(fd, question, sizeof question - 1, 0) == ssize_t(sizeof question) - 1);
		MUST(recv(fd, answer, sizeof answer, 0) > 0);
	}
	void close()
	{
		if (fd >= 0 && told)
			shutdown(fd, SHUT_RDWR);
		if (fd >= 0)
			::close(fd);
		fd = -1;
	}
	~connection() { close(); }
};

std::vector<connection> kept; // destroyed by exit()

void close_all()
{
	for (auto &c : kept)
		c.close();
}

__attribute__((noinline)) void deep_exit(int depth)
{
	volatile char room[300];

	room[0] = char(depth);
	if (depth)
		deep_exit(depth - 1);
	else
		exit(room[0]);
}

void handler(int)
{
	close_all();
	_exit(0);
}

} // namespace

int main(int argc, char **argv)
{
	const std::string how = argc > 1 ? argv[1] : "";
	const int port = argc > 2 ? atoi(argv[2]) : 0;

	kept = std::vector<connection>(5);
	if (how == "once")
		kept.resize(1);
	for (auto &c : kept) {
		c.told = how == "told";
		c.open(port);
	}
	if (how == "closed")
		close_all();
	else if (how == "scope")
		kept.clear();
	else if (how == "atexit")
		atexit(close_all);
	else if (how == "exit")
		deep_exit(9);
	else if (how == "_exit")
		_exit(0);
	else if (how == "signal") {
		signal(SIGTERM, handler);
		raise(SIGTERM);
	}
	return 0;
}
