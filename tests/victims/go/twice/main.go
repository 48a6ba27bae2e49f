// SPDX-License-Identifier: Apache-2.0

// A descriptor that is closed twice past the net package, which never does; and a loop over all that there may be.
package main

import (
	"os"
	"syscall"
)

func giveUp(fd int) error { return syscall.Close(fd) }

func main() {
	// Not by package os: that would begin the runtime's own epoll, which the loop closes, and sysmon asks 10 ms later.
	file, _ := syscall.Open("/dev/null", syscall.O_RDONLY, 0)
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil || giveUp(fd) != nil {
		os.Exit(2)
	}
	if os.Args[1] == "loop" {
		for i := 3; i < 200; i++ {
			if i != file {
				syscall.Close(i)
			}
		}
		return
	}
	if giveUp(fd) != syscall.EBADF {
		os.Exit(3)
	}
}
