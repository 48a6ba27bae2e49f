// SPDX-License-Identifier: Apache-2.0

// A program that a plugin dials for, and that dials itself: plugged PLUGIN. Leaves two of its own and three of the plugin's.
package main

import (
	"fmt"
	"net"
	"os"
	"plugin"
)

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
	}
	fmt.Println()
}
