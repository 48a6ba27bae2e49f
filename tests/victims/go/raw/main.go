// SPDX-License-Identifier: Apache-2.0

// Sockets by system calls of the program's own: raw PORT. Leaves one with an answer unread.
package main

import (
	"fmt"
	"os"
	"strconv"
	"syscall"
	"unsafe"
)

func call(n, a, b, c uintptr) uintptr {
	r, _, e := syscall.RawSyscall(n, a, b, c)
	if e != 0 {
		panic(e)
	}
	return r
}

func main() {
	port, _ := strconv.Atoi(os.Args[1])
	to := syscall.RawSockaddrInet4{Family: syscall.AF_INET, Port: uint16(port>>8 | port<<8), Addr: [4]byte{127, 0, 0, 1}}
	request := []byte("GET /big HTTP/1.1\r\nHost: x\r\n\r\n")
	text := make([]byte, 100)
	for i := 0; i < 2; i++ {
		fd := call(syscall.SYS_SOCKET, syscall.AF_INET, syscall.SOCK_STREAM, 0)
		call(syscall.SYS_CONNECT, fd, uintptr(unsafe.Pointer(&to)), unsafe.Sizeof(to))
		call(syscall.SYS_WRITE, fd, uintptr(unsafe.Pointer(&request[0])), uintptr(len(request)))
		call(syscall.SYS_READ, fd, uintptr(unsafe.Pointer(&text[0])), uintptr(len(text)))
		if i == 0 {
			call(syscall.SYS_CLOSE, fd, 0, 0)
		}
	}
	fmt.Println(string(text[:12]))
}
