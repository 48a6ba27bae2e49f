// SPDX-License-Identifier: Apache-2.0

// What `plugged` loads: it has its own copy of package net, and the way to the kernel.
package main

import "net"

func Dial(address string) (net.Conn, error) { return net.Dial("tcp", address) }

func main() {}
