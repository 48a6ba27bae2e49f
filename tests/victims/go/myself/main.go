// SPDX-License-Identifier: Apache-2.0

// What a program can see of itself: path, arguments, environment, descriptors, children, signals, auxiliary vector. Opens one
// socket, then ends as it is told to: by exit status, by a signal, or by a panic. "run PROGRAM ..." runs that instead.
package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"sort"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Before anything else is opened, and without Go's poller.
func descriptors() (open []int) {
	var st syscall.Stat_t
	for fd := 0; fd < 64; fd++ {
		if syscall.Fstat(fd, &st) == nil {
			open = append(open, fd)
		}
	}
	return
}

func status(field string) string {
	text, _ := os.ReadFile("/proc/self/status")
	for _, line := range strings.Split(string(text), "\n") {
		if strings.HasPrefix(line, field+":") {
			return strings.TrimSpace(strings.TrimPrefix(line, field+":"))
		}
	}
	return "?"
}

func children() int {
	pid := os.Getpid()
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	return len(strings.Fields(string(text)))
}

// The kernel tells the signal mask and the children of a thread, and /proc/self is the first: that has to be who asks, and not one
// that is starting another just then, with all signals blocked.
func init() {
	runtime.LockOSThread()
}

func main() {
	if os.Args[1] == "run" {
		child := exec.Command(os.Args[2], os.Args[3:]...)
		child.Stdout = os.Stdout
		err := child.Run()
		fmt.Println("ended", err)
		return
	}
	fmt.Println("descriptors", descriptors())
	link, _ := os.Readlink("/proc/self/exe")
	path, _ := os.Executable()
	fmt.Println("exe", link, path)
	fmt.Printf("arguments %q\n", os.Args)
	var env []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "CONNLEAK_") && !strings.HasPrefix(v, "LD_PRELOAD=") {
			env = append(env, v)
		}
	}
	sort.Strings(env)
	fmt.Printf("environment %q\n", env)
	fmt.Println("name", status("Name"))
	fmt.Println("traced by", status("TracerPid"), "seccomp", status("Seccomp"), "children", children())
	for _, field := range []string{"SigBlk", "SigIgn", "SigCgt", "SigPnd", "ShdPnd", "NoNewPrivs", "Groups"} {
		fmt.Println(field, status(field))
	}
	auxv, _ := os.ReadFile("/proc/self/auxv")
	fmt.Println("auxiliary", len(auxv), "page", os.Getpagesize())
	var none *syscall.WaitStatus
	_, err := syscall.Wait4(-1, none, syscall.WNOHANG|0x40000000, nil) // __WALL
	fmt.Println("wait", err)
	out, err := exec.Command("/bin/echo", "a child").Output()
	fmt.Printf("child %q %v\n", out, err)
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGUSR1)
	syscall.Kill(os.Getpid(), syscall.SIGUSR1)
	fmt.Println("signal", <-c)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	fmt.Println("socket", err == nil)
	l.Close()
	switch how := os.Args[1]; how {
	case "panic":
		var nothing *[4]int
		defer func() { fmt.Println("recovered", recover()); os.Exit(3) }()
		fmt.Println(nothing[2])
	case "killed":
		syscall.Kill(os.Getpid(), syscall.SIGKILL)
		time.Sleep(time.Minute)
	default:
		n, _ := strconv.Atoi(how)
		os.Exit(n)
	}
}
