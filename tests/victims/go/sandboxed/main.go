// SPDX-License-Identifier: Apache-2.0

// Dials, installs a seccomp filter for all its threads by which whoever sets a thread's pointer by a system call is killed,
// dials from threads that are made after that, and closes everything.
package main

import (
	"fmt"
	"net"
	"os"
	"runtime"
	"sync"
	"syscall"
	"unsafe"
)

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func filter() {
	const load, equal, ret, allow, kill = 0x20, 0x15, 0x06, 0x7fff0000, 0x80000000
	ops := []syscall.SockFilter{
		{Code: load},
		{Code: equal, Jf: 1, K: syscall.SYS_ARCH_PRCTL},
		{Code: ret, K: kill},
		{Code: ret, K: allow},
	}
	program := syscall.SockFprog{Len: uint16(len(ops)), Filter: &ops[0]}
	const noNewPrivs, byFilter, allThreads, seccomp = 38, 1, 1, 317
	_, _, err := syscall.RawSyscall6(syscall.SYS_PRCTL, noNewPrivs, 1, 0, 0, 0, 0)
	if err == 0 {
		_, _, err = syscall.RawSyscall(seccomp, byFilter, allThreads, uintptr(unsafe.Pointer(&program)))
	}
	if err != 0 {
		panic(err)
	}
}

func dial() net.Conn {
	connection, err := net.Dial("tcp", os.Args[1])
	must(err)
	return connection
}

func main() {
	runtime.LockOSThread()
	before := dial()
	filter()
	var all, here sync.WaitGroup
	here.Add(8)
	for i := 0; i < 8; i++ {
		all.Add(1)
		go func() {
			runtime.LockOSThread()
			here.Done()
			here.Wait() // each on a thread of its own
			must(dial().Close())
			all.Done()
		}()
	}
	all.Wait()
	must(before.Close())
	fmt.Println("ended")
}
