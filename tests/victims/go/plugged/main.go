// SPDX-License-Identifier: Apache-2.0

// A program that a plugin dials for, and that dials itself: plugged PLUGIN. Leaves two of its own and three of the plugin's.
package main

import (
	"fmt"
	"net"
	"os"
	"plugin"
	"syscall"
	"unsafe"
)

// Waits until the kernel has the other one's end.
func left(c net.Conn) {
	raw, err := c.(syscall.Conn).SyscallConn()
	if err != nil {
		panic(err)
	}
	for state := byte(0); state != 8; { // TCP_CLOSE_WAIT
		raw.Control(func(fd uintptr) {
			size := uint32(1)
			syscall.Syscall6(syscall.SYS_GETSOCKOPT, fd, syscall.IPPROTO_TCP, syscall.TCP_INFO,
				uintptr(unsafe.Pointer(&state)), uintptr(unsafe.Pointer(&size)), 0)
		})
	}
}

func main() {
	l, _ := net.Listen("tcp", "127.0.0.1:0")
	p, err := plugin.Open(os.Args[1])
	if err != nil {
		panic(err)
	}
	dial, _ := p.Lookup("Dial")
	for i := 0; i < 5; i++ {
		ask := net.Dial
		if i > 1 {
			ask = func(_, address string) (net.Conn, error) { return dial.(func(string) (net.Conn, error))(address) }
		}
		c, err := ask("tcp", l.Addr().String())
		if err != nil {
			panic(err)
		}
		accepted, _ := l.Accept()
		accepted.Write([]byte("0123456789"))
		text := make([]byte, 10)
		n, _ := c.Read(text)
		fmt.Print(string(text[:n]), " ")
		accepted.Close()
		left(c)
	}
	fmt.Println()
}
