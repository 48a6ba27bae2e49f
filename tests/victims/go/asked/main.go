// SPDX-License-Identifier: Apache-2.0

// Sockets that C opens: two that a goroutine asks it for, two behind a call back into Go that dials one more, and one by a
// thread of C's own, which has called Go before. Leaves all: asked.
package main

/*
#cgo LDFLAGS: -lpthread
#include <arpa/inet.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/socket.h>

extern void dial(int);

static int opens(int port)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	return connect(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&to, sizeof to);
}

static int opens_around(int port)
{
	int bad = opens(port);

	dial(port);
	return bad + opens(port);
}

static void *thread(void *port)
{
	dial((int)(intptr_t)port);
	return (void *)(intptr_t)opens((int)(intptr_t)port);
}

static int opens_in_thread(int port)
{
	pthread_t it;
	void *bad;

	pthread_create(&it, NULL, thread, (void *)(intptr_t)port);
	pthread_join(it, &bad);
	return (int)(intptr_t)bad;
}
*/
import "C"

import (
	"fmt"
	"net"
)

var kept []net.Conn

//export dial
func dial(port C.int) {
	c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		panic(err)
	}
	kept = append(kept, c)
}

func ask(port C.int) C.int { return C.opens(port) }

func askAround(port C.int) C.int { return C.opens_around(port) }

func main() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	port := C.int(l.Addr().(*net.TCPAddr).Port)
	bad := make(chan C.int)
	for i := 0; i < 2; i++ {
		go func() { bad <- ask(port) }()
		fmt.Print(<-bad, " ")
	}
	fmt.Println(askAround(port), C.opens_in_thread(port), len(kept))
}
