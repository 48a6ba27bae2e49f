// SPDX-License-Identifier: Apache-2.0

// Threads of C that open sockets by libc and call into Go, which dials; Go that calls C, which connects. Both at once, with
// goroutines beside them: threads. Prints how often something went wrong.
package main

/*
#cgo LDFLAGS: -lpthread
#include <arpa/inet.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

extern int dial(int);

static int ask(int port)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM, 0), bad = 0;
	char text[16];

	bad += connect(fd, (struct sockaddr *)&to, sizeof to) != 0;
	bad += write(fd, "0123456789", 10) != 10;
	bad += recv(fd, text, 10, MSG_WAITALL) != 10 || memcmp(text, "0123456789", 10) != 0;
	close(fd);
	return bad;
}

static void *thread(void *port)
{
	intptr_t bad = 0;

	for (int i = 0; i < 25; i++)
		bad += ask((int)(intptr_t)port) + dial((int)(intptr_t)port);
	return (void *)bad;
}

static int threads(int port)
{
	pthread_t all[4];
	int bad = 0;

	for (int i = 0; i < 4; i++)
		pthread_create(&all[i], NULL, thread, (void *)(intptr_t)port);
	for (int i = 0; i < 4; i++) {
		void *ret;

		pthread_join(all[i], &ret);
		bad += (int)(intptr_t)ret;
	}
	return bad;
}
*/
import "C"

import (
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
)

//export dial
func dial(port C.int) C.int {
	c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return 1
	}
	defer c.Close()
	text := make([]byte, 10)
	c.Write([]byte("0123456789"))
	if _, err := io.ReadFull(c, text); err != nil || string(text) != "0123456789" {
		return 1
	}
	return 0
}

func main() {
	var bad int64
	var all, accepted sync.WaitGroup
	l, _ := net.Listen("tcp", "127.0.0.1:0")
	port := C.int(l.Addr().(*net.TCPAddr).Port)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			accepted.Add(1)
			go func() {
				io.Copy(c, c)
				c.Close()
				accepted.Done()
			}()
		}
	}()
	for i := 0; i < 4; i++ {
		all.Add(1)
		go func() {
			defer all.Done()
			for i := 0; i < 25; i++ {
				atomic.AddInt64(&bad, int64(C.ask(port)+C.int(dial(port))))
			}
		}()
	}
	bad += int64(C.threads(port))
	all.Wait()
	accepted.Wait()
	fmt.Println("bad", bad)
}
