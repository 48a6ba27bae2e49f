/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Threads of C++: what must go through the recorder's frame unharmed.
 *
 *	threads_cxx thread | exception | cancel | terminate
 */
#include <exception>
#include <stdexcept>
#include <thread>

#include "victim.h"

static int ends[2];
static pid_t receiver_tid;

struct Speaks {
	~Speaks() { puts("destructor"); }
};

static void receive()
{
	char byte;

	__atomic_store_n(&receiver_tid, tid_of_self(), __ATOMIC_RELEASE);
	recv(ends[0], &byte, 1, 0);
}

static void await_receiver()
{
	while (!__atomic_load_n(&receiver_tid, __ATOMIC_ACQUIRE))
		std::this_thread::yield();
	await_sleep(receiver_tid);
}

static void std_thread()
{
	std::thread joined([] { puts("joined"); });

	joined.join();
	std::thread(receive).detach();
	await_receiver();
}

static void exception()
{
	std::thread([] {
		try {
			Speaks s;

			throw std::runtime_error("thrown");
		} catch (const std::exception &e) {
			puts(e.what());
		}
	}).join();
}

static void cancel()
{
	std::thread t([] {
		Speaks s;

		receive();
	});

	await_receiver();
	MUST(pthread_cancel(t.native_handle()) == 0);
	t.join();
}

static void terminate()
{
	std::set_terminate([] {
		puts("terminated"); /* before anything was unwound */
		fflush(stdout);
		abort();
	});
	std::thread([] {
		Speaks s;

		throw std::runtime_error("not caught");
	}).join();
}

int main(int argc, char **argv)
{
	tcp_pair(ends);
	switch (argc > 1 ? argv[1][1] : 0) {
	case 'h': std_thread(); break;
	case 'x': exception(); break;
	case 'a': cancel(); break;
	case 'e': terminate(); break;
	default: return 2;
	}
	exit(0);
}
