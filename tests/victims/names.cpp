/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names that a C++ compiler mangles: each situation leaves two connections that it has shut down.
 *
 *	names method | template | lambda | operator | thread
 */
#include <functional>
#include <string>
#include <thread>

#include "victim.h"

namespace shop {

class Pool {
public:
	__attribute__((noinline)) void take(const std::string &host);
	template <typename T> __attribute__((noinline)) void keep(T what);
};

__attribute__((noinline)) void lost()
{
	int ends[2];

	tcp_pair(ends);
	MUST(close(ends[1]) == 0 && shutdown(ends[0], SHUT_RDWR) == 0);
}

void Pool::take(const std::string &host)
{
	lost();
	asm volatile("" : : "r"(host.data()));
}

template <typename T> void Pool::keep(T what)
{
	lost();
	asm volatile("" : : "r"(&what));
}

struct Session {
	char bytes[64];

	__attribute__((noinline)) void *operator new(size_t size)
	{
		lost();
		return malloc(size);
	}
	__attribute__((noinline)) void operator delete(void *session) { free(session); }
};

} // namespace shop

static void situation(const char *name)
{
	shop::Pool pool;

	if (!strcmp(name, "method"))
		pool.take("localhost");
	else if (!strcmp(name, "template"))
		pool.keep(std::pair<int, long>(1, 2));
	else if (!strcmp(name, "lambda"))
		std::function<void(int)>([](int) { shop::lost(); })(7);
	else if (!strcmp(name, "operator"))
		delete new shop::Session;
	else
		std::thread([&pool] { pool.take("localhost"); }).join();
}

int main(int argc, char **argv)
{
	MUST(argc == 2);
	for (int i = 0; i < 2; i++)
		situation(argv[1]);
	return 0;
}
