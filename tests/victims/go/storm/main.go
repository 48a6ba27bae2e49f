// SPDX-License-Identifier: Apache-2.0

// All at once: dials from locked threads on stacks that grow, programs that are started (one of them is not there),
// signals, and a profile of it. Prints how often something went wrong.
package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"runtime/pprof"
	"sync"
	"sync/atomic"
	"syscall"
)

var bad int64

func expect(good bool) {
	if !good {
		atomic.AddInt64(&bad, 1)
	}
}

func deep(n int) int {
	var room [64]int
	if n == 0 {
		return 0
	}
	room[n%64] = n
	return deep(n-1) + room[n%64]
}

func echo(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			io.Copy(c, c)
			c.Close()
		}()
	}
}

func starts() {
	for i := 0; i < 30; i++ {
		expect(exec.Command("/bin/true").Run() == nil)
		expect(exec.Command("/nonexistent").Run() != nil)
		syscall.Kill(os.Getpid(), syscall.SIGUSR1)
	}
}

func dials(address string) {
	runtime.LockOSThread()
	for i := 0; i < 100; i++ {
		c, err := net.Dial("tcp", address)
		expect(err == nil)
		deep(i * 20)
		c.Write([]byte("0123456789"))
		c.(*net.TCPConn).CloseWrite()
		text, err := io.ReadAll(c)
		expect(err == nil && string(text) == "0123456789")
		c.Close()
	}
}

func main() {
	null, _ := os.Create(os.DevNull)
	pprof.StartCPUProfile(null)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGUSR1)
	l, _ := net.Listen("tcp", "127.0.0.1:0")
	go echo(l)
	var all sync.WaitGroup
	for i := 0; i < 6; i++ {
		all.Add(2)
		go func() { defer all.Done(); starts() }()
		go func() { defer all.Done(); dials(l.Addr().String()) }()
	}
	all.Wait()
	pprof.StopCPUProfile()
	fmt.Println("bad", bad)
}
